#include "textflag.h"

// Elementwise operators on n elements of two slices, sixteen at a time, then eight, then one by one.
#define BINARY(vector, scalar) \
	MOVQ dst+0(FP), DI  \
	MOVQ a+8(FP), SI    \
	MOVQ b+16(FP), DX   \
	MOVQ n+24(FP), CX   \
	SUBQ $16, CX        \
	JLT  eight          \
sixteen:                \
	VMOVUPS (SI), Y0    \
	VMOVUPS 32(SI), Y1  \
	vector  (DX), Y0, Y0 \
	vector  32(DX), Y1, Y1 \
	VMOVUPS Y0, (DI)    \
	VMOVUPS Y1, 32(DI)  \
	ADDQ    $64, SI     \
	ADDQ    $64, DX     \
	ADDQ    $64, DI     \
	SUBQ    $16, CX     \
	JGE     sixteen     \
eight:                  \
	ADDQ $8, CX         \
	JLT  rest           \
	VMOVUPS (SI), Y0    \
	vector  (DX), Y0, Y0 \
	VMOVUPS Y0, (DI)    \
	ADDQ    $32, SI     \
	ADDQ    $32, DX     \
	ADDQ    $32, DI     \
	SUBQ    $8, CX      \
rest:                   \
	ADDQ $8, CX         \
	JEQ  done           \
one:                    \
	VMOVSS (SI), X0     \
	scalar (DX), X0, X0 \
	VMOVSS X0, (DI)     \
	ADDQ   $4, SI       \
	ADDQ   $4, DX       \
	ADDQ   $4, DI       \
	DECQ   CX           \
	JNE    one          \
done:                   \
	VZEROUPPER          \
	RET

// func addToAVX2(dst, a, b *float32, n int)
TEXT ·addToAVX2(SB), NOSPLIT, $0-32
	BINARY(VADDPS, VADDSS)

// func subToAVX2(dst, a, b *float32, n int)
TEXT ·subToAVX2(SB), NOSPLIT, $0-32
	BINARY(VSUBPS, VSUBSS)

// func mulToAVX2(dst, a, b *float32, n int)
TEXT ·mulToAVX2(SB), NOSPLIT, $0-32
	BINARY(VMULPS, VMULSS)

// func affineAVX2(dst, x *float32, n int, scale, shift float32)
TEXT ·affineAVX2(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y2
	VBROADCASTSS shift+28(FP), Y3
	SUBQ         $8, CX
	JLT          rest

eight:
	VMULPS  (SI), Y2, Y0
	VADDPS  Y3, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGE     eight

rest:
	ADDQ $8, CX
	JEQ  done

one:
	VMULSS (SI), X2, X0
	VADDSS X3, X0, X0
	VMOVSS X0, (DI)
	ADDQ   $4, SI
	ADDQ   $4, DI
	DECQ   CX
	JNE    one

done:
	VZEROUPPER
	RET
