//go:build !amd64

package kernel

func addToAVX2(dst, a, b *float32, n int)                     { panic("no AVX2") }
func subToAVX2(dst, a, b *float32, n int)                     { panic("no AVX2") }
func mulToAVX2(dst, a, b *float32, n int)                     { panic("no AVX2") }
func affineAVX2(dst, x *float32, n int, scale, shift float32) { panic("no AVX2") }
