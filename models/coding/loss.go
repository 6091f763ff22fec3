package coding

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// RateWeight is that of spikes in excess, see [LogError]. The logarithm of the error falls by 2 at most where
// the logarithm of the rate rises by 1, as the error is in proportion to the distance of spikes: with more
// weight than that, no spike in excess pays.
const RateWeight = 5

// LogError is the loss of a [Coder],
//
//	mean_b log(Σ_t (x−ŝ)² / Σ_t (x−x̄)²) + RateWeight · max(0, rate/Budget − 1)
//
// over the steps t that are measured. The logarithm is that of the relative error, up to a factor the SNR
// in dB. The rate is that of all signals together.
type LogError struct {
	Budget float64 `json:"budget_hz"` // 0: any rate
}

// excess is the penalty of a rate.
func (l LogError) excess(rate float64) float64 {
	if l.Budget == 0 {
		return 0
	}
	return RateWeight * max(0, rate/l.Budget-1)
}

// Scores implements [train.Scorer].
func (LogError) Scores(out *Coded, _ train.Batch) (*gorgonia.Node, error) {
	return out.Reconstruction, nil
}

// Loss implements [train.Loss].
func (l LogError) Loss(out *Coded, b train.Batch) (*gorgonia.Node, error) {
	mean := func(n *gorgonia.Node) graph.Expr {
		return graph.Of(b.Weight).MatMul(graph.Of(n)).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n) })
	}
	loss := mean(out.LogError)
	if l.Budget > 0 {
		loss = loss.Add(mean(out.Rate).Times(1 / l.Budget).Plus(-1).Map(gorgonia.Rectify).Times(RateWeight))
	}
	return loss.Node()
}

// SNR is a [train.Metric] of a [Coder]: the mean SNR over the signals, "snr_db", their mean rate, "rate_hz", and by
// what iterations are chosen, "chosen": the [LogError], and [OutOfBudget] more where the rate is above the budget.
type SNR struct {
	Budget float64 `json:"budget_hz"` // 0: any rate
}

// OutOfBudget is out of reach of any other loss.
const OutOfBudget = 1e3

// Name implements [train.Metric].
func (SNR) Name() string { return "snr_db" }

// Watch implements [train.Metric].
func (SNR) Watch(v train.View) (gorgonia.Nodes, error) {
	out, ok := v.Out.(*Coded)
	if !ok {
		return nil, errors.Errorf("srnn: the model gives a %T, want what a coding.Coder does", v.Out)
	}
	return gorgonia.Nodes{out.LogError, out.Rate}, nil
}

// Meter implements [train.Metric].
func (m SNR) Meter() train.Meter { return &snrMeter{budget: m.Budget} }

type snrMeter struct {
	budget, error, rate float64 // the last two are sums over the signals
	signals             int
}

// Add implements [train.Meter].
func (m *snrMeter) Add(s train.Seen) error {
	for b := range s.Len() {
		m.error += s.Row(0, b, 0)[0]
		m.rate += s.Row(1, b, 0)[0]
		m.signals++
	}
	return nil
}

// Result implements [train.Meter].
func (m *snrMeter) Result() train.Result {
	n := float64(max(m.signals, 1))
	rate := m.rate / n
	chosen := m.error/n + LogError{m.budget}.excess(rate)
	if m.budget > 0 && rate > m.budget {
		chosen += OutOfBudget
	}
	return train.Result{Numbers: []train.Number{
		{Name: "snr_db", Value: -10 * m.error / n / math.Ln10}, {Name: "rate_hz", Value: rate}, {Name: "chosen", Value: chosen}}}
}

func init() {
	train.MustRegisterModel("sigma_delta", Coder{})
	train.MustRegisterLoss("sigma_delta", LogError{})
	train.MustRegisterMetric("sigma_delta_snr", SNR{})
}
