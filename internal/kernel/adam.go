package kernel

import (
	"math"
	"unsafe"
)

// The loops of an optimizer's step. They compute in float64, whatever the dtype of the parameters.
// All slices of a call have the length of its first.

// AdamStep are the constants of one step of Adam.
type AdamStep struct {
	Beta1, Beta2 float64 // decays of the means m and v
	Rest1, Rest2 float64 // 1 − Beta1, 1 − Beta2
	Bias1, Bias2 float64 // what the means have of their weight so far, more than 0 and at most 1
	Epsilon      float64
}

// Update makes the means m and v from the means m0 and v0 of the step before, and replaces the
// update g, which is the gradient:
//
//	m = β1 m0 + (1−β1) g     v = β2 v0 + (1−β2) g²     g = m/bias1 / (√(v/bias2) + ε)
//
// It reports whether m and v are finite. m may be m0, and v may be v0.
func (a AdamStep) Update(g, m0, v0, m, v []float64) (finite bool) {
	n := len(g)
	m0, v0, m, v = m0[:n], v0[:n], m[:n], v[:n]
	finite = true
	i := 0
	if avx2 && n >= 4 {
		i = n &^ 3
		finite = adamAVX2(&a, &g[0], &m0[0], &v0[0], &m[0], &v[0], i)
	}
	for ; i < n; i++ {
		// The conversions keep a product and a sum from being rounded together.
		m1 := float64(a.Beta1*m0[i]) + float64(a.Rest1*g[i])
		v1 := float64(a.Beta2*v0[i]) + float64(a.Rest2*g[i]*g[i])
		m[i], v[i] = m1, v1
		g[i] = m1 / a.Bias1 / (math.Sqrt(v1/a.Bias2) + a.Epsilon)
		if m1-m1 != 0 || v1-v1 != 0 {
			finite = false
		}
	}
	return finite
}

// Scale multiplies x by a.
func Scale(a float64, x []float64) {
	n := len(x)
	i := 0
	if avx2 && n >= 4 {
		i = n &^ 3
		scaleAVX2(a, &x[0], i)
	}
	for ; i < n; i++ {
		x[i] *= a
	}
}

// Widen copies x to dst and reports whether it is finite.
func Widen[F Float](x []F, dst []float64) (finite bool) {
	n := len(x)
	dst = dst[:n]
	finite = true
	i := 0
	if avx2 && unsafe.Sizeof(F(0)) == 4 && n >= 8 {
		i = n &^ 7
		finite = widenAVX2((*float32)(unsafe.Pointer(&x[0])), &dst[0], i)
	}
	for ; i < n; i++ {
		dst[i] = float64(x[i])
		if x[i]-x[i] != 0 {
			finite = false
		}
	}
	return finite
}

// RoundSum writes x + y, rounded to F, to dst and reports whether that is finite.
func RoundSum[F Float](x, y []float64, dst []F) (finite bool) {
	n := len(x)
	y, dst = y[:n], dst[:n]
	finite = true
	i := 0
	if avx2 && unsafe.Sizeof(F(0)) == 4 && n >= 8 {
		i = n &^ 7
		finite = roundSumAVX2(&x[0], &y[0], (*float32)(unsafe.Pointer(&dst[0])), i)
	}
	for ; i < n; i++ {
		dst[i] = F(x[i] + y[i])
		if dst[i]-dst[i] != 0 {
			finite = false
		}
	}
	return finite
}
