package kernel

// expTable holds the constants of the exponential, each eight times. exp_amd64.h has their places.
//
//lint:ignore U1000 for the assembly
var expTable = [...][8]float32{
	eight(expLow), eight(log2e), eight(shift), eight(ln2Hi), eight(ln2Lo),
	eight(c6), eight(c5), eight(c4), eight(c3), eight(c2), eight(1),
}

func eight(x float32) [8]float32 { return [8]float32{x, x, x, x, x, x, x, x} }

//go:noescape
func gaussiansAVX2(x, dst *float32, n int, terms *Gaussian, count int)

//go:noescape
func decayAVX2(x, dst *float32, n int, a, k float32)
