#include "textflag.h"

// ROW adds a row's element of A, in a, times the vectors Y8 and Y9 of B to two vectors of C. Products
// and sums are rounded one after the other, as the Go code does: the bits are the same.
#define ROW(a, lo, hi, t, u) \
	VMULPD Y8, a, t    \
	VMULPD Y9, a, u    \
	VADDPD t, lo, lo   \
	VADDPD u, hi, hi

// func gemm64AVX2(p *gemm64Args)
//
// C = base + A·B for a number of rows that four divides and one of columns that eight divides, in tiles
// of 4 × 8 that stay in registers over the whole depth.
//
//	AX args   SI B at these columns   R13 columns left   R12 rows left   DI C at this tile   R8 base at it
//	DX A at this tile   R14 A   R9 aRow   R10 3·aRow   BX aCol   R11 B   R15 bRow   CX depth left
TEXT ·gemm64AVX2(SB), NOSPLIT, $0-8
	MOVQ p+0(FP), AX
	MOVQ 8(AX), SI
	MOVQ 32(AX), R9
	LEAQ (R9)(R9*2), R10
	MOVQ 40(AX), BX
	MOVQ 48(AX), R15
	MOVQ 80(AX), R13

columns:
	MOVQ 0(AX), DX
	MOVQ 16(AX), DI
	MOVQ 24(AX), R8
	MOVQ 72(AX), R12

tile:
	MOVQ    64(AX), CX
	LEAQ    (CX)(CX*2), R11
	VMOVUPD (R8), Y0
	VMOVUPD 32(R8), Y1
	VMOVUPD (R8)(CX*1), Y2
	VMOVUPD 32(R8)(CX*1), Y3
	VMOVUPD (R8)(CX*2), Y4
	VMOVUPD 32(R8)(CX*2), Y5
	VMOVUPD (R8)(R11*1), Y6
	VMOVUPD 32(R8)(R11*1), Y7
	LEAQ    (R8)(CX*4), R8
	MOVQ    DX, R14
	MOVQ    SI, R11
	MOVQ    88(AX), CX

depth:
	VMOVUPD      (R11), Y8
	VMOVUPD      32(R11), Y9
	VBROADCASTSD (R14), Y10
	VBROADCASTSD (R14)(R9*1), Y11
	ROW(Y10, Y0, Y1, Y12, Y13)
	ROW(Y11, Y2, Y3, Y14, Y15)
	VBROADCASTSD (R14)(R9*2), Y10
	VBROADCASTSD (R14)(R10*1), Y11
	ROW(Y10, Y4, Y5, Y12, Y13)
	ROW(Y11, Y6, Y7, Y14, Y15)
	ADDQ         BX, R14
	ADDQ         R15, R11
	DECQ         CX
	JNE          depth

	MOVQ    56(AX), CX
	LEAQ    (CX)(CX*2), R11
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, (DI)(CX*1)
	VMOVUPD Y3, 32(DI)(CX*1)
	VMOVUPD Y4, (DI)(CX*2)
	VMOVUPD Y5, 32(DI)(CX*2)
	VMOVUPD Y6, (DI)(R11*1)
	VMOVUPD Y7, 32(DI)(R11*1)
	LEAQ    (DI)(CX*4), DI
	LEAQ    (DX)(R9*4), DX
	SUBQ    $4, R12
	JNE     tile

	ADDQ $64, SI
	ADDQ $64, 16(AX)
	ADDQ $64, 24(AX)
	SUBQ $8, R13
	JNE  columns
	VZEROUPPER
	RET
