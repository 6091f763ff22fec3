package kernel

// gemmArgs are the arguments of gemmAVX2. Strides are in bytes.
type gemmArgs struct {
	a, b, c          *float32
	aRow, aCol       int
	bRow, cRow       int
	rows, cols, deep int
	base             *float32
	baseRow          int
	_                *float32 // for the assembly: where it is in base
	_                int      // for the assembly: how many columns its tile has
}

// MulAdd is C = base + A·B for A [rows, deep], B [deep, cols], base and C [rows, cols]. Element
// (i, k) of A lies at i·aRow + k·aCol, so that A may be the transpose of what lies in memory. Base
// may be C. Whole vectors of B are read: [Slack] elements must follow it, unless its rows are padded.
//
// The products are added to base one after the other, as [AddRows] does: for zeros and ones in A
// the two give the same bits.
func MulAdd[F Float](rows, cols, deep int, a []F, aRow, aCol int, b, base, c Lines[F]) {
	if rows == 0 || cols == 0 || deep == 0 {
		return
	}
	if !single[F](1) {
		mulAdd64(rows, cols, deep, a, aRow, aCol, b, base, c)
		return
	}
	_, _ = a[(rows-1)*aRow+(deep-1)*aCol], b.X[(deep-1)*b.Ld+Pad(cols)-1]
	_, _ = base.X[(rows-1)*base.Ld+cols-1], c.X[(rows-1)*c.Ld+cols-1]
	fours := rows &^ 3
	if fours > 0 {
		gemmAVX2(&gemmArgs{a: at(a), b: at(b.X), c: at(c.X), aRow: 4 * aRow, aCol: 4 * aCol,
			bRow: 4 * b.Ld, cRow: 4 * c.Ld, rows: fours, cols: cols, deep: deep, base: at(base.X), baseRow: 4 * base.Ld})
	}
	for r := fours; r < rows; r++ { // what four rows at a time leave over
		y := Lines[F]{c.X[r*c.Ld:], c.Ld}
		from := Lines[F]{base.X[r*base.Ld:], base.Ld}
		for k := 0; k < deep; k += 64 {
			n := min(64, deep-k)
			AddScaledRows([]uint64{^uint64(0) >> (64 - n)}, a[r*aRow+k*aCol:], aRow, aCol, 1, n, Lines[F]{b.X[k*b.Ld:], b.Ld}, from, y, cols)
			from = y
		}
	}
}
