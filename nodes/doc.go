// Package nodes holds the layers of spiking networks: populations of neurons with their
// synapses, which run over whole sequences [T, batch, features] as nodes of a Gorgonia graph.
//
// A layer is declared in two moves. A settings struct says what it is, with useful defaults
// for whatever is zero; Declare adds its parameters to a graph; Forward runs it over a
// sequence, as often as one likes, always from an explicit initial state. Nothing is kept in a
// layer between runs, so there is nothing to reset or to detach.
package nodes
