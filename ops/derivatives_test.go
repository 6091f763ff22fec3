package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// derivativeError bounds the errors of the fast paths, relative to the largest derivative.
const derivativeError = 5e-7

// differentiated are the surrogates by name, and some with other parameters.
func differentiated() map[string]Surrogate {
	all := map[string]Surrogate{}
	for _, name := range Surrogates() {
		all[name], _ = SurrogateByName(name)
	}
	for _, s := range []Surrogate{
		Arctan{Alpha: .7, Gamma: 2},
		Boxcar{Width: .3, Gamma: .4},
		CircDist{Alpha: .2, Gamma: 3},
		Exponential{Slope: .3},
		FastSigmoid{Slope: 7, Gamma: .3},
		Gaussian{Sigma: 3},
		Leaky{Width: .3, Leak: .1, Gamma: 2},
		MultiGaussian{Sigma: .3, Height: .3, Scale: 3, Gamma: 1},
		QPseudoSpike{Alpha: 1.01},
		QPseudoSpike{Alpha: 1.5, Gamma: 2},
		QPseudoSpike{Alpha: 20},
		Relaxed{Sigmoid{Slope: 9, Gamma: .5}},
		S2NN{Alpha: 2, Beta: .7, Gamma: .3},
		StraightThrough{Gamma: .2},
		Tanh{Slope: 3, Gamma: .5},
		Triangle{Width: .4, Gamma: .7},
	} {
		all[fmt.Sprintf("%#v", s)] = s
	}
	return all
}

// derivativePoints are potentials in [−10, 10], each the neighbour of a corner of some surrogate
// or somewhere between them, and extreme ones.
func derivativePoints() []float32 {
	inf := float32(math.Inf(1))
	v := []float32{inf, -inf, 1e30, -1e30, 1e19, -1e19, 1e10, -1e10, 100, -100, 1e-10, -1e-10, 1e-40, -1e-40}
	for _, corner := range []float32{0, .15, .3, .4, .5, 1, 2} {
		for _, x := range []float32{corner, math.Nextafter32(corner, inf), math.Nextafter32(corner, -inf)} {
			v = append(v, x, -x)
		}
	}
	for x := float32(-10); x <= 10; x += 1.0 / 1024 {
		v = append(v, x)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		v = append(v, float32(rng.NormFloat64()), .01*float32(rng.NormFloat64()))
	}
	return v
}

func TestDerivatives32(t *testing.T) {
	v := derivativePoints()
	dst := make([]float32, len(v))
	for name, s := range differentiated() {
		clear(dst)
		derivatives(s, v, dst)
		peak, worst, at := 0.0, 0.0, 0
		for i, x := range v {
			want := s.Derivative(float64(x))
			peak = max(peak, math.Abs(want))
			if diff := math.Abs(float64(dst[i]) - want); !(diff <= worst) {
				worst, at = diff, i
			}
		}
		if !(worst <= derivativeError*peak) {
			t.Errorf("%s: at %v %.9g, want %.9g: off by %.3g of the peak", name, v[at], dst[at], s.Derivative(float64(v[at])), worst/peak)
		}
		if r, ok := s.(Relaxed); ok {
			s = r.Surrogate
		}
		if _, ok := s.(single); !ok {
			t.Errorf("%s has no fast path", name)
		}
		nan := []float32{float32(math.NaN())}
		derivatives(s, nan, dst[:1])
		if isNaN := dst[0] != dst[0]; isNaN != math.IsNaN(s.Derivative(math.NaN())) {
			t.Errorf("%s of NaN is %v, want %v", name, dst[0], s.Derivative(math.NaN()))
		}
	}
}

// A derivative does not depend on where in a vector, and among which others, its element stands.
func TestDerivativePosition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, s := range differentiated() {
		for n := range 30 {
			v, whole, one := make([]float32, n), slices.Repeat([]float32{7}, n+1), make([]float32, n)
			for i := range v {
				v[i] = float32(rng.NormFloat64())
				derivatives(s, v[i:i+1], one[i:i+1])
			}
			derivatives(s, v, whole[:n])
			if !slices.Equal(whole[:n], one) {
				t.Errorf("%s of %d elements: %v, one by one %v", name, n, whole[:n], one)
			}
			if whole[n] != 7 {
				t.Errorf("%s of %d elements writes behind them", name, n)
			}
		}
	}
}

// BenchmarkSurrogate is the derivative of each surrogate, in nanoseconds per neuron, around the
// threshold.
func BenchmarkSurrogate(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	v, dst := make([]float32, 2048), make([]float32, 2048)
	for i := range v {
		v[i] = float32(rng.NormFloat64() - 1)
	}
	for _, name := range Surrogates() {
		b.Run(name, func(b *testing.B) {
			s, err := SurrogateByName(name)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				derivatives(s, v, dst)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(v)), "ns/neuron")
		})
	}
}
