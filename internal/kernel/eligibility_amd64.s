#include "textflag.h"

// Carry of eligibility.go for n vectors of 8 elements, of one, two and three variables. Every product
// and sum is rounded as there. The coefficients of a vector lie together, λ of each variable and then
// m row by row; after as many vectors as there are, they start again.

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

#define ARGUMENTS \
	MOVQ a+0(FP), DX              \
	MOVQ argG(DX), DI             \
	MOVQ argX0(DX), SI            \
	MOVQ argX1(DX), R8            \
	MOVQ argX2(DX), R9            \
	MOVQ argCoefficients(DX), BX  \
	MOVQ argEnd(DX), R10          \
	MOVQ argVectors(DX), CX       \
	MOVQ argReap(DX), R11         \
	MOVQ argEvolve(DX), R12       \
	XORQ AX, AX

// ADDPRODUCT is sum += coefficient·x, in this order of rounding.
#define ADDPRODUCT(coefficient, x, sum) \
	VMULPS coefficient(BX), x, Y9 \
	VADDPS Y9, sum, sum

// NEXT goes on to the next vector, of which there are coefficients in so many bytes.
#define NEXT(bytes) \
	ADDQ $32, AX                  \
	ADDQ $bytes, BX               \
	CMPQ BX, R10                  \
	JLT  same                     \
	MOVQ argCoefficients(DX), BX  \
same:                             \
	DECQ CX                       \
	JNZ  loop                     \
	VZEROUPPER                    \
	RET

// func carry1AVX2(a *carryArgs)
TEXT ·carry1AVX2(SB), NOSPLIT, $0-8
	ARGUMENTS

loop:
	VMOVUPS (SI)(AX*1), Y0
	TESTQ   R11, R11
	JZ      evolve
	VMOVUPS (DI)(AX*1), Y8
	ADDPRODUCT(0, Y0, Y8)
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ   R12, R12
	JZ      on
	VMULPS  32(BX), Y0, Y4
	VMOVUPS Y4, (SI)(AX*1)

on:
	NEXT(64)

// func carry2AVX2(a *carryArgs)
TEXT ·carry2AVX2(SB), NOSPLIT, $0-8
	ARGUMENTS

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	TESTQ   R11, R11
	JZ      evolve
	VMOVUPS (DI)(AX*1), Y8
	ADDPRODUCT(0, Y0, Y8)
	ADDPRODUCT(32, Y1, Y8)
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ   R12, R12
	JZ      on
	VMULPS  64(BX), Y0, Y4
	ADDPRODUCT(96, Y1, Y4)
	VMULPS  128(BX), Y0, Y5
	ADDPRODUCT(160, Y1, Y5)
	VMOVUPS Y4, (SI)(AX*1)
	VMOVUPS Y5, (R8)(AX*1)

on:
	NEXT(192)

// func carry3AVX2(a *carryArgs)
TEXT ·carry3AVX2(SB), NOSPLIT, $0-8
	ARGUMENTS

loop:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (R8)(AX*1), Y1
	VMOVUPS (R9)(AX*1), Y2
	TESTQ   R11, R11
	JZ      evolve
	VMOVUPS (DI)(AX*1), Y8
	ADDPRODUCT(0, Y0, Y8)
	ADDPRODUCT(32, Y1, Y8)
	ADDPRODUCT(64, Y2, Y8)
	VMOVUPS Y8, (DI)(AX*1)

evolve:
	TESTQ   R12, R12
	JZ      on
	VMULPS  96(BX), Y0, Y4
	ADDPRODUCT(128, Y1, Y4)
	ADDPRODUCT(160, Y2, Y4)
	VMULPS  192(BX), Y0, Y5
	ADDPRODUCT(224, Y1, Y5)
	ADDPRODUCT(256, Y2, Y5)
	VMULPS  288(BX), Y0, Y6
	ADDPRODUCT(320, Y1, Y6)
	ADDPRODUCT(352, Y2, Y6)
	VMOVUPS Y4, (SI)(AX*1)
	VMOVUPS Y5, (R8)(AX*1)
	VMOVUPS Y6, (R9)(AX*1)

on:
	NEXT(384)
