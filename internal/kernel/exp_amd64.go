package kernel

//go:noescape
func gaussianAVX2(x, dst *float32, n int, a, minusK, mu, keep float32)
