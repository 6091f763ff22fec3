package kernel

import (
	"os"

	"golang.org/x/sys/cpu"
)

// avx2 reports whether the assembly is used: where the machine has AVX2 and FMA, unless the
// environment variable SRNN_PLAIN is set.
var avx2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && os.Getenv("SRNN_PLAIN") == ""

//go:noescape
func addAVX2(x, y *float32, n int)

//go:noescape
func add2AVX2(x1, x2, y *float32, n int)

//go:noescape
func axpyAVX2(a float32, x, y *float32, n int)

//go:noescape
func dot4AVX2(x, a, b, c, d *float32, n int, out *[4]float32)

//go:noescape
func gaussianAVX2(x, dst *float32, n int, a, minusK, mu, keep float32)

//go:noescape
func maskAVX2(x *float32, n int) (nonzero, ones uint64)

//go:noescape
func integrateAVX2(p *[7]*float32, n int, dt float32)

//go:noescape
func fireAVX2(p *[4]*float32, n int)

//go:noescape
func adaptAVX2(p *[4]*float32, n int, b0, beta float32)

//go:noescape
func backLIFAVX2(p *[9]*float32, n int, rm, b0dt float32)

//go:noescape
func backALIFAVX2(p *[16]*float32, n int, rm, beta, dt float32)
