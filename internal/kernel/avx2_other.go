//go:build !amd64

package kernel

// avx2 is false where there is no assembly.
const avx2 = false

func addAVX2(x, y *float32, n int)                                     { panic("no AVX2") }
func add2AVX2(x1, x2, y *float32, n int)                               { panic("no AVX2") }
func axpyAVX2(a float32, x, y *float32, n int)                         { panic("no AVX2") }
func dot4AVX2(x, a, b, c, d *float32, n int, out *[4]float32)          { panic("no AVX2") }
func gaussianAVX2(x, dst *float32, n int, a, minusK, mu, keep float32) { panic("no AVX2") }
func maskAVX2(x *float32, n int) (nonzero, ones uint64)                { panic("no AVX2") }
func integrateAVX2(p *[7]*float32, n int, dt float32)                  { panic("no AVX2") }
func fireAVX2(p *[4]*float32, n int)                                   { panic("no AVX2") }
func adaptAVX2(p *[4]*float32, n int, b0, beta float32)                { panic("no AVX2") }
func backLIFAVX2(p *[9]*float32, n int, rm, b0dt float32)              { panic("no AVX2") }
func backALIFAVX2(p *[16]*float32, n int, rm, beta, dt float32)        { panic("no AVX2") }
