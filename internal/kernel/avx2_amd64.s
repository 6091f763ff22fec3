#include "textflag.h"

// Each function works on n elements, eight at a time, then four, then one by one. But for dot4,
// products and sums are rounded one after the other, as the Go code does: the bits are the same.

// func addAVX2(x, y *float32, n int)
TEXT ·addAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), SI
	MOVQ y+8(FP), DI
	MOVQ n+16(FP), CX
	SUBQ $8, CX
	JLT  four

eight:
	VMOVUPS (SI), Y0
	VADDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGE     eight

four:
	ADDQ    $4, CX
	JLT     rest
	VMOVUPS (SI), X0
	VADDPS  (DI), X0, X0
	VMOVUPS X0, (DI)
	ADDQ    $16, SI
	ADDQ    $16, DI
	SUBQ    $4, CX

rest:
	ADDQ $4, CX
	JEQ  done

one:
	VMOVSS (SI), X0
	VADDSS (DI), X0, X0
	VMOVSS X0, (DI)
	ADDQ   $4, SI
	ADDQ   $4, DI
	DECQ   CX
	JNE    one

done:
	VZEROUPPER
	RET

// func add2AVX2(x1, x2, y *float32, n int)
TEXT ·add2AVX2(SB), NOSPLIT, $0-32
	MOVQ x1+0(FP), SI
	MOVQ x2+8(FP), DX
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX
	SUBQ $8, CX
	JLT  four

eight:
	VMOVUPS (SI), Y0
	VADDPS  (DX), Y0, Y0
	VADDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DX
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGE     eight

four:
	ADDQ    $4, CX
	JLT     rest
	VMOVUPS (SI), X0
	VADDPS  (DX), X0, X0
	VADDPS  (DI), X0, X0
	VMOVUPS X0, (DI)
	ADDQ    $16, SI
	ADDQ    $16, DX
	ADDQ    $16, DI
	SUBQ    $4, CX

rest:
	ADDQ $4, CX
	JEQ  done

one:
	VMOVSS (SI), X0
	VADDSS (DX), X0, X0
	VADDSS (DI), X0, X0
	VMOVSS X0, (DI)
	ADDQ   $4, SI
	ADDQ   $4, DX
	ADDQ   $4, DI
	DECQ   CX
	JNE    one

done:
	VZEROUPPER
	RET

// func axpyAVX2(a float32, x, y *float32, n int)
TEXT ·axpyAVX2(SB), NOSPLIT, $0-32
	VBROADCASTSS a+0(FP), Y1
	MOVQ         x+8(FP), SI
	MOVQ         y+16(FP), DI
	MOVQ         n+24(FP), CX
	SUBQ         $8, CX
	JLT          four

eight:
	VMULPS  (SI), Y1, Y0
	VADDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGE     eight

four:
	ADDQ    $4, CX
	JLT     rest
	VMULPS  (SI), X1, X0
	VADDPS  (DI), X0, X0
	VMOVUPS X0, (DI)
	ADDQ    $16, SI
	ADDQ    $16, DI
	SUBQ    $4, CX

rest:
	ADDQ $4, CX
	JEQ  done

one:
	VMULSS (SI), X1, X0
	VADDSS (DI), X0, X0
	VMOVSS X0, (DI)
	ADDQ   $4, SI
	ADDQ   $4, DI
	DECQ   CX
	JNE    one

done:
	VZEROUPPER
	RET

// func dot4AVX2(x, a, b, c, d *float32, n int, out *[4]float32)
TEXT ·dot4AVX2(SB), NOSPLIT, $0-56
	MOVQ   x+0(FP), SI
	MOVQ   a+8(FP), R8
	MOVQ   b+16(FP), R9
	MOVQ   c+24(FP), R10
	MOVQ   d+32(FP), R11
	MOVQ   n+40(FP), CX
	MOVQ   out+48(FP), DI
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	XORQ   DX, DX
	SUBQ   $8, CX
	JLT    reduce

eight:
	VMOVUPS     (SI)(DX*4), Y4
	VFMADD231PS (R8)(DX*4), Y4, Y0
	VFMADD231PS (R9)(DX*4), Y4, Y1
	VFMADD231PS (R10)(DX*4), Y4, Y2
	VFMADD231PS (R11)(DX*4), Y4, Y3
	ADDQ        $8, DX
	SUBQ        $8, CX
	JGE         eight

reduce:
	// From here on only the lower half counts: using it clears the upper.
	VEXTRACTF128 $1, Y0, X4
	VADDPS       X4, X0, X0
	VEXTRACTF128 $1, Y1, X5
	VADDPS       X5, X1, X1
	VEXTRACTF128 $1, Y2, X6
	VADDPS       X6, X2, X2
	VEXTRACTF128 $1, Y3, X7
	VADDPS       X7, X3, X3
	ADDQ         $4, CX
	JLT          rest
	VMOVUPS      (SI)(DX*4), X4
	VFMADD231PS  (R8)(DX*4), X4, X0
	VFMADD231PS  (R9)(DX*4), X4, X1
	VFMADD231PS  (R10)(DX*4), X4, X2
	VFMADD231PS  (R11)(DX*4), X4, X3
	ADDQ         $4, DX
	SUBQ         $4, CX

rest:
	// Pairs of sums, then all four in one register: (a, b, c, d).
	VHADDPS X1, X0, X0
	VHADDPS X3, X2, X2
	VHADDPS X2, X0, X0
	ADDQ    $4, CX
	JEQ     done

one:
	VMOVSS       (R8)(DX*4), X4
	VINSERTPS    $0x10, (R9)(DX*4), X4, X4
	VINSERTPS    $0x20, (R10)(DX*4), X4, X4
	VINSERTPS    $0x30, (R11)(DX*4), X4, X4
	VBROADCASTSS (SI)(DX*4), X5
	VFMADD231PS  X4, X5, X0
	INCQ         DX
	DECQ         CX
	JNE          one

done:
	VMOVUPS X0, (DI)
	VZEROUPPER
	RET

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
