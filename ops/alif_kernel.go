package ops

import (
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

	alpha, gain []F // exp(−dt/τm) and (1−α)·Rm, [units]
	rho         []F // exp(−dt/τadp), [units]; nil without adaptation
	wt          []F // W_recᵀ, [from, to]; nil without recurrence

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
	if k.TauAdp > 0 {
		if l.rho, err = decay("tau_adp", in[k.TauAdp].Data, k.Dt); err != nil {
			return nil, err
		}
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
			for r := 0; r < n; r += units {
				adapt(eta[r:r+units], s[r:r+units], l.rho)
			}
			l.threshold(theta, eta)
			if tape != nil {
				copy(tape.eta[at:], eta)
			}
		}
		for r := 0; r < n; r += units {
			l.integrate(u[r:r+units], u1[r:r+units], cur[r:r+units], s[r:r+units], theta[r:r+units])
		}
		s = c.Out[outSpikes].Data[at : at+n]
		fire(k.Surrogate, u, theta, s)
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

// adapt advances η by one step.
func adapt[F graph.Float](eta, s, rho []F) {
	s, rho = s[:len(eta)], rho[:len(eta)]
	for i, e := range eta {
		eta[i] = rho[i]*e + (1-rho[i])*s[i]
	}
}

// integrate writes u, one step on from u1.
func (l *alifLayer[F]) integrate(u, u1, cur, s, theta []F) {
	u1, cur, s, theta = u1[:len(u)], cur[:len(u)], s[:len(u)], theta[:len(u)]
	alpha, gain := l.alpha[:len(u)], l.gain[:len(u)]
	for i := range u {
		u[i] = alpha[i]*u1[i] + gain[i]*cur[i] - s[i]*theta[i]*l.dt
	}
}

// fire writes the spikes at u − θ.
func fire[F graph.Float](surrogate Surrogate, u, theta, s []F) {
	theta, s = theta[:len(u)], s[:len(u)]
	if r, ok := surrogate.(Relaxed); ok {
		for i, x := range u {
			s[i] = F(r.Smooth(float64(x - theta[i])))
		}
		return
	}
	for i, x := range u {
		y := 0 // set without a branch, which every spike would mispredict
		if x > theta[i] {
			y = 1
		}
		s[i] = F(y)
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

// backward carries the gradient of examples lo to hi back through the sequence. With ψ the
// surrogate's derivative at u − θ, primes for the step before, and g for gradients:
//
//	g_u += g_S ψ                              g_θ = −g_S ψ − g_u S′ dt
//	g_η += β g_θ                              g_I = g_u (1−α) Rm
//	g_α += g_u (u′ − Rm I)                    g_ρ += g_η (η′ − S′)
//	g_u′ = α g_u      g_η′ = ρ g_η      g_S′ = (1−ρ) g_η − g_u θ dt + W_recᵀ g_I
func (k alifKernel[F]) backward(l *alifLayer[F], c *graph.Call[F], tape *alifTape[F], lo, hi int) alifSums[F] {
	units, n := l.units, (hi-lo)*l.units
	sums := alifSums[F]{dAlpha: make([]F, units), dRho: make([]F, units), dWT: make([]F, len(l.wt))}
	slabs := make([]F, 12*n)
	slab := func() []F {
		s := slabs[:n:n]
		slabs = slabs[n:]
		return s
	}
	gu, geta, gs, gcur, psi := slab(), slab(), slab(), slab(), slab()
	now := alifStep[F]{theta: l.rest(slab()), v: slab(), s: slab()}
	before := alifStep[F]{theta: l.rest(slab()), v: slab(), s: slab()}
	zero := slab()

	now.recall(k, l, tape, l.steps-1, lo, n)
	for t := l.steps - 1; t >= 0; t-- {
		at := (t*l.batch + lo) * units
		prev := at - l.batch*units // where step t−1 lies
		u1, eta1 := zero, zero
		if t > 0 {
			before.recall(k, l, tape, t-1, lo, n)
			u1 = tape.u[prev : prev+n]
			if tape.eta != nil {
				eta1 = tape.eta[prev : prev+n]
			}
		} else {
			l.start(before.s, l.s0, lo, hi)
			if l.u0 != nil {
				u1 = l.u0[lo*units : hi*units]
			}
			if l.eta0 != nil {
				eta1 = l.eta0[lo*units : hi*units]
			}
		}
		derivatives(k.Surrogate, now.v, psi)
		addFrom(gs, c.DOut[outSpikes].Data, at)
		addFrom(gu, c.DOut[outMembrane].Data, at)
		addFrom(geta, c.DOut[outAdaptation].Data, at)
		dTheta := zero
		if d := c.DOut[outThreshold].Data; d != nil {
			dTheta = d[at : at+n]
		}
		cur := tape.cur[at : at+n]
		for r := 0; r < n; r += units {
			q := r + units
			if l.rho == nil {
				l.backLIF(gu[r:q], gs[r:q], psi[r:q], gcur[r:q], u1[r:q], cur[r:q], sums.dAlpha)
			} else {
				l.backALIF(gu[r:q], geta[r:q], gs[r:q], psi[r:q], gcur[r:q], before.s[r:q], now.theta[r:q],
					dTheta[r:q], u1[r:q], eta1[r:q], cur[r:q], sums.dAlpha, sums.dRho)
			}
		}
		keep(c.DIn[0].Data, gcur, at)
		if l.wt != nil {
			kernel.MulRows(gcur, l.wt, gs, units, units)
			for r := 0; r < n; r += units {
				kernel.Scatter(before.s[r:r+units], gcur[r:r+units], sums.dWT)
			}
		}
		now, before = before, now
	}
	for _, g := range []struct {
		slot int
		slab []F
	}{{k.U0, gu}, {k.Eta0, geta}, {k.S0, gs}} {
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
	u := tape.u[at : at+n]
	theta, v := a.theta[:n], a.v[:n]
	for i, x := range u {
		v[i] = x - theta[i]
	}
	fire(k.Surrogate, u, theta, a.s)
}

// addFrom adds the slab at position at of src, if there is a src.
func addFrom[F graph.Float](slab, src []F, at int) {
	if src != nil {
		kernel.Add(src[at:at+len(slab)], slab)
	}
}

// backLIF is one step back for one example without adaptation, where θ = b0.
func (l *alifLayer[F]) backLIF(gu, gs, psi, gcur, u1, cur, dAlpha []F) {
	n := len(gu)
	gs, psi, gcur, u1, cur, dAlpha = gs[:n], psi[:n], gcur[:n], u1[:n], cur[:n], dAlpha[:n]
	alpha, gain := l.alpha[:n], l.gain[:n]
	reset := l.b0 * l.dt
	for i := range gu {
		g := gu[i] + gs[i]*psi[i]
		gcur[i] = g * gain[i]
		dAlpha[i] += g * (u1[i] - l.rm*cur[i])
		gu[i] = alpha[i] * g
		gs[i] = -g * reset
	}
}

// backALIF is one step back for one example.
func (l *alifLayer[F]) backALIF(gu, geta, gs, psi, gcur, s1, theta, dTheta, u1, eta1, cur, dAlpha, dRho []F) {
	n := len(gu)
	geta, gs, psi, gcur, s1 = geta[:n], gs[:n], psi[:n], gcur[:n], s1[:n]
	theta, dTheta, u1, eta1, cur = theta[:n], dTheta[:n], u1[:n], eta1[:n], cur[:n]
	dAlpha, dRho = dAlpha[:n], dRho[:n]
	alpha, gain, rho := l.alpha[:n], l.gain[:n], l.rho[:n]
	for i := range gu {
		a := gs[i] * psi[i]
		g := gu[i] + a
		gth := dTheta[i] - a - g*s1[i]*l.dt
		ge := geta[i] + l.beta*gth
		gcur[i] = g * gain[i]
		dAlpha[i] += g * (u1[i] - l.rm*cur[i])
		dRho[i] += ge * (eta1[i] - s1[i])
		gu[i] = alpha[i] * g
		geta[i] = rho[i] * ge
		gs[i] = (1-rho[i])*ge - g*theta[i]*l.dt
	}
}
