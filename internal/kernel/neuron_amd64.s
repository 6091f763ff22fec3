#include "textflag.h"

// The steps of neuron.go for n elements, a multiple of 8. The first argument points to an array of
// pointers to the slabs, in the order of the Go code. Every product and sum is rounded as there.

DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4

// func integrateAVX2(p *[7]*float32, n int, dt float32)
TEXT ·integrateAVX2(SB), NOSPLIT, $0-20
	MOVQ         p+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS dt+16(FP), Y15
	MOVQ         0(DX), DI      // u
	MOVQ         8(DX), SI      // u1
	MOVQ         16(DX), R8     // cur
	MOVQ         24(DX), R9     // s
	MOVQ         32(DX), R10    // theta
	MOVQ         40(DX), R11    // alpha
	MOVQ         48(DX), R12    // gain
	XORQ         AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMULPS  (R11)(AX*4), Y0, Y0
	VMOVUPS (R8)(AX*4), Y1
	VMULPS  (R12)(AX*4), Y1, Y1
	VADDPS  Y1, Y0, Y0
	VMOVUPS (R9)(AX*4), Y1
	VMULPS  (R10)(AX*4), Y1, Y1
	VMULPS  Y15, Y1, Y1
	VSUBPS  Y1, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func fireAVX2(p *[4]*float32, n int)
TEXT ·fireAVX2(SB), NOSPLIT, $0-16
	MOVQ         p+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS one<>(SB), Y15
	MOVQ         0(DX), SI      // u
	MOVQ         8(DX), R8      // theta
	MOVQ         16(DX), R9     // v, or nil
	MOVQ         24(DX), DI     // s
	XORQ         AX, AX
	TESTQ        R9, R9
	JEQ          spikes

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMOVUPS (R8)(AX*4), Y1
	VSUBPS  Y1, Y0, Y2
	VMOVUPS Y2, (R9)(AX*4)
	VCMPPS  $0x1E, Y1, Y0, Y0  // u > theta
	VANDPS  Y15, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

spikes:
	VMOVUPS (SI)(AX*4), Y0
	VCMPPS  $0x1E, (R8)(AX*4), Y0, Y0
	VANDPS  Y15, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     spikes
	VZEROUPPER
	RET

// func adaptAVX2(p *[4]*float32, n int, b0, beta float32)
TEXT ·adaptAVX2(SB), NOSPLIT, $0-24
	MOVQ         p+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS b0+16(FP), Y14
	VBROADCASTSS beta+20(FP), Y13
	VBROADCASTSS one<>(SB), Y15
	MOVQ         0(DX), DI      // eta
	MOVQ         8(DX), R8      // s
	MOVQ         16(DX), R9     // rho
	MOVQ         24(DX), R10    // theta
	XORQ         AX, AX

loop:
	VMOVUPS (R9)(AX*4), Y0
	VSUBPS  Y0, Y15, Y1
	VMULPS  (R8)(AX*4), Y1, Y1
	VMULPS  (DI)(AX*4), Y0, Y0
	VADDPS  Y1, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	VMULPS  Y13, Y0, Y0
	VADDPS  Y14, Y0, Y0
	VMOVUPS Y0, (R10)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func backLIFAVX2(p *[9]*float32, n int, rm, b0dt float32)
TEXT ·backLIFAVX2(SB), NOSPLIT, $0-24
	MOVQ         p+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS rm+16(FP), Y15
	VBROADCASTSS b0dt+20(FP), Y14
	MOVQ         0(DX), DI      // gu
	MOVQ         8(DX), SI      // gs
	MOVQ         16(DX), R8     // psi
	MOVQ         24(DX), R9     // gcur
	MOVQ         32(DX), R10    // u1
	MOVQ         40(DX), R11    // cur
	MOVQ         48(DX), R12    // dAlpha
	MOVQ         56(DX), R13    // alpha
	MOVQ         64(DX), BX     // gain
	VPCMPEQD     Y12, Y12, Y12
	VPSLLD       $31, Y12, Y12  // the sign
	XORQ         AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMULPS  (R8)(AX*4), Y0, Y0
	VADDPS  (DI)(AX*4), Y0, Y0  // g
	VMULPS  (BX)(AX*4), Y0, Y1
	VMOVUPS Y1, (R9)(AX*4)
	VMULPS  (R11)(AX*4), Y15, Y1
	VMOVUPS (R10)(AX*4), Y2
	VSUBPS  Y1, Y2, Y1
	VMULPS  Y0, Y1, Y1
	VADDPS  (R12)(AX*4), Y1, Y1
	VMOVUPS Y1, (R12)(AX*4)
	VMULPS  (R13)(AX*4), Y0, Y1
	VMOVUPS Y1, (DI)(AX*4)
	VMULPS  Y14, Y0, Y1
	VXORPS  Y12, Y1, Y1
	VMOVUPS Y1, (SI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func backALIFAVX2(p *[16]*float32, n int, rm, beta, dt float32)
//
// There are more slabs than registers; pointers are loaded where they are used.
TEXT ·backALIFAVX2(SB), NOSPLIT, $0-28
	MOVQ         p+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS rm+16(FP), Y15
	VBROADCASTSS beta+20(FP), Y14
	VBROADCASTSS dt+24(FP), Y13
	VBROADCASTSS one<>(SB), Y12
	MOVQ         0(DX), DI      // gu
	MOVQ         8(DX), SI      // geta
	MOVQ         16(DX), R8     // gs
	MOVQ         40(DX), R9     // s1
	MOVQ         120(DX), R10   // rho
	XORQ         AX, AX

loop:
	VMOVUPS (R8)(AX*4), Y0
	MOVQ    24(DX), R11         // psi
	VMULPS  (R11)(AX*4), Y0, Y0 // a
	VADDPS  (DI)(AX*4), Y0, Y1  // g
	VMOVUPS (R9)(AX*4), Y2      // s1
	MOVQ    80(DX), R11         // dTheta
	VMOVUPS (R11)(AX*4), Y3
	VSUBPS  Y0, Y3, Y3
	VMULPS  Y2, Y1, Y4
	VMULPS  Y13, Y4, Y4
	VSUBPS  Y4, Y3, Y3          // g of theta
	VMULPS  Y14, Y3, Y3
	VADDPS  (SI)(AX*4), Y3, Y3  // g of eta

	MOVQ    112(DX), R11        // gain
	VMULPS  (R11)(AX*4), Y1, Y4
	MOVQ    32(DX), R12         // gcur
	VMOVUPS Y4, (R12)(AX*4)

	MOVQ    72(DX), R11         // cur
	VMULPS  (R11)(AX*4), Y15, Y4
	MOVQ    48(DX), R12         // u1
	VMOVUPS (R12)(AX*4), Y5
	VSUBPS  Y4, Y5, Y4
	VMULPS  Y1, Y4, Y4
	MOVQ    88(DX), R11         // dAlpha
	VADDPS  (R11)(AX*4), Y4, Y4
	VMOVUPS Y4, (R11)(AX*4)

	MOVQ    56(DX), R11         // eta1
	VMOVUPS (R11)(AX*4), Y4
	VSUBPS  Y2, Y4, Y4
	VMULPS  Y3, Y4, Y4
	MOVQ    96(DX), R12         // dRho
	VADDPS  (R12)(AX*4), Y4, Y4
	VMOVUPS Y4, (R12)(AX*4)

	MOVQ    104(DX), R11        // alpha
	VMULPS  (R11)(AX*4), Y1, Y4
	VMOVUPS Y4, (DI)(AX*4)
	VMOVUPS (R10)(AX*4), Y5     // rho
	VMULPS  Y3, Y5, Y4
	VMOVUPS Y4, (SI)(AX*4)
	VSUBPS  Y5, Y12, Y5
	VMULPS  Y3, Y5, Y5
	MOVQ    64(DX), R11         // theta
	VMULPS  (R11)(AX*4), Y1, Y4
	VMULPS  Y13, Y4, Y4
	VSUBPS  Y4, Y5, Y5
	VMOVUPS Y5, (R8)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func maskAVX2(x *float32, n int) (nonzero, ones uint64)
//
// n is from 1 to 64.
TEXT ·maskAVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), SI
	MOVQ         n+8(FP), DX
	VXORPS       Y14, Y14, Y14
	VBROADCASTSS one<>(SB), Y15
	XORQ         R8, R8         // nonzero
	XORQ         R9, R9         // ones
	XORQ         CX, CX         // position
	SUBQ         $8, DX
	JLT          rest

eight:
	VMOVUPS   (SI)(CX*4), Y0
	VCMPPS    $4, Y14, Y0, Y1   // not equal, or not a number
	VMOVMSKPS Y1, AX
	SHLQ      CX, AX
	ORQ       AX, R8
	VCMPPS    $0, Y15, Y0, Y1   // equal
	VMOVMSKPS Y1, AX
	SHLQ      CX, AX
	ORQ       AX, R9
	ADDQ      $8, CX
	SUBQ      $8, DX
	JGE       eight

rest:
	ADDQ $8, DX
	JEQ  done

single:
	VMOVSS    (SI)(CX*4), X0    // the other elements are zero
	VCMPPS    $4, X14, X0, X1
	VMOVMSKPS X1, AX
	SHLQ      CX, AX
	ORQ       AX, R8
	VCMPPS    $0, X15, X0, X1
	VMOVMSKPS X1, AX
	SHLQ      CX, AX
	ORQ       AX, R9
	INCQ      CX
	DECQ      DX
	JNE       single

done:
	VZEROUPPER
	MOVQ R8, nonzero+16(FP)
	MOVQ R9, ones+24(FP)
	RET
