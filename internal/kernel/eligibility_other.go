//go:build !amd64

package kernel

func carry1AVX2(*carryArgs) { panic("no AVX2") }
func carry2AVX2(*carryArgs) { panic("no AVX2") }
func carry3AVX2(*carryArgs) { panic("no AVX2") }
