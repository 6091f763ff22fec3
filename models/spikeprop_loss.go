package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// SpikeTimeError is the loss of [SpikeProp], ½ Σ (t − target)² over the outputs, in ms², the mean over the
// examples. With batches of one example it is that of the paper.
type SpikeTimeError struct{}

// Scores implements [train.Scorer]: they are the times of the outputs' spikes, in ms.
func (SpikeTimeError) Scores(out *SpikeTimes, _ train.Batch) (*gorgonia.Node, error) {
	return out.Out, nil
}

// Loss implements [train.Loss].
func (SpikeTimeError) Loss(out *SpikeTimes, b train.Batch) (*gorgonia.Node, error) {
	if out == nil || out.Out == nil || b.Y == nil {
		return nil, errors.New("srnn: the times of the outputs or their targets are nil")
	}
	times := out.Out.Shape()
	if b.Spec.Classes > 0 || !graph.SameShape(times, b.Y.Shape()) {
		return nil, errors.Errorf("srnn: times have shape %v, and targets %v: want the time of each output's spike", times, b.Y.Shape())
	}
	return graph.Of(out.Out).Sub(graph.Of(b.Y)).Square().Times(.5 * float64(times[1])).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return ops.WeightedMean(n, b.Weight) // over the outputs, too
	}).Node()
}

func init() { train.MustRegisterLoss("spike_time_error", SpikeTimeError{}) }
