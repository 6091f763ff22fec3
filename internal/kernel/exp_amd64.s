#include "textflag.h"

// The constants of the exponential, see exp.go.
DATA expLow<>+0(SB)/4, $-87.3
GLOBL expLow<>(SB), RODATA|NOPTR, $4
DATA expLog2e<>+0(SB)/4, $1.44269504088896341
GLOBL expLog2e<>(SB), RODATA|NOPTR, $4
DATA expShift<>+0(SB)/4, $12582912.0
GLOBL expShift<>(SB), RODATA|NOPTR, $4
DATA expLn2Hi<>+0(SB)/4, $0.693145751953125
GLOBL expLn2Hi<>(SB), RODATA|NOPTR, $4
DATA expLn2Lo<>+0(SB)/4, $1.42860682030941723e-6
GLOBL expLn2Lo<>(SB), RODATA|NOPTR, $4
DATA expC6<>+0(SB)/4, $0.00138888888888888889
GLOBL expC6<>(SB), RODATA|NOPTR, $4
DATA expC5<>+0(SB)/4, $0.00833333333333333333
GLOBL expC5<>(SB), RODATA|NOPTR, $4
DATA expC4<>+0(SB)/4, $0.0416666666666666667
GLOBL expC4<>(SB), RODATA|NOPTR, $4
DATA expC3<>+0(SB)/4, $0.166666666666666667
GLOBL expC3<>(SB), RODATA|NOPTR, $4
DATA expC2<>+0(SB)/4, $0.5
GLOBL expC2<>(SB), RODATA|NOPTR, $4
DATA expOne<>+0(SB)/4, $1.0
GLOBL expOne<>(SB), RODATA|NOPTR, $4

// func gaussianAVX2(x, dst *float32, n int, a, minusK, mu, keep float32)
//
// dst = a·exp(−k(x − mu)²) + keep·dst for n a multiple of 8.
TEXT ·gaussianAVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         dst+8(FP), DI
	MOVQ         n+16(FP), CX
	VBROADCASTSS a+24(FP), Y15
	VBROADCASTSS minusK+28(FP), Y14
	VBROADCASTSS mu+32(FP), Y13
	VBROADCASTSS keep+36(FP), Y12
	VBROADCASTSS expLow<>(SB), Y11
	VBROADCASTSS expLog2e<>(SB), Y10
	VBROADCASTSS expShift<>(SB), Y9
	VBROADCASTSS expLn2Hi<>(SB), Y8
	VBROADCASTSS expLn2Lo<>(SB), Y7
	VBROADCASTSS expOne<>(SB), Y6

eight:
	VMOVUPS      (SI), Y0
	VSUBPS       Y13, Y0, Y0   // d = x − mu
	VMULPS       Y0, Y14, Y1   // −k·d
	VMULPS       Y0, Y1, Y0    // e = −k·d·d
	VMAXPS       Y0, Y11, Y0   // of a NaN in Y0, the result is Y0
	VMULPS       Y10, Y0, Y1
	VADDPS       Y9, Y1, Y1    // n + shift: the integer is in the low bits
	VPSLLD       $23, Y1, Y2   // in the exponent's place
	VSUBPS       Y9, Y1, Y1    // n
	VMULPS       Y8, Y1, Y3
	VSUBPS       Y3, Y0, Y0
	VMULPS       Y7, Y1, Y3
	VSUBPS       Y3, Y0, Y0    // r
	VBROADCASTSS expC6<>(SB), Y3
	VMULPS       Y0, Y3, Y3
	VBROADCASTSS expC5<>(SB), Y4
	VADDPS       Y4, Y3, Y3
	VMULPS       Y0, Y3, Y3
	VBROADCASTSS expC4<>(SB), Y4
	VADDPS       Y4, Y3, Y3
	VMULPS       Y0, Y3, Y3
	VBROADCASTSS expC3<>(SB), Y4
	VADDPS       Y4, Y3, Y3
	VMULPS       Y0, Y3, Y3
	VBROADCASTSS expC2<>(SB), Y4
	VADDPS       Y4, Y3, Y3
	VMULPS       Y0, Y3, Y3
	VADDPS       Y6, Y3, Y3
	VMULPS       Y0, Y3, Y3
	VADDPS       Y6, Y3, Y3
	VPADDD       Y6, Y2, Y2    // 2^n: the bits of 1 hold the exponent's offset
	VMULPS       Y2, Y3, Y3
	VMULPS       Y15, Y3, Y3
	VMULPS       (DI), Y12, Y4
	VADDPS       Y4, Y3, Y3
	VMOVUPS      Y3, (DI)
	ADDQ         $32, SI
	ADDQ         $32, DI
	SUBQ         $8, CX
	JNE          eight
	VZEROUPPER
	RET
