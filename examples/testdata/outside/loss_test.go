package outside

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
	"gorgonia.org/gorgonia"
)

var spec = train.Spec{Steps: 6, Features: 4, Classes: 3, Varying: true}

func TestLoss(t *testing.T) {
	traintest.Loss(t, Modest{Price: .1}, train.Forward[*gorgonia.Node](func(p *graph.Params, b train.Batch) (*gorgonia.Node, error) {
		return traintest.Scores(p, b, spec.Classes)
	}), spec)
}

func TestMetric(t *testing.T) { traintest.Metric(t, Confidence{}, spec) }

func TestDataset(t *testing.T) {
	traintest.Dataset(t, train.Sequences{X: [][][]float32{{{1, 2}}, {{3, 4}, {5, 6}}}, Y: []int{0, 1}})
}
