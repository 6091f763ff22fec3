package graph

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/room"
	"gorgonia.org/tensor"
)

// Initializer draws the initial value of a parameter, in row-major order, into dst.
type Initializer interface {
	Init(rng *rand.Rand, shape tensor.Shape, dst []float64) error
}

// Stream is the random stream of one name under a seed. Streams of different names are
// independent of each other.
func Stream(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func initialize(init Initializer, dt tensor.Dtype, s tensor.Shape, seed uint64, name string) (*tensor.Dense, error) {
	if init == nil {
		return nil, errors.New("has no initializer")
	}
	// While they are drawn, there are the numbers of double precision and what they are drawn from.
	n, err := room.Shape(2*8, s)
	if err != nil {
		return nil, err
	}
	values := make([]float64, n)
	if err := init.Init(Stream(seed, name), s, values); err != nil {
		return nil, err
	}
	if err := checkFit(dt, values); err != nil {
		return nil, err
	}
	if dt == tensor.Float64 {
		return tensor.New(tensor.WithShape(s...), tensor.WithBacking(values)), nil
	}
	single := make([]float32, len(values))
	convert(single, values)
	return tensor.New(tensor.WithShape(s...), tensor.WithBacking(single)), nil
}

// Constant sets every element to one value.
type Constant float64

func (c Constant) Init(_ *rand.Rand, _ tensor.Shape, dst []float64) error {
	for i := range dst {
		dst[i] = float64(c)
	}
	return nil
}

// Uniform draws from U(Low, High).
type Uniform struct{ Low, High float64 }

func (u Uniform) Init(rng *rand.Rand, _ tensor.Shape, dst []float64) error {
	if !(u.Low <= u.High) {
		return errors.Errorf("is uniform from %v to %v, want low ≤ high", u.Low, u.High)
	}
	for i := range dst {
		dst[i] = u.Low + (u.High-u.Low)*rng.Float64()
	}
	return nil
}

// Normal draws from N(Mean, Std²).
type Normal struct{ Mean, Std float64 }

func (n Normal) Init(rng *rand.Rand, _ tensor.Shape, dst []float64) error {
	if !(n.Std >= 0) {
		return errors.Errorf("is normal with standard deviation %v, want ≥ 0", n.Std)
	}
	for i := range dst {
		dst[i] = n.Mean + n.Std*rng.NormFloat64()
	}
	return nil
}

// XavierUniform draws a weight matrix [out, in] from U(−a, a), a = √(6/(in+out)) (Glorot &
// Bengio 2010).
type XavierUniform struct{}

func (XavierUniform) Init(rng *rand.Rand, s tensor.Shape, dst []float64) error {
	if len(s) != 2 {
		return errors.Errorf("has shape %v; Xavier initialisation wants [out, in]", s)
	}
	a := math.Sqrt(6 / float64(s[0]+s[1]))
	return Uniform{-a, a}.Init(rng, s, dst)
}

// Values are given numbers, in row-major order.
type Values []float64

// Init implements [Initializer].
func (v Values) Init(_ *rand.Rand, shape tensor.Shape, dst []float64) error {
	if len(v) != len(dst) {
		return errors.Errorf("there are %d values for shape %v", len(v), shape)
	}
	copy(dst, v)
	return nil
}

// ZeroDiagonal draws a square matrix by another initialiser, with zeros on its diagonal: recurrent
// weights without those of neurons to themselves.
type ZeroDiagonal struct{ Initializer }

func (z ZeroDiagonal) Init(rng *rand.Rand, shape tensor.Shape, dst []float64) error {
	if len(shape) != 2 || shape[0] != shape[1] {
		return errors.Errorf("has shape %v, want a square matrix", shape)
	}
	if z.Initializer == nil {
		return errors.New("has no initializer but for the diagonal")
	}
	err := z.Initializer.Init(rng, shape, dst)
	for i := 0; i < len(dst); i += shape[1] + 1 {
		dst[i] = 0
	}
	return err
}
