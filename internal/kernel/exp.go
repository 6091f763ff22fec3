package kernel

import "math"

// ExpMaxError bounds the relative error of [Exp32] where e^x is a normal number.
const ExpMaxError = 3e-7

// e^x = 2^n·e^r with n = round(x/ln 2) and r = x − n ln 2. The product n ln 2 is taken off in two
// parts, the first of which is exact. Adding shift = 1.5·2^23 rounds to an integer and leaves it
// in the low bits.
const (
	log2e = 1.44269504088896341
	ln2Hi = 0.693145751953125
	ln2Lo = 1.42860682030941723e-6
	shift = 3 << 22
)

// expPoly is e^r for r in [−ln 2/2, ln 2/2].
func expPoly(r float32) float32 {
	p := float32(1.0 / 720)
	p = p*r + 1.0/120
	p = p*r + 1.0/24
	p = p*r + 1.0/6
	p = p*r + 0.5
	p = p*r + 1
	return p*r + 1
}

// Exp32 is e^x in float32, without math.Exp's detour through float64: 2^n times a polynomial of
// degree six. Below −87.3, where e^x leaves the normal numbers, it is 0;
// above 88.7 it is +Inf.
func Exp32(x float32) float32 {
	if x != x {
		return x
	}
	if x < -87.3 {
		return 0
	}
	if x > 88.7 {
		return float32(math.Inf(1))
	}
	k := x*log2e + shift
	n := int32(math.Float32bits(k)) - int32(math.Float32bits(shift))
	k -= shift
	r := x - k*ln2Hi
	r -= k * ln2Lo
	p := expPoly(r)
	if n > 127 { // 2^128 is not a float32, though 2^128·p may be
		return p * math.Float32frombits(254<<23) * 2
	}
	return p * math.Float32frombits(uint32(n+127)<<23)
}

// Gaussian writes a·exp(−k (x − mu)²), k ≥ 0, to dst, or adds it if add is set. It is Exp32 in one loop,
// which needs no care for large results.
func Gaussian(x, dst []float32, a, k, mu float32, add bool) {
	dst = dst[:len(x)]
	var keep float32
	if add {
		keep = 1
	}
	if n := len(x) &^ 7; avx2 && n > 0 {
		gaussianAVX2(&x[0], &dst[0], n, a, -k, mu, keep)
		x, dst = x[n:], dst[n:]
	}
	for i, v := range x {
		d := v - mu
		e := -k * d * d
		e = max(e, -87.3)
		n := e*log2e + shift
		bits := math.Float32bits(n) << 23
		n -= shift
		r := e - n*ln2Hi
		r -= n * ln2Lo
		p := expPoly(r)
		dst[i] = a*(p*math.Float32frombits(bits+127<<23)) + keep*dst[i]
	}
}

// ExpShifted writes exp(x − peak) to dst and returns the sum, Exp32 or math.Exp by precision.
func ExpShifted[F Float](x []F, peak F, dst []F) (sum float64) {
	dst = dst[:len(x)]
	if x32, ok := any(x).([]float32); ok {
		d32, p32 := any(dst).([]float32), float32(peak)
		for i, v := range x32 {
			e := Exp32(v - p32)
			d32[i] = e
			sum += float64(e)
		}
		return sum
	}
	for i, v := range x {
		e := math.Exp(float64(v - peak))
		dst[i] = F(e)
		sum += e
	}
	return sum
}
