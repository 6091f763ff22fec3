package data

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// Images are grey images of one size with their classes: those of files ([MNIST], [ReadImages]) or drawn ones
// ([Strokes]). [Images.Sequences] makes a dataset of them.
type Images struct {
	rows, columns, classes int

	bytes  []uint8   // [image, row, column], 0 is the background and white 1, or
	floats []float32 // the same, as brightness from 0 to 1
	white  float64
	labels []int32 // [image]

	turned bool // the file has them column by column
}

// newImages returns n images of bytes, all black and of class 0.
func newImages(n, rows, columns, classes int) *Images {
	return &Images{rows: rows, columns: columns, classes: classes, bytes: make([]uint8, n*rows*columns), white: 255, labels: make([]int32, n)}
}

// Len is the number of images.
func (m *Images) Len() int { return len(m.labels) }

// Size is the number of rows and of columns of an image.
func (m *Images) Size() (rows, columns int) { return m.rows, m.columns }

// Classes is the number of classes.
func (m *Images) Classes() int { return m.classes }

// pixels is the number of pixels of an image.
func (m *Images) pixels() int { return m.rows * m.columns }

// String tells what the images are.
func (m *Images) String() string {
	s := fmt.Sprintf("%d images of %d×%d pixels in %d classes", m.Len(), m.rows, m.columns, m.classes)
	if low := slices.Min(m.labels); low > 0 {
		s += fmt.Sprintf(", of which those below %d do not occur", low)
	}
	if m.turned {
		s += ", stored column by column"
	}
	return s
}

// Image returns the brightness of the pixels of image i, row by row, from 0 for the background to 1, and its
// class.
func (m *Images) Image(i int) (pixels []float32, class int, err error) {
	if i < 0 || i >= m.Len() {
		return nil, 0, errors.Errorf("data: image %d of %d does not exist", i, m.Len())
	}
	pixels = make([]float32, m.pixels())
	if m.floats != nil {
		copy(pixels, m.floats[i*len(pixels):])
	} else {
		for k, v := range m.bytes[i*len(pixels) : (i+1)*len(pixels)] {
			pixels[k] = float32(float64(v) / m.white)
		}
	}
	return pixels, int(m.labels[i]), nil
}

// WithClasses are the same images in another number of classes: that of a network which knows more.
func (m *Images) WithClasses(n int) (*Images, error) {
	if high := int(slices.Max(m.labels)); n <= high || n > math.MaxInt32 {
		return nil, errors.Errorf("data: images of classes up to %d cannot be of %d classes", high, n)
	}
	part := *m
	part.classes = n
	return &part, nil
}

// Head are the first n images.
func (m *Images) Head(n int) (*Images, error) {
	if n < 1 || n > m.Len() {
		return nil, errors.Errorf("data: the first %d of %d images are asked for", n, m.Len())
	}
	part := *m
	part.labels = m.labels[:n]
	part.bytes = m.bytes[:min(n*m.pixels(), len(m.bytes))]
	part.floats = m.floats[:min(n*m.pixels(), len(m.floats))]
	return &part, nil
}

// Split divides the images at random: n of them, and the rest. The same seed gives the same parts.
func (m *Images) Split(n int, seed uint64) (first, rest *Images, err error) {
	if n < 1 || n >= m.Len() {
		return nil, nil, errors.Errorf("data: %d images are to be split off %d", n, m.Len())
	}
	order := make([]int, m.Len())
	permute(order, seed)
	return m.pick(order[:n]), m.pick(order[n:]), nil
}

// pick copies some of the images.
func (m *Images) pick(indices []int) *Images {
	part := *m
	part.bytes = picked(m.bytes, m.pixels(), indices)
	part.floats = picked(m.floats, m.pixels(), indices)
	part.labels = picked(m.labels, 1, indices)
	return &part
}

// picked are some of the parts of values, which have n each.
func picked[T any](values []T, n int, indices []int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, 0, len(indices)*n)
	for _, i := range indices {
		out = append(out, values[i*n:(i+1)*n]...)
	}
	return out
}

// permute fills order with a permutation of its indices.
func permute(order []int, seed uint64) {
	for i := range order {
		order[i] = i
	}
	pcg := rand.NewPCG(seed, 0)
	for i := len(order) - 1; i > 0; i-- {
		k := pcg.Uint64() % uint64(i+1)
		order[i], order[k] = order[k], order[i]
	}
}

// Gray is a picture of image i, dark on white as on paper.
func (m *Images) Gray(i int) (*image.Gray, error) {
	pixels, _, err := m.Image(i)
	if err != nil {
		return nil, err
	}
	picture := image.NewGray(image.Rect(0, 0, m.columns, m.rows))
	for k, v := range pixels {
		picture.Pix[k] = 255 - uint8(math.Round(255*float64(v)))
	}
	return picture, nil
}
