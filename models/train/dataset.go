package train

// Dataset is a set of sequences with targets. Examples may have different lengths.
type Dataset interface {
	// Len is the number of examples.
	Len() int

	// Spec is what all examples share.
	Spec() Spec

	// Read fills e with example i. It is safe for concurrent calls. See [Example] for what it is given.
	Read(i int, e *Example) error
}

// Spec is what the examples of a dataset share.
type Spec struct {
	Steps    int // the greatest number of time steps
	Features int // inputs at each step

	// Varying says that there are examples with fewer steps. Without it, one that has fewer is an error.
	Varying bool

	// Events says that each feature is 0 or 1, and that examples give Events and no X. Then a batch is
	// kept as bits, from the dataset to the first layer's neurons.
	Events bool

	// What a target is: one of Classes, or so many Numbers; neither where there is nothing to be
	// learnt from, as in data that a network is only asked about.
	Classes int
	Numbers int

	// PerStep says that each step has a target, and not the sequence as a whole.
	PerStep bool
}

// Targets is the number of targets of an example of so many steps.
func (s Spec) Targets(steps int) int {
	if s.PerStep {
		return steps
	}
	return 1
}

// Example is what [Dataset.Read] fills in. Everything arrives zeroed and of full length, that of Spec.Steps
// steps, so that only what is not zero has to be written; slices may be written to, not kept.
type Example struct {
	// Steps is how many steps the example has, Spec.Steps if Read leaves it 0. What lies beyond is padding,
	// and counts for nothing.
	Steps int

	// X are the features, [Spec.Steps, Spec.Features] row by row. It is nil where Spec.Events.
	X []float32

	// Events are where features are 1, in any order; Read appends to it. One that is named twice is 1.
	Events []Event

	// Classes are the targets where Spec.Classes > 0: one class, or one a step. [Ignore] takes one out.
	Classes []int

	// Y are the targets where Spec.Numbers > 0: [Numbers], or [Spec.Steps, Numbers] row by row.
	Y []float32
}

// Event is a feature that is 1 at a step.
type Event struct{ Step, Feature int }

// Ignore as a class takes a step, or a whole example, out of the loss and the metrics.
const Ignore = -1

// Epochs is implemented by a [Dataset] that is another one in each epoch, as augmentation makes it.
type Epochs interface {
	// Epoch is the dataset of an epoch, counted from 1. All have the same length and Spec.
	Epoch(n int) (Dataset, error)
}

// Checked is implemented by a [Dataset] that can be wrong as a whole. It is checked before anything else.
type Checked interface{ Check() error }
