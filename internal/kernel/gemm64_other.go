//go:build !amd64

package kernel

func gemm64AVX2(p *gemm64Args) { panic("no AVX2") }
