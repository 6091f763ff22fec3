package nodes

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// exponential is the equation of a membrane potential that runs away exponentially,
//
//	v̇ = (E − v)/τ + (ΔT/τ) exp((v − VT)/ΔT)
//
// Were the drive A = (E − v)/τ constant, it would be linear in y = exp(−(v − VT)/ΔT),
//
//	ẏ = −(A/ΔT) y − 1/τ
//
// where v runs to infinity as y goes through zero, as if nothing were. So a step is half a step with
// the drive alone, a step with the exponential alone, in which y falls by 1/τ a time, and another half
// with the drive. It is of second order however steep the upswing, and stable however large the drive.
type exponential struct{ e, tau, vt, deltaT graph.Expr }

// newExponential keeps ΔT from zero: a spike could not begin more suddenly in any way that matters.
func newExponential(e, tau, vt, deltaT graph.Expr) exponential {
	return exponential{e, tau, vt, atLeast(1e-3, deltaT)}
}

func (q exponential) drive(v graph.Expr) graph.Expr { return q.e.Sub(v).Div(q.tau) }

// exponent is (v − VT)/ΔT = −ln y. It is at most 40: y is zero by then.
func (q exponential) exponent(v graph.Expr) graph.Expr {
	return atMost(40, v.Sub(q.vt).Div(q.deltaT))
}

// halfway is v after half of t with the drive alone, and the potential at which the exponential has
// its mean over all of t, which is higher: with x = A t/(2 ΔT) the mean is sinh(x)/x times that
// halfway, and the logarithm of this is nearly √(9 + x²) − 3.
func (q exponential) halfway(v, t graph.Expr) (half, mean graph.Expr) {
	way, unit := q.drive(v).Mul(t).Times(.5), q.deltaT.Times(3)
	half = v.Add(way)
	return half, half.Add(root(way.Square().Add(unit.Square()))).Sub(unit)
}

// flow is v after t, which is at most the peak, and its mean.
func (q exponential) flow(v, t graph.Expr, peak float64) (end, mean graph.Expr) {
	half, steep := q.halfway(v, t)
	share := t.Div(q.tau)
	gone := share.Mul(q.exponent(steep).Exp()).Clamp(0, 1-1e-4) // of y
	end = half.Sub(q.deltaT.Mul(logarithm1p(gone.Neg())))
	end = end.Add(share.Times(.5).Mul(q.e)).Div(share.Times(.5).Plus(1))
	// The mean of −ln(1 − s) up to s = gone is nearly gone/2 + gone²/6 + gone⁴/3, and 1 up to infinity.
	rise := gone.Square().Times(2).Plus(1).Mul(gone).Plus(3).Mul(gone).Times(1. / 6)
	return atMost(peak, end), half.Add(q.deltaT.Mul(rise))
}

// peak is whether v reaches the peak within dt, as it does where ahead is positive, and when.
func (q exponential) peak(v graph.Expr, peak, dt float64) (ahead, after graph.Expr) {
	left := atMost(30, q.exponent(v.Fill(peak)).Neg()).Exp() // y at the peak
	critical := q.vt.Sub(q.deltaT.Mul(q.tau.Inverse().Times(dt).Add(left).Map(gorgonia.Log)))
	_, steep := q.halfway(v, v.Fill(dt))
	ahead = steep.Sub(critical)

	// With a constant drive, ln(1 + y τ A/ΔT) falls by A/ΔT a time.
	x, rate := q.exponent(v), q.drive(v).Div(q.deltaT)
	bounded := atLeast(-40, x) // for larger y, the 1 does not count
	from := logarithm1p(q.tau.Mul(rate).Mul(bounded.Neg().Exp())).Add(bounded.Sub(x))
	to := logarithm1p(q.tau.Mul(rate).Mul(left))
	return ahead, from.Sub(to).Mul(rate).Div(rate.Square().Plus(1e-12)) // and not 0/0
}
