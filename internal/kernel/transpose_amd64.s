#include "textflag.h"

DATA low32<>+0(SB)/8, $0x00000000ffffffff
GLOBL low32<>(SB), RODATA|NOPTR, $8
DATA low16<>+0(SB)/8, $0x0000ffff0000ffff
GLOBL low16<>(SB), RODATA|NOPTR, $8
DATA low8<>+0(SB)/8, $0x00ff00ff00ff00ff
GLOBL low8<>(SB), RODATA|NOPTR, $8
DATA low4<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low4<>(SB), RODATA|NOPTR, $8
DATA low2<>+0(SB)/8, $0x3333333333333333
GLOBL low2<>(SB), RODATA|NOPTR, $8
DATA low1<>+0(SB)/8, $0x5555555555555555
GLOBL low1<>(SB), RODATA|NOPTR, $8

// SWAP exchanges the high halves of fields of 2·s bits in a with the low halves of those in b, as
// transpose64 does in Go. Y15 masks the low halves, t is spoiled.
#define SWAP(s, a, b, t) \
	VPSRLQ $s, a, t    \
	VPXOR  b, t, t     \
	VPAND  Y15, t, t   \
	VPXOR  t, b, b     \
	VPSLLQ $s, t, t    \
	VPXOR  t, a, a

#define FAR(off) \
	VMOVDQU off(DI), Y0       \
	VMOVDQU (256+off)(DI), Y1 \
	SWAP(32, Y0, Y1, Y2)      \
	VMOVDQU Y0, off(DI)       \
	VMOVDQU Y1, (256+off)(DI)

// NEAR2 and NEAR1 swap words within a and b, which they pair up by halves and by words.
#define NEAR2(a, b) \
	VPERM2I128 $0x20, b, a, Y8  \
	VPERM2I128 $0x31, b, a, Y9  \
	SWAP(2, Y8, Y9, Y10)        \
	VPERM2I128 $0x20, Y9, Y8, a \
	VPERM2I128 $0x31, Y9, Y8, b

#define NEAR1(a, b) \
	VPUNPCKLQDQ b, a, Y8  \
	VPUNPCKHQDQ b, a, Y9  \
	SWAP(1, Y8, Y9, Y10)  \
	VPUNPCKLQDQ Y9, Y8, a \
	VPUNPCKHQDQ Y9, Y8, b

// func transpose64AVX2(a *[64]uint64)
//
// Squares of 32 are swapped across the halves of the block; then each half, 32 words, fits into
// eight registers.
TEXT ·transpose64AVX2(SB), NOSPLIT, $0-8
	MOVQ         a+0(FP), DI
	VPBROADCASTQ low32<>(SB), Y15
	FAR(0)
	FAR(32)
	FAR(64)
	FAR(96)
	FAR(128)
	FAR(160)
	FAR(192)
	FAR(224)
	MOVQ         $2, CX

half:
	VMOVDQU      0(DI), Y0
	VMOVDQU      32(DI), Y1
	VMOVDQU      64(DI), Y2
	VMOVDQU      96(DI), Y3
	VMOVDQU      128(DI), Y4
	VMOVDQU      160(DI), Y5
	VMOVDQU      192(DI), Y6
	VMOVDQU      224(DI), Y7
	VPBROADCASTQ low16<>(SB), Y15
	SWAP(16, Y0, Y4, Y8)
	SWAP(16, Y1, Y5, Y9)
	SWAP(16, Y2, Y6, Y10)
	SWAP(16, Y3, Y7, Y11)
	VPBROADCASTQ low8<>(SB), Y15
	SWAP(8, Y0, Y2, Y8)
	SWAP(8, Y1, Y3, Y9)
	SWAP(8, Y4, Y6, Y10)
	SWAP(8, Y5, Y7, Y11)
	VPBROADCASTQ low4<>(SB), Y15
	SWAP(4, Y0, Y1, Y8)
	SWAP(4, Y2, Y3, Y9)
	SWAP(4, Y4, Y5, Y10)
	SWAP(4, Y6, Y7, Y11)
	VPBROADCASTQ low2<>(SB), Y15
	NEAR2(Y0, Y1)
	NEAR2(Y2, Y3)
	NEAR2(Y4, Y5)
	NEAR2(Y6, Y7)
	VPBROADCASTQ low1<>(SB), Y15
	NEAR1(Y0, Y1)
	NEAR1(Y2, Y3)
	NEAR1(Y4, Y5)
	NEAR1(Y6, Y7)
	VMOVDQU      Y0, 0(DI)
	VMOVDQU      Y1, 32(DI)
	VMOVDQU      Y2, 64(DI)
	VMOVDQU      Y3, 96(DI)
	VMOVDQU      Y4, 128(DI)
	VMOVDQU      Y5, 160(DI)
	VMOVDQU      Y6, 192(DI)
	VMOVDQU      Y7, 224(DI)
	ADDQ         $256, DI
	DECQ         CX
	JNE          half
	VZEROUPPER
	RET
