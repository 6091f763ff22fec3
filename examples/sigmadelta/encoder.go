package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// encoder is a Σ-Δ neuron: one value of each parameter, or two for the two neurons of a signal of both
// signs.
type encoder struct {
	Adaptation string    `json:"adaptation"`
	Tau        []float64 `json:"tau_ms"`
	B0         []float64 `json:"b0"`
	TauAdp     []float64 `json:"tau_adp_ms,omitempty"` // not with a fixed threshold
	Beta       []float64 `json:"beta,omitempty"`
}

// kinds are the ways in which a threshold adapts, in the order in which they are shown.
var kinds = []string{"fixed", "additive", "multiplicative"}

// encoder makes one with the same parameters for all neurons.
func (s *settings) encoder(adaptation string, tau, b0, tauAdp, beta float64) encoder {
	same := func(v float64) []float64 { return slices.Repeat([]float64{v}, s.channels()) }
	e := encoder{Adaptation: adaptation, Tau: same(tau), B0: same(b0)}
	if adaptation != kinds[0] {
		e.TauAdp, e.Beta = same(tauAdp), same(beta)
	}
	return e
}

// channels are the neurons that a signal takes.
func (s *settings) channels() int {
	if s.Signed {
		return 2
	}
	return 1
}

// scaled is e with its thresholds k times as high.
func (e encoder) scaled(k float64) encoder {
	e.B0 = slices.Clone(e.B0)
	for i := range e.B0 {
		e.B0[i] *= k
	}
	return e
}

// values are the parameters by their names in [nodes.SigmaDelta].
func (e encoder) values() map[string][]float64 {
	v := map[string][]float64{"tau": e.Tau, "b0": e.B0}
	if e.Adaptation != kinds[0] {
		v["tau_adp"], v["beta"] = e.TauAdp, e.Beta
	}
	return v
}

// String has the parameters of the first neuron.
func (e encoder) String() string {
	s := fmt.Sprintf("%s: τ %.3g ms, b0 %.3g", e.Adaptation, e.Tau[0], e.B0[0])
	if e.Adaptation != kinds[0] {
		s += fmt.Sprintf(", τ_adp %.3g ms, β %.3g", e.TauAdp[0], e.Beta[0])
	}
	return s
}

// neuron are the settings of the node for an adaptation.
func (s *settings) neuron(adaptation string) nodes.SigmaDelta {
	return nodes.SigmaDelta{Adaptation: nodes.ThresholdAdaptation(slices.Index(kinds, adaptation)), Signed: s.Signed, Dt: s.Dt}
}

// declare adds encoders of one kind to a graph, side by side as features.
func (s *settings) declare(p *graph.Params, all ...encoder) (*nodes.SigmaDeltaNeurons, error) {
	n, err := s.neuron(all[0].Adaptation).Declare(p, len(all))
	if err != nil {
		return nil, err
	}
	return n, s.set(p, all...)
}

// set gives the encoders of a graph their parameters.
func (s *settings) set(p *graph.Params, all ...encoder) error {
	joined := map[string][]float64{}
	for _, e := range all {
		for name, v := range e.values() {
			joined[name] = append(joined[name], v...)
		}
	}
	for _, q := range p.All() {
		v := joined[q.Name]
		if err := p.Set(q.Name, []int{len(v)}, v); err != nil {
			return err
		}
	}
	return nil
}

// batch are signals at some amplitudes, side by side, and each of them for several encoders:
// [T, amplitudes·signals, encoders].
func batch(signals [][]float64, amplitudes []float64, encoders int) *tensor.Dense {
	steps, width := len(signals[0]), len(amplitudes)*len(signals)
	x := make([]float32, steps*width*encoders)
	for t := range steps {
		for a, amplitude := range amplitudes {
			for k, w := range signals {
				at := (t*width + a*len(signals) + k) * encoders
				for e := range encoders {
					x[at+e] = float32(amplitude * w[t])
				}
			}
		}
	}
	return tensor.New(tensor.WithShape(steps, width, encoders), tensor.WithBacking(x))
}

// bench runs encoders of one kind on all signals to test on.
type bench struct {
	*settings
	encoders int
	params   *graph.Params
	x        *gorgonia.Node
	code     *nodes.SigmaDeltaCode
	machine  *graph.Machine
}

// newBench makes a bench for so many encoders at once.
func (s *settings) newBench(adaptation string, encoders int) (*bench, error) {
	b := &bench{settings: s, encoders: encoders}
	var err error
	if b.params, err = graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0); err != nil {
		return nil, err
	}
	n, err := s.neuron(adaptation).Declare(b.params, encoders)
	if err != nil {
		return nil, err
	}
	x := batch(s.test, s.amplitudes, encoders)
	b.x = gorgonia.NewTensor(b.params.Graph(), tensor.Float32, 3, gorgonia.WithShape(x.Shape()...), gorgonia.WithName("signal"), gorgonia.WithValue(x))
	if b.code, err = n.Code(b.x); err != nil {
		return nil, err
	}
	b.machine, err = graph.NewMachine(b.code.Spikes, b.code.Reconstruction)
	return b, err
}

// run measures the encoders at all amplitudes: [encoder][amplitude].
func (b *bench) run(all []encoder) ([][]measures, error) {
	if err := b.set(b.params, all...); err != nil {
		return nil, err
	}
	if err := b.machine.RunAll(); err != nil {
		return nil, err
	}
	x, y, spikes := numbers(b.x), numbers(b.code.Reconstruction), numbers(b.code.Spikes)
	width, channels, steps := len(b.amplitudes)*len(b.test), b.channels(), len(b.test[0])
	out := make([][]measures, len(all))
	for e := range all {
		for a, amplitude := range b.amplitudes {
			sum := tally{spikes: make([]float64, channels)}
			for k, w := range b.test {
				sum.steps += steps - b.settle
				sum.power += amplitude * amplitude * variance(w[b.settle:]) * float64(steps-b.settle)
				for t := b.settle; t < steps; t++ {
					at := (t*width+a*len(b.test)+k)*b.encoders + e
					d := float64(x[at]) - float64(y[at])
					sum.error += d * d
					for c := range channels {
						sum.spikes[c] += float64(spikes[at*channels+c])
					}
				}
			}
			out[e] = append(out[e], sum.measures(b.Dt))
		}
	}
	return out, nil
}

// measure measures encoders of one kind, some at a time, and calls done after each time.
func (s *settings) measure(ctx context.Context, all []encoder, done func(encoders int)) (out [][]measures, err error) {
	var b *bench
	defer func() {
		if b != nil {
			b.machine.Close()
		}
	}()
	for len(all) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(len(all), s.atOnce())
		if b == nil || b.encoders != n {
			if b != nil {
				b.machine.Close()
			}
			if b, err = s.newBench(all[0].Adaptation, n); err != nil {
				return nil, err
			}
		}
		some, err := b.run(all[:n])
		if err != nil {
			return nil, err
		}
		out, all = append(out, some...), all[n:]
		done(n)
	}
	return out, nil
}

// atOnce is how many encoders memory has room for.
func (s *settings) atOnce() int {
	const most = 4 << 20 // elements of a sequence
	return max(1, most/(len(s.test[0])*len(s.test)*len(s.amplitudes)*s.channels()))
}

// meanRate is that over the amplitudes of the test range, Hz.
func meanRate(m []measures) float64 {
	return mean(column(m, func(m measures) float64 { return m.Rate }))
}

func column(all []measures, of func(measures) float64) []float64 {
	out := make([]float64, len(all))
	for i, m := range all {
		out[i] = of(m)
	}
	return out
}

func snrOf(m measures) float64 { return m.SNR }

// coding is what an encoder makes of a signal, step by step.
type coding struct {
	signal, reconstruction []float64
	spikes, thresholds     [][]float64 // of each neuron
	decay                  []float64   // of the potential of each neuron, in a step
}

// code runs an encoder on a signal.
func (s *settings) code(e encoder, signal []float64) (*coding, error) {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		return nil, err
	}
	n, err := s.declare(p, e)
	if err != nil {
		return nil, err
	}
	x := batch([][]float64{signal}, []float64{1}, 1)
	in := gorgonia.NewTensor(p.Graph(), tensor.Float32, 3, gorgonia.WithShape(x.Shape()...), gorgonia.WithName("signal"), gorgonia.WithValue(x))
	code, err := n.Code(in)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(code.Spikes, code.Reconstruction, code.Threshold)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	c := &coding{signal: signal, reconstruction: plot.Float64s(numbers(code.Reconstruction))}
	for k := range s.channels() {
		c.decay = append(c.decay, math.Exp(-s.Dt/e.Tau[k]))
		of := func(n *gorgonia.Node) (out []float64) {
			for i, all := k, numbers(n); i < len(all); i += s.channels() {
				out = append(out, float64(all[i]))
			}
			return out
		}
		c.spikes, c.thresholds = append(c.spikes, of(code.Spikes)), append(c.thresholds, of(code.Threshold))
	}
	return c, nil
}

// measure measures the steps from ≤ t < to.
func (c *coding) measure(from, to int, dt float64) measures {
	sum := tally{steps: to - from, power: variance(c.signal[from:to]) * float64(to-from)}
	for t := from; t < to; t++ {
		d := c.signal[t] - c.reconstruction[t]
		sum.error += d * d
	}
	for _, spikes := range c.spikes {
		sum.spikes = append(sum.spikes, mean(spikes[from:to])*float64(to-from))
	}
	return sum.measures(dt)
}

// numbers are the elements of a node that has a value.
func numbers(n *gorgonia.Node) []float32 { return n.Value().Data().([]float32) }

// number is the value of a scalar.
func number(n *gorgonia.Node) (float64, error) {
	x, err := graph.Float64s(n.Value())
	if err != nil {
		return 0, err
	}
	if len(x) != 1 || !graph.Finite(x[0]) {
		return 0, errors.Errorf("%s is %v, want a finite number", n.Name(), x)
	}
	return x[0], nil
}
