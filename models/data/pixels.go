package data

import (
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// PixelPermutation is a fixed order of so many pixels, as in permuted sequential MNIST (PS-MNIST), with 784:
// pixel order[k] is the k-th to be seen. It is the Fisher–Yates shuffle of 0 to n−1 in which, for i from n−1
// down to 1, the elements i and r mod (i+1) change places, r being the next number of the generator
// PCG (O'Neill 2014; math/rand/v2) with the seeds (seed, 0). So it is the same for ever.
func PixelPermutation(n int, seed uint64) []int {
	order := make([]int, max(n, 0))
	permute(order, seed)
	return order
}

// PixelCoding says how an image becomes a sequence. Window and Stride of as
// many pixels as a row has show an image row by row. The zero value is sequential MNIST pixel by pixel:
// 784 steps of one feature, which is the brightness of the pixel. Images of other sizes have as many steps as
// pixels.
//
//   - Window 8 is the coding of Yin, Corradi & Bohté 2021: 784 steps of eight features; the last eight
//     steps repeat the last window.
//   - Fields 80 is that of Yin, Corradi & Bohté 2020: 784 steps of 80 features, a population code.
type PixelCoding struct {
	// Window is how many pixels that follow each other a step sees. Default 1.
	Window int

	// Stride is by how many pixels the window moves in a step: there are ⌈pixels/Stride⌉ steps, and a
	// window that would reach beyond the image stays at its end. Default 1. A stride above the
	// window leaves pixels out, and is an error.
	Stride int

	// Order is the order of the pixels, see [PixelPermutation]. Default: row by row.
	Order []int

	// Fields, if not zero, codes each pixel by so many Gaussian receptive fields, at least three: with
	// σ = 1/(Fields−2), field i gives the normal density N(brightness; (i−1)σ, σ²).
	Fields int
}

// Sequences are the images as sequences of pixels. They share the memory of the images.
func (m *Images) Sequences(c PixelCoding) (*PixelSequences, error) {
	if c.Window == 0 {
		c.Window = 1
	}
	if c.Stride == 0 {
		c.Stride = 1
	}
	n := m.pixels()
	if c.Window < 1 || c.Window > n || c.Stride < 1 || c.Stride > c.Window {
		return nil, errors.Errorf("data: pixel coding: the window is %d and the stride %d, want 1 ≤ stride ≤ window ≤ %d", c.Window, c.Stride, n)
	}
	if c.Fields != 0 && (c.Fields < 3 || c.Fields > 1000) {
		return nil, errors.Errorf("data: pixel coding: there are %d receptive fields, want 3 to 1000, or 0 for none", c.Fields)
	}
	if len(c.Order) != 0 && len(c.Order) != n {
		return nil, errors.Errorf("data: pixel coding: the order has %d pixels, the images have %d", len(c.Order), n)
	}
	if len(c.Order) == 0 {
		c.Order = make([]int, n)
		for i := range c.Order {
			c.Order[i] = i
		}
	}
	for i, p := range slices.Sorted(slices.Values(c.Order)) {
		if p != i {
			return nil, errors.Errorf("data: pixel coding: the order of %d pixels is no permutation of 0 to %d", n, n-1)
		}
	}
	c.Order = slices.Clone(c.Order)
	return newSequences(m, c), nil
}

// newSequences codes images by a coding that is right.
func newSequences(m *Images, c PixelCoding) *PixelSequences {
	s := &PixelSequences{Images: m, coding: c}
	if m.floats == nil {
		s.codes = make([][]float32, 256)
		for v := range s.codes {
			s.codes[v] = make([]float32, c.features())
			c.code(float64(v)/m.white, s.codes[v])
		}
	}
	return s
}

// features is the number of features that code one pixel.
func (c PixelCoding) features() int { return max(c.Fields, 1) }

// code writes the features of a pixel of brightness x.
func (c PixelCoding) code(x float64, into []float32) {
	if c.Fields == 0 {
		into[0] = float32(x)
		return
	}
	sigma := 1 / float64(c.Fields-2)
	for i := range c.Fields {
		z := (x - float64(i-1)*sigma) / sigma
		into[i] = float32(math.Exp(-z*z/2) / (math.Sqrt(2*math.Pi) * sigma))
	}
}

// PixelSequences are images that are seen a few pixels at a time. They implement [train.Dataset].
type PixelSequences struct {
	*Images
	coding PixelCoding
	codes  [][]float32 // of each value of a byte
}

var _ train.Dataset = (*PixelSequences)(nil)

// Spec implements [train.Dataset].
func (s *PixelSequences) Spec() train.Spec {
	return train.Spec{
		Steps:    (s.pixels() + s.coding.Stride - 1) / s.coding.Stride,
		Features: s.coding.Window * s.coding.features(),
		Classes:  s.classes,
	}
}

// Read implements [train.Dataset].
func (s *PixelSequences) Read(i int, e *train.Example) error {
	if err := wantExample(i, s.Len()); err != nil {
		return err
	}
	n, x := s.pixels(), e.X
	for t := range s.Spec().Steps {
		start := min(t*s.coding.Stride, n-s.coding.Window)
		for _, p := range s.coding.Order[start : start+s.coding.Window] {
			if s.codes != nil {
				copy(x, s.codes[s.bytes[i*n+p]])
			} else {
				s.coding.code(float64(s.floats[i*n+p]), x)
			}
			x = x[s.coding.features():]
		}
	}
	e.Classes[0] = int(s.labels[i])
	return nil
}

// Brightness is the mean of the pixels, 0 to 1, that each step sees of image i, whatever code of them the steps
// give.
func (s *PixelSequences) Brightness(i int) ([]float64, error) {
	plain := s.coding
	plain.Fields = 0
	seen := newSequences(s.Images, plain)
	e := train.Example{X: make([]float32, seen.Spec().Steps*plain.Window), Classes: make([]int, 1)}
	if err := seen.Read(i, &e); err != nil {
		return nil, err
	}
	mean := make([]float64, seen.Spec().Steps)
	for k, v := range e.X {
		mean[k/plain.Window] += float64(v) / float64(plain.Window)
	}
	return mean, nil
}
