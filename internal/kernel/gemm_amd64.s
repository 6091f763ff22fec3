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

// STORE4 stores a part of four rows from p on, CX bytes apart; R11 is 3·CX. What remains is moved to
// the beginning of the registers by HIGH4 after four elements and by SHIFT4 after two. Masked stores
// take many cycles on some machines.
#define STORE4(MOV, p, a, b, c, d) \
	MOV a, (p)        \
	MOV b, (p)(CX*1)  \
	MOV c, (p)(CX*2)  \
	MOV d, (p)(R11*1)

#define HIGH4(a, b, c, d, xa, xb, xc, xd) \
	VEXTRACTF128 $1, a, xa \
	VEXTRACTF128 $1, b, xb \
	VEXTRACTF128 $1, c, xc \
	VEXTRACTF128 $1, d, xd

#define SHIFT4(a, b, c, d) \
	VPSRLDQ $8, a, a \
	VPSRLDQ $8, b, b \
	VPSRLDQ $8, c, c \
	VPSRLDQ $8, d, d

// func gemmAVX2(p *gemmArgs)
//
// C = base + A·B for a number of rows that four divides, in tiles that stay in registers over the whole
// depth: 4 × 16 while so many columns are left, then 8 × 8, or 4 × 8 for the last four rows.
//
//	AX args   SI B at these columns   R13 columns left   Y15 mask of the tile's last vector
//	DI C at this tile   DX A at this tile   R12 rows left   96(AX) base at this tile   104(AX) its columns
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
	MOVQ 0(AX), DX
	MOVQ 16(AX), DI
	MOVQ 56(AX), R12
	MOVQ 80(AX), R8
	MOVQ R8, 96(AX)
	CMPQ R13, $16
	JLT  narrow

sixteen:
	MOVQ    96(AX), R8
	MOVQ    88(AX), CX
	LEAQ    (CX)(CX*2), R11
	VMOVUPS (R8), Y0
	VMOVUPS 32(R8), Y1
	VMOVUPS (R8)(CX*1), Y2
	VMOVUPS 32(R8)(CX*1), Y3
	VMOVUPS (R8)(CX*2), Y4
	VMOVUPS 32(R8)(CX*2), Y5
	VMOVUPS (R8)(R11*1), Y6
	VMOVUPS 32(R8)(R11*1), Y7
	LEAQ    (R8)(CX*4), R8
	MOVQ    R8, 96(AX)
	MOVQ    72(AX), CX
	MOVQ    DX, R8
	MOVQ    SI, R11

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

	MOVQ    48(AX), CX
	LEAQ    (CX)(CX*2), R11
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, (DI)(CX*1)
	VMOVUPS Y3, 32(DI)(CX*1)
	VMOVUPS Y4, (DI)(CX*2)
	VMOVUPS Y5, 32(DI)(CX*2)
	VMOVUPS Y6, (DI)(R11*1)
	VMOVUPS Y7, 32(DI)(R11*1)
	LEAQ    (DI)(CX*4), DI
	LEAQ    (DX)(R9*4), DX
	SUBQ    $4, R12
	JNE     sixteen
	ADDQ    $64, SI
	ADDQ    $64, 16(AX)
	ADDQ    $64, 80(AX)
	SUBQ    $16, R13
	JG      columns
	VZEROUPPER
	RET

narrow:
	MOVQ    $8, CX               // columns of this tile
	CMPQ    R13, CX
	CMOVQLT R13, CX
	MOVQ    CX, 104(AX)
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

	// Four rows from R8 on, and four from R14.
	MOVQ DI, R8
	MOVQ 48(AX), CX
	LEAQ (CX)(CX*2), R11
	LEAQ (DI)(CX*4), R14
	LEAQ (DI)(CX*8), DI
	LEAQ (DX)(R9*8), DX
	CMPQ 104(AX), $8
	JNE  part8
	STORE4(VMOVUPS, R8, Y0, Y1, Y2, Y3)
	STORE4(VMOVUPS, R14, Y4, Y5, Y6, Y7)

next8:
	SUBQ $8, R12
	JNE  eight
	JMP  after

part8:
	TESTQ $4, 104(AX)
	JEQ   two8
	STORE4(VMOVUPS, R8, X0, X1, X2, X3)
	STORE4(VMOVUPS, R14, X4, X5, X6, X7)
	HIGH4(Y0, Y1, Y2, Y3, X0, X1, X2, X3)
	HIGH4(Y4, Y5, Y6, Y7, X4, X5, X6, X7)
	ADDQ  $16, R8
	ADDQ  $16, R14

two8:
	TESTQ $2, 104(AX)
	JEQ   one8
	STORE4(VMOVLPS, R8, X0, X1, X2, X3)
	STORE4(VMOVLPS, R14, X4, X5, X6, X7)
	SHIFT4(X0, X1, X2, X3)
	SHIFT4(X4, X5, X6, X7)
	ADDQ  $8, R8
	ADDQ  $8, R14

one8:
	TESTQ $1, 104(AX)
	JEQ   next8
	STORE4(VMOVSS, R8, X0, X1, X2, X3)
	STORE4(VMOVSS, R14, X4, X5, X6, X7)
	JMP   next8

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

after:
	ADDQ $32, SI
	ADDQ $32, 16(AX)
	ADDQ $32, 80(AX)
	SUBQ $8, R13
	JG   columns
	VZEROUPPER
	RET
