// Package ops holds the spiking operations as nodes of a Gorgonia graph: the spike and its
// surrogate derivatives, the recurrences of neurons over whole sequences, and the losses over
// them. Each is one node, whatever the number of time steps, and gorgonia.Grad differentiates
// it.
//
// # Checking gradients
//
// A spike is a step function: its derivative is replaced by a surrogate's, and finite
// differences see nothing through it. Every [Surrogate] therefore also gives the antiderivative
// of that derivative, Smooth. [Relaxed] makes it the forward pass, in any op; then the
// gradient is the true one and can be checked against central differences.
package ops
