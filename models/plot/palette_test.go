package plot

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// painted is an image of so many pixels a side, each of a colour that is drawn for it.
func painted(side int, of func() color.RGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.SetRGBA(x, y, of())
		}
	}
	return img
}

// An image of few colours stays what it is, one of few frequent colours nearly so, and one of many is left alone.
func TestIndexed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	any := func() color.RGBA {
		return color.RGBA{R: uint8(rng.IntN(256)), G: uint8(rng.IntN(256)), B: uint8(rng.IntN(256)), A: 255}
	}
	var few []color.RGBA
	for range 200 {
		few = append(few, any())
	}
	ramp := func() color.RGBA { // 65,536 colours in a plane
		x, y := uint8(rng.IntN(256)), uint8(rng.IntN(256))
		return color.RGBA{R: x, G: x, B: y, A: 255}
	}
	one := func() color.RGBA { return few[rng.IntN(len(few))] }
	for name, c := range map[string]struct {
		img     *image.RGBA
		indexed bool
		most    int // distance of any colour
	}{
		"few":   {painted(100, one), true, 0},
		"one":   {painted(3, func() color.RGBA { return few[0] }), true, 0},
		"ramps": {painted(100, ramp), true, 24},
		"many":  {painted(100, any), false, 0},
	} {
		got := indexed(c.img)
		if _, is := got.(*image.Paletted); is != c.indexed {
			t.Errorf("%s: the image is %T", name, got)
		}
		for y := range c.img.Rect.Dy() {
			for x := range c.img.Rect.Dx() {
				was, is := c.img.RGBAAt(x, y), color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
				if distance(was, is) > c.most*c.most {
					t.Fatalf("%s: %v at %d, %d became %v", name, was, x, y, is)
				}
			}
		}
	}
}
