package kernel

// The operators here work elementwise on slices of one length, and dst may be an operand. The plain
// code and the assembly give the same bits.

// AddTo writes a + b to dst.
func AddTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	if single[F](len(dst)) {
		addToAVX2(at(dst), at(a), at(b), len(dst))
		return
	}
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]+b4[0], a4[1]+b4[1], a4[2]+b4[2], a4[3]+b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// SubTo writes a − b to dst.
func SubTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	if single[F](len(dst)) {
		subToAVX2(at(dst), at(a), at(b), len(dst))
		return
	}
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]-b4[0], a4[1]-b4[1], a4[2]-b4[2], a4[3]-b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

// MulTo writes a·b to dst.
func MulTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	if single[F](len(dst)) {
		mulToAVX2(at(dst), at(a), at(b), len(dst))
		return
	}
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]*b4[0], a4[1]*b4[1], a4[2]*b4[2], a4[3]*b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// Affine writes scale·x + shift to dst.
func Affine[F Float](dst, x []F, scale, shift F) {
	x = x[:len(dst)]
	if single[F](len(dst)) {
		affineAVX2(at(dst), at(x), len(dst), float32(scale), float32(shift))
		return
	}
	for i, v := range x {
		dst[i] = F(scale*v) + shift
	}
}
