//go:build !amd64

package kernel

func gaussianAVX2(x, dst *float32, n int, a, minusK, mu, keep float32) { panic("no AVX2") }
