package models

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// SquaredError is the loss of regression: the mean over the examples of
//
//	mean over the n numbers, and over the steps with EachStep, of (u − y)²
//
// where u is what Read says of the readout's potential, and y the targets.
type SquaredError struct {
	Read Reading `json:"read,omitempty"`
}

// Scores implements [train.Scorer].
func (l SquaredError) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return l.Read.scores(out, b)
}

// Loss implements [train.Loss].
func (l SquaredError) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return l.Read.loss(out, b, func(scores, targets *gorgonia.Node) (*gorgonia.Node, error) {
		return graph.Of(scores).Sub(graph.Of(targets)).Square().Node()
	})
}

func init() { train.MustRegisterLoss("squared_error", SquaredError{}) }
