// Package nodetest tests neurons, one's own as those of package nodes are. One line does it:
//
//	func TestMine(t *testing.T) { nodetest.Cell(t, Mine{}) }
//
// A neuron is written as one time step, a [nodes.Cell]. What is tested is all that a layer makes of it:
// that scanned along a sequence it gives what its steps give one after the other, that gradients are
// central differences where spikes are relaxed, that the examples of a batch do not touch each other,
// that a state carries on, that it withstands extreme inputs and hides nothing that is not finite, that it
// learns online, and that its settings are saved.
//
// Nothing has to be prepared but this: a neuron that spikes takes the surrogate of its spikes from a
// field named Surrogate, of type [ops.Surrogate], so that spikes can be relaxed; and one whose reset can
// be detached from the gradient has a field DetachReset, of type bool. A neuron that is to be saved is
// registered with [nodes.Register], say in a function init, before it is tested.
package nodetest
