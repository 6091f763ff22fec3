// Package roofline measures what the machine can do at most: multiplications and additions in the
// first-level cache, and reading and writing memory of a given size. Its benchmarks are the bounds
// that the benchmarks of the library are compared with.
package roofline

// FMA does 12·n fused multiplications and additions of eight float32, 192·n operations, that do not
// wait for each other.
func FMA(n int) { fma(n) }

// Sum reads x, whose length 64 must divide.
func Sum(x []float32) float32 { return sum(&x[0], len(x)) }

// Fill writes x, whose length 64 must divide.
func Fill(x []float32, v float32) { fill(&x[0], len(x), v) }
