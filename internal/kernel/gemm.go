package kernel

import "unsafe"

// gemmArgs are the arguments of gemmAVX2. Strides are in bytes.
type gemmArgs struct {
	a, b, c          *float32
	aRow, aCol       int
	bRow, cRow       int
	rows, cols, deep int
}

// MulAdd is C += A·B for A [rows, deep], B [deep, cols] and C [rows, cols]. Element (i, k) of A
// lies at i·aRow + k·aCol, so that A may be the transpose of what lies in memory; rows of B and C
// are ldb and ldc elements apart. Whole vectors of B are read: [Slack] elements must follow it.
//
// The products are added to C one after the other, as [AddRows] does: for zeros and ones in A the
// two give the same bits.
func MulAdd[F Float](rows, cols, deep int, a []F, aRow, aCol int, b []F, ldb int, c []F, ldc int) {
	if rows == 0 || cols == 0 || deep == 0 {
		return
	}
	_, _, _ = a[(rows-1)*aRow+(deep-1)*aCol], b[(deep-1)*ldb+cols-1], c[(rows-1)*ldc+cols-1]
	if avx2 && unsafe.Sizeof(F(0)) == 4 {
		_ = b[(deep-1)*ldb+Pad(cols)-1]
		if m := rows &^ 3; m > 0 {
			gemmAVX2(&gemmArgs{a: at(a), b: at(b), c: at(c), aRow: 4 * aRow, aCol: 4 * aCol,
				bRow: 4 * ldb, cRow: 4 * ldc, rows: m, cols: cols, deep: deep})
			rows, a, c = rows-m, a[min(m*aRow, len(a)):], c[min(m*ldc, len(c)):]
		}
		for ; deep > 0 && rows > 0; deep -= 64 { // what four rows at a time leave over
			for r := range rows {
				set := ^uint64(0) >> (64 - min(64, deep))
				AddScaledRows([]uint64{set}, a[r*aRow:], aRow, aCol, 1, min(64, deep), b, ldb, c[r*ldc:], ldc, cols)
			}
			if deep > 64 {
				a, b = a[64*aCol:], b[64*ldb:]
			}
		}
		return
	}
	for i := range rows {
		row := c[i*ldc:][:cols]
		for k := range deep {
			Axpy(a[i*aRow+k*aCol], b[k*ldb:][:cols], row)
		}
	}
}
