package kernel

import "math"

// ExpMaxError bounds the relative error of [Exp32] where e^x is a normal number.
const ExpMaxError = 3e-7

// Exp32 is e^x in float32, without math.Exp's detour through float64: 2^n times a polynomial of
// degree six on [−ln 2/2, ln 2/2]. Below −87.3, where e^x leaves the normal numbers, it is 0;
// above 88.7 it is +Inf.
func Exp32(x float32) float32 {
	const (
		log2e = 1.44269504088896341
		ln2Hi = 0.693145751953125
		ln2Lo = 1.42860682030941723e-6
	)
	if x != x {
		return x
	}
	if x < -87.3 {
		return 0
	}
	if x > 88.7 {
		return float32(math.Inf(1))
	}
	// Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
	const shift = 3 << 22
	k := x*log2e + shift
	n := int32(math.Float32bits(k)) - int32(math.Float32bits(shift))
	k -= shift
	r := x - k*ln2Hi
	r -= k * ln2Lo
	p := float32(1.0 / 720)
	p = p*r + 1.0/120
	p = p*r + 1.0/24
	p = p*r + 1.0/6
	p = p*r + 0.5
	p = p*r + 1
	p = p*r + 1
	if n > 127 { // 2^128 is not a float32, though 2^128·p may be
		return p * math.Float32frombits(254<<23) * 2
	}
	return p * math.Float32frombits(uint32(n+127)<<23)
}

// Exp is e^x: [Exp32] in single precision, math.Exp in double.
func Exp[F Float](x F) F {
	if y, ok := any(x).(float32); ok {
		return F(Exp32(y))
	}
	return F(math.Exp(float64(x)))
}
