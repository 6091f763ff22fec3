package train

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Batch are the inputs of a graph for B sequences of T steps, as nodes: what a model and a loss see.
// Sequences that are shorter than T are filled up with zeros behind, and where there are fewer than B
// examples, the rest are sequences of which no step exists.
type Batch struct {
	X *gorgonia.Node // [T, B, features]

	// Y are the targets: classes, as numbers, [B] or [T, B], Ignore where none counts; or numbers,
	// [B, n] or [T, B, n]. It is nil where the data have no targets.
	Y *gorgonia.Node

	// Mask is [T, B], 1 where a step exists and 0 where it fills up.
	Mask *gorgonia.Node

	// Weight is [1, B], the share of each example in a mean over the batch: 1/n of n examples, and 0 of
	// what fills up. For a loss, the n are those that have a target that counts; for everybody else, as a
	// [Term], they are all that there are.
	Weight *gorgonia.Node

	counts *gorgonia.Node // the weight that a loss is given

	// Padded says that the mask may have zeros in an example that counts. Without it, all sequences have T
	// steps, and sums over time need no mask.
	Padded bool

	// Training says that the graph is for training, and not for evaluation.
	Training bool

	Spec Spec // of the data
}

// View is what a [Term] or a [Metric] sees of a graph.
type View struct {
	Batch
	Out    any              // what the model gave
	Scores *gorgonia.Node   // what the network is asked for, see [Scorer]; nil where there is nothing
	Layers []graph.Observed // of neurons within the graph, in the order of their runs
}
