// Package roofline measures what the machine can do at most: multiplications and additions in the
// first-level cache, and reading and writing memory of a given size. Its benchmarks are the bounds
// that the benchmarks of the library are compared with. Without AVX2 they are those of plain Go.
package roofline

// FMA does 12·n multiplications and additions of eight float32, 192·n operations, that do not wait
// for each other.
func FMA(n int) {
	if avx2 {
		fma(n)
		return
	}
	var s [96]float32
	for range n {
		for i, v := range s {
			s[i] = v + v*v
		}
	}
}

// Sum reads x, whose length 64 must divide.
func Sum(x []float32) float32 {
	if avx2 {
		return sum(&x[0], len(x))
	}
	var s [8]float32
	for ; len(x) >= 8; x = x[8:] {
		for i := range s {
			s[i] += x[i]
		}
	}
	return (s[0] + s[1]) + (s[2] + s[3]) + ((s[4] + s[5]) + (s[6] + s[7]))
}

// Fill writes x, whose length 64 must divide.
func Fill(x []float32, v float32) {
	if avx2 {
		fill(&x[0], len(x), v)
		return
	}
	for i := range x {
		x[i] = v
	}
}
