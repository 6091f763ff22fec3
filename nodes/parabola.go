package nodes

import "github.com/srnn-go/srnn/graph"

// parabola is the equation of a membrane potential that starts at v0:
//
//	v̇ = F + 2G (v − v0) + α (v − v0)²
//
// Its solution, and the time at which it reaches some p > v0, are
//
//	v(t) = v0 + F / (ω cot ωt − G),   ω² = αF − G²
//	ω cot ωt = F/(p − v0) + G
//
// Where ω² is negative, ω cot ωt is |ω| coth |ω|t. It is an analytic function of ω², and so is the
// inverse: one Padé approximant of each does for both signs. They err by less than 1 % for ωt < 1, and
// much less below; and for however large a current, v does not pass a fixed point.
type parabola struct{ f, g, alpha graph.Expr }

// room is t (ω cot ωt − G): 1 at the beginning, and 0 when v is at infinity.
func (q parabola) room(t graph.Expr) graph.Expr {
	x := atMost(9, q.omegaSquared().Mul(t.Square())) // at π², v has passed infinity wherever it was
	xcot := x.Plus(-45).Mul(x).Plus(105).Div(x.Times(-10).Plus(105))
	return xcot.Sub(t.Mul(q.g))
}

func (q parabola) omegaSquared() graph.Expr { return q.alpha.Mul(q.f).Sub(q.g.Square()) }

// rise is v(t) − v0, and its mean from the beginning. That is an integral of F s/room(s), which is
// taken by Gauss's rule of two points for the weight s, and room to be linear in between.
func (q parabola) rise(t graph.Expr) (rise, mean graph.Expr) {
	room, straight := atLeast(1e-3, q.room(t)), t.Mul(q.f)
	at := func(x float64) graph.Expr { return room.Times(x).Plus(1 - x).Inverse() }
	const r = 2.449489742783178 // √6
	mean = at((6 - r) / 10).Times((9 - r) / 36).Add(at((6 + r) / 10).Times((9 + r) / 36))
	return straight.Div(room), straight.Mul(mean)
}

// peak is whether v gets farther than gap from v0 within dt, as it does where ahead is positive, and
// when.
func (q parabola) peak(gap graph.Expr, dt float64) (ahead, after graph.Expr) {
	gap = atLeast(1e-3, gap)
	t := gap.Fill(dt)
	ahead = t.Mul(q.f).Sub(q.room(t).Mul(gap))
	perRate := atLeast(.25/dt, q.f.Div(gap).Add(q.g)).Inverse()
	z := q.omegaSquared().Mul(perRate.Square()).Clamp(-1, 10)
	arctan := z.Times(64).Plus(735).Mul(z).Plus(945).Div(z.Times(225).Plus(1050).Mul(z).Plus(945)) // of √z, over √z
	return ahead, perRate.Mul(arctan)
}
