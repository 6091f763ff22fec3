package data

import "math"

// bump is one of the model's events P, Q, R, S and T: it pulls the signal up and down again, or
// down and up, as the cycle passes its angle.
type bump struct {
	angle  float64 // θ_i, rad; R lies at 0
	height float64 // a_i, mV/s
	width  float64 // b_i, rad
}

const bumps = 5

// heart is the model of McSharry, Clifford, Tarassenko & Smith, "A dynamical model for generating
// synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 2003, with one z per lead:
//
//	ẋ = αx − ωy,  ẏ = αy + ωx,  α = 1 − √(x² + y²)
//	ż = −Σ a_i Δθ_i exp(−Δθ_i²/2b_i²) − (z − z0)
//
// where θ = atan2(y, x) is the phase of the cycle, Δθ_i its distance from event i, ω = 2π/T(t) its
// speed, and z0 = A sin(2π f t) the breathing of the baseline. z is in mV, t in seconds.
type heart struct {
	leads       [leads][bumps]bump
	beat        tachogram // T
	wander      float64   // A, mV
	respiration float64   // f, Hz
}

// state is x, y and the z of each lead.
type state [2 + leads]float64

// phase is θ, in (−π, π].
func (s state) phase() float64 { return math.Atan2(s[1], s[0]) }

// add returns s + h·d.
func (s state) add(h float64, d state) state {
	for i := range s {
		s[i] += h * d[i]
	}
	return s
}

// derivative is the right-hand side of the model at time t ≥ 0.
func (m *heart) derivative(t float64, s state) state {
	alpha := 1 - math.Hypot(s[0], s[1])
	omega := 2 * math.Pi / m.beat.at(t)
	d := state{alpha*s[0] - omega*s[1], alpha*s[1] + omega*s[0]}

	phase := s.phase()
	baseline := m.wander * math.Sin(2*math.Pi*m.respiration*t)
	for l := range m.leads {
		dz := baseline - s[2+l]
		for i := range m.leads[l] {
			b := &m.leads[l][i]
			distance := phase - b.angle
			if distance > math.Pi {
				distance -= 2 * math.Pi
			} else if distance < -math.Pi {
				distance += 2 * math.Pi
			}
			// Far from an event its pull is nothing in float64; the exponential is dear.
			if u := distance / b.width; u*u < 80 {
				dz -= b.height * distance * math.Exp(-u*u/2)
			}
		}
		d[2+l] = dz
	}
	return d
}

// step integrates from t to t+h with the classical Runge–Kutta method of fourth order.
func (m *heart) step(t, h float64, s state) state {
	k1 := m.derivative(t, s)
	k2 := m.derivative(t+h/2, s.add(h/2, k1))
	k3 := m.derivative(t+h/2, s.add(h/2, k2))
	k4 := m.derivative(t+h, s.add(h, k3))
	return s.add(h/6, k1).add(h/3, k2).add(h/3, k3).add(h/6, k4)
}
