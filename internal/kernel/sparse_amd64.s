#include "textflag.h"

// A window of eight words ending n before the first zero masks the first n lanes of a vector.
DATA lanes<>+0(SB)/8, $0xffffffffffffffff
DATA lanes<>+8(SB)/8, $0xffffffffffffffff
DATA lanes<>+16(SB)/8, $0xffffffffffffffff
DATA lanes<>+24(SB)/8, $0xffffffffffffffff
DATA lanes<>+32(SB)/8, $0
DATA lanes<>+40(SB)/8, $0
DATA lanes<>+48(SB)/8, $0
DATA lanes<>+56(SB)/8, $0
GLOBL lanes<>(SB), RODATA|NOPTR, $64

DATA unit<>+0(SB)/4, $1.0
GLOBL unit<>(SB), RODATA|NOPTR, $4

// The bit of each lane in a byte.
DATA bit<>+0(SB)/4, $1
DATA bit<>+4(SB)/4, $2
DATA bit<>+8(SB)/4, $4
DATA bit<>+12(SB)/4, $8
DATA bit<>+16(SB)/4, $16
DATA bit<>+20(SB)/4, $32
DATA bit<>+24(SB)/4, $64
DATA bit<>+28(SB)/4, $128
GLOBL bit<>(SB), RODATA|NOPTR, $32

// LANES(n, t, mask) masks the first n lanes, 0 to 8. It spoils n.
#define LANES(n, t, mask) \
	NEGQ    n                   \
	LEAQ    lanes<>+32(SB), t   \
	VMOVUPS (t)(n*4), mask

// PACK8 gives the bits of eight elements at off(SI) in AX, and sets lanes of Y12 for those other than
// 0 and 1. Not equal to zero is what NaN is, too.
#define PACK8(off) \
	VMOVUPS   off(SI), Y0      \
	VCMPPS    $4, Y14, Y0, Y1  \
	VCMPPS    $0, Y15, Y0, Y2  \
	VMOVMSKPS Y1, AX           \
	VXORPS    Y1, Y2, Y2       \
	VORPS     Y2, Y12, Y12

#define PACKNEXT(off, shift) \
	PACK8(off)        \
	SHLQ $shift, AX   \
	ORQ  AX, R10

// func packAVX2(x *float32, rows, n int, dst *uint64) (count, other uint64)
//
// other is not zero if there are elements other than 0 and 1.
TEXT ·packAVX2(SB), NOSPLIT, $0-48
	MOVQ         x+0(FP), SI
	MOVQ         rows+8(FP), R8
	MOVQ         n+16(FP), R9
	MOVQ         dst+24(FP), DI
	XORQ         R11, R11        // count
	VXORPS       Y12, Y12, Y12
	VXORPS       Y14, Y14, Y14
	VBROADCASTSS unit<>(SB), Y15
	MOVQ         R9, AX
	ANDQ         $7, AX
	LANES(AX, BX, Y13)

row:
	MOVQ R9, DX                  // columns left
	SUBQ $64, DX
	JLT  short

word:
	PACK8(0)
	MOVQ AX, R10
	PACKNEXT(32, 8)
	PACKNEXT(64, 16)
	PACKNEXT(96, 24)
	PACKNEXT(128, 32)
	PACKNEXT(160, 40)
	PACKNEXT(192, 48)
	PACKNEXT(224, 56)
	MOVQ R10, (DI)
	POPCNTQ R10, R10
	ADDQ R10, R11
	ADDQ $8, DI
	ADDQ $256, SI
	SUBQ $64, DX
	JGE  word

short:
	ADDQ $64, DX
	JEQ  done
	XORQ R10, R10
	XORQ CX, CX                  // position in the word
	SUBQ $8, DX
	JLT  rest

eight:
	PACK8(0)
	SHLQ CX, AX
	ORQ  AX, R10
	ADDQ $32, SI
	ADDQ $8, CX
	SUBQ $8, DX
	JGE  eight

rest:
	ADDQ       $8, DX
	JEQ        flush
	VMASKMOVPS (SI), Y13, Y0
	VCMPPS     $4, Y14, Y0, Y1
	VCMPPS     $0, Y15, Y0, Y2
	VMOVMSKPS  Y1, AX
	VXORPS     Y1, Y2, Y2
	VORPS      Y2, Y12, Y12
	SHLQ       CX, AX
	ORQ        AX, R10
	LEAQ       (SI)(DX*4), SI

flush:
	MOVQ    R10, (DI)
	POPCNTQ R10, R10
	ADDQ    R10, R11
	ADDQ    $8, DI

done:
	DECQ R8
	JNE  row
	VMOVMSKPS Y12, R13
	VZEROUPPER
	MOVQ R11, count+32(FP)
	MOVQ R13, other+40(FP)
	RET

// func spreadAVX2(x *float32, rows, n int, src *uint64)
TEXT ·spreadAVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), DI
	MOVQ         rows+8(FP), R8
	MOVQ         n+16(FP), R9
	MOVQ         src+24(FP), SI
	MOVQ         R8, R11
	IMULQ        R9, R11
	LEAQ         (DI)(R11*4), R11 // the end of x
	VMOVUPS      bit<>(SB), Y14
	VBROADCASTSS unit<>(SB), Y15
	MOVQ         R9, AX
	ANDQ         $7, AX
	LANES(AX, BX, Y13)

row:
	MOVQ R9, DX
	XORQ CX, CX                  // position in the word

word:
	MOVQ (SI), R10
	ADDQ $8, SI
	MOVQ $8, CX

eight:
	SUBQ         $8, DX
	JLT          rest
	VMOVQ        R10, X0
	VPBROADCASTB X0, Y0
	VPAND        Y14, Y0, Y0
	VPCMPEQD     Y14, Y0, Y0     // only the low byte of each lane can be equal
	VANDPS       Y15, Y0, Y0
	VMOVUPS      Y0, (DI)
	ADDQ         $32, DI
	SHRQ         $8, R10
	DECQ         CX
	JNE          eight
	TESTQ        DX, DX
	JNE          word
	JMP          done

rest:
	ADDQ         $8, DX
	JEQ          done
	VMOVQ        R10, X0
	VPBROADCASTB X0, Y0
	VPAND        Y14, Y0, Y0
	VPCMPEQD     Y14, Y0, Y0
	VANDPS       Y15, Y0, Y0
	LEAQ         32(DI), BX
	CMPQ         BX, R11
	JGT          last
	VMOVUPS      Y0, (DI)        // the next row will write over what is too much
	LEAQ         (DI)(DX*4), DI

done:
	DECQ R8
	JNE  row
	VZEROUPPER
	RET

last:
	VMASKMOVPS Y0, Y13, (DI)
	LEAQ       (DI)(DX*4), DI
	JMP        done

// Both sums of rows keep up to eight vectors of a row of y in Y0 to Y7 while they go through the
// bits; rows of more than 64 columns take several rounds.
//
//	AX args   SI w, R12 base and DI y at these columns   R9 wRow   R13 columns left
//	R8 bits   R10 words left   R11 w of this word   CX bits left   DX offset of a row of w
//	R14 x of this row   R15 x of this word   BX offset in x
#define FIRST1 VMASKMOVPS 0(R12), Y15, Y0
#define FIRST2 VMOVUPS 0(R12), Y0; VMASKMOVPS 32(R12), Y15, Y1
#define FIRST3 VMOVUPS 0(R12), Y0; VMOVUPS 32(R12), Y1; VMASKMOVPS 64(R12), Y15, Y2
#define FIRST4 VMOVUPS 0(R12), Y0; VMOVUPS 32(R12), Y1; VMOVUPS 64(R12), Y2; VMASKMOVPS 96(R12), Y15, Y3
#define LOAD4 VMOVUPS 0(R12), Y0; VMOVUPS 32(R12), Y1; VMOVUPS 64(R12), Y2; VMOVUPS 96(R12), Y3
#define FIRST5 LOAD4; VMASKMOVPS 128(R12), Y15, Y4
#define FIRST6 LOAD4; VMOVUPS 128(R12), Y4; VMASKMOVPS 160(R12), Y15, Y5
#define FIRST7 LOAD4; VMOVUPS 128(R12), Y4; VMOVUPS 160(R12), Y5; VMASKMOVPS 192(R12), Y15, Y6
#define FIRST8 LOAD4; VMOVUPS 128(R12), Y4; VMOVUPS 160(R12), Y5; VMOVUPS 192(R12), Y6; VMASKMOVPS 224(R12), Y15, Y7


// LASTn stores all but the last of n vectors, and has the code at rest store that: masked stores
// take many cycles on some machines.
#define STORE1 VMOVUPS Y0, 0(DI)
#define STORE2 STORE1; VMOVUPS Y1, 32(DI)
#define STORE3 STORE2; VMOVUPS Y2, 64(DI)
#define STORE4 STORE3; VMOVUPS Y3, 96(DI)
#define STORE5 STORE4; VMOVUPS Y4, 128(DI)
#define STORE6 STORE5; VMOVUPS Y5, 160(DI)
#define STORE7 STORE6; VMOVUPS Y6, 192(DI)
#define LAST1 MOVQ DI, R8
#define LAST2 STORE1; LEAQ 32(DI), R8; VMOVAPS Y1, Y0
#define LAST3 STORE2; LEAQ 64(DI), R8; VMOVAPS Y2, Y0
#define LAST4 STORE3; LEAQ 96(DI), R8; VMOVAPS Y3, Y0
#define LAST5 STORE4; LEAQ 128(DI), R8; VMOVAPS Y4, Y0
#define LAST6 STORE5; LEAQ 160(DI), R8; VMOVAPS Y5, Y0
#define LAST7 STORE6; LEAQ 192(DI), R8; VMOVAPS Y6, Y0

#define ADD1 VADDPS 0(R11)(DX*1), Y0, Y0
#define ADD2 ADD1; VADDPS 32(R11)(DX*1), Y1, Y1
#define ADD3 ADD2; VADDPS 64(R11)(DX*1), Y2, Y2
#define ADD4 ADD3; VADDPS 96(R11)(DX*1), Y3, Y3
#define ADD5 ADD4; VADDPS 128(R11)(DX*1), Y4, Y4
#define ADD6 ADD5; VADDPS 160(R11)(DX*1), Y5, Y5
#define ADD7 ADD6; VADDPS 192(R11)(DX*1), Y6, Y6
#define ADD8 ADD7; VADDPS 224(R11)(DX*1), Y7, Y7

#define FMA1 VFMADD231PS 0(R11)(DX*1), Y14, Y0
#define FMA2 FMA1; VFMADD231PS 32(R11)(DX*1), Y14, Y1
#define FMA3 FMA2; VFMADD231PS 64(R11)(DX*1), Y14, Y2
#define FMA4 FMA3; VFMADD231PS 96(R11)(DX*1), Y14, Y3
#define FMA5 FMA4; VFMADD231PS 128(R11)(DX*1), Y14, Y4
#define FMA6 FMA5; VFMADD231PS 160(R11)(DX*1), Y14, Y5
#define FMA7 FMA6; VFMADD231PS 192(R11)(DX*1), Y14, Y6
#define FMA8 FMA7; VFMADD231PS 224(R11)(DX*1), Y14, Y7

// BITS adds the rows of all bits; FMAS adds them times their elements of x. Their labels are
// arguments, because a label must be unique in a function.
#define BITS(word, bit, after, ADDS) \
	MOVQ 0(AX), R8    \
	MOVQ 40(AX), R10  \
	MOVQ SI, R11      \
word: \
	MOVQ  (R8), CX    \
	ADDQ  $8, R8      \
	TESTQ CX, CX      \
	JEQ   after       \
bit: \
	TZCNTQ CX, DX     \
	IMULQ  R9, DX     \
	ADDS              \
	BLSRQ  CX, CX     \
	JNE    bit        \
after: \
	ADDQ 104(AX), R11  \
	DECQ R10          \
	JNE  word

#define FMAS(word, bit, after, ADDS) \
	MOVQ 0(AX), R8    \
	MOVQ 40(AX), R10  \
	MOVQ SI, R11      \
	MOVQ R14, R15     \
word: \
	MOVQ  (R8), CX    \
	ADDQ  $8, R8      \
	TESTQ CX, CX      \
	JEQ   after       \
bit: \
	TZCNTQ       CX, DX             \
	MOVQ         DX, BX             \
	IMULQ        72(AX), BX         \
	IMULQ        R9, DX             \
	VBROADCASTSS (R15)(BX*1), Y14   \
	ADDS              \
	BLSRQ  CX, CX     \
	JNE    bit        \
after: \
	ADDQ 104(AX), R11  \
	ADDQ 112(AX), R15  \
	DECQ R10          \
	JNE  word

// func addRowsAVX2(a *rowsArgs)
TEXT ·addRowsAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), AX
	MOVQ 80(AX), R9

row:
	MOVQ 16(AX), SI
	MOVQ 24(AX), R12
	MOVQ 32(AX), DI
	MOVQ 56(AX), R13

columns:
	CMPQ R13, $64
	JGE  all
	LEAQ -1(R13), BX
	ANDQ $7, BX
	INCQ BX
	LANES(BX, DX, Y15)
	LEAQ 7(R13), BX
	SHRQ $3, BX
	XORQ R13, R13
	CMPQ BX, $1
	JEQ  v1
	CMPQ BX, $2
	JEQ  v2
	CMPQ BX, $3
	JEQ  v3
	CMPQ BX, $4
	JEQ  v4
	CMPQ BX, $5
	JEQ  v5
	CMPQ BX, $6
	JEQ  v6
	CMPQ BX, $7
	JEQ  v7
	JMP  v8

all:
	VPCMPEQD Y15, Y15, Y15
	SUBQ     $64, R13

v8:
	FIRST8
	BITS(word8, bit8, after8, ADD8)
	STORE7
	TESTQ R13, R13
	JEQ   last8
	VMOVUPS Y7, 224(DI)
	ADDQ  $256, SI
	ADDQ  $256, DI
	ADDQ  $256, R12
	JMP   columns

last8:
	LEAQ    224(DI), R8
	VMOVAPS Y7, Y0
	JMP     rest

v7:
	FIRST7
	BITS(word7, bit7, after7, ADD7)
	LAST7
	JMP rest

v6:
	FIRST6
	BITS(word6, bit6, after6, ADD6)
	LAST6
	JMP rest

v5:
	FIRST5
	BITS(word5, bit5, after5, ADD5)
	LAST5
	JMP rest

v4:
	FIRST4
	BITS(word4, bit4, after4, ADD4)
	LAST4
	JMP rest

v3:
	FIRST3
	BITS(word3, bit3, after3, ADD3)
	LAST3
	JMP rest

v2:
	FIRST2
	BITS(word2, bit2, after2, ADD2)
	LAST2
	JMP rest

v1:
	FIRST1
	BITS(word1, bit1, after1, ADD1)
	LAST1

rest:
	MOVQ    56(AX), BX
	ANDQ    $7, BX
	JNE     part
	VMOVUPS Y0, (R8)
	JMP     next

part:
	TESTQ        $4, BX
	JEQ          two
	VMOVUPS      X0, (R8)
	VEXTRACTF128 $1, Y0, X0
	ADDQ         $16, R8

two:
	TESTQ   $2, BX
	JEQ     one
	VMOVLPS X0, (R8)
	VPSRLDQ $8, X0, X0
	ADDQ    $8, R8

one:
	TESTQ  $1, BX
	JEQ    next
	VMOVSS X0, (R8)

next:
	MOVQ 40(AX), BX
	SHLQ $3, BX
	ADDQ BX, 0(AX)
	MOVQ 88(AX), BX
	ADDQ BX, 24(AX)
	MOVQ 96(AX), BX
	ADDQ BX, 32(AX)
	DECQ 48(AX)
	JNE  row
	VZEROUPPER
	RET

// func addScaledRowsAVX2(a *rowsArgs)
TEXT ·addScaledRowsAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), AX
	MOVQ 80(AX), R9

row:
	MOVQ 16(AX), SI
	MOVQ 24(AX), R12
	MOVQ 32(AX), DI
	MOVQ 8(AX), R14
	MOVQ 56(AX), R13

columns:
	CMPQ R13, $64
	JGE  all
	LEAQ -1(R13), BX
	ANDQ $7, BX
	INCQ BX
	LANES(BX, DX, Y15)
	LEAQ 7(R13), BX
	SHRQ $3, BX
	XORQ R13, R13
	CMPQ BX, $1
	JEQ  v1
	CMPQ BX, $2
	JEQ  v2
	CMPQ BX, $3
	JEQ  v3
	CMPQ BX, $4
	JEQ  v4
	CMPQ BX, $5
	JEQ  v5
	CMPQ BX, $6
	JEQ  v6
	CMPQ BX, $7
	JEQ  v7
	JMP  v8

all:
	VPCMPEQD Y15, Y15, Y15
	SUBQ     $64, R13

v8:
	FIRST8
	FMAS(word8, bit8, after8, FMA8)
	STORE7
	TESTQ R13, R13
	JEQ   last8
	VMOVUPS Y7, 224(DI)
	ADDQ  $256, SI
	ADDQ  $256, DI
	ADDQ  $256, R12
	JMP   columns

last8:
	LEAQ    224(DI), R8
	VMOVAPS Y7, Y0
	JMP     rest

v7:
	FIRST7
	FMAS(word7, bit7, after7, FMA7)
	LAST7
	JMP rest

v6:
	FIRST6
	FMAS(word6, bit6, after6, FMA6)
	LAST6
	JMP rest

v5:
	FIRST5
	FMAS(word5, bit5, after5, FMA5)
	LAST5
	JMP rest

v4:
	FIRST4
	FMAS(word4, bit4, after4, FMA4)
	LAST4
	JMP rest

v3:
	FIRST3
	FMAS(word3, bit3, after3, FMA3)
	LAST3
	JMP rest

v2:
	FIRST2
	FMAS(word2, bit2, after2, FMA2)
	LAST2
	JMP rest

v1:
	FIRST1
	FMAS(word1, bit1, after1, FMA1)
	LAST1

rest:
	MOVQ    56(AX), BX
	ANDQ    $7, BX
	JNE     part
	VMOVUPS Y0, (R8)
	JMP     next

part:
	TESTQ        $4, BX
	JEQ          two
	VMOVUPS      X0, (R8)
	VEXTRACTF128 $1, Y0, X0
	ADDQ         $16, R8

two:
	TESTQ   $2, BX
	JEQ     one
	VMOVLPS X0, (R8)
	VPSRLDQ $8, X0, X0
	ADDQ    $8, R8

one:
	TESTQ  $1, BX
	JEQ    next
	VMOVSS X0, (R8)

next:
	MOVQ 40(AX), BX
	SHLQ $3, BX
	ADDQ BX, 0(AX)
	MOVQ 64(AX), BX
	ADDQ BX, 8(AX)
	MOVQ 88(AX), BX
	ADDQ BX, 24(AX)
	MOVQ 96(AX), BX
	ADDQ BX, 32(AX)
	DECQ 48(AX)
	JNE  row
	VZEROUPPER
	RET
