package outside

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Modest is a loss of one's own on scores [T, batch, classes]: the squared scores, averaged over the steps of each
// sequence, beside the cross entropy of that average.
type Modest struct {
	Price float64 `json:"price"`
}

// Scores implements train.Scorer.
func (Modest) Scores(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
	return ops.MeanOverTime(out, b.Mask, 0)
}

// Loss implements train.Loss.
func (m Modest) Loss(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
	scores, err := m.Scores(out, b)
	if err != nil {
		return nil, err
	}
	loss, err := ops.CrossEntropy(scores, b.Y, ops.CrossEntropySettings{})
	if err != nil {
		return nil, err
	}
	size, err := gorgonia.Square(scores)
	if err != nil {
		return nil, err
	}
	if size, err = ops.WeightedMean(size, b.Weight); err != nil {
		return nil, err
	}
	return graph.Of(loss).Add(graph.Of(size).Times(m.Price)).Node()
}

// Confidence is a metric of one's own: the mean difference of the largest score and the smallest.
type Confidence struct{}

// Name implements train.Metric.
func (Confidence) Name() string { return "confidence" }

// Watch implements train.Metric.
func (Confidence) Watch(v train.View) (gorgonia.Nodes, error) { return gorgonia.Nodes{v.Scores}, nil }

// Meter implements train.Metric.
func (Confidence) Meter() train.Meter { return new(confidence) }

type confidence struct{ sum, n float64 }

// Add implements train.Meter.
func (c *confidence) Add(s train.Seen) error {
	s.Rows(0, func(_, _ int, scores []float64) {
		low, high := scores[0], scores[0]
		for _, x := range scores {
			low, high = min(low, x), max(high, x)
		}
		c.sum += high - low
		c.n++
	})
	return nil
}

// Result implements train.Meter.
func (c *confidence) Result() train.Result {
	return train.Result{Numbers: []train.Number{{Name: "confidence", Value: c.sum / max(c.n, 1)}}}
}

func init() {
	train.MustRegisterLoss("modest", Modest{})
	train.MustRegisterMetric("confidence", Confidence{})
}
