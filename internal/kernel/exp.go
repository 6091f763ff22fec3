package kernel

import "math"

// ExpMaxError bounds the relative error of the exponentials in single precision where e^x is a
// normal number: that of [Exp32], and that of the assembly.
const ExpMaxError = 1.2e-7

// e^x = 2^n·e^r with n = round(x/ln 2) and r = x − n ln 2. The product n ln 2 is taken off in two
// parts, the first of which is exact. Adding shift = 1.5·2^23 rounds to an integer and leaves it
// in the low bits.
const (
	log2e = 1.44269504088896341
	ln2Hi = 0.693145751953125
	ln2Lo = 1.42860682030941723e-6
	shift = 3 << 22
)

// The polynomial 1 + r + c2·r² + … + c6·r⁶ has the least relative error, 3e-9, that one can have
// for e^r with r in [−ln 2/2, ln 2/2].
const (
	c2 = 0.49999993432119544
	c3 = 0.16666520399054324
	c4 = 0.041668390785581204
	c5 = 0.00836874510781782
	c6 = 0.001381454007358786
)

// Below expLow, e^x leaves the normal numbers and is taken for 0. Above expHigh it is +Inf.
const (
	expLow  = -87.3
	expHigh = 88.7
)

// Exp32 is e^x in float32, without math.Exp's detour through float64.
func Exp32(x float32) float32 {
	if x != x {
		return x
	}
	if x < expLow {
		return 0
	}
	if x > expHigh {
		return float32(math.Inf(1))
	}
	k := x*log2e + shift
	n := int32(math.Float32bits(k)) - int32(math.Float32bits(shift))
	k -= shift
	r := x - k*ln2Hi
	r -= k * ln2Lo
	p := c5 + c6*r
	p = c4 + p*r
	p = c3 + p*r
	p = c2 + p*r
	p = 1 + p*r
	p = 1 + p*r
	if n > 127 { // 2^128 is not a float32, though 2^128·p may be
		return p * math.Float32frombits(254<<23) * 2
	}
	return p * math.Float32frombits(uint32(n+127)<<23)
}

// Gaussian is the function A·exp(−K (x − Mu)²), K ≥ 0.
type Gaussian struct{ A, K, Mu float32 }

// Gaussians writes the sum of Gaussians at x to dst, which has x's length.
func Gaussians(x, dst []float32, terms ...Gaussian) {
	dst = dst[:len(x)]
	if avx2 && len(terms) > 0 {
		n := len(x) &^ 7
		if n > 0 {
			gaussiansAVX2(&x[0], &dst[0], n, &terms[0], len(terms))
		}
		if n < len(x) {
			rest := padded(x[n:])
			gaussiansAVX2(&rest[0], &rest[0], 8, &terms[0], len(terms))
			copy(dst[n:], rest[:])
		}
		return
	}
	for i, v := range x {
		var sum float32
		for _, t := range terms {
			d := v - t.Mu
			sum += t.A * Exp32(-t.K*d*d)
		}
		dst[i] = sum
	}
}

// Decay writes a·exp(−k|x|), k ≥ 0, to dst, which has x's length and may be x.
func Decay(x, dst []float32, a, k float32) {
	dst = dst[:len(x)]
	if avx2 {
		n := len(x) &^ 7
		if n > 0 {
			decayAVX2(&x[0], &dst[0], n, a, k)
		}
		if n < len(x) {
			rest := padded(x[n:])
			decayAVX2(&rest[0], &rest[0], 8, a, k)
			copy(dst[n:], rest[:])
		}
		return
	}
	for i, v := range x {
		dst[i] = a * Exp32(-k*float32(math.Abs(float64(v))))
	}
}

// padded is what is left of a vector after the groups of eight. The assembly takes it as one
// more group, so that an element has the same bits wherever it stands.
func padded(rest []float32) (eight [8]float32) {
	copy(eight[:], rest)
	return eight
}
