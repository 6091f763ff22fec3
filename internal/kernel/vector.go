package kernel

import (
	"math/bits"
	"unsafe"
)

// Float is the element type of all kernels.
type Float interface{ float32 | float64 }

// single reports whether the assembly, which is for float32, can take n elements of F.
func single[F Float](n int) bool { return avx2 && unsafe.Sizeof(F(0)) == 4 && n > 0 }

// at is the address of the first element, for the assembly.
func at[F Float](x []F) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(x))) }

// Axpy adds a·x to y, which has x's length.
func Axpy[F Float](a F, x, y []F) {
	y = y[:len(x)]
	if single[F](len(x)) {
		axpyAVX2(float32(a), at(x), at(y), len(x))
		return
	}
	for len(x) >= 4 {
		x4, y4 := x[:4:4], y[:4:4]
		y4[0] += a * x4[0]
		y4[1] += a * x4[1]
		y4[2] += a * x4[2]
		y4[3] += a * x4[3]
		x, y = x[4:], y[4:]
	}
	for i, xi := range x {
		y[i] += a * xi
	}
}

// Add adds x to y, which has x's length.
func Add[F Float](x, y []F) {
	y = y[:len(x)]
	if single[F](len(x)) {
		addAVX2(at(x), at(y), len(x))
		return
	}
	for len(x) >= 4 {
		x4, y4 := x[:4:4], y[:4:4]
		y4[0] += x4[0]
		y4[1] += x4[1]
		y4[2] += x4[2]
		y4[3] += x4[3]
		x, y = x[4:], y[4:]
	}
	for i, xi := range x {
		y[i] += xi
	}
}

// Dot is the inner product of x and y, which has x's length.
func Dot[F Float](x, y []F) F {
	y = y[:len(x)]
	var s0, s1, s2, s3 F
	for len(x) >= 4 {
		x4, y4 := x[:4:4], y[:4:4]
		s0 += x4[0] * y4[0]
		s1 += x4[1] * y4[1]
		s2 += x4[2] * y4[2]
		s3 += x4[3] * y4[3]
		x, y = x[4:], y[4:]
	}
	for i, xi := range x {
		s0 += xi * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// Dot4 are the inner products of x with four vectors of its length.
func Dot4[F Float](x, a, b, c, d []F) (sa, sb, sc, sd F) {
	a, b, c, d = a[:len(x)], b[:len(x)], c[:len(x)], d[:len(x)]
	if single[F](len(x)) {
		var out [4]float32
		dot4AVX2(at(x), at(a), at(b), at(c), at(d), len(x), &out)
		return F(out[0]), F(out[1]), F(out[2]), F(out[3])
	}
	for i, xi := range x {
		sa += xi * a[i]
		sb += xi * b[i]
		sc += xi * c[i]
		sd += xi * d[i]
	}
	return sa, sb, sc, sd
}

// add2 adds x1 + x2 to y, which has their length.
func add2[F Float](x1, x2, y []F) {
	x2, y = x2[:len(x1)], y[:len(x1)]
	if single[F](len(x1)) {
		add2AVX2(at(x1), at(x2), at(y), len(x1))
		return
	}
	for len(x1) >= 4 {
		a, b, c := x1[:4:4], x2[:4:4], y[:4:4]
		c[0] += a[0] + b[0]
		c[1] += a[1] + b[1]
		c[2] += a[2] + b[2]
		c[3] += a[3] + b[3]
		x1, x2, y = x1[4:], x2[4:], y[4:]
	}
	for i, v := range x1 {
		y[i] += v + x2[i]
	}
}

// block is how many elements of a sparse vector are looked at together.
const block = 64

// active has a bit for each of the positions of x, at most block, that are not zero. It reports
// whether these are all 1, as spikes are.
func active[F Float](x []F) (mask uint64, ones bool) {
	var units uint64
	if single[F](len(x)) {
		mask, units = maskAVX2(at(x), len(x))
		return mask, mask == units
	}
	for j, v := range x {
		var set, one uint64 // without a branch, which every spike would mispredict
		if v != 0 {
			set = 1
		}
		if v == 1 {
			one = 1
		}
		mask |= set << j
		units |= one << j
	}
	return mask, mask == units
}

// next takes the lowest position off a mask.
func next(mask *uint64) int {
	j := bits.TrailingZeros64(*mask)
	*mask &= *mask - 1
	return j
}

// Gather adds the rows of w that x's elements are not zero for, each times its element, to y:
// y += xᵀ·w with w [len(x), len(y)]. For spikes this is a sum of weight rows.
func Gather[F Float](x, w, y []F) {
	n := len(y)
	for len(x) > 0 {
		b := x[:min(block, len(x))]
		mask, ones := active(b)
		for mask != 0 {
			i := next(&mask)
			switch {
			case !ones:
				Axpy(b[i], w[i*n:][:n], y)
			case mask != 0:
				add2(w[i*n:][:n], w[next(&mask)*n:][:n], y)
			default:
				Add(w[i*n:][:n], y)
			}
		}
		x, w = x[len(b):], w[len(b)*n:]
	}
}

// Scatter adds a to the rows of w that x's elements are not zero for, each times its element:
// w += x·aᵀ with w [len(x), len(a)].
func Scatter[F Float](x, a, w []F) {
	n := len(a)
	for len(x) > 0 {
		b := x[:min(block, len(x))]
		mask, ones := active(b)
		for mask != 0 {
			if i := next(&mask); ones {
				Add(a, w[i*n:][:n])
			} else {
				Axpy(b[i], a, w[i*n:][:n])
			}
		}
		x, w = x[len(b):], w[len(b)*n:]
	}
}

// MulRows adds x·w to y for rows of x: y [rows, out], x [rows, in], with w given transposed,
// [out, in].
func MulRows[F Float](x, wt, y []F, in, out int) {
	rows := len(x) / in
	r := 0
	for ; r+4 <= rows; r += 4 {
		x0, x1, x2, x3 := x[r*in:][:in], x[(r+1)*in:][:in], x[(r+2)*in:][:in], x[(r+3)*in:][:in]
		for o := range out {
			a, b, c, d := Dot4(wt[o*in:][:in], x0, x1, x2, x3)
			y[r*out+o] += a
			y[(r+1)*out+o] += b
			y[(r+2)*out+o] += c
			y[(r+3)*out+o] += d
		}
	}
	for ; r < rows; r++ {
		for o := range out {
			y[r*out+o] += Dot(wt[o*in:][:in], x[r*in:][:in])
		}
	}
}

// Transpose writes the transpose of a [rows, cols] to dst [cols, rows].
func Transpose[F Float](a, dst []F, rows, cols int) {
	for i := range rows {
		for j := range cols {
			dst[j*rows+i] = a[i*cols+j]
		}
	}
}
