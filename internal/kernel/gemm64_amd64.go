package kernel

//go:noescape
func gemm64AVX2(p *gemm64Args)
