package kernel

// tailMask has a window for every length of a row's tail: so many ones, then zeros.
//
//lint:ignore U1000 for the assembly
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

//go:noescape
func sumExpAVX2(x *float32, rows, n int, peaks, sums *float32)

//go:noescape
func softmaxAVX2(x, dst *float32, rows, n int, scale float32) (finite bool)

//go:noescape
func softmaxGradientAVX2(x, dp, dst *float32, rows, n int)
