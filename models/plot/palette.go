package plot

import (
	"cmp"
	"image"
	"image/color"
	"maps"
	"math"
	"slices"
)

// mostColours is how many an indexed image has.
const mostColours = 256

// likeness is how far colours of an indexed image may be from those that were drawn, as the root of the mean
// square over all pixels and channels, of 255.
const likeness = 3

// indexed is an image with a palette of its most frequent colours, which takes a third of the room in a file.
// Figures are of few colours, and what lies between them where edges are smoothed. An image with too many
// others, such as a map of colours may have, is returned as it is.
func indexed(img *image.RGBA) image.Image {
	counts := map[color.RGBA]int{}
	run, length := at(img.Pix), 0 // pixels of one colour stand side by side
	for i := 0; i < len(img.Pix); i += 4 {
		if c := at(img.Pix[i:]); c == run {
			length++
		} else {
			counts[run] += length
			run, length = c, 1
		}
	}
	counts[run] += length
	// In an order that does not depend on chance.
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(rank(a), rank(b)))
	})
	used := colours[:min(len(colours), mostColours)]
	palette, nearest, sum := color.Palette{}, map[color.RGBA]uint8{}, 0.
	for _, c := range used {
		palette = append(palette, c)
	}
	for _, c := range colours {
		best := math.MaxInt
		for k, p := range used {
			if d := distance(c, p); d < best {
				best, nearest[c] = d, uint8(k)
			}
		}
		sum += float64(best) * float64(counts[c])
	}
	if math.Sqrt(sum/float64(len(img.Pix))) > likeness {
		return img
	}
	out := image.NewPaletted(img.Rect, palette)
	last := used[0]
	index := nearest[last]
	for i := range out.Pix {
		if c := at(img.Pix[4*i:]); c != last {
			last, index = c, nearest[c]
		}
		out.Pix[i] = index
	}
	return out
}

func at(pix []uint8) color.RGBA { return color.RGBA{R: pix[0], G: pix[1], B: pix[2], A: pix[3]} }

func rank(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}

// distance is the square of that of two colours.
func distance(a, b color.RGBA) (d int) {
	for _, x := range [4]int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		d += x * x
	}
	return d
}
