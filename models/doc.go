// Package models holds whole spiking recurrent networks: declared as graphs, to be plugged into
// Gorgonia pipelines, and trained, evaluated, saved and loaded with a call each.
//
// [NewSRNN] declares the network of Yin, Corradi & Bohté in a graph. [Network.Forward] runs it
// over a sequence; what comes out are plain Gorgonia nodes. [Network.Fit] and
// [Network.Evaluate] build the graphs they need by themselves, over the same parameters.
package models
