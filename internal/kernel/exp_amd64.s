#include "textflag.h"
#include "exp_amd64.h"

// func gaussiansAVX2(x, dst *float32, n int, terms *Gaussian, count int)
//
// dst = Σ a·exp(−k(x − mu)²) over count > 0 terms, for n > 0 a multiple of 8.
TEXT ·gaussiansAVX2(SB), NOSPLIT, $0-40
	MOVQ         x+0(FP), SI
	MOVQ         dst+8(FP), DI
	MOVQ         n+16(FP), CX
	MOVQ         terms+24(FP), DX
	MOVQ         count+32(FP), R9
	LEAQ         ·expTable(SB), R8
	VBROADCASTSS signBit<>(SB), Y8

eight:
	VMOVUPS (SI), Y5
	VXORPS  Y6, Y6, Y6
	MOVQ    DX, R10
	MOVQ    R9, R11

term:
	VBROADCASTSS 8(R10), Y0
	VSUBPS       Y0, Y5, Y0  // d = x − mu
	VBROADCASTSS 4(R10), Y1
	VXORPS       Y8, Y1, Y1
	VMULPS       Y0, Y1, Y1  // −k·d
	VMULPS       Y0, Y1, Y0
	EXP
	VBROADCASTSS (R10), Y1
	VFMADD231PS  Y1, Y0, Y6
	ADDQ         $12, R10
	DECQ         R11
	JNE          term
	VMOVUPS      Y6, (DI)
	ADDQ         $32, SI
	ADDQ         $32, DI
	SUBQ         $8, CX
	JNE          eight
	VZEROUPPER
	RET

DATA signBit<>+0(SB)/4, $0x80000000
GLOBL signBit<>(SB), RODATA|NOPTR, $4

// func decayAVX2(x, dst *float32, n int, a, k float32)
//
// dst = a·exp(−k|x|) for n > 0 a multiple of 8.
TEXT ·decayAVX2(SB), NOSPLIT, $0-32
	MOVQ         x+0(FP), SI
	MOVQ         dst+8(FP), DI
	MOVQ         n+16(FP), CX
	LEAQ         ·expTable(SB), R8
	VBROADCASTSS a+24(FP), Y7
	VBROADCASTSS k+28(FP), Y6
	VBROADCASTSS signBit<>(SB), Y5

eight:
	VORPS   (SI), Y5, Y0 // −|x|
	VMULPS  Y6, Y0, Y0
	EXP
	VMULPS  Y7, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNE     eight
	VZEROUPPER
	RET
