package kernel

import "unsafe"

// gemm64Args are the arguments of gemm64AVX2. Strides are in bytes.
type gemm64Args struct {
	a, b, c, base                   *float64
	aRow, aCol, bRow, cRow, baseRow int
	rows, cols, deep                int
}

// mulAdd64 is [MulAdd] where the assembly is not for float32: for float64, or without AVX2.
func mulAdd64[F Float](rows, cols, deep int, a []F, aRow, aCol int, b, base, c Lines[F]) {
	fours, eights := 0, 0
	if avx2 && unsafe.Sizeof(F(0)) == 8 && rows >= 4 && cols >= 8 {
		fours, eights = rows&^3, cols&^7
		_, _ = a[(rows-1)*aRow+(deep-1)*aCol], b.X[(deep-1)*b.Ld+cols-1]
		_, _ = base.X[(rows-1)*base.Ld+cols-1], c.X[(rows-1)*c.Ld+cols-1]
		gemm64AVX2(&gemm64Args{
			a: at64(a), b: at64(b.X), c: at64(c.X), base: at64(base.X),
			aRow: 8 * aRow, aCol: 8 * aCol, bRow: 8 * b.Ld, cRow: 8 * c.Ld, baseRow: 8 * base.Ld,
			rows: fours, cols: eights, deep: deep,
		})
	}
	for i := range rows {
		from := 0 // the first column that is left over
		if i < fours {
			from = eights
		}
		row := c.X[i*c.Ld:][from:cols]
		copy(row, base.X[i*base.Ld:][from:cols])
		for k := 0; k < deep && from < cols; k++ {
			Axpy(a[i*aRow+k*aCol], b.row(k, cols)[from:], row)
		}
	}
}

func at64[F Float](x []F) *float64 { return (*float64)(unsafe.Pointer(unsafe.SliceData(x))) }
