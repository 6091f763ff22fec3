package kernel

import (
	"math/bits"
	"unsafe"
)

// A sparse matrix [rows, n] is its elements and a bit for each that is not zero: [Words](n) words
// for each row, bit i%64 of word i/64 for column i.

// Words is how many words the bits of n columns take.
func Words(n int) int { return (n + 63) / 64 }

// Pad is n rounded up to whole vectors. Matrices whose rows are read by whole vectors need
// [Slack] elements after their end, unless their rows are padded.
func Pad(n int) int { return (n + 7) &^ 7 }

// Slack is how many elements may be read, though not used, after the end of a matrix.
const Slack = 8

// Pack writes the bits of x [rows, n] and reports whether all that are set stand for 1, as those
// of spikes do. NaN is not zero.
func Pack[F Float](x []F, rows, n int, dst []uint64) (ones bool) {
	words := Words(n)
	x, dst = x[:rows*n], dst[:rows*words]
	if avx2 && unsafe.Sizeof(F(0)) == 4 && len(x) > 0 {
		return packAVX2(at(x), rows, n, &dst[0]) == 0
	}
	ones = true
	for r := range rows {
		row := x[r*n:][:n]
		for w := range words {
			var set uint64
			for i, v := range row[w*64 : min(n, w*64+64)] {
				var b uint64 // without a branch, which every spike would mispredict
				if v != 0 {
					b = 1
				}
				set |= b << i
				ones = ones && (v == 0 || v == 1)
			}
			dst[r*words+w] = set
		}
	}
	return ones
}

// Spread writes 1 to x [rows, n] where a bit is set, and 0 elsewhere.
func Spread[F Float](src []uint64, rows, n int, x []F) {
	words := Words(n)
	x, src = x[:rows*n], src[:rows*words]
	if avx2 && unsafe.Sizeof(F(0)) == 4 && len(x) > 0 {
		spreadAVX2(at(x), rows, n, &src[0])
		return
	}
	for r := range rows {
		for i := range n {
			x[r*n+i] = F(src[r*words+i/64] >> (i % 64) & 1)
		}
	}
}

// Count is the number of bits that are set.
func Count(b []uint64) int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// TransposeBits writes the bits of the transpose: src has the bits of [rows, n], dst those of
// [n, rows].
func TransposeBits(src []uint64, rows, n int, dst []uint64) {
	from, to := Words(n), Words(rows)
	var block [64]uint64
	for w := range from {
		cols := min(64, n-64*w)
		for v := range to {
			height := min(64, rows-64*v)
			var any uint64
			for r := range height {
				block[r] = src[(64*v+r)*from+w]
				any |= block[r]
			}
			if any == 0 {
				for c := range cols {
					dst[(64*w+c)*to+v] = 0
				}
				continue
			}
			clear(block[height:])
			transpose64(&block)
			for c := range cols {
				dst[(64*w+c)*to+v] = block[c]
			}
		}
	}
}

// transpose64 transposes 64 × 64 bits by swapping ever smaller squares across the diagonal.
func transpose64(a *[64]uint64) {
	m := uint64(0x00000000ffffffff)
	for s := 32; s > 0; s >>= 1 {
		for k := 0; k < 64; k = (k + s + 1) &^ s {
			t := (a[k]>>s ^ a[k+s]) & m
			a[k+s] ^= t
			a[k] ^= t << s
		}
		m ^= m << (s >> 1)
	}
}

// rowsArgs are the arguments of addRowsAVX2 and addScaledRowsAVX2. Strides are in bytes.
type rowsArgs struct {
	bits         *uint64
	x, w, y      *float32
	words        int
	rows, n      int
	xRow, xCol   int
	wRow, yRow   int
	wWord, xWord int // strides of 64 rows of w, and of 64 columns of x
}

// AddRows adds to each row of y the rows of w that the bits of x say, from the first to the last:
// y += x·w for x [rows, k] of zeros and ones, given as bits, w [k, n] and y [rows, n], with rows of
// w ldw and of y ldy elements apart. Whole vectors of w are read.
func AddRows[F Float](x []uint64, rows, k int, w []F, ldw int, y []F, ldy, n int) {
	words := Words(k)
	if avx2 && unsafe.Sizeof(F(0)) == 4 {
		if rows == 0 || k == 0 || n == 0 {
			return
		}
		_, _, _ = x[rows*words-1], w[(k-1)*ldw+Pad(n)-1], y[(rows-1)*ldy+n-1]
		addRowsAVX2(&rowsArgs{bits: &x[0], w: at(w), y: at(y), words: words, rows: rows, n: n,
			wRow: 4 * ldw, yRow: 4 * ldy, wWord: 4 * 64 * ldw})
		return
	}
	for r := range rows {
		row := y[r*ldy:][:n]
		for i, set := range x[r*words:][:words] {
			for set != 0 {
				Add(w[(64*i+next(&set))*ldw:][:n], row)
			}
		}
	}
}

// AddScaledRows is AddRows for any x [rows, k], whose elements (r, i) lie at r·xRow + i·xCol: each
// row of w is multiplied by its element of x. Elements whose bits are not set do not count.
func AddScaledRows[F Float](set []uint64, x []F, xRow, xCol, rows, k int, w []F, ldw int, y []F, ldy, n int) {
	words := Words(k)
	if avx2 && unsafe.Sizeof(F(0)) == 4 {
		if rows == 0 || k == 0 || n == 0 {
			return
		}
		_, _, _ = set[rows*words-1], w[(k-1)*ldw+Pad(n)-1], y[(rows-1)*ldy+n-1]
		_ = x[(rows-1)*xRow+(k-1)*xCol]
		addScaledRowsAVX2(&rowsArgs{bits: &set[0], x: at(x), w: at(w), y: at(y), words: words, rows: rows, n: n,
			xRow: 4 * xRow, xCol: 4 * xCol, wRow: 4 * ldw, yRow: 4 * ldy, wWord: 4 * 64 * ldw, xWord: 4 * 64 * xCol})
		return
	}
	for r := range rows {
		row := y[r*ldy:][:n]
		for i, b := range set[r*words:][:words] {
			for b != 0 {
				j := 64*i + next(&b)
				Axpy(x[r*xRow+j*xCol], w[j*ldw:][:n], row)
			}
		}
	}
}

// next takes the lowest position off a mask.
func next(mask *uint64) int {
	j := bits.TrailingZeros64(*mask)
	*mask &= *mask - 1
	return j
}
