//go:build !amd64

package kernel

func adamAVX2(a *AdamStep, update, m0, v0, m, v *float64, n int) bool { panic("no AVX2") }
func scaleAVX2(a float64, x *float64, n int)                          { panic("no AVX2") }
func widenAVX2(x *float32, dst *float64, n int) bool                  { panic("no AVX2") }
func roundSumAVX2(x, y *float64, dst *float32, n int) bool            { panic("no AVX2") }
