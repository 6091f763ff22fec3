package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/nodes"
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

// adaptations are those of the node.
var adaptations = map[string]nodes.ThresholdAdaptation{
	"fixed": nodes.FixedThreshold, "additive": nodes.AdditiveAdaptation, "multiplicative": nodes.MultiplicativeAdaptation,
}

// neurons are the node for encoders of one kind, side by side as features.
func (s *settings) neurons(all ...encoder) nodes.SigmaDelta {
	joined := map[string]graph.Values{}
	for _, e := range all {
		for name, v := range e.values() {
			joined[name] = append(joined[name], v...)
		}
	}
	n := s.coder(all[0].Adaptation).neuron()
	n.Tau, n.B0 = joined["tau"], joined["b0"]
	if n.Adaptation != nodes.FixedThreshold {
		n.TauAdp, n.Beta = joined["tau_adp"], joined["beta"]
	}
	return n
}

// encoderOf has the parameters of an encoder.
func (s *settings) encoderOf(p *graph.Params) encoder {
	e := encoder{Adaptation: s.Adaptation}
	for name, to := range map[string]*[]float64{"tau": &e.Tau, "b0": &e.B0, "tau_adp": &e.TauAdp, "beta": &e.Beta} {
		if q, ok := p.Get(name); ok {
			*to = q.Values()
		}
	}
	return e
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

// run measures encoders of one kind on the signals to test on at all amplitudes: [encoder][amplitude].
func (s *settings) run(all []encoder) ([][]measures, error) {
	signal := batch(s.test, s.amplitudes, len(all))
	spiked, reconstructed, _, err := s.neurons(all...).Simulate(signal)
	if err != nil {
		return nil, err
	}
	x, y, spikes := numbers(signal), numbers(reconstructed), numbers(spiked)
	width, channels, steps := len(s.amplitudes)*len(s.test), s.channels(), len(s.test[0])
	out := make([][]measures, len(all))
	for e := range all {
		for a, amplitude := range s.amplitudes {
			sum := tally{spikes: make([]float64, channels)}
			for k, w := range s.test {
				sum.steps += steps - s.settle
				sum.power += amplitude * amplitude * variance(w[s.settle:]) * float64(steps-s.settle)
				for t := s.settle; t < steps; t++ {
					at := (t*width+a*len(s.test)+k)*len(all) + e
					d := float64(x[at]) - float64(y[at])
					sum.error += d * d
					for c := range channels {
						sum.spikes[c] += float64(spikes[at*channels+c])
					}
				}
			}
			out[e] = append(out[e], sum.measures(s.Dt))
		}
	}
	return out, nil
}

// measure measures encoders of one kind, some at a time, and calls done after each time.
func (s *settings) measure(ctx context.Context, all []encoder, done func(encoders int)) (out [][]measures, err error) {
	for some := range slices.Chunk(all, s.atOnce()) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		measured, err := s.run(some)
		if err != nil {
			return nil, err
		}
		out = append(out, measured...)
		done(len(some))
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
	spikes, reconstructed, thresholds, err := s.neurons(e).Simulate(batch([][]float64{signal}, []float64{1}, 1))
	if err != nil {
		return nil, err
	}
	c := &coding{signal: signal, reconstruction: plot.Float64s(numbers(reconstructed))}
	for k := range s.channels() {
		c.decay = append(c.decay, math.Exp(-s.Dt/e.Tau[k]))
		of := func(v *tensor.Dense) []float64 { return plot.Column(numbers(v), s.channels(), k) }
		c.spikes, c.thresholds = append(c.spikes, of(spikes)), append(c.thresholds, of(thresholds))
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

// numbers are the elements of a tensor.
func numbers(v *tensor.Dense) []float32 { return v.Data().([]float32) }
