#include "textflag.h"

// Carry of eligibility.go for n vectors of 8 elements, of one, two and three variables. Every product
// and sum is rounded as there. The coefficients of a vector lie together: λ of each variable, then m
// row by row; after as many vectors as there are, they start again.

// Offsets in carryArgs.
#define argG 0
#define argX0 8
#define argX1 16
#define argX2 24
#define argCoefficients 32
#define argEnd 40
#define argVectors 48
#define argReap 56
#define argEvolve 64

// func carry1AVX2(a *carryArgs)
TEXT ·carry1AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DX
	MOVQ argG(DX), DI
	MOVQ argX0(DX), SI
	MOVQ argCoefficients(DX), BX
	MOVQ argEnd(DX), R10
	MOVQ argVectors(DX), CX
	MOVQ argReap(DX), R11
	MOVQ argEvolve(DX), R12
	XORQ AX, AX

loop:
	VMOVUPS (SI)(AX*1), Y0
	TESTQ R11, R11
	JZ    evolve
	VMOVUPS (DI)(AX*1), Y8
	VMULPS 0(BX), Y0, Y9
	VADDPS Y9, Y8, Y8
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ R12, R12
	JZ    on
	VMULPS 32(BX), Y0, Y4
	VMOVUPS Y4, (SI)(AX*1)

on:
	ADDQ $32, AX
	ADDQ $64, BX
	CMPQ BX, R10
	JLT  same
	MOVQ argCoefficients(DX), BX

same:
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func carry2AVX2(a *carryArgs)
TEXT ·carry2AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DX
	MOVQ argG(DX), DI
	MOVQ argX0(DX), SI
	MOVQ argX1(DX), R8
	MOVQ argCoefficients(DX), BX
	MOVQ argEnd(DX), R10
	MOVQ argVectors(DX), CX
	MOVQ argReap(DX), R11
	MOVQ argEvolve(DX), R12
	XORQ AX, AX

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	TESTQ R11, R11
	JZ    evolve
	VMOVUPS (DI)(AX*1), Y8
	VMULPS 0(BX), Y0, Y9
	VADDPS Y9, Y8, Y8
	VMULPS 32(BX), Y1, Y9
	VADDPS Y9, Y8, Y8
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ R12, R12
	JZ    on
	VMULPS 64(BX), Y0, Y4
	VMULPS 96(BX), Y1, Y9
	VADDPS Y9, Y4, Y4
	VMOVUPS Y4, (SI)(AX*1)
	VMULPS 128(BX), Y0, Y5
	VMULPS 160(BX), Y1, Y9
	VADDPS Y9, Y5, Y5
	VMOVUPS Y5, (R8)(AX*1)

on:
	ADDQ $32, AX
	ADDQ $192, BX
	CMPQ BX, R10
	JLT  same
	MOVQ argCoefficients(DX), BX

same:
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// func carry3AVX2(a *carryArgs)
TEXT ·carry3AVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DX
	MOVQ argG(DX), DI
	MOVQ argX0(DX), SI
	MOVQ argX1(DX), R8
	MOVQ argX2(DX), R9
	MOVQ argCoefficients(DX), BX
	MOVQ argEnd(DX), R10
	MOVQ argVectors(DX), CX
	MOVQ argReap(DX), R11
	MOVQ argEvolve(DX), R12
	XORQ AX, AX

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	VMOVUPS (R9)(AX*1), Y2
	TESTQ R11, R11
	JZ    evolve
	VMOVUPS (DI)(AX*1), Y8
	VMULPS 0(BX), Y0, Y9
	VADDPS Y9, Y8, Y8
	VMULPS 32(BX), Y1, Y9
	VADDPS Y9, Y8, Y8
	VMULPS 64(BX), Y2, Y9
	VADDPS Y9, Y8, Y8
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ R12, R12
	JZ    on
	VMULPS 96(BX), Y0, Y4
	VMULPS 128(BX), Y1, Y9
	VADDPS Y9, Y4, Y4
	VMULPS 160(BX), Y2, Y9
	VADDPS Y9, Y4, Y4
	VMOVUPS Y4, (SI)(AX*1)
	VMULPS 192(BX), Y0, Y5
	VMULPS 224(BX), Y1, Y9
	VADDPS Y9, Y5, Y5
	VMULPS 256(BX), Y2, Y9
	VADDPS Y9, Y5, Y5
	VMOVUPS Y5, (R8)(AX*1)
	VMULPS 288(BX), Y0, Y6
	VMULPS 320(BX), Y1, Y9
	VADDPS Y9, Y6, Y6
	VMULPS 352(BX), Y2, Y9
	VADDPS Y9, Y6, Y6
	VMOVUPS Y6, (R9)(AX*1)

on:
	ADDQ $32, AX
	ADDQ $384, BX
	CMPQ BX, R10
	JLT  same
	MOVQ argCoefficients(DX), BX

same:
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
