// Offsets into expTable, see exp_amd64.go.
#define expLow   0
#define expLog2e 32
#define expShift 64
#define expLn2Hi 96
#define expLn2Lo 128
#define expC6    160
#define expC5    192
#define expC4    224
#define expC3    256
#define expC2    288
#define expOne   320

// EXP replaces eight numbers x ≤ 0 in Y0 by e^x, with expTable's address in R8. It overwrites
// Y1 to Y4. NaN stays NaN.
#define EXP \
	VCMPPS       $0x15, expLow(R8), Y0, Y4 \ // not below: also true of NaN
	VMOVUPS      expLog2e(R8), Y1          \
	VFMADD213PS  expShift(R8), Y0, Y1      \ // n + shift: the integer is in the low bits
	VPSLLD       $23, Y1, Y2               \ // in the exponent's place
	VSUBPS       expShift(R8), Y1, Y1      \ // n
	VFNMADD231PS expLn2Hi(R8), Y1, Y0      \
	VFNMADD231PS expLn2Lo(R8), Y1, Y0      \ // r
	VMOVUPS      expC6(R8), Y3             \
	VFMADD213PS  expC5(R8), Y0, Y3         \
	VFMADD213PS  expC4(R8), Y0, Y3         \
	VFMADD213PS  expC3(R8), Y0, Y3         \
	VFMADD213PS  expC2(R8), Y0, Y3         \
	VFMADD213PS  expOne(R8), Y0, Y3        \
	VFMADD213PS  expOne(R8), Y0, Y3        \
	VPADDD       expOne(R8), Y2, Y2        \ // 2^n: the bits of 1 hold the exponent's offset
	VMULPS       Y2, Y3, Y0                \
	VANDPS       Y4, Y0, Y0
