package main

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/coding"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

func init() {
	train.MustRegisterModel("sigmadelta", coder{})
	train.MustRegisterLoss("sigmadelta", codingLoss{})
	train.MustRegisterMetric("sigmadelta", codingMetric{})
}

// examples are signals at some amplitudes, each of which is to be reconstructed. The target of a step is what
// a squared error counts there: nothing where it is not measured, and then one over the power of the signal, so that an
// amplitude that is a hundred times smaller counts as much as any other.
type examples struct{ coding.Bench }

// Len implements [train.Dataset].
func (x examples) Len() int { return len(x.Amplitudes) * len(x.Signals) }

// Spec implements [train.Dataset].
func (x examples) Spec() train.Spec {
	return train.Spec{Steps: len(x.Signals[0]), Features: 1, Numbers: 1, PerStep: true}
}

// Read implements [train.Dataset].
func (x examples) Read(i int, e *train.Example) error {
	amplitude, k := x.Amplitudes[i/len(x.Signals)], i%len(x.Signals)
	weight := float32(1 / x.Power(k, amplitude))
	for t, v := range x.Signals[k] {
		e.X[t] = float32(amplitude * v)
		if t >= x.Settle {
			e.Y[t] = weight
		}
	}
	return nil
}

// coder is a Σ-Δ neuron, or two where signals have both signs, as a [train.Model].
type coder struct {
	Adaptation string  `json:"adaptation"`
	Signed     bool    `json:"signed"`
	Dt         float64 `json:"dt_ms"`
	Settle     int     `json:"settle"` // steps that are not measured
}

// coded is what a coder makes of signals.
type coded struct {
	*nodes.SigmaDeltaCode
	error, rate *gorgonia.Node // [batch, 1]: the logarithm of the relative error of each signal, and the spikes in a second
}

// Forward implements [train.Model].
func (c coder) Forward(p *graph.Params, b train.Batch) (*coded, error) {
	steps, batch := b.X.Shape()[0], b.X.Shape()[1]
	if b.Padded || steps <= c.Settle {
		return nil, errors.Errorf("signals are to have the same length, of more than the %d steps that are not measured", c.Settle)
	}
	n, err := nodes.SigmaDelta{Adaptation: coding.Adaptations[c.Adaptation], Signed: c.Signed, Dt: c.Dt}.Declare(p, 1)
	if err != nil {
		return nil, err
	}
	out := new(coded)
	if out.SigmaDeltaCode, err = n.Code(b.X); err != nil || b.Y == nil {
		return out, err
	}
	reshape := func(shape ...int) func(*gorgonia.Node) (*gorgonia.Node, error) {
		return func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n, shape...) }
	}
	const least = 1e-12 // no signal is coded without an error, but the logarithm must be finite
	out.error, err = graph.Of(b.X).Sub(graph.Of(out.Reconstruction)).Square().Mul(graph.Of(b.Y)).Map(reshape(steps, batch)).
		Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, 0) }).
		Plus(least).Map(gorgonia.Log).Map(reshape(batch, 1)).Node()
	if err != nil {
		return nil, err
	}
	counts, err := ops.SumOverTime(out.Spikes, nil, c.Settle)
	if err != nil {
		return nil, err
	}
	channels := counts.Shape()[1]
	sum := graph.Of(counts).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, 1) })
	if channels == 1 {
		sum = graph.Of(counts)
	}
	out.rate, err = sum.Map(reshape(batch, 1)).Times(1000 / (c.Dt * float64(steps-c.Settle))).Node()
	return out, err
}

// rateWeight is that of spikes in excess, see codingLoss. The logarithm of the error falls by 2 at most where
// the logarithm of the rate rises by 1, as the error is in proportion to the distance of spikes: with more
// weight than that, no spike in excess pays.
const rateWeight = 5

// codingLoss is
//
//	mean_b log(Σ_t (x−ŝ)² / Σ_t (x−x̄)²) + rateWeight · max(0, rate/budget − 1)
//
// over the steps t that are measured. The logarithm is that of the relative error, up to a factor the SNR
// in dB. The rate is that of all signals together.
type codingLoss struct {
	Budget float64 `json:"budget_hz"` // 0: any rate
}

// excess is the penalty of a rate.
func (l codingLoss) excess(rate float64) float64 {
	if l.Budget == 0 {
		return 0
	}
	return rateWeight * max(0, rate/l.Budget-1)
}

// Scores implements [train.Scorer].
func (codingLoss) Scores(out *coded, _ train.Batch) (*gorgonia.Node, error) {
	return out.Reconstruction, nil
}

// Loss implements [train.Loss].
func (l codingLoss) Loss(out *coded, b train.Batch) (*gorgonia.Node, error) {
	mean := func(n *gorgonia.Node) graph.Expr {
		return graph.Of(b.Weight).MatMul(graph.Of(n)).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n) })
	}
	loss := mean(out.error)
	if l.Budget > 0 {
		loss = loss.Add(mean(out.rate).Times(1 / l.Budget).Plus(-1).Map(gorgonia.Rectify).Times(rateWeight))
	}
	return loss.Node()
}

// codingMetric are the mean SNR over the signals, "snr_db", their mean rate, "rate_hz", and by what iterations
// are chosen, "chosen": the loss, which is out of reach of any other where the rate is above the budget.
type codingMetric struct {
	Budget float64 `json:"budget_hz"` // 0: any rate
}

const outOfBudget = 1e3

// Name implements [train.Metric].
func (codingMetric) Name() string { return "snr_db" }

// Watch implements [train.Metric].
func (codingMetric) Watch(v train.View) (gorgonia.Nodes, error) {
	out := v.Out.(*coded)
	return gorgonia.Nodes{out.error, out.rate}, nil
}

// Meter implements [train.Metric].
func (m codingMetric) Meter() train.Meter { return &codingMeter{budget: m.Budget} }

type codingMeter struct {
	budget, error, rate float64 // the last two are sums over the signals
	signals             int
}

// Add implements [train.Meter].
func (m *codingMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		m.error += s.Row(0, b, 0)[0]
		m.rate += s.Row(1, b, 0)[0]
		m.signals++
	}
	return nil
}

// Result implements [train.Meter].
func (m *codingMeter) Result() train.Result {
	n := float64(max(m.signals, 1))
	rate := m.rate / n
	chosen := m.error/n + codingLoss{m.budget}.excess(rate)
	if m.budget > 0 && rate > m.budget {
		chosen += outOfBudget
	}
	return train.Result{Numbers: []train.Number{
		{Name: "snr_db", Value: -10 * m.error / n / math.Ln10}, {Name: "rate_hz", Value: rate}, {Name: "chosen", Value: chosen}}}
}
