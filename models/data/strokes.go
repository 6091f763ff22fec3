package data

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// Strokes makes images of digits where there is no MNIST: a pen follows the strokes of each digit, with
// random slant, rotation, size, place, thickness, brightness and wobble, and some noise. The images
// have MNIST's form: 28×28 pixels, bright on black, the digits about 20 pixels high. They are easier.
//
// The zero value is the default of each field.
type Strokes struct {
	// Images is how many to make. The class of image i is i mod 10. Default 2000.
	Images int

	// Side is the number of rows, and of columns, of an image, 8 to 256. Digits and pen grow with it, and what is
	// said here of pixels is of 28, the default.
	Side int

	// Variation is by how much digits of one class differ: 1, the default, has standard deviations
	// of .2 in slant, 8 % in width and height, .1 rad in rotation, 1 pixel in place, and .5 pixels in
	// thickness, and moves the points of strokes by .03 of the height. At most 3; a negative value
	// stands for none.
	Variation float64

	// Noise is the standard deviation of the brightness of what the pen has touched, of which the
	// whole range is 1. As in MNIST, the background is black. Default .1; a negative value stands
	// for none.
	Noise float64
}

const (
	defaultSide = 28      // of an image, whose digits are 19 pixels high
	maxStrokes  = 1 << 20 // images
	maxPixels   = 1 << 30 // of all images
)

// point is a point of a stroke, in a box of side 1 with x to the right and y down.
type point struct{ x, y float64 }

// Generate makes the images. Image i depends on the settings, seed and i alone.
func (s Strokes) Generate(seed uint64) (*Images, error) {
	amount := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
		if *v < 0 {
			*v = 0
		}
	}
	if s.Images == 0 {
		s.Images = 2000
	}
	if s.Side == 0 {
		s.Side = defaultSide
	}
	amount(&s.Variation, 1)
	amount(&s.Noise, .1)
	if s.Images < 1 || s.Images > maxStrokes || !(s.Variation <= 3) || !(s.Noise <= 1) {
		return nil, errors.Errorf("data: Strokes: Images is %d, Variation %v and Noise %v, want 1 to %d, and at most 3 and 1",
			s.Images, s.Variation, s.Noise, maxStrokes)
	}
	if s.Side < 8 || s.Side > 256 || s.Images > maxPixels/(s.Side*s.Side) {
		return nil, errors.Errorf("data: Strokes: Side is %d for %d images, want 8 to 256, and at most %d pixels in all", s.Side, s.Images, maxPixels)
	}
	n := s.Side * s.Side
	m := newImages(s.Images, s.Side, s.Side, len(digitStrokes))
	for i := range m.labels {
		class := i % len(digitStrokes)
		m.labels[i] = int32(class)
		s.draw(rand.New(rand.NewPCG(seed, uint64(i))), digitStrokes[class], m.bytes[i*n:(i+1)*n])
	}
	return m, nil
}

// draw draws the strokes of one digit.
func (s Strokes) draw(rng *rand.Rand, strokes [][]point, pixels []uint8) {
	vary := func(deviation float64) float64 { return s.Variation * deviation * cutNormal(rng) }
	scale := float64(s.Side) / defaultSide
	height := 19 * scale // of a digit, pixels
	middle := float64(s.Side-1) / 2
	var (
		slant    = .1 + vary(.2)
		sin, cos = math.Sincos(vary(.1))
		wide     = height * math.Exp(vary(.08))
		high     = height * math.Exp(vary(.08))
		centre   = point{middle + scale*vary(1), middle + scale*vary(1)}
		radius   = scale * max(.6, 1.2+vary(.25)) // of the pen
		bright   = 1 - math.Abs(vary(.1))
	)
	place := func(p point) point {
		x, y := p.x-.5+vary(.03), p.y-.5+vary(.03)
		x = (x - slant*y) * wide
		y *= high
		return point{centre.x + cos*x - sin*y, centre.y + sin*x + cos*y}
	}

	// The distance of each pixel to the nearest stroke.
	distance := make([]float64, len(pixels))
	for i := range distance {
		distance[i] = math.Inf(1)
	}
	for _, stroke := range strokes {
		placed := make([]point, len(stroke))
		for i, p := range stroke {
			placed[i] = place(p)
		}
		line := smooth(placed)
		for k := range len(line) - 1 {
			for i := range distance {
				d := segmentDistance(point{float64(i % s.Side), float64(i / s.Side)}, line[k], line[k+1])
				distance[i] = min(distance[i], d)
			}
		}
	}
	for i, d := range distance {
		// The pen's edge is a pixel wide.
		ink := bright * clamp01(radius+.5-d)
		if ink > 0 {
			ink += s.Noise * rng.NormFloat64()
		}
		pixels[i] = uint8(math.Round(255 * clamp01(ink)))
	}
}

func clamp01(x float64) float64 { return min(max(x, 0), 1) }

// segmentDistance is the distance of p to the segment from a to b.
func segmentDistance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	along := 0.
	if length := dx*dx + dy*dy; length > 0 {
		along = clamp01(((p.x-a.x)*dx + (p.y-a.y)*dy) / length)
	}
	return math.Hypot(p.x-a.x-along*dx, p.y-a.y-along*dy)
}

// smooth is the Catmull–Rom spline through the points, as a line of short segments.
func smooth(points []point) []point {
	at := func(i int) point { return points[min(max(i, 0), len(points)-1)] }
	const pieces = 4
	line := []point{points[0]}
	for i := range len(points) - 1 {
		p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
		for k := 1; k <= pieces; k++ {
			t := float64(k) / pieces
			cubic := func(a, b, c, d float64) float64 {
				return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
			}
			line = append(line, point{cubic(p0.x, p1.x, p2.x, p3.x), cubic(p0.y, p1.y, p2.y, p3.y)})
		}
	}
	return line
}

// digitStrokes are the points through which the pen goes, stroke by stroke.
var digitStrokes = [10][][]point{
	{{{.5, .04}, {.3, .18}, {.22, .5}, {.3, .82}, {.5, .96}, {.7, .82}, {.78, .5}, {.7, .18}, {.5, .04}}},
	{{{.36, .22}, {.52, .06}}, {{.52, .06}, {.52, .5}, {.52, .95}}},
	{{{.24, .26}, {.36, .08}, {.6, .06}, {.74, .24}, {.62, .5}, {.4, .72}, {.24, .92}}, {{.24, .92}, {.5, .9}, {.8, .92}}},
	{{{.26, .14}, {.46, .04}, {.68, .12}, {.7, .32}, {.46, .46}}, {{.46, .46}, {.7, .54}, {.76, .76}, {.56, .95}, {.24, .86}}},
	{{{.56, .05}, {.4, .34}, {.2, .64}}, {{.2, .64}, {.5, .62}, {.82, .62}}, {{.64, .36}, {.62, .66}, {.6, .95}}},
	{{{.76, .07}, {.54, .07}, {.34, .08}}, {{.34, .08}, {.3, .26}, {.27, .46}}, {{.27, .46}, {.52, .4}, {.74, .54}, {.74, .78}, {.52, .95}, {.24, .88}}},
	{{{.68, .06}, {.44, .24}, {.28, .52}, {.28, .78}, {.48, .95}, {.7, .84}, {.72, .62}, {.52, .52}, {.3, .66}}},
	{{{.2, .1}, {.5, .09}, {.8, .08}}, {{.8, .08}, {.62, .4}, {.46, .68}, {.4, .95}}},
	{{{.5, .48}, {.28, .34}, {.3, .14}, {.5, .05}, {.7, .14}, {.7, .32}, {.5, .48}, {.26, .66}, {.28, .86}, {.5, .95}, {.72, .86}, {.72, .66}, {.5, .48}}},
	{{{.72, .3}, {.6, .46}, {.38, .46}, {.28, .28}, {.38, .1}, {.58, .06}, {.72, .2}, {.72, .3}}, {{.72, .3}, {.7, .6}, {.58, .95}}},
}
