// Package models holds whole spiking neural networks, as models for the training loop of package train and as
// parts of graphs of your own, what they can be trained for, and what can be told of them.
//
// [SRNN] is the recurrent network of Yin, Corradi & Bohté, [LSNN] makes one of the settings of Bellec et al., and
// [SpikeProp] is that of Bohte, Kok & La Poutré, of neurons that spike once. Each is settings, which package train
// trains, evaluates, saves and loads. A model of your own is a function of layers of package nodes and of
// Gorgonia's operations; what it returns, by [OutputOf], is read by all losses here.
//
// Losses, each a type that can be saved by its name:
//
//	one class for a sequence         SumSoftmax, MeanOverTime, LastStep, SpikeCount
//	a class for each step            PerStep
//	decisions of some steps each     Decisions
//	numbers                          SquaredError
//	classes that are there or not    BinaryCrossEntropy
//	times of spikes                  SpikeTimeError
//
// Numbers, and classes that are there or not, are for sequences and for steps, see [Reading]. Metrics are
// [Accuracy], [Confusion] and [F1] of classes, [DecisionError], [MeanAbsoluteError] and [RSquared] of numbers,
// [SpikeTiming] and [Inputs]; train.Health, of layers that are silent or never are, is watched without being asked for. Terms
// beside the loss are firing rates near a target or between bounds, few spikes, membrane potentials in a range:
// [RateTarget], [RateBounds], [SpikeL1], [SpikeL2], [MembraneRange]. With [OnlineRule] a network learns by e-prop,
// one time step after the other. [SRNN.Energy] counts the operations of the spikes that occurred, and what they
// take.
//
// [NewSRNN] and [NewSpikeProp] declare a network in a graph of your own. [Network.Forward] runs it over a
// sequence; what comes out are plain Gorgonia nodes. [Of] does the same for one that was trained. [Network.Save]
// and [Load] are for such networks; files are the same as those of package train. [Network.Online] has one learn
// from a stream, without a loop.
package models
