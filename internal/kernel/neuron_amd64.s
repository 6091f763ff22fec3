#include "textflag.h"

// The steps of neuron.go for n elements, a multiple of 8. Every product and sum is rounded as
// there. Slabs are found at their offsets in the structs of the Go code; constants start again
// after as many elements as there are, which eight divides if that happens at all.

DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4
DATA half<>+0(SB)/4, $0.5
GLOBL half<>(SB), RODATA|NOPTR, $4

// Offsets in Neurons.
#define alpha 0
#define period 8
#define gain 24
#define rho 48
#define kappa 72
#define b0 96
#define beta 100
#define resetBeta 104
#define dt 108
#define gainSlope 112
#define kappaSlope 116

// Offsets in Step.
#define stepU1 0
#define stepEta1 24
#define stepS1 48
#define stepCur 72
#define stepU 96
#define stepEta 120
#define stepV 144
#define stepS 168
#define stepSilence1 192
#define stepSilence 216

// func stepLIFAVX2(s *Step[float32], c *Neurons[float32], n int)
TEXT ·stepLIFAVX2(SB), NOSPLIT, $0-24
	MOVQ         s+0(FP), DX
	MOVQ         c+8(FP), R14
	VBROADCASTSS one<>(SB), Y15
	VBROADCASTSS b0(R14), Y14
	VBROADCASTSS dt(R14), Y13
	VXORPS       Y12, Y12, Y12
	MOVQ         alpha(R14), R12
	MOVQ         gain(R14), R13
	MOVQ         period(R14), R15
	MOVQ         stepU1(DX), SI
	MOVQ         stepS1(DX), R10
	MOVQ         stepCur(DX), R11
	MOVQ         stepU(DX), DI
	MOVQ         stepV(DX), R8
	MOVQ         stepS(DX), R9
	MOVQ         n+16(FP), CX
	XORQ         AX, AX
	XORQ         BX, BX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMULPS  (R12)(BX*4), Y0, Y0
	VMOVUPS (R11)(AX*4), Y1
	VMULPS  (R13)(BX*4), Y1, Y1
	VADDPS  Y1, Y0, Y0
	VMULPS  (R10)(AX*4), Y14, Y1
	VMULPS  Y13, Y1, Y1
	VSUBPS  Y1, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	VSUBPS  Y14, Y0, Y0
	VMOVUPS Y0, (R8)(AX*4)
	VCMPPS  $0x1E, Y12, Y0, Y0   // v > 0
	VANDPS  Y15, Y0, Y0
	VMOVUPS Y0, (R9)(AX*4)
	ADDQ    $8, BX
	CMPQ    BX, R15
	JLT     on
	XORQ    BX, BX

on:
	ADDQ $8, AX
	CMPQ AX, CX
	JLT  loop
	VZEROUPPER
	RET

// func stepALIFAVX2(s *Step[float32], c *Neurons[float32], n int)
TEXT ·stepALIFAVX2(SB), NOSPLIT, $8-24
	MOVQ         s+0(FP), DX
	MOVQ         c+8(FP), R14
	VBROADCASTSS one<>(SB), Y15
	VBROADCASTSS b0(R14), Y14
	VBROADCASTSS dt(R14), Y13
	VBROADCASTSS beta(R14), Y11
	VXORPS       Y12, Y12, Y12
	VBROADCASTSS resetBeta(R14), Y10
	VCMPPS       $0x04, Y12, Y10, Y10 // whether the reset is by theta
	MOVQ         alpha(R14), R12
	MOVQ         gain(R14), R13
	MOVQ         rho(R14), R15
	MOVQ         kappa(R14), BP // which a function with a frame may use
	MOVQ         stepU1(DX), SI
	MOVQ         stepS1(DX), R10
	MOVQ         stepCur(DX), R11
	MOVQ         stepU(DX), DI
	MOVQ         stepEta1(DX), R8
	MOVQ         stepEta(DX), R9
	MOVQ         stepV(DX), CX
	MOVQ         stepS(DX), DX
	MOVQ         period(R14), R14
	XORQ         AX, AX
	XORQ         BX, BX

loop:
	VMOVUPS (R15)(BX*4), Y2      // rho
	VMOVUPS (R10)(AX*4), Y3      // s'
	VMULPS  (BP)(BX*4), Y3, Y4
	VMULPS  (R8)(AX*4), Y2, Y2
	VADDPS  Y4, Y2, Y2           // eta
	VMOVUPS Y2, (R9)(AX*4)
	VMULPS  Y11, Y2, Y2
	VADDPS  Y14, Y2, Y2          // theta
	VBLENDVPS Y10, Y2, Y14, Y4   // the threshold of the reset
	VMOVUPS (SI)(AX*4), Y0
	VMULPS  (R12)(BX*4), Y0, Y0
	VMOVUPS (R11)(AX*4), Y1
	VMULPS  (R13)(BX*4), Y1, Y1
	VADDPS  Y1, Y0, Y0
	VMULPS  Y4, Y3, Y3
	VMULPS  Y13, Y3, Y3
	VSUBPS  Y3, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	VSUBPS  Y2, Y0, Y0
	VMOVUPS Y0, (CX)(AX*4)
	VCMPPS  $0x1E, Y12, Y0, Y0
	VANDPS  Y15, Y0, Y0
	VMOVUPS Y0, (DX)(AX*4)
	ADDQ    $8, BX
	CMPQ    BX, R14
	JLT     on
	XORQ    BX, BX

on:
	ADDQ $8, AX
	CMPQ AX, n+16(FP)
	JLT  loop
	VZEROUPPER
	RET

// Offsets in Back.
#define backGU 0
#define backGEta 24
#define backGS 48
#define backDS 72
#define backDTheta 96
#define backPsi 120
#define backGCur 144
#define backU1 168
#define backEta1 192
#define backS1 216
#define backEta 240
#define backCur 264
#define backDAlpha 288
#define backDRho 312

// func backLIFAVX2(b *Back[float32], c *Neurons[float32], n int, b0dt float32)
TEXT ·backLIFAVX2(SB), NOSPLIT, $0-28
	MOVQ         b+0(FP), DX
	MOVQ         c+8(FP), R14
	VBROADCASTSS b0dt+24(FP), Y14
	VBROADCASTSS gainSlope(R14), Y15
	VPCMPEQD     Y12, Y12, Y12
	VPSLLD       $31, Y12, Y12   // the sign
	MOVQ         alpha(R14), R12
	MOVQ         gain(R14), R13
	MOVQ         backGU(DX), DI
	MOVQ         backGS(DX), SI
	MOVQ         backDS(DX), R8
	MOVQ         backPsi(DX), R9
	MOVQ         backU1(DX), R10
	MOVQ         backCur(DX), R11
	MOVQ         backDAlpha(DX), R15
	XORQ         AX, AX
	XORQ         BX, BX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VADDPS  (R8)(AX*4), Y0, Y0
	VMULPS  (R9)(AX*4), Y0, Y0
	VADDPS  (DI)(AX*4), Y0, Y0   // g
	VMULPS  (R11)(AX*4), Y15, Y1
	VMOVUPS (R10)(AX*4), Y2
	VSUBPS  Y1, Y2, Y1
	VMULPS  Y0, Y1, Y1
	VADDPS  (R15)(AX*4), Y1, Y1
	VMOVUPS Y1, (R15)(AX*4)
	VMULPS  (R13)(BX*4), Y0, Y1
	MOVQ    backGCur(DX), CX
	VMOVUPS Y1, (CX)(AX*4)       // which may be cur
	VMULPS  (R12)(BX*4), Y0, Y1
	VMOVUPS Y1, (DI)(AX*4)
	VMULPS  Y14, Y0, Y1
	VXORPS  Y12, Y1, Y1
	VMOVUPS Y1, (SI)(AX*4)
	ADDQ    $8, BX
	CMPQ    BX, period(R14)
	JLT     on
	XORQ    BX, BX

on:
	ADDQ $8, AX
	CMPQ AX, n+16(FP)
	JLT  loop
	VZEROUPPER
	RET

// func backALIFAVX2(b *Back[float32], c *Neurons[float32], n int, resetDt, thetaDt float32)
//
// There are more slabs than registers; pointers are loaded where they are used.
TEXT ·backALIFAVX2(SB), NOSPLIT, $8-32
	MOVQ         b+0(FP), DX
	MOVQ         c+8(FP), R14
	VBROADCASTSS gainSlope(R14), Y15
	VBROADCASTSS beta(R14), Y14
	VBROADCASTSS resetDt+24(FP), Y13
	VBROADCASTSS resetBeta(R14), Y12
	VBROADCASTSS b0(R14), Y11
	VBROADCASTSS thetaDt+28(FP), Y10
	VBROADCASTSS kappaSlope(R14), Y9
	MOVQ         backGU(DX), DI
	MOVQ         backGEta(DX), SI
	MOVQ         backGS(DX), R8
	MOVQ         backS1(DX), R9
	MOVQ         rho(R14), R10
	MOVQ         kappa(R14), BP // which a function with a frame may use
	MOVQ         alpha(R14), R12
	MOVQ         gain(R14), R13
	MOVQ         backDAlpha(DX), R15
	MOVQ         period(R14), R14
	XORQ         AX, AX
	XORQ         BX, BX

loop:
	VMOVUPS (R8)(AX*4), Y0
	MOVQ    backDS(DX), R11
	VADDPS  (R11)(AX*4), Y0, Y0
	MOVQ    backPsi(DX), CX
	VMULPS  (CX)(AX*4), Y0, Y0   // a
	VADDPS  (DI)(AX*4), Y0, Y1   // g
	VMOVUPS (R9)(AX*4), Y2       // s'
	MOVQ    backDTheta(DX), R11
	VMOVUPS (R11)(AX*4), Y3
	VSUBPS  Y0, Y3, Y3
	VMULPS  Y2, Y1, Y4
	VMULPS  Y10, Y4, Y4
	VSUBPS  Y4, Y3, Y3           // g of theta
	VMULPS  Y14, Y3, Y3
	VADDPS  (SI)(AX*4), Y3, Y3   // g of eta

	MOVQ    backCur(DX), R11
	VMULPS  (R11)(AX*4), Y15, Y4
	MOVQ    backU1(DX), CX
	VMOVUPS (CX)(AX*4), Y5
	VSUBPS  Y4, Y5, Y4
	VMULPS  Y1, Y4, Y4
	VADDPS  (R15)(AX*4), Y4, Y4
	VMOVUPS Y4, (R15)(AX*4)
	VMULPS  (R13)(BX*4), Y1, Y4
	MOVQ    backGCur(DX), CX
	VMOVUPS Y4, (CX)(AX*4)       // which may be cur

	MOVQ    backEta1(DX), R11
	VMOVUPS (R11)(AX*4), Y4
	VMULPS  Y9, Y2, Y2
	VSUBPS  Y2, Y4, Y4
	VMULPS  Y3, Y4, Y4
	MOVQ    backDRho(DX), CX
	VADDPS  (CX)(AX*4), Y4, Y4
	VMOVUPS Y4, (CX)(AX*4)

	VMULPS  (R12)(BX*4), Y1, Y4
	VMOVUPS Y4, (DI)(AX*4)
	VMULPS  (R10)(BX*4), Y3, Y4
	VMOVUPS Y4, (SI)(AX*4)
	VMULPS  (BP)(BX*4), Y3, Y5
	MOVQ    backEta(DX), R11
	VMULPS  (R11)(AX*4), Y12, Y4
	VADDPS  Y11, Y4, Y4          // the threshold of the reset
	VMULPS  Y4, Y1, Y4
	VMULPS  Y13, Y4, Y4
	VSUBPS  Y4, Y5, Y5
	VMOVUPS Y5, (R8)(AX*4)
	ADDQ    $8, BX
	CMPQ    BX, R14
	JLT     on
	XORQ    BX, BX

on:
	ADDQ $8, AX
	CMPQ AX, n+16(FP)
	JLT  loop
	VZEROUPPER
	RET

// func restAVX2(s *Step[float32], n int, refractory float32)
TEXT ·restAVX2(SB), NOSPLIT, $0-20
	MOVQ         s+0(FP), DX
	MOVQ         n+8(FP), CX
	VBROADCASTSS refractory+16(FP), Y15
	VBROADCASTSS half<>(SB), Y14
	VBROADCASTSS one<>(SB), Y13
	MOVQ         stepSilence1(DX), SI
	MOVQ         stepSilence(DX), DI
	MOVQ         stepS(DX), R8
	XORQ         AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VCMPPS  $0x11, Y14, Y0, Y1   // r' < 1/2: ready
	VANDPS  (R8)(AX*4), Y1, Y2
	VMOVUPS Y2, (R8)(AX*4)
	VCMPPS  $0x1E, Y14, Y2, Y2   // s > 1/2
	VANDPS  Y15, Y2, Y2
	VSUBPS  Y13, Y0, Y0
	VANDNPS Y0, Y1, Y0           // r' - 1 where not ready
	VORPS   Y2, Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET

// func muteAVX2(x, silence *float32, n int)
TEXT ·muteAVX2(SB), NOSPLIT, $0-24
	MOVQ         x+0(FP), DI
	MOVQ         silence+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS half<>(SB), Y14
	XORQ         AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VCMPPS  $0x11, Y14, Y0, Y0   // ready
	VANDPS  (DI)(AX*4), Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ    $8, AX
	CMPQ    AX, CX
	JLT     loop
	VZEROUPPER
	RET
