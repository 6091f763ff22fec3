// Package models holds whole spiking recurrent networks: declared as graphs, to be plugged into
// Gorgonia pipelines, and trained, evaluated, saved and loaded with a call each.
//
// [NewSRNN] declares the network of Yin, Corradi & Bohté in a graph. [Network.Forward] runs it
// over a sequence; what comes out are plain Gorgonia nodes. [Network.Fit] and
// [Network.Evaluate] build the graphs they need by themselves, over the same parameters.
//
// Besides the loss, training can have [Regularizer] terms: firing rates near a target or between
// bounds, few spikes, membrane potentials in a range. [LayerHealth], in every [Epoch] and [Report],
// tells silent and saturated layers; a number that is not finite ends a training, and is named.
// [Network.Energy] counts the operations of the spikes that occurred, and what they take.
package models
