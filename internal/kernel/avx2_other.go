//go:build !amd64

package kernel

// avx2 is false where there is no assembly.
const avx2 = false

func addAVX2(x, y *float32, n int)                                           { panic("no AVX2") }
func prefetch(x *float32, n int)                                             { panic("no AVX2") }
func axpyAVX2(a float32, x, y *float32, n int)                               { panic("no AVX2") }
func packAVX2(x *float32, rows, n int, dst *uint64) (count, other uint64)    { panic("no AVX2") }
func transpose64AVX2(a *[64]uint64)                                          { panic("no AVX2") }
func spreadAVX2(x *float32, rows, n int, src *uint64)                        { panic("no AVX2") }
func addRowsAVX2(a *rowsArgs)                                                { panic("no AVX2") }
func addScaledRowsAVX2(a *rowsArgs)                                          { panic("no AVX2") }
func gemmAVX2(p *gemmArgs)                                                   { panic("no AVX2") }
func stepLIFAVX2(s *Step[float32], c *Neurons[float32], n int)               { panic("no AVX2") }
func stepALIFAVX2(s *Step[float32], c *Neurons[float32], n int)              { panic("no AVX2") }
func backLIFAVX2(b *Back[float32], c *Neurons[float32], n int, b0dt float32) { panic("no AVX2") }
func backALIFAVX2(b *Back[float32], c *Neurons[float32], n int, resetDt, thetaDt float32) {
	panic("no AVX2")
}
func restAVX2(s *Step[float32], n int, refractory float32) { panic("no AVX2") }
func muteAVX2(x, silence *float32, n int)                  { panic("no AVX2") }
