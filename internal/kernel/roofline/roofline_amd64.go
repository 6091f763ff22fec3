package roofline

import "golang.org/x/sys/cpu"

var avx2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func fma(n int)

//go:noescape
func sum(x *float32, n int) float32

//go:noescape
func fill(x *float32, n int, v float32)
