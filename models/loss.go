package models

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Loss is a cross entropy of the classes with scores read from a network's output. The class
// with the largest score is the prediction.
type Loss interface {
	// Scores are [T, batch, classes], or [batch, classes] where a whole sequence has one
	// class.
	Scores(out *Output) (*gorgonia.Node, error)

	// Skip is the number of first steps that do not count.
	skip() int
}

// CrossEntropy is the loss of an output as a scalar node, the mean over the batch. Labels are
// class numbers of the network's dtype, [T, batch] or [batch] as the scores are; Ignore takes
// one out.
func CrossEntropy(l Loss, out *Output, labels *gorgonia.Node) (*gorgonia.Node, error) {
	scores, err := l.Scores(out)
	if err != nil {
		return nil, err
	}
	return ops.CrossEntropy(scores, labels, ops.CrossEntropySettings{Skip: l.skip()})
}

// PerStep is Σ_{t≥skip} of the cross entropy with softmax(u_t): each step has a class, [T,
// batch].
type PerStep struct {
	Skip int `json:"skip,omitempty"`
}

func (l PerStep) Scores(out *Output) (*gorgonia.Node, error) { return out.Membrane, nil }
func (l PerStep) skip() int                                  { return l.Skip }

// SumSoftmax is the cross entropy with Σ_{t≥from} softmax(u_t) as the scores of one class for
// the sequence. Yin et al. take From 1 for the integrator readout.
type SumSoftmax struct {
	From int `json:"from,omitempty"`
}

func (l SumSoftmax) Scores(out *Output) (*gorgonia.Node, error) {
	return ops.SoftmaxOverTime(out.Membrane, nil, l.From)
}
func (SumSoftmax) skip() int { return 0 }

// SpikeCount is the cross entropy with the number of the readout's spikes, Σ_t S_t, as the
// scores of one class for the sequence.
type SpikeCount struct {
	// Scale is what a spike counts; default 1, as in Yin et al. Over hundreds of steps, counts that
	// differ by tens make softmax all but certain: less makes for gradients that are smoother, and names
	// the same class.
	Scale float64
}

func (l SpikeCount) Scores(out *Output) (*gorgonia.Node, error) {
	s, err := out.Readout.Spikes()
	if err != nil {
		return nil, graph.Wrapf(err, "a loss of spike counts needs a spiking readout")
	}
	if !(l.Scale >= 0) || !graph.Finite(l.Scale) {
		return nil, errors.Errorf("srnn: a loss of spike counts has scale %v, want a positive number", l.Scale)
	}
	counts, err := ops.SumOverTime(s, nil, 0)
	if err != nil || l.Scale == 0 || l.Scale == 1 {
		return counts, err
	}
	return graph.Affine(counts, l.Scale, 0)
}
func (SpikeCount) skip() int { return 0 }
