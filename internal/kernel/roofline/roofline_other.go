//go:build !amd64

package roofline

// Available is false where there is no assembly.
const Available = false

func fma(int)                     { panic("not available") }
func sum(*float32, int) float32   { panic("not available") }
func fill(*float32, int, float32) { panic("not available") }
