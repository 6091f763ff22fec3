package models

import (
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// BinaryCrossEntropy is the loss of classes that are there or not, each for itself: targets are n numbers, 1
// for what is there and 0 for what is not, or probabilities. It is the mean over the examples of
//
//	mean over the n numbers, and over the steps with EachStep, of −y log σ(u) − (1 − y) log(1 − σ(u))
//
// where u is what Read says of the readout's potential. A score above 0 says that a class is there.
type BinaryCrossEntropy struct {
	Read Reading `json:"read,omitempty"`
}

// Scores implements [train.Scorer].
func (l BinaryCrossEntropy) Scores(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return l.Read.scores(out, b)
}

// Loss implements [train.Loss].
func (l BinaryCrossEntropy) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	return l.Read.loss(out, b, ops.BinaryCrossEntropy)
}

func init() { train.MustRegisterLoss("binary_cross_entropy", BinaryCrossEntropy{}) }
