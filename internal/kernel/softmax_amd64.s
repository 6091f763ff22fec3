#include "textflag.h"
#include "exp_amd64.h"

// Rows have n elements each. The last one to eight of a row, its tail, are in a register of their
// own; loops, which short rows skip, take the groups of eight before them.
//
//	SI x                       DI dst, of the same row   R8 expTable
//	CX rows to do              DX bytes of a row
//	R9 bytes before the tail   R10 length of the tail
//	Y15 mask of the tail       Y14 −Inf behind the tail
//	Y12 the tail               Y11 the largest element   Y10 Σ e, with e = exp(x − largest)

// TAIL sets R8, R9, R10, Y15, Y14 and DX for rows of n, which is in DX.
#define TAIL \
	LEAQ         ·expTable(SB), R8   \
	LEAQ         -1(DX), R9          \
	MOVQ         R9, R10             \
	ANDQ         $7, R10             \
	INCQ         R10                 \
	ANDQ         $-8, R9             \
	SHLQ         $2, R9              \
	SHLQ         $2, DX              \
	LEAQ         ·tailMask(SB), AX   \
	MOVQ         R10, BX             \
	NEGQ         BX                  \
	VMOVUPS      32(AX)(BX*4), Y15   \
	VBROADCASTSS negInf<>(SB), Y14   \
	VANDNPS      Y14, Y15, Y14

DATA negInf<>+0(SB)/4, $0xff800000
GLOBL negInf<>(SB), RODATA|NOPTR, $4

// ALL combines the eight elements of y by op, and leaves the result in each of them.
#define ALL(op, y) \
	VPERM2F128 $1, y, y, Y0    \
	op         Y0, y, y        \
	VPERMILPS  $0x4e, y, Y0    \
	op         Y0, y, y        \
	VPERMILPS  $0xb1, y, Y0    \
	op         Y0, y, y

// LARGEST finds the largest element of a row, Y11, and begins Y12 and Y10 with the e of the tail.
#define LARGEST \
	VMASKMOVPS (SI)(R9*1), Y15, Y12 \
	VORPS      Y14, Y12, Y12        \
	VMOVAPS    Y12, Y11             \
	XORQ       AX, AX               \
	CMPQ       AX, R9               \
	JEQ        largest              \
larger:                             \
	VMAXPS     (SI)(AX*1), Y11, Y11 \
	ADDQ       $32, AX              \
	CMPQ       AX, R9               \
	JLT        larger               \
largest:                            \
	ALL(VMAXPS, Y11)                \
	VSUBPS     Y11, Y12, Y0         \
	EXP                             \
	VMOVAPS    Y0, Y12              \
	VMOVAPS    Y0, Y10

// STORETAIL writes Y0 to the tail of dst.
#define STORETAIL \
	LEAQ         (DI)(R9*1), BX     \
	TESTQ        $8, R10            \
	JEQ          four               \
	VMOVUPS      Y0, (BX)           \
	JMP          stored             \
four:                               \
	TESTQ        $4, R10            \
	JEQ          two                \
	VMOVUPS      X0, (BX)           \
	VEXTRACTF128 $1, Y0, X0         \
	ADDQ         $16, BX            \
two:                                \
	TESTQ        $2, R10            \
	JEQ          one                \
	VMOVLPS      X0, (BX)           \
	VMOVHLPS     X0, X0, X0         \
	ADDQ         $8, BX             \
one:                                \
	TESTQ        $1, R10            \
	JEQ          stored             \
	VMOVSS       X0, (BX)           \
stored:

// func sumExpAVX2(x *float32, rows, n int, peaks, sums *float32)
TEXT ·sumExpAVX2(SB), NOSPLIT, $0-40
	MOVQ x+0(FP), SI
	MOVQ rows+8(FP), CX
	MOVQ n+16(FP), DX
	MOVQ peaks+24(FP), R11
	MOVQ sums+32(FP), R12
	TAIL

row:
	LARGEST
	XORQ AX, AX
	CMPQ AX, R9
	JEQ  sum

eight:
	VMOVUPS (SI)(AX*1), Y0
	VSUBPS  Y11, Y0, Y0
	EXP
	VADDPS  Y0, Y10, Y10
	ADDQ    $32, AX
	CMPQ    AX, R9
	JLT     eight

sum:
	ALL(VADDPS, Y10)
	VMOVSS X11, (R11)
	VMOVSS X10, (R12)
	ADDQ   $4, R11
	ADDQ   $4, R12
	ADDQ   DX, SI
	DECQ   CX
	JNE    row
	VZEROUPPER
	RET

// func softmaxAVX2(x, dst *float32, rows, n int, scale float32) (finite bool)
//
// Y9 collects x − x, which is 0, or NaN where x is not finite.
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-41
	MOVQ         x+0(FP), SI
	MOVQ         dst+8(FP), DI
	MOVQ         rows+16(FP), CX
	MOVQ         n+24(FP), DX
	VBROADCASTSS scale+32(FP), Y13
	TAIL
	VXORPS       Y9, Y9, Y9

row:
	VMASKMOVPS (SI)(R9*1), Y15, Y0
	VSUBPS     Y0, Y0, Y0
	VORPS      Y0, Y9, Y9
	LARGEST
	XORQ AX, AX
	CMPQ AX, R9
	JEQ  sum

eight:
	VMOVUPS (SI)(AX*1), Y0
	VSUBPS  Y0, Y0, Y1
	VORPS   Y1, Y9, Y9
	VSUBPS  Y11, Y0, Y0
	EXP
	VMOVUPS Y0, (DI)(AX*1)
	VADDPS  Y0, Y10, Y10
	ADDQ    $32, AX
	CMPQ    AX, R9
	JLT     eight

sum:
	ALL(VADDPS, Y10)
	VDIVPS Y10, Y13, Y10
	VMULPS Y10, Y12, Y0
	STORETAIL
	XORQ   AX, AX
	CMPQ   AX, R9
	JEQ    next

scale:
	VMULPS  (DI)(AX*1), Y10, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R9
	JLT     scale

next:
	ADDQ DX, SI
	ADDQ DX, DI
	DECQ CX
	JNE  row

	VCMPPS    $3, Y9, Y9, Y9      // NaN?
	VMOVMSKPS Y9, AX
	TESTL     AX, AX
	SETEQ     finite+40(FP)
	VZEROUPPER
	RET

// func softmaxGradientAVX2(x, dp, dst *float32, rows, n int)
//
// With the sums over a row of e and e·dp, the mean is Σ e·dp/Σ e, and dst = e/Σ e·(dp − mean).
TEXT ·softmaxGradientAVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         dp+8(FP), R11
	MOVQ         dst+16(FP), DI
	MOVQ         rows+24(FP), CX
	MOVQ         n+32(FP), DX
	TAIL
	VMOVUPS      expOne(R8), Y13

row:
	LARGEST
	VMASKMOVPS (R11)(R9*1), Y15, Y8 // the tail of dp
	VMULPS     Y8, Y12, Y9          // e·dp
	XORQ       AX, AX
	CMPQ       AX, R9
	JEQ        sum

eight:
	VMOVUPS     (SI)(AX*1), Y0
	VSUBPS      Y11, Y0, Y0
	EXP
	VMOVUPS     Y0, (DI)(AX*1)
	VADDPS      Y0, Y10, Y10
	VFMADD231PS (R11)(AX*1), Y0, Y9
	ADDQ        $32, AX
	CMPQ        AX, R9
	JLT         eight

sum:
	ALL(VADDPS, Y10)
	ALL(VADDPS, Y9)
	VDIVPS Y10, Y13, Y10
	VMULPS Y10, Y9, Y9   // mean
	VSUBPS Y9, Y8, Y8
	VMULPS Y10, Y12, Y0
	VMULPS Y8, Y0, Y0
	STORETAIL
	XORQ   AX, AX
	CMPQ   AX, R9
	JEQ    next

product:
	VMOVUPS (R11)(AX*1), Y8
	VSUBPS  Y9, Y8, Y8
	VMULPS  (DI)(AX*1), Y10, Y0
	VMULPS  Y8, Y0, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R9
	JLT     product

next:
	ADDQ DX, SI
	ADDQ DX, R11
	ADDQ DX, DI
	DECQ CX
	JNE  row
	VZEROUPPER
	RET
