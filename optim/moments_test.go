package optim_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/optim"
)

// mean is the weighted mean Σ βⁿ⁻ᵏ f(gₖ) / Σ βⁿ⁻ᵏ of all gradients so far, which Adam's means are
// when they are made up for their start.
func mean(beta float64, g []float64, f func(float64) float64) float64 {
	var sum, weights float64
	for k, x := range g {
		weight := math.Pow(beta, float64(len(g)-1-k))
		sum, weights = sum+weight*f(x), weights+weight
	}
	return sum / weights
}

// TestRAdam compares updates with the formulas of Liu et al. 2020, algorithm 2, with sums in place
// of recursions. Which steps are rectified is known: with β2 = 0.999, the sixth is the first.
func TestRAdam(t *testing.T) {
	for _, test := range []struct {
		transform          optim.ScaleByRAdam
		beta1, beta2, eps  float64
		firstRectifiedStep int
	}{
		{optim.ScaleByRAdam{}, .9, .999, 1e-8, 6},
		{optim.ScaleByRAdam{Beta1: .7, Beta2: .8, Epsilon: 1e-2}, .7, .8, 1e-2, 7},
	} {
		s := optim.New(test.transform, rate1)
		rng := rand.New(rand.NewPCG(1, 2))
		var g []float64
		for n := 1; n <= 40; n++ {
			g = append(g, rng.NormFloat64())
			x := []float64{0}
			step(t, s, vector("x", x, []float64{g[n-1]}))

			limit := 2/(1-test.beta2) - 1
			rho := limit - 2*float64(n)*math.Pow(test.beta2, float64(n))/(1-math.Pow(test.beta2, float64(n)))
			want := -mean(test.beta1, g, func(x float64) float64 { return x })
			if n >= test.firstRectifiedStep {
				r := math.Sqrt((rho - 4) / (limit - 4) * (rho - 2) / (limit - 2) * limit / rho)
				want *= r / (math.Sqrt(mean(test.beta2, g, func(x float64) float64 { return x * x })) + test.eps)
			}
			if math.Abs(x[0]-want) > 1e-11*math.Abs(want) {
				t.Errorf("%+v, step %d: update %v, want %v", test.transform, n, x[0], want)
			}
		}
	}
}

// TestLion compares updates with those of Chen et al. 2023, algorithm 2: the sign of a sum over all
// gradients so far.
func TestLion(t *testing.T) {
	for _, test := range []struct {
		transform    optim.ScaleByLion
		beta1, beta2 float64
	}{
		{optim.ScaleByLion{}, .9, .99},
		{optim.ScaleByLion{Beta1: .5, Beta2: .8}, .5, .8},
	} {
		s := optim.New(test.transform, rate1)
		rng := rand.New(rand.NewPCG(3, 4))
		var g []float64
		against := 0
		for n := range 60 {
			g = append(g, rng.NormFloat64())
			x := []float64{0}
			step(t, s, vector("x", x, []float64{g[n]}))
			sum := (1 - test.beta1) * g[n]
			for k, old := range g[:n] {
				sum += test.beta1 * (1 - test.beta2) * math.Pow(test.beta2, float64(n-1-k)) * old
			}
			if math.Signbit(sum) != math.Signbit(g[n]) {
				against++
			}
			if want := -math.Copysign(1, sum); x[0] != want {
				t.Errorf("%+v, step %d: update %v, want %v", test.transform, n+1, x[0], want)
			}
		}
		if against == 0 {
			t.Errorf("%+v: all updates have the sign of the gradient, so that the mean was not tested", test.transform)
		}
	}
	x := []float64{3}
	step(t, optim.New(optim.Lion(optim.Constant(1))), vector("x", x, []float64{0}))
	wantValues(t, "of no gradient", x, 3)
}

// Lion with weight decay is a chain of its parts: x ← x − rate·(sign + λx).
func TestLionWithDecay(t *testing.T) {
	x := []float64{8, -8}
	s := optim.New(optim.ScaleByLion{}, optim.DecoupledWeightDecay{Decay: .5}, optim.LearningRate{Schedule: optim.Constant(.25)})
	step(t, s, vector("x", x, []float64{1e-9, 1e9}))
	wantValues(t, "x", x, 8-.25*(1+4), -8-.25*(1-4))
}
