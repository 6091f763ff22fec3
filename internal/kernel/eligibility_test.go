package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Traces in both precisions, by assembly and without, against the definition.
func TestCarry(t *testing.T) {
	for _, variables := range []int{1, 2, 3, 4} {
		for _, rows := range []int{1, 7, 8, 33} {
			for _, units := range []int{1, 3, 8, 12, 16, 25, 100} {
				for mode := range 4 {
					t.Run(fmt.Sprintf("%d variables, %d rows, %d units, mode %d", variables, rows, units, mode), func(t *testing.T) {
						testCarry[float64](t, variables, rows, units, mode)
						testCarry[float32](t, variables, rows, units, mode)
					})
				}
			}
		}
	}
}

func testCarry[F Float](t *testing.T, variables, rows, units, mode int) {
	rng := rand.New(rand.NewPCG(uint64(variables), uint64(rows*units+mode)))
	random := func(n int) []F {
		x := make([]F, n)
		for i := range x {
			x[i] = F(rng.NormFloat64())
		}
		return x
	}
	var g, wantG []F
	var x, want, lambda, m [][]F
	if mode&1 == 0 {
		g = random(rows * units)
		wantG = append(wantG, g...)
	}
	for range variables {
		xk := random(rows * units)
		x, want = append(x, xk), append(want, append([]F(nil), xk...))
		lambda = append(lambda, random(units))
	}
	if mode == 2 {
		lambda[variables-1] = nil
	}
	if mode < 3 {
		for range variables * variables {
			m = append(m, random(units))
		}
		m[len(m)/2] = nil
	}
	for i := range rows * units {
		old := make([]F, variables)
		for k := range old {
			old[k] = want[k][i]
			if g != nil && lambda[k] != nil {
				wantG[i] += F(lambda[k][i%units] * old[k])
			}
		}
		for k := range m {
			if k%variables == 0 {
				want[k/variables][i] = 0
			}
			if m[k] != nil {
				want[k/variables][i] += F(m[k][i%units] * old[k%variables])
			}
		}
	}
	Carry(g, x, lambda, m, rows, units)
	for i := range wantG {
		if g[i] != wantG[i] {
			t.Fatalf("gradient %d is %v, want %v", i, g[i], wantG[i])
		}
	}
	for k := range x {
		for i := range x[k] {
			if x[k][i] != want[k][i] {
				t.Fatalf("trace %d of variable %d is %v, want %v", i, k, x[k][i], want[k][i])
			}
		}
	}
}
