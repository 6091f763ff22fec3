package kernel

import (
	"math/bits"
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

// Activity is what is known of the elements of a sparse matrix besides their bits.
type Activity struct {
	Count int32 // of those that are not zero
	Ones  bool  // whether these are 1, as spikes are
}

// Pack writes the bits of x [rows, n]. NaN is not zero.
func Pack[F Float](x []F, rows, n int, dst []uint64) Activity {
	words := Words(n)
	x, dst = x[:rows*n], dst[:rows*words]
	if single[F](len(x)) {
		count, other := packAVX2(at(x), rows, n, &dst[0])
		return Activity{int32(count), other == 0}
	}
	ones, count := true, 0
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
			count += bits.OnesCount64(set)
		}
	}
	return Activity{int32(count), ones}
}

// Spread writes 1 to x [rows, n] where a bit is set, and 0 elsewhere.
func Spread[F Float](src []uint64, rows, n int, x []F) {
	words := Words(n)
	x, src = x[:rows*n], src[:rows*words]
	if single[F](len(x)) {
		spreadAVX2(at(x), rows, n, &src[0])
		return
	}
	for r := range rows {
		for i := range n {
			x[r*n+i] = F(src[r*words+i/64] >> (i % 64) & 1)
		}
	}
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
	if avx2 {
		transpose64AVX2(a)
		return
	}
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
	bits          *uint64
	x, w, base, y *float32
	words         int
	rows, n       int
	xRow, xCol    int
	wRow          int
	baseRow, yRow int
	wWord, xWord  int // strides of 64 rows of w, and of 64 columns of x
}

// Lines are rows of n elements that lie ld elements apart. With ld = 0 they are all the same.
type Lines[F Float] struct {
	X  []F
	Ld int
}

// AddRows adds to each row of base the rows of w that the bits of x say, from the first to the
// last: y = base + x·w for x [rows, k] of zeros and ones, given as bits, w [k, n], base and y
// [rows, n]. Base may be y. Whole vectors of w are read.
func AddRows[F Float](x []uint64, rows, k int, w, base, y Lines[F], n int) {
	words := Words(k)
	if single[F](1) {
		if rows == 0 || k == 0 || n == 0 {
			return
		}
		_, _, _ = x[rows*words-1], w.X[(k-1)*w.Ld+Pad(n)-1], y.X[(rows-1)*y.Ld+n-1]
		_ = base.X[(rows-1)*base.Ld+n-1]
		addRowsAVX2(&rowsArgs{bits: &x[0], w: at(w.X), base: at(base.X), y: at(y.X), words: words, rows: rows, n: n,
			wRow: 4 * w.Ld, baseRow: 4 * base.Ld, yRow: 4 * y.Ld, wWord: 4 * 64 * w.Ld})
		return
	}
	for r := range rows {
		row := y.from(base, r, n)
		for i, set := range x[r*words:][:words] {
			for set != 0 {
				Add(w.row(64*i+next(&set), n), row)
			}
		}
	}
}

func (l Lines[F]) row(r, n int) []F { return l.X[r*l.Ld:][:n] }

// from is row r, with the elements of base.
func (l Lines[F]) from(base Lines[F], r, n int) []F {
	row, old := l.row(r, n), base.row(r, n)
	if &row[0] != &old[0] {
		copy(row, old)
	}
	return row
}

// AddScaledRows is AddRows for any x [rows, k], whose elements (r, i) lie at r·xRow + i·xCol: each
// row of w is multiplied by its element of x. Elements whose bits are not set do not count.
func AddScaledRows[F Float](set []uint64, x []F, xRow, xCol, rows, k int, w, base, y Lines[F], n int) {
	words := Words(k)
	if single[F](1) {
		if rows == 0 || k == 0 || n == 0 {
			return
		}
		_, _, _ = set[rows*words-1], w.X[(k-1)*w.Ld+Pad(n)-1], y.X[(rows-1)*y.Ld+n-1]
		_, _ = x[(rows-1)*xRow+(k-1)*xCol], base.X[(rows-1)*base.Ld+n-1]
		addScaledRowsAVX2(&rowsArgs{bits: &set[0], x: at(x), w: at(w.X), base: at(base.X), y: at(y.X), words: words, rows: rows, n: n,
			xRow: 4 * xRow, xCol: 4 * xCol, wRow: 4 * w.Ld, baseRow: 4 * base.Ld, yRow: 4 * y.Ld, wWord: 4 * 64 * w.Ld, xWord: 4 * 64 * xCol})
		return
	}
	for r := range rows {
		row := y.from(base, r, n)
		for i, b := range set[r*words:][:words] {
			for b != 0 {
				j := 64*i + next(&b)
				Axpy(x[r*xRow+j*xCol], w.row(j, n), row)
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
