// Package models holds whole spiking neural networks, as models for the training loop of package train and as
// parts of graphs of your own.
//
// [SRNN] is the recurrent network of Yin, Corradi & Bohté, [LSNN] makes one of the settings of Bellec et al., and
// [SpikeProp] is that of Bohte, Kok & La Poutré, of neurons that spike once. Each is a [train.Model]: a struct of
// settings that is trained with a loss, as [SumSoftmax], [PerStep] or [SquaredError], and reported on by metrics,
// as [Accuracy] and [Confusion]. Besides the loss, a training can have terms: firing rates near a target or
// between bounds, few spikes, membrane potentials in a range, see [RateTarget]. With [OnlineRule] it learns by
// e-prop, one time step after the other. [SRNN.Energy] counts the operations of the spikes that occurred, and
// what they take.
//
// [NewSRNN] and [NewSpikeProp] declare a network in a graph of your own. [Network.Forward] runs it over a
// sequence; what comes out are plain Gorgonia nodes. [Of] does the same for one that was trained. [Network.Save]
// and [Load] are for such networks; files are the same as those of package train. [Network.Online] has one learn
// from a stream, without a loop.
package models
