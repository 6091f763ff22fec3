package kernel

import (
	"os"

	"golang.org/x/sys/cpu"
)

// avx2 reports whether the assembly is used: where the machine has AVX2, FMA and BMI, unless the
// environment variable SRNN_PLAIN is set.
var avx2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI1 && os.Getenv("SRNN_PLAIN") == ""

//go:noescape
func addAVX2(x, y *float32, n int)

//go:noescape
func prefetch(x *float32, n int)

//go:noescape
func axpyAVX2(a float32, x, y *float32, n int)

//go:noescape
func packAVX2(x *float32, rows, n int, dst *uint64) (count, other uint64)

//go:noescape
func transpose64AVX2(a *[64]uint64)

//go:noescape
func spreadAVX2(x *float32, rows, n int, src *uint64)

//go:noescape
func addRowsAVX2(a *rowsArgs)

//go:noescape
func addScaledRowsAVX2(a *rowsArgs)

//go:noescape
func gemmAVX2(p *gemmArgs)

//go:noescape
func stepLIFAVX2(s *Step[float32], c *Neurons[float32], n int)

//go:noescape
func stepALIFAVX2(s *Step[float32], c *Neurons[float32], n int)

//go:noescape
func backLIFAVX2(b *Back[float32], c *Neurons[float32], n int, b0dt float32)

//go:noescape
func backALIFAVX2(b *Back[float32], c *Neurons[float32], n int, resetDt, thetaDt float32)

//go:noescape
func restAVX2(s *Step[float32], n int, refractory float32)

//go:noescape
func muteAVX2(x, silence *float32, n int)
