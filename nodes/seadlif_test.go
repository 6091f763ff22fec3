package nodes_test

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
	"github.com/srnn-go/srnn/ops"
)

func TestSEAdLIF(t *testing.T) {
	oneStep{
		cell:     nodes.SEAdLIF{Q: 4},
		params:   map[string][]float64{"tau_u": {halving}, "tau_w": {halving}, "a": {.5}, "b": {1}},
		currents: steady(4, 3.5),
	}.both(t, map[string][]float64{
		nodes.Membrane:   {0, .75, 0, .3125},
		nodes.Adaptation: {2, 1.75, 2.875, 1.75},
		nodes.Spikes:     {1, 0, 1, 0},
	})
}

// Below the threshold the neuron is a damped oscillator: its complex amplitude is multiplied by an
// eigenvalue of size √(αρ) in every step, at a strength of the adaptation with which forward Euler
// diverges.
func TestSEAdLIFIsStable(t *testing.T) {
	const tauU, tauW, qa, steps = 25, 60, 120., 400
	alpha, rho := math.Exp(-1./tauU), math.Exp(-1./tauW)
	if bound := (1 - alpha*rho) / ((1 - alpha) * (1 - rho)); qa <= bound {
		t.Fatalf("forward Euler is stable up to %v", bound)
	}
	r := oneStep{
		cell:     nodes.SEAdLIF{B0: high, Q: qa},
		params:   map[string][]float64{"tau_u": {tauU}, "tau_w": {tauW}, "a": {1}, "b": {0}},
		initial:  map[string][]float64{nodes.Membrane: {.5}},
		currents: steady(steps, 0),
	}.run(t)
	u, w := r.of(nodes.Membrane, 0), r.of(nodes.Adaptation, 0)

	// The left eigenvector (1, y) of the matrix of a step, [α, −(1−α); (1−ρ)qaα, ρ − (1−ρ)qa(1−α)].
	m10, m11 := (1-rho)*qa*alpha, rho-(1-rho)*qa*(1-alpha)
	half := complex((alpha+m11)/2, 0)
	lambda := half + cmplx.Sqrt(half*half-complex(alpha*rho, 0))
	if imag(lambda) == 0 {
		t.Fatal("the neuron does not oscillate")
	}
	y := (lambda - complex(alpha, 0)) / complex(m10, 0)
	amplitude := func(u, w float64) float64 { return cmplx.Abs(complex(u, 0) + y*complex(w, 0)) }
	want := amplitude(.5, 0)
	for i := range steps {
		want *= math.Sqrt(alpha * rho)
		if got := amplitude(u[i], w[i]); !(math.Abs(got-want) <= 1e-9*want) {
			t.Fatalf("the amplitude after step %d is %v, want %v", i, got, want)
		}
	}

	eu, ew := .5, 0.
	for range steps {
		eu, ew = alpha*eu-(1-alpha)*ew, rho*ew+(1-rho)*qa*eu
	}
	if !(math.Hypot(eu, ew) > 10*math.Hypot(u[steps-1], w[steps-1])) {
		t.Errorf("forward Euler comes to %v, which does not show that it diverges", math.Hypot(eu, ew))
	}
}

// Parameters out of their bounds act as the bounds, and still have gradients.
func TestSEAdLIFBounds(t *testing.T) {
	run := func(a, b float64) series {
		params := map[string][]float64{"tau_u": {10}, "tau_w": {100}, "a": {a}, "b": {b}}
		return oneStep{cell: nodes.SEAdLIF{}, params: params, currents: steady(50, 3)}.run(t)
	}
	for _, c := range [][4]float64{{-3, -1, 0, 0}, {7, 2.5, 1, 2}} {
		out, at := run(c[0], c[1]), run(c[2], c[3])
		closeTo(t, "membrane", out.of(nodes.Membrane, 0), at.of(nodes.Membrane, 0), 1e-12)
		closeTo(t, "spikes", out.of(nodes.Spikes, 0), at.of(nodes.Spikes, 0), 0)
	}
	p := newParams(1)
	cell := nodes.WithDefaults(nodes.SEAdLIF{})
	params, s := nodes.Values{}, nodes.Values{}
	for name, x := range map[string]float64{"tau_u": 10, "tau_w": 100, "a": -3, "b": 7} {
		params[name] = graph.Of(input(p, name, []float64{x}, 1))
	}
	for _, v := range cell.State() {
		s[v.Name] = graph.Of(input(p, "state "+v.Name, []float64{.5}, 1, 1))
	}
	w := cell.Step(params, s, graph.Of(input(p, "current", []float64{30}, 1, 1)))[nodes.Adaptation]
	d := read(t, p, mustGrad(w, params["a"], params["b"])...)
	scale := (1 - math.Exp(-1./100)) * 120
	closeTo(t, "∂w/∂b of a spike", d[1], []float64{scale}, 1e-12)
	closeTo(t, "∂w/∂a after the reset", d[0], []float64{0}, 1e-12)
}

func TestSEAdLIFIsACell(t *testing.T) {
	nodetest.Cell(t, nodes.SEAdLIF{Q: 2, B0: .6, Dt: .5, Surrogate: ops.SLayer()})
	wantRefused(t, nodes.SEAdLIF{Dt: -1}, "SEAdLIF", "dt is -1")
	wantRefused(t, nodes.SEAdLIF{Q: -1}, "q is -1")
	wantRefused(t, nodes.SEAdLIF{B0: -1}, "b0 is -1")
}
