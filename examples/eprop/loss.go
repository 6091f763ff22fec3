package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Errors are called "error" in reports, whatever the task, as those of models.DecisionError are.

func init() {
	train.MustRegisterLoss("eprop_curves", curves{})
	train.MustRegisterMetric("eprop_curves", curveError{})
	train.MustRegisterMetric("eprop_populations", populations{})
}

// curves is half the squared error, averaged over steps and curves. All trials have the same steps.
type curves struct{}

// Scores implements [train.Scorer].
func (curves) Scores(out *models.Output, _ train.Batch) (*gorgonia.Node, error) {
	return out.Membrane, nil
}

// Loss implements [train.Loss].
func (curves) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	if b.Padded || b.X.Shape()[1] != 1 {
		return nil, errors.New("the pattern is one trial")
	}
	return graph.Of(out.Membrane).Sub(graph.Of(b.Y)).Square().Times(.5).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Mean(n)
	}).Node()
}

// Online implements [models.Stepwise].
func (curves) Online() (models.OnlineLoss, bool, error) {
	return models.OnlineScaled{OnlineLoss: models.OnlineMeanSquaredError{}, Factor: .5}, true, nil
}

// curveError is the normalised mean squared error: that of the mean of each curve is 1.
type curveError struct{}

// Name implements [train.Metric].
func (curveError) Name() string { return "error" }

// Watch implements [train.Metric].
func (curveError) Watch(v train.View) (gorgonia.Nodes, error) { return gorgonia.Nodes{v.Scores}, nil }

// Meter implements [train.Metric].
func (curveError) Meter() train.Meter { return &curveMeter{} }

type curveMeter struct{ squares, variance float64 } // Σ of squared errors, and of squared deviations from the mean

// Add implements [train.Meter].
func (m *curveMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		for k := range s.Spec.Numbers {
			sum, squares := 0., 0.
			for t := range s.Steps(b) {
				y := float64(s.Target(b, t)[k])
				e := s.Row(0, b, t)[k] - y
				m.squares += e * e
				sum += y
				squares += y * y
			}
			m.variance += squares - sum*sum/float64(s.Steps(b))
		}
	}
	return nil
}

// Result implements [train.Meter].
func (m *curveMeter) Result() train.Result {
	e := 1.
	if m.variance > 0 {
		e = m.squares / m.variance
	}
	return train.Result{Numbers: []train.Number{{Name: "error", Value: e}, {Name: "error_bound", Value: e}}}
}

// populations are the firing rates of regular and of adaptive neurons, Hz, where there are both.
type populations struct {
	Regular int `json:"regular"` // the first ones
}

// Name implements [train.Metric].
func (populations) Name() string { return "populations" }

// Costly implements [train.Costly].
func (populations) Costly() {}

// Watch implements [train.Metric].
func (populations) Watch(v train.View) (gorgonia.Nodes, error) {
	n, err := v.Layers[0].Activity.Counts(nil)
	return gorgonia.Nodes{n}, err
}

// Meter implements [train.Metric].
func (m populations) Meter() train.Meter { return &populationMeter{regular: m.Regular} }

type populationMeter struct {
	regular int
	spikes  [2]float64 // of either population,
	chances [2]float64 // and its neurons times their steps
}

// Add implements [train.Meter].
func (m *populationMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		for j, n := range s.Row(0, b, 0) {
			k := 0
			if j >= m.regular {
				k = 1
			}
			m.spikes[k] += n
			m.chances[k] += float64(s.Steps(b))
		}
	}
	return nil
}

// Result implements [train.Meter].
func (m *populationMeter) Result() (r train.Result) {
	for k, name := range []string{"regular_rate_hz", "adaptive_rate_hz"} {
		r.Numbers = append(r.Numbers, train.Number{Name: name, Value: 1000 * m.spikes[k] / max(m.chances[k], 1)})
	}
	return r
}
