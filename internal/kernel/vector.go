package kernel

import (
	"slices"
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

// Transpose writes the transpose of a [rows, cols] to dst [cols, rows].
func Transpose[F Float](a, dst []F, rows, cols int) {
	for i := range rows {
		for j := range cols {
			dst[j*rows+i] = a[i*cols+j]
		}
	}
}

// Sum adds the parts of size elements that x consists of, one after the other, to the first.
func Sum[F Float](x []F, size int) []F {
	const shard = 4096
	sum := x[:size]
	_ = Run(size, shard, func(_, lo, hi int) error {
		for at := size; at < len(x); at += size {
			Add(x[at+lo:at+hi], sum[lo:hi])
		}
		return nil
	})
	return sum
}

// Finite reports whether no element of x is NaN or infinite.
func Finite[F Float](x []F) bool {
	var a, b, c, d F // x − x is 0, or NaN
	for len(x) >= 4 {
		a += x[0] - x[0]
		b += x[1] - x[1]
		c += x[2] - x[2]
		d += x[3] - x[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v - v
	}
	return a+b+c+d == 0
}

// NotFinite is the position of the first element that is NaN or infinite, or -1.
func NotFinite[F Float](x []F) int {
	if Finite(x) {
		return -1
	}
	return slices.IndexFunc(x, func(v F) bool { return v-v != 0 })
}

// Prefetch asks for x to be in the cache soon. A shard reads short pieces that lie far apart, which
// the machine does not foresee by itself.
func Prefetch[F Float](x []F) {
	if single[F](len(x)) {
		prefetch(at(x), len(x))
	}
}
