package kernel

//go:noescape
func addToAVX2(dst, a, b *float32, n int)

//go:noescape
func subToAVX2(dst, a, b *float32, n int)

//go:noescape
func mulToAVX2(dst, a, b *float32, n int)

//go:noescape
func affineAVX2(dst, x *float32, n int, scale, shift float32)
