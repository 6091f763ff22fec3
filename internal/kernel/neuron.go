package kernel

import (
	"slices"
	"unsafe"
)

// Neurons are the constants of a population, for loops over slabs [examples, units].
type Neurons[F Float] struct {
	Alpha, Gain, Rho []F // exp(−dt/τm), (1−α)·Rm, exp(−dt/τadp); Rho is nil without adaptation

	B0, Beta, Dt, Rm F
}

// Repeat repeats the constants of the units as often as loops over slabs of so many examples want.
func (c *Neurons[F]) Repeat(examples int) {
	if len(c.Alpha)%8 == 0 {
		return // whole vectors: the loops start again
	}
	c.Alpha, c.Gain, c.Rho = slices.Repeat(c.Alpha, examples), slices.Repeat(c.Gain, examples), slices.Repeat(c.Rho, examples)
}

// Step holds the slabs of one step. All have the length of U1. Primes, in the equations, and ones,
// in the names, are for the step before.
type Step[F Float] struct {
	U1, Eta1, S1, Cur []F // in: u′, η′, S′ and the current
	U, Eta, V, S      []F // out: u, η, u − θ and the spikes

	// Slabs may be the same where what is written last is what is wanted: U and U1, Eta and Eta1,
	// S and S1, and V as either of these, where S is written after it.
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
//	η = ρ η′ + (1−ρ) S′                 θ = b0 + β η
//	u = α u′ + gain·cur − S′ θ dt       v = u − θ       S = H(v)
func (c *Neurons[F]) ALIF(s *Step[F]) {
	n, period := len(s.U1), len(c.Alpha)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		stepALIFAVX2((*Step[float32])(unsafe.Pointer(s)), (*Neurons[float32])(unsafe.Pointer(c)), i)
	}
	for ; i < n; i++ {
		k := i % period
		s.Eta[i] = F(c.Rho[k]*s.Eta1[i]) + F((1-c.Rho[k])*s.S1[i])
		theta := c.Theta(s.Eta[i])
		s.U[i] = F(c.Alpha[k]*s.U1[i]) + F(c.Gain[k]*s.Cur[i]) - F(F(s.S1[i]*theta)*c.Dt)
		s.V[i] = s.U[i] - theta
		s.S[i] = heaviside(s.V[i])
	}
}

// Theta is the threshold b0 + β η. The conversion keeps the product from being fused with the
// sum, which would round it otherwise.
func (c *Neurons[F]) Theta(eta F) F { return c.B0 + F(c.Beta*eta) }

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
//	g_u += g_S ψ         g_cur = g_u gain     g_α += g_u (u′ − Rm cur)
//	g_u′ = α g_u         g_S′ = −g_u b0 dt
func (c *Neurons[F]) BackLIF(b *Back[F]) {
	n, period := len(b.GU), len(c.Alpha)
	b0dt := c.B0 * c.Dt
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backLIFAVX2((*Back[float32])(unsafe.Pointer(b)), (*Neurons[float32])(unsafe.Pointer(c)), i, float32(b0dt))
	}
	for ; i < n; i++ {
		k := i % period
		g := b.GU[i] + F((b.GS[i]+b.DS[i])*b.Psi[i])
		b.DAlpha[i] += F(g * (b.U1[i] - F(c.Rm*b.Cur[i])))
		b.GCur[i] = g * c.Gain[k]
		b.GU[i] = c.Alpha[k] * g
		b.GS[i] = -(g * b0dt)
	}
}

// BackALIF is one step back with adaptation:
//
//	a = g_S ψ            g_u += a             g_θ = g_θ − a − g_u S′ dt    g_η += β g_θ
//	g_cur = g_u gain     g_α += g_u (u′ − Rm cur)      g_ρ += g_η (η′ − S′)
//	g_u′ = α g_u         g_η′ = ρ g_η         g_S′ = (1−ρ) g_η − g_u θ dt
func (c *Neurons[F]) BackALIF(b *Back[F]) {
	n, period := len(b.GU), len(c.Alpha)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backALIFAVX2((*Back[float32])(unsafe.Pointer(b)), (*Neurons[float32])(unsafe.Pointer(c)), i)
	}
	for ; i < n; i++ {
		k := i % period
		a := F((b.GS[i] + b.DS[i]) * b.Psi[i])
		g := b.GU[i] + a
		gth := b.DTheta[i] - a - F(F(g*b.S1[i])*c.Dt)
		ge := b.GEta[i] + F(c.Beta*gth)
		b.DAlpha[i] += F(g * (b.U1[i] - F(c.Rm*b.Cur[i])))
		b.GCur[i] = g * c.Gain[k]
		b.DRho[i] += F(ge * (b.Eta1[i] - b.S1[i]))
		b.GU[i] = c.Alpha[k] * g
		b.GEta[i] = c.Rho[k] * ge
		b.GS[i] = F((1-c.Rho[k])*ge) - F(F(g*c.Theta(b.Eta[i]))*c.Dt)
	}
}

// eights reports whether the assembly, for float32 in groups of eight, can take most of n.
func eights[F Float](n int) bool { return n >= 8 && single[F](n) }
