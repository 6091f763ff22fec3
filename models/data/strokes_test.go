package data_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func ExampleStrokes() {
	images, err := data.Strokes{Images: 100}.Generate(1)
	if err != nil {
		panic(err)
	}
	windows, err := images.Sequences(data.PixelCoding{Window: 8})
	if err != nil {
		panic(err)
	}
	dims := windows.Spec()
	fmt.Println(windows.Len(), "sequences of", dims.Steps, "steps,", dims.Features, "features,", dims.Classes, "classes")
	// Output:
	// 100 sequences of 784 steps, 8 features, 10 classes
}

func TestStrokesConform(t *testing.T) {
	m, err := data.Strokes{Images: 30}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, sequences(t, m, data.PixelCoding{Window: 8, Stride: 4}))
}

// An image depends on the seed and its index, and on nothing else.
func TestStrokesAreDeterministic(t *testing.T) {
	generate := func(n int, seed uint64) *data.Images {
		m, err := data.Strokes{Images: n}.Generate(seed)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	many, few, other := generate(25, 3), generate(12, 3), generate(12, 4)
	for i := range 12 {
		a, class, err := many.Image(i)
		if err != nil || class != i%10 {
			t.Errorf("image %d is of class %d: %v", i, class, err)
		}
		b, _, _ := few.Image(i)
		c, _, _ := other.Image(i)
		d, _, _ := many.Image(i + 10)
		if !slices.Equal(a, b) {
			t.Errorf("image %d depends on the number of images", i)
		}
		if slices.Equal(a, c) || slices.Equal(a, d) {
			t.Errorf("image %d depends on its class alone", i)
		}
	}
}

// The classes can be told apart by the nearest class mean, and not without faults.
func TestStrokesClasses(t *testing.T) {
	m, err := data.Strokes{Images: 1000}.Generate(5)
	if err != nil {
		t.Fatal(err)
	}
	var means [10][side * side]float64
	ink := 0.
	for i := range 500 {
		pixels, class, _ := m.Image(i)
		for k, v := range pixels {
			means[class][k] += float64(v) / 50
			ink += float64(v) / 500 / side / side
		}
	}
	if ink < .08 || ink > .2 {
		t.Errorf("mean brightness is %.3f, want about that of MNIST, .13", ink)
	}
	right := 0
	for i := 500; i < 1000; i++ {
		pixels, class, _ := m.Image(i)
		best, nearest := -1, math.Inf(1)
		for c := range means {
			d := 0.
			for k, v := range pixels {
				d += (float64(v) - means[c][k]) * (float64(v) - means[c][k])
			}
			if d < nearest {
				best, nearest = c, d
			}
		}
		if best == class {
			right++
		}
	}
	if share := float64(right) / 500; share < .7 || share > .98 {
		t.Errorf("the nearest class mean is right in %.3f of the cases, want .7 to .98", share)
	}
}

func TestStrokesErrors(t *testing.T) {
	for _, s := range []data.Strokes{{Images: -1}, {Images: 1 << 30}, {Variation: 4}, {Noise: 2}, {Variation: math.NaN()}, {Noise: math.NaN()}, {Noise: math.Inf(1)}, {Side: 7}, {Side: 257}, {Side: 256, Images: 1 << 20}} {
		if _, err := s.Generate(1); err == nil {
			t.Errorf("%+v gives no error", s)
		}
	}
	plain, err := data.Strokes{Images: 20, Variation: -1, Noise: -1}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	a, _, _ := plain.Image(3)
	b, _, _ := plain.Image(13)
	if !slices.Equal(a, b) {
		t.Error("images of one class differ where nothing varies")
	}
}

// A larger image has the same digit: the mean of its pixels is that of the smaller one.
func TestStrokesOfOtherSizes(t *testing.T) {
	ink := func(side int) (sum float64) {
		m, err := data.Strokes{Images: 20, Side: side, Noise: -1}.Generate(3)
		if err != nil {
			t.Fatal(err)
		}
		if rows, columns := m.Size(); rows != max(side, 28) || columns != rows {
			t.Fatalf("%v for side %d", m, side)
		}
		pixels, _, _ := m.Image(8)
		for _, v := range pixels {
			sum += float64(v) / float64(len(pixels))
		}
		return sum
	}
	small, large := ink(0), ink(56)
	if math.Abs(small-large) > .1*small {
		t.Errorf("ink is %.3f of 28×28 pixels and %.3f of 56×56", small, large)
	}
}
