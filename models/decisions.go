package models

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Decisions is the loss of tasks in which sequences have decisions: as many Steps in a row with the same class, and
// [train.Ignore] at all others. It is the cross entropy with softmax(u_t), averaged over the steps of a decision,
// summed over those of a sequence, and averaged over the sequences that have some.
type Decisions struct {
	Steps int `json:"steps"` // of a decision
}

// Scores implements [train.Scorer].
func (Decisions) Scores(out *Output, _ train.Batch) (*gorgonia.Node, error) { return membrane(out) }

// Loss implements [train.Loss].
func (l Decisions) Loss(out *Output, b train.Batch) (*gorgonia.Node, error) {
	if err := decisionSteps(l.Steps); err != nil {
		return nil, err
	}
	sum, err := PerStep{}.Loss(out, b)
	if err != nil {
		return nil, err
	}
	return graph.Affine(sum, 1/float64(l.Steps), 0)
}

// Online implements [Stepwise].
func (l Decisions) Online() (OnlineLoss, bool, error) {
	return OnlineScaled{OnlineCrossEntropy{}, 1 / float64(l.Steps)}, false, decisionSteps(l.Steps)
}

func decisionSteps(n int) error {
	if n < 1 {
		return errors.Errorf("srnn: decisions have %d steps, want at least 1", n)
	}
	return nil
}

// Decide is the class of a decision, from the scores at each of its steps: the one with the largest mean, the first
// of several.
func Decide(scores [][]float64) int {
	total := make([]float64, len(scores[0]))
	for _, row := range scores {
		for k, v := range row {
			total[k] += v
		}
	}
	return argmax(total)
}

// DecisionError is a [train.Metric] of [Decisions], see [Decide]: the share of wrong ones, "error"; what it is with a
// standard deviation of such a share more, "error_bound"; and how many there were, "decisions".
type DecisionError struct {
	Steps int `json:"steps"` // of a decision
}

// Name implements [train.Metric].
func (DecisionError) Name() string { return "error" }

// Watch implements [train.Metric].
func (m DecisionError) Watch(v train.View) (gorgonia.Nodes, error) {
	if err := decisionSteps(m.Steps); err != nil {
		return nil, err
	}
	return classScores(v)
}

// Meter implements [train.Metric].
func (m DecisionError) Meter() train.Meter { return &decisionMeter{steps: m.Steps} }

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
			var scores [][]float64
			for end := min(t+m.steps, s.Steps(b)); t < end; t++ {
				scores = append(scores, s.Row(0, b, t))
			}
			m.decisions++
			if Decide(scores) != class {
				m.wrong++
			}
		}
	}
	return nil
}

// Result implements [train.Meter].
func (m *decisionMeter) Result() train.Result {
	n := float64(max(m.decisions, 1))
	p := float64(m.wrong) / n
	return train.Result{Numbers: []train.Number{
		{Name: "error", Value: p}, {Name: "error_bound", Value: p + math.Sqrt(p*(1-p)/n)}, {Name: "decisions", Value: float64(m.decisions)}}}
}

func init() {
	train.MustRegisterLoss("decisions", Decisions{})
	train.MustRegisterMetric("decision_error", DecisionError{})
}
