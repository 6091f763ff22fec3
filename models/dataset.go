package models

// Dataset is a set of labelled sequences of one length. Implementations must be safe for
// concurrent calls of Example.
type Dataset interface {
	// Len is the number of examples.
	Len() int

	// Dims gives the sizes that all examples share.
	Dims() Dims

	// Example copies example i into x, [Steps, Features] row by row, and its classes into
	// labels: one for every step where Dims().PerStep, else one for the whole sequence. A
	// label is 0 ≤ label < Classes, or Ignore.
	Example(i int, x []float32, labels []int) error
}

// Dims are the sizes of a dataset's examples.
type Dims struct {
	Steps, Features, Classes int

	// PerStep tells whether each step has a label of its own.
	PerStep bool
}

// Labels is the number of labels that one example has.
func (d Dims) Labels() int {
	if d.PerStep {
		return d.Steps
	}
	return 1
}

// Ignore as a label takes a step, or a whole example, out of the loss and the accuracy.
const Ignore = -1

// EventDataset is implemented by a [Dataset] of spikes: each feature is 0 or 1. Then a batch is kept as
// bits, from the dataset to the first layer's neurons, and is never written as numbers.
type EventDataset interface {
	Dataset

	// Events calls spike for every spike of example i, in any order, and writes the labels. Features
	// that are not named are 0, as in what Example gives; one that is named twice is 1.
	Events(i int, labels []int, spike func(step, feature int)) error
}
