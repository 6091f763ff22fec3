package coding

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// Coder is a Σ-Δ neuron, or two where signals have both signs, as a [train.Model]: what [LogError] trains on the
// signals of a [Bench].
type Coder struct {
	Adaptation string  `json:"adaptation"` // one of Kinds
	Signed     bool    `json:"signed"`
	Dt         float64 `json:"dt_ms"`
	Settle     int     `json:"settle"` // steps that are not measured
}

// Coded is what a [Coder] makes of signals.
type Coded struct {
	*nodes.SigmaDeltaCode

	// Of each signal [batch, 1], over the steps that are measured, the logarithm of the relative error
	// Σ (x−ŝ)² / Σ (x−x̄)², and the spikes of all neurons in a second. They are nil where there are no targets.
	LogError, Rate *gorgonia.Node
}

// Coder is the model of encoders of one kind on the bench.
func (b *Bench) Coder(adaptation string) Coder {
	return Coder{Adaptation: adaptation, Signed: b.Signed, Dt: b.Dt, Settle: b.Settle}
}

// Forward implements [train.Model].
func (c Coder) Forward(p *graph.Params, b train.Batch) (*Coded, error) {
	steps, batch := b.X.Shape()[0], b.X.Shape()[1]
	adaptation, known := Adaptations[c.Adaptation]
	switch {
	case !known:
		return nil, errors.Errorf("srnn: the adaptation is %q, want one of %q", c.Adaptation, Kinds)
	case b.Padded || steps <= c.Settle:
		return nil, errors.Errorf("srnn: signals are to have the same length, of more than the %d steps that are not measured", c.Settle)
	}
	n, err := nodes.SigmaDelta{Adaptation: adaptation, Signed: c.Signed, Dt: c.Dt}.Declare(p, 1)
	if err != nil {
		return nil, err
	}
	out := new(Coded)
	if out.SigmaDeltaCode, err = n.Code(b.X); err != nil || b.Y == nil {
		return out, err
	}
	reshape := func(shape ...int) func(*gorgonia.Node) (*gorgonia.Node, error) {
		return func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Reshape(n, shape...) }
	}
	const least = 1e-12 // no signal is Coded without an error, but the logarithm must be finite
	out.LogError, err = graph.Of(b.X).Sub(graph.Of(out.Reconstruction)).Square().Mul(graph.Of(b.Y)).Map(reshape(steps, batch)).
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
	out.Rate, err = sum.Map(reshape(batch, 1)).Times(1000 / (c.Dt * float64(steps-c.Settle))).Node()
	return out, err
}
