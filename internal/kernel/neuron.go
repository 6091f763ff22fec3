package kernel

import "unsafe"

// The loops over a slab of neurons, [examples, units] one after the other. Constants of the
// neurons come as slabs too, repeated for each example. All slices of a call have the length of
// its first.

// Integrate is one step of the membrane potential, from u1 to u, with the reset by the spikes s
// of the step before: u = α u1 + gain·cur − s θ dt.
func Integrate[F Float](u, u1, cur, s, theta, alpha, gain []F, dt F) {
	n := len(u)
	u1, cur, s, theta, alpha, gain = u1[:n], cur[:n], s[:n], theta[:n], alpha[:n], gain[:n]
	i := 0
	if eights[F](n) {
		i = n &^ 7
		integrateAVX2(&[7]*float32{at(u), at(u1), at(cur), at(s), at(theta), at(alpha), at(gain)}, i, float32(dt))
	}
	for ; i < n; i++ {
		u[i] = F(alpha[i]*u1[i]) + F(gain[i]*cur[i]) - F(F(s[i]*theta[i])*dt)
	}
}

// Fire writes the spikes H(u − θ) to s, and u − θ to v, unless v is nil.
func Fire[F Float](u, theta, v, s []F) {
	n := len(u)
	theta, s = theta[:n], s[:n]
	i := 0
	if eights[F](n) {
		i = n &^ 7
		fireAVX2(&[4]*float32{at(u), at(theta), at(v), at(s)}, i)
	}
	for ; i < n; i++ {
		y := 0 // set without a branch, which every spike would mispredict
		if u[i] > theta[i] {
			y = 1
		}
		s[i] = F(y)
		if v != nil {
			v[i] = u[i] - theta[i]
		}
	}
}

// Adapt is one step of the adaptation and the threshold: η = ρ η + (1−ρ) s, θ = b0 + β η.
func Adapt[F Float](eta, s, rho, theta []F, b0, beta F) {
	n := len(eta)
	s, rho, theta = s[:n], rho[:n], theta[:n]
	i := 0
	if eights[F](n) {
		i = n &^ 7
		adaptAVX2(&[4]*float32{at(eta), at(s), at(rho), at(theta)}, i, float32(b0), float32(beta))
	}
	for ; i < n; i++ {
		eta[i] = F(rho[i]*eta[i]) + F((1-rho[i])*s[i])
		theta[i] = b0 + F(beta*eta[i])
	}
}

// Back holds the slabs of one step back through time. Primes are for the step before.
type Back[F Float] struct {
	GU, GEta, GS []F // in: gradients of u, η and S; out: of u′, η′ and S′, but for the recurrence
	Psi          []F // surrogate derivative at u − θ
	GCur         []F // out: gradient of the current
	S1, U1, Eta1 []F // S′, u′, η′
	Theta, Cur   []F // θ and the current
	DTheta       []F // gradient of θ from outside
	DAlpha, DRho []F // sums of the gradients of α and ρ

	Alpha, Gain, Rho []F // exp(−dt/τm), (1−α)·Rm, exp(−dt/τadp)
}

// LIF is one step back without adaptation, where θ = b0:
//
//	g_u += g_S ψ         g_cur = g_u gain     g_α += g_u (u′ − Rm cur)
//	g_u′ = α g_u         g_S′ = −g_u b0 dt
func (b *Back[F]) LIF(rm, b0dt F) {
	n := len(b.GU)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backLIFAVX2(&[9]*float32{at(b.GU), at(b.GS), at(b.Psi), at(b.GCur), at(b.U1), at(b.Cur), at(b.DAlpha), at(b.Alpha), at(b.Gain)},
			i, float32(rm), float32(b0dt))
	}
	for ; i < n; i++ {
		g := b.GU[i] + F(b.GS[i]*b.Psi[i])
		b.GCur[i] = g * b.Gain[i]
		b.DAlpha[i] += F(g * (b.U1[i] - F(rm*b.Cur[i])))
		b.GU[i] = b.Alpha[i] * g
		b.GS[i] = -(g * b0dt)
	}
}

// ALIF is one step back with adaptation:
//
//	a = g_S ψ            g_u += a             g_θ = g_θ − a − g_u S′ dt    g_η += β g_θ
//	g_cur = g_u gain     g_α += g_u (u′ − Rm cur)      g_ρ += g_η (η′ − S′)
//	g_u′ = α g_u         g_η′ = ρ g_η         g_S′ = (1−ρ) g_η − g_u θ dt
func (b *Back[F]) ALIF(rm, beta, dt F) {
	n := len(b.GU)
	i := 0
	if eights[F](n) {
		i = n &^ 7
		backALIFAVX2(&[16]*float32{at(b.GU), at(b.GEta), at(b.GS), at(b.Psi), at(b.GCur), at(b.S1), at(b.U1), at(b.Eta1),
			at(b.Theta), at(b.Cur), at(b.DTheta), at(b.DAlpha), at(b.DRho), at(b.Alpha), at(b.Gain), at(b.Rho)},
			i, float32(rm), float32(beta), float32(dt))
	}
	for ; i < n; i++ {
		a := F(b.GS[i] * b.Psi[i])
		g := b.GU[i] + a
		gth := b.DTheta[i] - a - F(F(g*b.S1[i])*dt)
		ge := b.GEta[i] + F(beta*gth)
		b.GCur[i] = g * b.Gain[i]
		b.DAlpha[i] += F(g * (b.U1[i] - F(rm*b.Cur[i])))
		b.DRho[i] += F(ge * (b.Eta1[i] - b.S1[i]))
		b.GU[i] = b.Alpha[i] * g
		b.GEta[i] = b.Rho[i] * ge
		b.GS[i] = F((1-b.Rho[i])*ge) - F(F(g*b.Theta[i])*dt)
	}
}

// eights reports whether the assembly, for float32 in groups of eight, can take most of n.
func eights[F Float](n int) bool { return avx2 && unsafe.Sizeof(F(0)) == 4 && n >= 8 }
