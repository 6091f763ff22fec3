package plot

import (
	"image/color"
	"math"
)

// The palette of Okabe & Ito (2008), whose colours stay apart in every form of colour blindness.
var (
	Blue      color.Color = color.RGBA{R: 0x00, G: 0x72, B: 0xB2, A: 0xFF}
	SkyBlue   color.Color = color.RGBA{R: 0x56, G: 0xB4, B: 0xE9, A: 0xFF}
	Vermilion color.Color = color.RGBA{R: 0xD5, G: 0x5E, B: 0x00, A: 0xFF}
	Orange    color.Color = color.RGBA{R: 0xE6, G: 0x9F, B: 0x00, A: 0xFF}
	Green     color.Color = color.RGBA{R: 0x00, G: 0x9E, B: 0x73, A: 0xFF}
	Purple    color.Color = color.RGBA{R: 0xCC, G: 0x79, B: 0xA7, A: 0xFF}
	Yellow    color.Color = color.RGBA{R: 0xF0, G: 0xE4, B: 0x42, A: 0xFF}
	Black     color.Color = color.RGBA{A: 0xFF}
)

// The greys of whatever is not data.
var (
	inkColour  color.Color = color.Gray{Y: 0x22} // text
	axisColour color.Color = color.Gray{Y: 0x66} // axes and ticks
	gridColour color.Color = color.Gray{Y: 0xE6} // grid lines
	voidColour color.Color = color.Gray{Y: 0xF0} // cells without data
)

// classColours are ordered so that the waves of an electrocardiogram (P, PQ, QR, RS, ST, TP) go
// from cool to warm and back.
var classColours = []color.Color{Blue, SkyBlue, Vermilion, Orange, Green, Purple, Yellow, axisColour}

// ClassColour returns the colour of class i, counted from 0. The first eight classes have the
// palette's colours, the next eight paler ones, and then they repeat.
func ClassColour(i int) color.Color {
	n := len(classColours)
	i = ((i % (2 * n)) + 2*n) % (2 * n)
	if i < n {
		return classColours[i]
	}
	return mix(classColours[i-n], color.White, 0.55)
}

// heatStops run from light to dark with an even fall of lightness.
var heatStops = []color.Color{
	color.RGBA{R: 0xF7, G: 0xFB, B: 0xFF, A: 0xFF},
	color.RGBA{R: 0xA9, G: 0xD3, B: 0xEE, A: 0xFF},
	color.RGBA{R: 0x3F, G: 0x93, B: 0xC8, A: 0xFF},
	color.RGBA{R: 0x0A, G: 0x3A, B: 0x6E, A: 0xFF},
}

// heat returns the colour of a share between 0 and 1.
func heat(share float64) color.Color {
	at := share * float64(len(heatStops)-1)
	i := min(int(at), len(heatStops)-2)
	return mix(heatStops[i], heatStops[i+1], at-float64(i))
}

// readableOn returns dark ink or white, whichever stands out more from the background.
func readableOn(background color.Color) color.Color {
	if contrast(background, inkColour) > contrast(background, color.White) {
		return inkColour
	}
	return color.White
}

// contrast is the ratio between two colours' luminances, from 1 to 21 (WCAG 2).
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

// luminance is the relative luminance of a colour, between 0 and 1 (ITU-R BT.709).
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 { return math.Pow(float64(v)/0xFFFF, 2.2) }
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// mix returns a colour between a (share 0) and b (share 1).
func mix(a, b color.Color, share float64) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	part := func(a, b uint32) uint8 {
		return uint8(math.Round(((1-share)*float64(a) + share*float64(b)) / 0x101))
	}
	return color.RGBA{R: part(ar, br), G: part(ag, bg), B: part(ab, bb), A: 0xFF}
}
