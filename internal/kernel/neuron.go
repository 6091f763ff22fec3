package kernel

import (
	"slices"
	"unsafe"
)

// Neurons are the constants of a population, for loops over slabs [examples, units].
type Neurons[F Float] struct {
	Alpha, Gain []F // exp(−dt/τm), and what the current is multiplied by
	Rho, Kappa  []F // exp(−dt/τadp), and what a spike adds to η; nil without adaptation

	B0, Beta  F // θ = b0 + β η
	ResetBeta F // a spike takes (b0 + ResetBeta η) dt from u: it is β, or 0
	Dt        F

	GainSlope, KappaSlope F // −∂gain/∂α and −∂κ/∂ρ

	Refractory F // silent steps after a spike, see Rest; 0: none

	DetachReset bool // no gradient flows through what a spike takes from u
}

// Repeat repeats the constants of the units as often as loops over slabs of so many examples want.
func (c *Neurons[F]) Repeat(examples int) {
	if len(c.Alpha)%8 == 0 {
		return // whole vectors: the loops start again
	}
	for _, x := range []*[]F{&c.Alpha, &c.Gain, &c.Rho, &c.Kappa} {
		*x = slices.Repeat(*x, examples)
	}
}

// Step holds the slabs of one step. All have the length of U1. Primes, in the equations, and ones,
// in the names, are for the step before.
type Step[F Float] struct {
	U1, Eta1, S1, Cur []F // in: u′, η′, S′ and the current
	U, Eta, V, S      []F // out: u, η, u − θ and the spikes
	Silence1, Silence []F // r′ and r, the silent steps still to come: for Rest only

	// Slabs may be the same where what is written last is what is wanted: U and U1, Eta and Eta1,
	// Silence and Silence1, S and S1, and V as either of these, where S is written after it.
}

// LIF is a step of neurons without adaptation, whose threshold is b0:
//
//	u = α u′ + gain·cur − S′ b0 dt      v = u − b0      S = H(v)
func (c *Neurons[F]) LIF(s *Step[F]) {
	n, period := len(s.U1), len(c.Alpha)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		stepLIFAVX2((*Step[float32])(unsafe.Pointer(s)), (*Neurons[float32])(unsafe.Pointer(c)), i)
	}
	for ; i < n; i++ {
		k := i % period
		s.U[i] = F(c.Alpha[k]*s.U1[i]) + F(c.Gain[k]*s.Cur[i]) - F(F(s.S1[i]*c.B0)*c.Dt)
		s.V[i] = s.U[i] - c.B0
		s.S[i] = heaviside(s.V[i])
	}
}

// ALIF is a step of neurons with adaptation:
//
//	η = ρ η′ + κ S′                     θ = b0 + β η    θ_R = b0 + ResetBeta η
//	u = α u′ + gain·cur − S′ θ_R dt     v = u − θ       S = H(v)
func (c *Neurons[F]) ALIF(s *Step[F]) {
	n, period := len(s.U1), len(c.Alpha)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		stepALIFAVX2((*Step[float32])(unsafe.Pointer(s)), (*Neurons[float32])(unsafe.Pointer(c)), i)
	}
	for ; i < n; i++ {
		k := i % period
		eta := F(c.Rho[k]*s.Eta1[i]) + F(c.Kappa[k]*s.S1[i])
		theta := c.Theta(eta)
		s.Eta[i] = eta
		s.U[i] = F(c.Alpha[k]*s.U1[i]) + F(c.Gain[k]*s.Cur[i]) - F(F(s.S1[i]*c.reset(theta))*c.Dt)
		s.V[i] = s.U[i] - theta
		s.S[i] = heaviside(s.V[i])
	}
}

// Theta is the threshold b0 + β η. The conversion keeps the product from being fused with the
// sum, which would round it otherwise.
func (c *Neurons[F]) Theta(eta F) F { return c.B0 + F(c.Beta*eta) }

// reset is θ_R, given θ.
func (c *Neurons[F]) reset(theta F) F {
	if c.ResetBeta == 0 {
		return c.B0
	}
	return theta
}

// Rest keeps neurons silent for some steps after each of their spikes:
//
//	S = 0 where r′ > 0        r = Refractory·S + (r′ − 1 where r′ > 0)
//
// Counts are whole numbers, but an initial state may have others: each is taken for the nearer of 0
// and 1, and so are the spikes of a relaxed surrogate.
func (c *Neurons[F]) Rest(s *Step[F]) {
	n := len(s.S)
	before, after := s.Silence1[:n], s.Silence[:n]
	i := 0
	if eights[F](n) {
		i = n &^ 7
		restAVX2((*Step[float32])(unsafe.Pointer(s)), i, float32(c.Refractory))
	}
	for ; i < n; i++ {
		r := F(0)
		if !ready(before[i]) {
			r = before[i] - 1
			s.S[i] = 0
		}
		if s.S[i] > .5 {
			r = c.Refractory
		}
		after[i] = r
	}
}

// Mute sets x to 0 where neurons are silent, given the counts from before the step, see
// [Neurons.Rest].
func Mute[F Float](x, silence1 []F) {
	silence1 = silence1[:len(x)]
	i := 0
	if eights[F](len(x)) {
		i = len(x) &^ 7
		muteAVX2(at(x), at(silence1), i)
	}
	for ; i < len(x); i++ {
		if !ready(silence1[i]) {
			x[i] = 0
		}
	}
}

// ready reports whether a neuron may spike.
func ready[F Float](silence1 F) bool { return silence1 < .5 }

// Heaviside writes 1 to s where v > 0, and 0 elsewhere.
func Heaviside[F Float](v, s []F) {
	s = s[:len(v)]
	for i, x := range v {
		s[i] = heaviside(x)
	}
}

func heaviside[F Float](v F) F {
	y := 0 // set without a branch, which every spike would mispredict
	if v > 0 {
		y = 1
	}
	return F(y)
}

// Back holds the slabs of one step back through time. All have the length of GU.
type Back[F Float] struct {
	GU, GEta, GS []F // in: gradients of u, η and S; out: of u′, η′ and S′, but for the recurrence
	DS, DTheta   []F // gradients of S and θ from outside, which are added
	Psi          []F // surrogate derivative at u − θ
	GCur         []F // out: gradient of the current; it may be Cur

	U1, Eta1, S1, Eta, Cur []F // u′, η′, S′, η and the current of the step

	DAlpha, DRho []F // sums of the gradients of α and ρ
}

// BackLIF is one step back without adaptation:
//
//	g_u += g_S ψ         g_cur = g_u gain     g_α += g_u (u′ − GainSlope cur)
//	g_u′ = α g_u         g_S′ = −g_u b0 dt
//
// With DetachReset, g_S′ = 0.
func (c *Neurons[F]) BackLIF(b *Back[F]) {
	n, period := len(b.GU), len(c.Alpha)
	b0dt := c.B0 * c.Dt
	if c.DetachReset {
		b0dt = 0
	}
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backLIFAVX2((*Back[float32])(unsafe.Pointer(b)), (*Neurons[float32])(unsafe.Pointer(c)), i, float32(b0dt))
	}
	for ; i < n; i++ {
		k := i % period
		g := b.GU[i] + F((b.GS[i]+b.DS[i])*b.Psi[i])
		b.DAlpha[i] += F(g * (b.U1[i] - F(c.GainSlope*b.Cur[i])))
		b.GCur[i] = g * c.Gain[k]
		b.GU[i] = c.Alpha[k] * g
		b.GS[i] = -(g * b0dt)
	}
}

// BackALIF is one step back with adaptation:
//
//	a = g_S ψ            g_u += a             g_θ = g_θ − a − g_u S′ dt    g_η += β g_θ
//	g_cur = g_u gain     g_α += g_u (u′ − GainSlope cur)      g_ρ += g_η (η′ − KappaSlope S′)
//	g_u′ = α g_u         g_η′ = ρ g_η         g_S′ = κ g_η − g_u θ_R dt
//
// The last term of g_θ is there where θ_R is θ; with DetachReset neither it is there nor that of g_S′.
func (c *Neurons[F]) BackALIF(b *Back[F]) {
	n, period := len(b.GU), len(c.Alpha)
	resetDt := c.Dt
	if c.DetachReset {
		resetDt = 0
	}
	thetaDt := resetDt // of θ in the reset
	if c.ResetBeta != c.Beta {
		thetaDt = 0
	}
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backALIFAVX2((*Back[float32])(unsafe.Pointer(b)), (*Neurons[float32])(unsafe.Pointer(c)), i, float32(resetDt), float32(thetaDt))
	}
	for ; i < n; i++ {
		k := i % period
		a := F((b.GS[i] + b.DS[i]) * b.Psi[i])
		g := b.GU[i] + a
		gth := b.DTheta[i] - a - F(F(g*b.S1[i])*thetaDt)
		ge := b.GEta[i] + F(c.Beta*gth)
		b.DAlpha[i] += F(g * (b.U1[i] - F(c.GainSlope*b.Cur[i])))
		b.GCur[i] = g * c.Gain[k]
		b.DRho[i] += F(ge * (b.Eta1[i] - F(c.KappaSlope*b.S1[i])))
		b.GU[i] = c.Alpha[k] * g
		b.GEta[i] = c.Rho[k] * ge
		b.GS[i] = F(c.Kappa[k]*ge) - F(F(g*c.reset(c.Theta(b.Eta[i])))*resetDt)
	}
}

// eights reports whether the assembly, for float32 in groups of eight, can take most of n.
func eights[F Float](n int) bool { return n >= 8 && single[F](n) }
