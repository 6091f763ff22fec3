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

// likenesses are how far the colours of an indexed image may be from those that were drawn, as distances where
// each of the three channels has 255 levels. The first is taken with which the palette has room.
var likenesses = []int{0, 4, 8, 12, 16, 20, 24}

// indexed is an image with a palette, which takes a third of the room in a file. Figures are of few colours, and
// what lies between them where edges are smoothed. An image with too many others is returned as it is.
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
	used := paletteOf(colours)
	if used == nil {
		return img
	}
	palette, nearest := color.Palette{}, map[color.RGBA]uint8{}
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

// paletteOf are so few of the colours, the frequent ones first, that each has one of them near it; nil if
// there is no such choice.
func paletteOf(colours []color.RGBA) []color.RGBA {
	for _, near := range likenesses {
		var used []color.RGBA
		for _, c := range colours {
			if slices.ContainsFunc(used, func(p color.RGBA) bool { return distance(c, p) <= near*near }) {
				continue
			}
			if used = append(used, c); len(used) > mostColours {
				break
			}
		}
		if len(used) <= mostColours {
			return used
		}
	}
	return nil
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
