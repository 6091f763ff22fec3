//go:build !amd64

package roofline

var avx2 = false

func fma(int)                     { panic("no AVX2") }
func sum(*float32, int) float32   { panic("no AVX2") }
func fill(*float32, int, float32) { panic("no AVX2") }
