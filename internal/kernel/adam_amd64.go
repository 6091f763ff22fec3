package kernel

//go:noescape
func adamAVX2(a *AdamStep, update, m0, v0, m, v *float64, n int) bool

//go:noescape
func scaleAVX2(a float64, x *float64, n int)

//go:noescape
func widenAVX2(x *float32, dst *float64, n int) bool

//go:noescape
func roundSumAVX2(x, y *float64, dst *float32, n int) bool
