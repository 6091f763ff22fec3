//go:build !amd64

package kernel

func sumExpAVX2(x *float32, rows, n int, peaks, sums *float32)              { panic("no AVX2") }
func softmaxAVX2(x, dst *float32, rows, n int, scale float32) (finite bool) { panic("no AVX2") }
func softmaxGradientAVX2(x, dp, dst *float32, rows, n int)                  { panic("no AVX2") }
