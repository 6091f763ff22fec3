//go:build !amd64

package kernel

func gaussiansAVX2(x, dst *float32, n int, terms *Gaussian, count int) { panic("no AVX2") }
func decayAVX2(x, dst *float32, n int, a, k float32)                   { panic("no AVX2") }
