package main

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Errors are called "error" in reports, whatever the task. "error_bound" is a standard deviation above.

func init() {
	train.MustRegisterLoss("eprop_decisions", decisions{})
	train.MustRegisterLoss("eprop_curves", curves{})
	train.MustRegisterMetric("eprop_decisions", decisionError{})
	train.MustRegisterMetric("eprop_curves", curveError{})
	train.MustRegisterMetric("eprop_populations", populations{})
}

// decisions is the cross entropy, averaged over the steps of a decision, summed over those of a trial, and
// averaged over the trials that have some.
type decisions struct {
	Steps int `json:"steps"` // of a decision
}

// Scores implements [train.Scorer].
func (decisions) Scores(out *models.Output, _ train.Batch) (*gorgonia.Node, error) {
	return out.Membrane, nil
}

// Loss implements [train.Loss].
func (l decisions) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	sum, err := models.PerStep{}.Loss(out, b)
	if err != nil {
		return nil, err
	}
	return graph.Affine(sum, 1/float64(l.Steps), 0)
}

// Online implements [models.Stepwise].
func (l decisions) Online() (models.OnlineLoss, bool, error) {
	return scaled{models.OnlineCrossEntropy{}, 1 / float64(l.Steps)}, false, nil
}

// scaled is the loss of a step times a factor.
type scaled struct {
	models.OnlineLoss
	factor float64
}

// Loss implements [models.OnlineLoss].
func (s scaled) Loss(y, target, gradient []float64) (float64, error) {
	loss, err := s.OnlineLoss.Loss(y, target, gradient)
	for i := range gradient {
		gradient[i] *= s.factor
	}
	return s.factor * loss, err
}

// decisionError is the share of wrong decisions. The class that is named is the one with the largest output,
// averaged over the decision's steps.
type decisionError struct {
	Steps int `json:"steps"` // of a decision
}

// Name implements [train.Metric].
func (decisionError) Name() string { return "error" }

// Watch implements [train.Metric].
func (decisionError) Watch(v train.View) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{v.Scores}, nil
}

// Meter implements [train.Metric].
func (m decisionError) Meter() train.Meter { return &decisionMeter{steps: m.Steps} }

type decisionMeter struct{ steps, decisions, wrong int }

// Add implements [train.Meter].
func (m *decisionMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		for t := 0; t < s.Steps(b); {
			class := s.Class(b, t)
			if class == train.Ignore {
				t++
				continue
			}
			var outputs [][]float64
			for end := t + m.steps; t < end; t++ {
				outputs = append(outputs, s.Row(0, b, t))
			}
			m.decisions++
			if largest(sum(outputs)) != class {
				m.wrong++
			}
		}
	}
	return nil
}

// sum adds up rows.
func sum(rows [][]float64) []float64 {
	total := make([]float64, len(rows[0]))
	for _, row := range rows {
		for k, v := range row {
			total[k] += v
		}
	}
	return total
}

// largest is the index of the largest value, the first of several.
func largest(values []float64) int {
	best := 0
	for k, v := range values {
		if v > values[best] {
			best = k
		}
	}
	return best
}

// Result implements [train.Meter].
func (m *decisionMeter) Result() train.Result {
	n := float64(max(m.decisions, 1))
	p := float64(m.wrong) / n
	return train.Result{Numbers: []train.Number{
		{Name: "error", Value: p}, {Name: "error_bound", Value: p + math.Sqrt(p*(1-p)/n)}, {Name: "decisions", Value: float64(m.decisions)}}}
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
	return scaled{models.OnlineMeanSquaredError{}, .5}, true, nil
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
