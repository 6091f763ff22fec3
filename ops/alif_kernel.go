package ops

import (
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// batchShard is how many examples one goroutine carries through a sequence at a time.
const batchShard = 8

type alifKernel[F graph.Float] struct{ alif }

// alifTape is what the backward pass needs besides the inputs. Thresholds and spikes follow
// from it exactly.
type alifTape[F graph.Float] struct {
	u   []F // membrane potential, [T, batch, units]
	cur []F // current with its recurrent part, [T, batch, units]
	eta []F // adaptation, [T, batch, units]; nil without adaptation
}

// alifLayer holds what all shards of one call share.
type alifLayer[F graph.Float] struct {
	steps, batch, units int
	b0, beta, dt, rm    F

	// Constants of the neurons, repeated for each example of a shard.
	alpha, gain []F // exp(−dt/τm) and (1−α)·Rm
	rho         []F // exp(−dt/τadp); nil without adaptation

	wt []F // W_recᵀ, [from, to]; nil without recurrence

	u0, eta0, s0 []F // initial state, [batch, units]; nil: zero
}

func (k alifKernel[F]) layer(in []graph.Array[F]) (*alifLayer[F], error) {
	s := in[0].Shape
	l := &alifLayer[F]{
		steps: s[0], batch: s[1], units: s[2],
		b0: F(k.B0), beta: F(k.Beta), dt: F(k.Dt), rm: F(k.Rm),
	}
	optional := func(slot int) []F {
		if slot == 0 {
			return nil
		}
		return in[slot].Data
	}
	l.u0, l.eta0, l.s0 = optional(k.U0), optional(k.Eta0), optional(k.S0)
	var err error
	if l.alpha, err = decay("tau_m", in[k.TauM].Data, k.Dt); err != nil {
		return nil, err
	}
	l.gain = make([]F, l.units)
	for i, a := range l.alpha {
		l.gain[i] = (1 - a) * l.rm
	}
	rows := min(l.batch, batchShard)
	l.alpha, l.gain = slices.Repeat(l.alpha, rows), slices.Repeat(l.gain, rows)
	if k.TauAdp > 0 {
		if l.rho, err = decay("tau_adp", in[k.TauAdp].Data, k.Dt); err != nil {
			return nil, err
		}
		l.rho = slices.Repeat(l.rho, rows)
	}
	if k.WRec > 0 {
		if at, x, ok := notFinite(in[k.WRec]); ok { // a silent neuron would hide it
			return nil, errors.Errorf("w_rec%v is %v", at, x)
		}
		l.wt = make([]F, l.units*l.units)
		kernel.Transpose(in[k.WRec].Data, l.wt, l.units, l.units)
	}
	return l, nil
}

// start copies rows lo to hi of an initial state into a slab, or zeroes it.
func (l *alifLayer[F]) start(slab, from []F, lo, hi int) {
	if from == nil {
		clear(slab)
		return
	}
	copy(slab, from[lo*l.units:hi*l.units])
}

// threshold writes θ = b0 + β η. The conversion keeps the product from being fused with the
// sum, so that the backward pass finds exactly the thresholds of the forward pass.
func (l *alifLayer[F]) threshold(theta, eta []F) {
	eta = eta[:len(theta)]
	for i := range theta {
		theta[i] = l.b0 + F(l.beta*eta[i])
	}
}

// rest is a slab of thresholds at rest.
func (l *alifLayer[F]) rest(theta []F) []F {
	for i := range theta {
		theta[i] = l.b0
	}
	return theta
}

func (k alifKernel[F]) Forward(c *graph.Call[F]) error {
	l, err := k.layer(c.In)
	if err != nil {
		return err
	}
	var tape *alifTape[F]
	if c.Record {
		var ok bool
		if tape, ok = c.Tape.(*alifTape[F]); !ok {
			n := len(c.In[0].Data)
			tape = &alifTape[F]{u: make([]F, n), cur: make([]F, n)}
			if l.rho != nil {
				tape.eta = make([]F, n)
			}
		}
		c.Tape = tape
	}
	return kernel.Run(l.batch, batchShard, func(_, lo, hi int) error {
		return k.forward(l, c, tape, lo, hi)
	})
}

// forward runs examples lo to hi through the sequence. Where there is a tape, the state lives
// on it.
func (k alifKernel[F]) forward(l *alifLayer[F], c *graph.Call[F], tape *alifTape[F], lo, hi int) error {
	units, n := l.units, (hi-lo)*l.units
	slabs := make([]F, 5*n)
	u, eta, s := slabs[:n], slabs[n:2*n], slabs[2*n:3*n]
	cur, theta := slabs[3*n:4*n], l.rest(slabs[4*n:])
	l.start(u, l.u0, lo, hi)
	l.start(eta, l.eta0, lo, hi)
	l.start(s, l.s0, lo, hi)
	for t := range l.steps {
		at := (t*l.batch + lo) * units
		u1 := u
		if tape != nil {
			u, cur = tape.u[at:at+n], tape.cur[at:at+n]
		}
		copy(cur, c.In[0].Data[at:])
		if l.wt != nil {
			for r := 0; r < n; r += units {
				kernel.Gather(s[r:r+units], l.wt, cur[r:r+units])
			}
		}
		if l.rho != nil {
			kernel.Adapt(eta, s, l.rho, theta, l.b0, l.beta)
			if tape != nil {
				copy(tape.eta[at:], eta)
			}
		}
		kernel.Integrate(u, u1, cur, s, theta, l.alpha, l.gain, l.dt)
		s = c.Out[outSpikes].Data[at : at+n]
		fire(k.Surrogate, u, theta, nil, s)
		keep(c.Out[outMembrane].Data, u, at)
		keep(c.Out[outAdaptation].Data, eta, at)
		keep(c.Out[outThreshold].Data, theta, at)
	}
	for i, x := range u { // NaN and infinities stay in u, once there
		if !graph.Finite(x) {
			return k.diagnose(c.In, lo+i/units, i%units)
		}
	}
	return nil
}

// keep copies a slab to position at of dst, if there is a dst.
func keep[F graph.Float](dst, slab []F, at int) {
	if dst != nil {
		copy(dst[at:], slab)
	}
}

// fire writes the spikes at u − θ to s, and u − θ to v, unless v is nil.
func fire[F graph.Float](surrogate Surrogate, u, theta, v, s []F) {
	kernel.Fire(u, theta, v, s)
	if r, ok := surrogate.(Relaxed); ok {
		for i, x := range u {
			s[i] = F(r.Smooth(float64(x - theta[i])))
		}
	}
}

// diagnose finds where a membrane potential that is not finite came from.
func (k alifKernel[F]) diagnose(in []graph.Array[F], b, unit int) error {
	for _, p := range []struct {
		name string
		slot int
	}{
		{"current", 0}, {"initial membrane potential", k.U0}, {"initial adaptation", k.Eta0}, {"initial spikes", k.S0},
	} {
		if at, x, ok := notFinite(in[p.slot]); ok {
			return errors.Errorf("%s%v is %v", p.name, at, x)
		}
	}
	return errors.Errorf("the membrane potential of unit %d, example %d, grows beyond all bounds", unit, b)
}

// notFinite finds the first element of a that is NaN or infinite.
func notFinite[F graph.Float](a graph.Array[F]) (at []int, x F, ok bool) {
	for i, x := range a.Data {
		if !graph.Finite(x) {
			return index(a.Shape, i), x, true
		}
	}
	return nil, 0, false
}

func (k alifKernel[F]) Backward(c *graph.Call[F]) error {
	l, err := k.layer(c.In)
	if err != nil {
		return err
	}
	tape := c.Tape.(*alifTape[F])
	shards := kernel.Shards(l.batch, batchShard)
	sums := make([]alifSums[F], shards)
	if err := kernel.Run(l.batch, batchShard, func(i, lo, hi int) error {
		sums[i] = k.backward(l, c, tape, lo, hi)
		return nil
	}); err != nil {
		return err
	}
	for _, s := range sums[1:] {
		kernel.Add(s.dAlpha, sums[0].dAlpha)
		kernel.Add(s.dRho, sums[0].dRho)
		kernel.Add(s.dWT, sums[0].dWT)
	}
	s := sums[0]
	decayGradient(s.dAlpha, l.alpha, c.In[k.TauM].Data, k.Dt)
	keep(c.DIn[k.TauM].Data, s.dAlpha, 0)
	if k.TauAdp > 0 {
		decayGradient(s.dRho, l.rho, c.In[k.TauAdp].Data, k.Dt)
		keep(c.DIn[k.TauAdp].Data, s.dRho, 0)
	}
	if k.WRec > 0 && c.DIn[k.WRec].Data != nil {
		kernel.Transpose(s.dWT, c.DIn[k.WRec].Data, l.units, l.units)
	}
	return nil
}

// alifSums are the gradients that are sums over the batch.
type alifSums[F graph.Float] struct {
	dAlpha, dRho []F // [units]
	dWT          []F // [from, to]
}

// backward carries the gradient of examples lo to hi back through the sequence, see
// [kernel.Back]; the recurrence adds W_recᵀ g_cur to the gradient of the spikes before.
func (k alifKernel[F]) backward(l *alifLayer[F], c *graph.Call[F], tape *alifTape[F], lo, hi int) alifSums[F] {
	units, n := l.units, (hi-lo)*l.units
	sums := alifSums[F]{dAlpha: make([]F, units), dRho: make([]F, units), dWT: make([]F, len(l.wt))}
	slabs := make([]F, 14*n)
	slab := func() []F {
		s := slabs[:n:n]
		slabs = slabs[n:]
		return s
	}
	b := kernel.Back[F]{
		GU: slab(), GEta: slab(), GS: slab(), Psi: slab(), GCur: slab(), DAlpha: slab(), DRho: slab(),
		Alpha: l.alpha, Gain: l.gain, Rho: l.rho,
	}
	now := alifStep[F]{theta: l.rest(slab()), v: slab(), s: slab()}
	before := alifStep[F]{theta: l.rest(slab()), v: slab(), s: slab()}
	zero := slab()

	now.recall(k, l, tape, l.steps-1, lo, n)
	for t := l.steps - 1; t >= 0; t-- {
		at := (t*l.batch + lo) * units
		prev := at - l.batch*units // where step t−1 lies
		b.U1, b.Eta1 = zero, zero
		if t > 0 {
			before.recall(k, l, tape, t-1, lo, n)
			b.U1 = tape.u[prev : prev+n]
			if tape.eta != nil {
				b.Eta1 = tape.eta[prev : prev+n]
			}
		} else {
			l.start(before.s, l.s0, lo, hi)
			if l.u0 != nil {
				b.U1 = l.u0[lo*units : hi*units]
			}
			if l.eta0 != nil {
				b.Eta1 = l.eta0[lo*units : hi*units]
			}
		}
		derivatives(k.Surrogate, now.v, b.Psi)
		addFrom(b.GS, c.DOut[outSpikes].Data, at)
		addFrom(b.GU, c.DOut[outMembrane].Data, at)
		addFrom(b.GEta, c.DOut[outAdaptation].Data, at)
		b.S1, b.Theta, b.Cur, b.DTheta = before.s, now.theta, tape.cur[at:at+n], zero
		if d := c.DOut[outThreshold].Data; d != nil {
			b.DTheta = d[at : at+n]
		}
		if l.rho == nil {
			b.LIF(l.rm, l.b0*l.dt)
		} else {
			b.ALIF(l.rm, l.beta, l.dt)
		}
		keep(c.DIn[0].Data, b.GCur, at)
		if l.wt != nil {
			kernel.MulRows(b.GCur, l.wt, b.GS, units, units)
			for r := 0; r < n; r += units {
				kernel.Scatter(before.s[r:r+units], b.GCur[r:r+units], sums.dWT)
			}
		}
		now, before = before, now
	}
	for r := 0; r < n; r += units {
		kernel.Add(b.DAlpha[r:r+units], sums.dAlpha)
		kernel.Add(b.DRho[r:r+units], sums.dRho)
	}
	for _, g := range []struct {
		slot int
		slab []F
	}{{k.U0, b.GU}, {k.Eta0, b.GEta}, {k.S0, b.GS}} {
		if g.slot > 0 {
			keep(c.DIn[g.slot].Data, g.slab, lo*units)
		}
	}
	return sums
}

// alifStep is one step of a shard, recalled from the tape.
type alifStep[F graph.Float] struct{ theta, v, s []F }

// recall fills in step t. In a layer without adaptation, theta is at rest all the time.
func (a *alifStep[F]) recall(k alifKernel[F], l *alifLayer[F], tape *alifTape[F], t, lo, n int) {
	at := (t*l.batch + lo) * l.units
	if l.rho != nil {
		l.threshold(a.theta, tape.eta[at:at+n])
	}
	fire(k.Surrogate, tape.u[at:at+n], a.theta, a.v, a.s)
}

// addFrom adds the slab at position at of src, if there is a src.
func addFrom[F graph.Float](slab, src []F, at int) {
	if src != nil {
		kernel.Add(src[at:at+len(slab)], slab)
	}
}
