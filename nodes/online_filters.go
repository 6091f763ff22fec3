package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// filters are what a readout of leaky integrators has kept of the spikes of a layer. Its membrane
// potentials, u_t = κ u_{t−1} + c (W S_t + b), see of a spike y_t = κ y_{t−1} + c S_t. Of such a y the
// layer has traces as of its output, and the gradient of u_t makes exact gradients of them. There is
// one filter for each κ and c among the outputs: one at first, mostly, and more once the outputs' time
// constants go ways of their own. An output whose κ changes takes with it what it kept.
type filters[F graph.Float] struct {
	readout *Eligibility[F] // nil: there are no filters
	all     []filter[F]
}

type filter[F graph.Float] struct {
	trace[F]
	outputs     []int // of the readout, that it is for
	kappa, gain F     // κ and c
	keep        []F   // κ for each neuron
}

// begin leaves one filter, of no spikes yet, for all outputs.
func (f *filters[F]) begin(t *traces[F]) {
	if f.readout == nil {
		return
	}
	every := make([]int, f.readout.units)
	for k := range every {
		every[k] = k
	}
	if len(f.all) == 0 {
		f.append(t, every)
	}
	f.all = f.all[:1]
	f.all[0].outputs = every
	clear(f.all[0].x)
}

// append adds a filter, and returns its traces, which are zero.
func (f *filters[F]) append(t *traces[F], outputs []int) []F {
	x := filter[F]{trace: t.newTrace(), outputs: outputs, keep: make([]F, t.units)}
	f.all = append(f.all, x)
	return x.x
}

// leak are κ and c of an output of the readout in its last step.
func (f *filters[F]) leak(output int) (kappa, gain F) {
	m := f.readout.moment
	return m.byState[m.output][m.output][output], m.byCurrent[m.output][output]
}

// split makes all outputs of a filter have the same κ and c.
func (f *filters[F]) split(t *traces[F]) {
	for q := 0; q < len(f.all); q++ { // more come up on the way
		kappa, gain := f.leak(f.all[q].outputs[0])
		var same, other []int
		for _, k := range f.all[q].outputs {
			if a, c := f.leak(k); a == kappa && c == gain {
				same = append(same, k)
			} else {
				other = append(other, k)
			}
		}
		if len(other) > 0 {
			copy(f.append(t, other), f.all[q].x)
		}
		x := &f.all[q]
		x.outputs, x.kappa, x.gain = same, kappa, gain
		for j := range x.keep {
			x.keep[j] = kappa
		}
	}
}

// learn uses the signals that wait for rows lo to hi of an example, and with carry filters the traces
// of the output, which have been carried on.
func (f *filters[F]) learn(t *traces[F], s *shard[F], b, lo, hi int, carry bool) {
	for q := range f.all {
		v := &f.all[q]
		var g []F
		var m [][]F
		s.x[0], s.lambda[0] = t.part(&v.trace, b, lo, hi), nil
		if v.waits {
			g, s.lambda[0] = t.g[lo*t.units:hi*t.units], v.signal[b*t.units:][:t.units]
		}
		if carry {
			m = s.m[:1]
			m[0] = v.keep
		}
		if g != nil || carry {
			kernel.Carry(g, s.x[:1], s.lambda[:1], m, hi-lo, t.units)
		}
		if carry {
			kernel.Axpy(v.gain, t.part(&t.variables[t.output].trace, b, lo, hi), s.x[0])
		}
	}
}
