package kernel

// AddTo writes a + b to dst. All have dst's length, and dst may be one of them.
func AddTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]+b4[0], a4[1]+b4[1], a4[2]+b4[2], a4[3]+b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// SubTo writes a − b to dst. All have dst's length, and dst may be one of them.
func SubTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]-b4[0], a4[1]-b4[1], a4[2]-b4[2], a4[3]-b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

// MulTo writes a·b, elementwise, to dst. All have dst's length, and dst may be one of them.
func MulTo[F Float](dst, a, b []F) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) >= 4 {
		d4, a4, b4 := dst[:4:4], a[:4:4], b[:4:4]
		d4[0], d4[1], d4[2], d4[3] = a4[0]*b4[0], a4[1]*b4[1], a4[2]*b4[2], a4[3]*b4[3]
		dst, a, b = dst[4:], a[4:], b[4:]
	}
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
