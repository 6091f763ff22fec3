// Package models holds whole spiking recurrent networks, what they can be trained for, and what can be told of them.
//
// [SRNN] is the network of Yin, Corradi & Bohté, [LSNN] that of Bellec et al.: settings, which package train trains,
// evaluates, saves and loads. [NewSRNN] declares one in a graph of one's own, where [Network.Forward] runs it over a
// sequence; what goes in and comes out are plain Gorgonia nodes. A model of one's own is a function of layers of
// package nodes and of Gorgonia's operations; what it returns, by [OutputOf], is read by all losses here.
//
// Losses, each a type that can be saved by its name:
//
//	one class for a sequence         SumSoftmax, MeanOverTime, LastStep, SpikeCount
//	a class for each step            PerStep
//	numbers                          SquaredError
//	classes that are there or not    BinaryCrossEntropy
//
// The last two are for sequences and for steps, see [Reading]. Metrics are [Accuracy], [Confusion] and [F1] of classes,
// [MeanAbsoluteError] and [RSquared] of numbers, and [Inputs]; train.Health, of layers that are silent or never
// are, is watched without being asked for. Terms beside the loss are firing rates near a target or between bounds,
// few spikes, membrane potentials in a range: [RateTarget], [RateBounds], [SpikeL1], [SpikeL2], [MembraneRange].
package models
