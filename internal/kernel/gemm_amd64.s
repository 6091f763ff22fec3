#include "textflag.h"

DATA head<>+0(SB)/8, $0xffffffffffffffff
DATA head<>+8(SB)/8, $0xffffffffffffffff
DATA head<>+16(SB)/8, $0xffffffffffffffff
DATA head<>+24(SB)/8, $0xffffffffffffffff
DATA head<>+32(SB)/8, $0
DATA head<>+40(SB)/8, $0
DATA head<>+48(SB)/8, $0
DATA head<>+56(SB)/8, $0
GLOBL head<>(SB), RODATA|NOPTR, $64

// func gemmAVX2(p *gemmArgs)
//
// C = base + A·B for a number of rows that four divides, in tiles that stay in registers over the whole
// depth: 4 × 16 while more than eight columns are left, then 8 × 8 or 4 × 8.
//
//	AX args   SI B at these columns   R13 columns left   Y15 mask of the tile's last vector
//	DI C at this tile   DX A at this tile   R12 rows left   96(AX) base at this tile
//	R8, R14 A (rows 0 to 3, 4 to 7)   R9 aRow   R10 3·aRow   R11 B   CX depth left   BX aCol   R15 bRow
TEXT ·gemmAVX2(SB), NOSPLIT, $0-8
	MOVQ p+0(FP), AX
	MOVQ 8(AX), SI
	MOVQ 64(AX), R13
	MOVQ 24(AX), R9
	LEAQ (R9)(R9*2), R10
	MOVQ 32(AX), BX
	MOVQ 40(AX), R15

columns:
	MOVQ     0(AX), DX
	MOVQ     16(AX), DI
	MOVQ     56(AX), R12
	MOVQ     80(AX), R8
	MOVQ     R8, 96(AX)
	VPCMPEQD Y15, Y15, Y15
	CMPQ     R13, $16
	JGE      sixteen
	MOVQ     R13, CX
	CMPQ     R13, $8
	JLE      narrow
	SUBQ     $8, CX
	NEGQ     CX
	LEAQ     head<>+32(SB), R8
	VMOVUPS  (R8)(CX*4), Y15

sixteen:
	MOVQ       96(AX), R8
	MOVQ       88(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMOVUPS    (R8), Y0
	VMASKMOVPS 32(R8), Y15, Y1
	VMOVUPS    (R8)(CX*1), Y2
	VMASKMOVPS 32(R8)(CX*1), Y15, Y3
	VMOVUPS    (R8)(CX*2), Y4
	VMASKMOVPS 32(R8)(CX*2), Y15, Y5
	VMOVUPS    (R8)(R11*1), Y6
	VMASKMOVPS 32(R8)(R11*1), Y15, Y7
	LEAQ       (R8)(CX*4), R8
	MOVQ       R8, 96(AX)
	MOVQ       72(AX), CX
	MOVQ       DX, R8
	MOVQ       SI, R11

deep16:
	VMOVUPS      (R11), Y8
	VMOVUPS      32(R11), Y9
	VBROADCASTSS (R8), Y10
	VFMADD231PS  Y8, Y10, Y0
	VFMADD231PS  Y9, Y10, Y1
	VBROADCASTSS (R8)(R9*1), Y11
	VFMADD231PS  Y8, Y11, Y2
	VFMADD231PS  Y9, Y11, Y3
	VBROADCASTSS (R8)(R9*2), Y12
	VFMADD231PS  Y8, Y12, Y4
	VFMADD231PS  Y9, Y12, Y5
	VBROADCASTSS (R8)(R10*1), Y13
	VFMADD231PS  Y8, Y13, Y6
	VFMADD231PS  Y9, Y13, Y7
	ADDQ         BX, R8
	ADDQ         R15, R11
	DECQ         CX
	JNE          deep16

	MOVQ       48(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMOVUPS    Y0, (DI)
	VMASKMOVPS Y1, Y15, 32(DI)
	VMOVUPS    Y2, (DI)(CX*1)
	VMASKMOVPS Y3, Y15, 32(DI)(CX*1)
	VMOVUPS    Y4, (DI)(CX*2)
	VMASKMOVPS Y5, Y15, 32(DI)(CX*2)
	VMOVUPS    Y6, (DI)(R11*1)
	VMASKMOVPS Y7, Y15, 32(DI)(R11*1)
	LEAQ       (DI)(CX*4), DI
	LEAQ       (DX)(R9*4), DX
	SUBQ       $4, R12
	JNE        sixteen
	ADDQ       $64, SI
	ADDQ       $64, 16(AX)
	ADDQ       $64, 80(AX)
	SUBQ       $16, R13
	JG         columns
	VZEROUPPER
	RET

narrow:
	NEGQ    CX
	LEAQ    head<>+32(SB), R8
	VMOVUPS (R8)(CX*4), Y15

eight:
	CMPQ       R12, $8
	JLT        four
	MOVQ       96(AX), R8
	MOVQ       88(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMASKMOVPS (R8), Y15, Y0
	VMASKMOVPS (R8)(CX*1), Y15, Y1
	VMASKMOVPS (R8)(CX*2), Y15, Y2
	VMASKMOVPS (R8)(R11*1), Y15, Y3
	LEAQ       (R8)(CX*4), R8
	VMASKMOVPS (R8), Y15, Y4
	VMASKMOVPS (R8)(CX*1), Y15, Y5
	VMASKMOVPS (R8)(CX*2), Y15, Y6
	VMASKMOVPS (R8)(R11*1), Y15, Y7
	LEAQ       (R8)(CX*4), R8
	MOVQ       R8, 96(AX)
	MOVQ       72(AX), CX
	MOVQ       DX, R8
	LEAQ       (DX)(R9*4), R14
	MOVQ       SI, R11

deep8:
	VMOVUPS      (R11), Y8
	VBROADCASTSS (R8), Y10
	VFMADD231PS  Y8, Y10, Y0
	VBROADCASTSS (R8)(R9*1), Y11
	VFMADD231PS  Y8, Y11, Y1
	VBROADCASTSS (R8)(R9*2), Y12
	VFMADD231PS  Y8, Y12, Y2
	VBROADCASTSS (R8)(R10*1), Y13
	VFMADD231PS  Y8, Y13, Y3
	VBROADCASTSS (R14), Y10
	VFMADD231PS  Y8, Y10, Y4
	VBROADCASTSS (R14)(R9*1), Y11
	VFMADD231PS  Y8, Y11, Y5
	VBROADCASTSS (R14)(R9*2), Y12
	VFMADD231PS  Y8, Y12, Y6
	VBROADCASTSS (R14)(R10*1), Y13
	VFMADD231PS  Y8, Y13, Y7
	ADDQ         BX, R8
	ADDQ         BX, R14
	ADDQ         R15, R11
	DECQ         CX
	JNE          deep8

	MOVQ       48(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMASKMOVPS Y0, Y15, (DI)
	VMASKMOVPS Y1, Y15, (DI)(CX*1)
	VMASKMOVPS Y2, Y15, (DI)(CX*2)
	VMASKMOVPS Y3, Y15, (DI)(R11*1)
	LEAQ       (DI)(CX*4), R8
	VMASKMOVPS Y4, Y15, (R8)
	VMASKMOVPS Y5, Y15, (R8)(CX*1)
	VMASKMOVPS Y6, Y15, (R8)(CX*2)
	VMASKMOVPS Y7, Y15, (R8)(R11*1)
	LEAQ       (DI)(CX*8), DI
	LEAQ       (DX)(R9*8), DX
	SUBQ       $8, R12
	JNE        eight
	VZEROUPPER
	RET

four:
	MOVQ       96(AX), R8
	MOVQ       88(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMASKMOVPS (R8), Y15, Y0
	VMASKMOVPS (R8)(CX*1), Y15, Y1
	VMASKMOVPS (R8)(CX*2), Y15, Y2
	VMASKMOVPS (R8)(R11*1), Y15, Y3
	MOVQ       72(AX), CX
	MOVQ       DX, R8
	MOVQ       SI, R11

deep4:
	VMOVUPS      (R11), Y8
	VBROADCASTSS (R8), Y10
	VFMADD231PS  Y8, Y10, Y0
	VBROADCASTSS (R8)(R9*1), Y11
	VFMADD231PS  Y8, Y11, Y1
	VBROADCASTSS (R8)(R9*2), Y12
	VFMADD231PS  Y8, Y12, Y2
	VBROADCASTSS (R8)(R10*1), Y13
	VFMADD231PS  Y8, Y13, Y3
	ADDQ         BX, R8
	ADDQ         R15, R11
	DECQ         CX
	JNE          deep4

	MOVQ       48(AX), CX
	LEAQ       (CX)(CX*2), R11
	VMASKMOVPS Y0, Y15, (DI)
	VMASKMOVPS Y1, Y15, (DI)(CX*1)
	VMASKMOVPS Y2, Y15, (DI)(CX*2)
	VMASKMOVPS Y3, Y15, (DI)(R11*1)
	VZEROUPPER
	RET
