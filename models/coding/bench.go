package coding

import (
	"context"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/tensor"
)

// Bench measures encoders on signals at some amplitudes.
type Bench struct {
	Signals    [][]float64 // of amplitude 1, [signal][step], all of the same length
	Amplitudes []float64   // ascending
	Settle     int         // steps at the beginning that are not measured
	Dt         float64     // time step, ms
	Signed     bool        // signals have both signs, and take two neurons
	Limit      float64     // SNR from which on an amplitude counts as coded, dB
}

// Check refuses signals of which nothing could be told.
func (b *Bench) Check() error {
	for i, w := range b.Signals {
		if len(w) <= b.Settle+1 {
			return errors.Errorf("signal %d has %d steps, the first %d of which are not measured: want at least 2 to measure", i, len(w), b.Settle)
		}
		if v := variance(w[b.Settle:]); !(v > 1e-12) {
			return errors.Errorf("signal %d is constant where it is measured: there is no signal-to-noise ratio of what does not vary", i)
		}
	}
	return nil
}

// Power is that of signal k at an amplitude: Σ over the steps that are measured of the squared deviation from the
// mean.
func (b *Bench) Power(k int, amplitude float64) float64 {
	w := b.Signals[k][b.Settle:]
	return amplitude * amplitude * variance(w) * float64(len(w))
}

// Encoder makes one with the same parameters for all neurons.
func (b *Bench) Encoder(adaptation string, tau, b0, tauAdp, beta float64) Encoder {
	same := func(v float64) []float64 { return slices.Repeat([]float64{v}, b.Channels()) }
	e := Encoder{Adaptation: adaptation, Tau: same(tau), B0: same(b0)}
	if adaptation != Kinds[0] {
		e.TauAdp, e.Beta = same(tauAdp), same(beta)
	}
	return e
}

// Channels are the neurons that a signal takes.
func (b *Bench) Channels() int {
	if b.Signed {
		return 2
	}
	return 1
}

// Neurons are the node for encoders of one kind, side by side as features.
func (b *Bench) Neurons(all ...Encoder) nodes.SigmaDelta {
	joined := map[string]graph.Values{}
	for _, e := range all {
		for name, v := range e.Values() {
			joined[name] = append(joined[name], v...)
		}
	}
	n := nodes.SigmaDelta{Adaptation: Adaptations[all[0].Adaptation], Signed: b.Signed, Dt: b.Dt}
	n.Tau, n.B0 = joined["tau"], joined["b0"]
	if n.Adaptation != nodes.FixedThreshold {
		n.TauAdp, n.Beta = joined["tau_adp"], joined["beta"]
	}
	return n
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
func (b *Bench) run(all []Encoder) ([][]Measures, error) {
	signal := batch(b.Signals, b.Amplitudes, len(all))
	spiked, reconstructed, _, err := b.Neurons(all...).Simulate(signal)
	if err != nil {
		return nil, err
	}
	x, y, spikes := numbers(signal), numbers(reconstructed), numbers(spiked)
	width, channels, steps := len(b.Amplitudes)*len(b.Signals), b.Channels(), len(b.Signals[0])
	out := make([][]Measures, len(all))
	for e := range all {
		for a, amplitude := range b.Amplitudes {
			sum := tally{spikes: make([]float64, channels)}
			for k := range b.Signals {
				sum.steps += steps - b.Settle
				sum.power += b.Power(k, amplitude)
				for t := b.Settle; t < steps; t++ {
					at := (t*width+a*len(b.Signals)+k)*len(all) + e
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

// Measure measures encoders of one kind, some at a time, and calls done after each time.
func (b *Bench) Measure(ctx context.Context, all []Encoder, done func(encoders int)) (out [][]Measures, err error) {
	for some := range slices.Chunk(all, b.atOnce()) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		measured, err := b.run(some)
		if err != nil {
			return nil, err
		}
		out = append(out, measured...)
		done(len(some))
	}
	return out, nil
}

// atOnce is how many encoders memory has room for.
func (b *Bench) atOnce() int {
	const most = 4 << 20 // elements of a sequence
	return max(1, most/(len(b.Signals[0])*len(b.Signals)*len(b.Amplitudes)*b.Channels()))
}

// meanRate is that over the amplitudes of the test range, Hz.
func meanRate(m []Measures) float64 {
	return mean(each(m, func(m Measures) float64 { return m.Rate }))
}

func each(all []Measures, of func(Measures) float64) []float64 {
	out := make([]float64, len(all))
	for i, m := range all {
		out[i] = of(m)
	}
	return out
}

// Coding is what an encoder makes of a signal, step by step.
type Coding struct {
	Signal, Reconstruction []float64
	Spikes, Thresholds     [][]float64 // of each neuron
	Decay                  []float64   // of the potential of each neuron, in a step
}

// Code runs an encoder on a signal.
func (b *Bench) Code(e Encoder, signal []float64) (*Coding, error) {
	spikes, reconstructed, thresholds, err := b.Neurons(e).Simulate(batch([][]float64{signal}, []float64{1}, 1))
	if err != nil {
		return nil, err
	}
	c := &Coding{Signal: signal, Reconstruction: column(reconstructed, 1, 0)}
	for k := range b.Channels() {
		c.Decay = append(c.Decay, math.Exp(-b.Dt/e.Tau[k]))
		of := func(v *tensor.Dense) []float64 { return column(v, b.Channels(), k) }
		c.Spikes, c.Thresholds = append(c.Spikes, of(spikes)), append(c.Thresholds, of(thresholds))
	}
	return c, nil
}

// Measure measures the steps from ≤ t < to.
func (c *Coding) Measure(from, to int, dt float64) Measures {
	sum := tally{steps: to - from, power: variance(c.Signal[from:to]) * float64(to-from)}
	for t := from; t < to; t++ {
		d := c.Signal[t] - c.Reconstruction[t]
		sum.error += d * d
	}
	for _, spikes := range c.Spikes {
		sum.spikes = append(sum.spikes, mean(spikes[from:to])*float64(to-from))
	}
	return sum.measures(dt)
}

// numbers are the elements of a tensor.
func numbers(v *tensor.Dense) []float32 { return v.Data().([]float32) }

// column is what one of several channels did.
func column(v *tensor.Dense, channels, channel int) (out []float64) {
	for i, all := channel, numbers(v); i < len(all); i += channels {
		out = append(out, float64(all[i]))
	}
	return out
}
