package kernel

//go:noescape
func carry1AVX2(a *carryArgs)

//go:noescape
func carry2AVX2(a *carryArgs)

//go:noescape
func carry3AVX2(a *carryArgs)
