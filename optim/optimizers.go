package optim

// SGD is gradient descent. With [Momentum] in front of it, it is the method that mostly goes by
// the name: New(Momentum{}, SGD(rate)).
func SGD(rate Schedule) Chain {
	return Chain{LearningRate{Schedule: rate}}
}

// Adam is [ScaleByAdam] with its default settings (Kingma & Ba 2015).
func Adam(rate Schedule) Chain {
	return Chain{ScaleByAdam{}, LearningRate{Schedule: rate}}
}

// AdamW is [Adam] with decoupled weight decay (Loshchilov & Hutter 2019).
func AdamW(rate Schedule, decay DecoupledWeightDecay) Chain {
	return Chain{ScaleByAdam{}, decay, LearningRate{Schedule: rate}}
}

// RAdam is [ScaleByRAdam] with its default settings (Liu et al. 2020).
func RAdam(rate Schedule) Chain {
	return Chain{ScaleByRAdam{}, LearningRate{Schedule: rate}}
}

// Lion is [ScaleByLion] with its default settings (Chen et al. 2023). Its rate should be three to
// ten times smaller than that of [Adam].
func Lion(rate Schedule) Chain {
	return Chain{ScaleByLion{}, LearningRate{Schedule: rate}}
}

// RMSProp is [ScaleByRMS] with its default settings (Tieleman & Hinton 2012).
func RMSProp(rate Schedule) Chain {
	return Chain{ScaleByRMS{}, LearningRate{Schedule: rate}}
}
