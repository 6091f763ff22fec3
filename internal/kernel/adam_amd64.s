#include "go_asm.h"
#include "textflag.h"

// The loops of adam.go for n elements: not 0 and a multiple of 4, or of 8 where there are float32.
// The results are those of the Go code, bit by bit.
//
// What is to be finite is tested with x − x, which is 0 for all finite numbers and NaN for others.
// All of the tests are collected in Y15 and looked at in the end.

DATA adamOne<>+0(SB)/8, $1.0
GLOBL adamOne<>(SB), RODATA|NOPTR, $8

// func adamAVX2(a *AdamStep, update, m0, v0, m, v *float64, n int) bool
//
// This loop would spend most of its time on divisions. The quotients x/b, where b is one of the
// biases, are found without: with r = 1/b and q = x r, both rounded to nearest,
//
//	x/b = q + (x − b q) r
//
// is correctly rounded, as by the instruction, if each product is rounded together with the sum or
// difference that it is part of (Brisebarre, Muller & Raina 2004, IEEE Trans. Comput. 53, 1069),
// provided that nothing overflows or underflows. For 2^-53 ≤ b ≤ 1 nothing does if
// 2^-511 ≤ |x| < 2^513, which is where the two highest bits of the exponent differ. Elsewhere, 0
// included, the instruction divides.
TEXT ·adamAVX2(SB), NOSPLIT, $0-57
	MOVQ         a+0(FP), AX
	VBROADCASTSD AdamStep_Beta1(AX), Y14
	VBROADCASTSD AdamStep_Beta2(AX), Y13
	VBROADCASTSD AdamStep_Rest1(AX), Y12
	VBROADCASTSD AdamStep_Rest2(AX), Y11
	VBROADCASTSD AdamStep_Bias1(AX), Y10
	VBROADCASTSD AdamStep_Bias2(AX), Y9
	VBROADCASTSD AdamStep_Epsilon(AX), Y8
	VBROADCASTSD adamOne<>(SB), Y0
	VDIVPD       Y10, Y0, Y7    // r of bias 1
	VDIVPD       Y9, Y0, Y6     // r of bias 2
	VXORPD       Y15, Y15, Y15
	VPCMPEQQ     Y5, Y5, Y5     // all bits
	MOVQ         update+8(FP), DI
	MOVQ         m0+16(FP), R8
	MOVQ         v0+24(FP), R9
	MOVQ         m+32(FP), R10
	MOVQ         v+40(FP), R11
	MOVQ         n+48(FP), CX
	XORQ         AX, AX

loop:
	VMOVUPD (DI)(AX*8), Y0
	VMULPD  (R8)(AX*8), Y14, Y1
	VMULPD  Y0, Y12, Y2
	VADDPD  Y2, Y1, Y1          // m
	VMULPD  (R9)(AX*8), Y13, Y2
	VMULPD  Y0, Y11, Y3
	VMULPD  Y0, Y3, Y3
	VADDPD  Y3, Y2, Y2          // v
	VMOVUPD Y1, (R10)(AX*8)
	VMOVUPD Y2, (R11)(AX*8)
	VSUBPD  Y1, Y1, Y3
	VORPD   Y3, Y15, Y15
	VSUBPD  Y2, Y2, Y3
	VORPD   Y3, Y15, Y15

	VPADDQ  Y1, Y1, Y3          // highest bit of the exponent first
	VPADDQ  Y3, Y3, Y4          // second highest
	VPXOR   Y3, Y4, Y4
	VPADDQ  Y2, Y2, Y3
	VPADDQ  Y3, Y3, Y0
	VPXOR   Y3, Y0, Y0
	VPAND   Y0, Y4, Y4
	VTESTPD Y5, Y4
	JCC     divide

	VMULPD       Y7, Y1, Y3
	VFNMADD231PD Y3, Y10, Y1
	VFMADD213PD  Y3, Y7, Y1     // m/bias1
	VMULPD       Y6, Y2, Y4
	VFNMADD231PD Y4, Y9, Y2
	VFMADD213PD  Y4, Y6, Y2     // v/bias2

scale:
	VSQRTPD Y2, Y2
	VADDPD  Y8, Y2, Y2
	VDIVPD  Y2, Y1, Y1
	VMOVUPD Y1, (DI)(AX*8)
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLT     loop
	VPTEST  Y15, Y15
	SETEQ   ret+56(FP)
	VZEROUPPER
	RET

divide:
	VDIVPD Y10, Y1, Y1
	VDIVPD Y9, Y2, Y2
	JMP    scale

// func scaleAVX2(a float64, x *float64, n int)
TEXT ·scaleAVX2(SB), NOSPLIT, $0-24
	VBROADCASTSD a+0(FP), Y15
	MOVQ         x+8(FP), DI
	MOVQ         n+16(FP), CX
	XORQ         AX, AX

loop:
	VMULPD  (DI)(AX*8), Y15, Y0
	VMOVUPD Y0, (DI)(AX*8)
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func widenAVX2(x *float32, dst *float64, n int) bool
TEXT ·widenAVX2(SB), NOSPLIT, $0-25
	MOVQ   x+0(FP), SI
	MOVQ   dst+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y15, Y15, Y15
	XORQ   AX, AX

loop:
	VMOVUPS   (SI)(AX*4), Y0
	VSUBPS    Y0, Y0, Y0
	VORPS     Y0, Y15, Y15
	VCVTPS2PD (SI)(AX*4), Y1
	VCVTPS2PD 16(SI)(AX*4), Y2
	VMOVUPD   Y1, (DI)(AX*8)
	VMOVUPD   Y2, 32(DI)(AX*8)
	ADDQ      $8, AX
	CMPQ      AX, CX
	JLT       loop
	VPTEST    Y15, Y15
	SETEQ     ret+24(FP)
	VZEROUPPER
	RET

// func roundSumAVX2(x, y *float64, dst *float32, n int) bool
TEXT ·roundSumAVX2(SB), NOSPLIT, $0-33
	MOVQ   x+0(FP), SI
	MOVQ   y+8(FP), DX
	MOVQ   dst+16(FP), DI
	MOVQ   n+24(FP), CX
	VXORPS Y15, Y15, Y15
	XORQ   AX, AX

loop:
	VMOVUPD     (SI)(AX*8), Y0
	VADDPD      (DX)(AX*8), Y0, Y0
	VMOVUPD     32(SI)(AX*8), Y1
	VADDPD      32(DX)(AX*8), Y1, Y1
	VCVTPD2PSY  Y0, X0
	VCVTPD2PSY  Y1, X1
	VINSERTF128 $1, X1, Y0, Y0
	VMOVUPS     Y0, (DI)(AX*4)
	VSUBPS      Y0, Y0, Y0
	VORPS       Y0, Y15, Y15
	ADDQ        $8, AX
	CMPQ        AX, CX
	JLT         loop
	VPTEST      Y15, Y15
	SETEQ       ret+32(FP)
	VZEROUPPER
	RET
