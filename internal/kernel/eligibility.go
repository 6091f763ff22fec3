package kernel

// Carry takes eligibility traces one step on, or as many as m stands for. Of each of a number of
// variables of the state there are traces x_k [rows, units], one row for each presynaptic neuron. What
// belongs to a postsynaptic one is the same in all rows: λ_k [units], the gradient of the variable, and
// m_kl [units], at k·len(x)+l, the derivative of variable k with respect to variable l before.
//
//	g += Σ_k λ_k x_k        x_k = Σ_l m_kl x_l
//
// Without g there are no gradients; without m traces stay as they are; an m_kl or λ_k that is nil is
// zero.
func Carry[F Float](g []F, x, lambda, m [][]F, rows, units int) {
	first := 0
	if n := rows * units / 8; len(x) <= maxVariables && rows >= fewRows && single[F](n) {
		carryVectors(g, x, lambda, m, n, units)
		first = 8 * n
	}
	if g != nil {
		for k, l := range lambda {
			if l != nil {
				reap(g, x[k], l, first, rows*units)
			}
		}
	}
	if len(m) > 0 {
		evolve(x, m, first, rows*units, units)
	}
}

// reap adds λ x to g.
func reap[F Float](g, x, lambda []F, first, end int) {
	for i := first; i < end; {
		row := lambda[i%len(lambda):]
		row = row[:min(len(row), end-i)]
		to, from := g[i:][:len(row)], x[i:][:len(row)]
		for j, l := range row {
			to[j] += F(l * from[j])
		}
		i += len(row)
	}
}

// evolve multiplies by m.
func evolve[F Float](x, m [][]F, first, end, units int) {
	old := make([]F, len(x))
	for i := first; i < end; i++ {
		for k := range x {
			old[k] = x[k][i]
		}
		for k := range x {
			var sum F
			for l, v := range old {
				if d := m[k*len(x)+l]; d != nil {
					sum += F(d[i%units] * v)
				}
			}
			x[k][i] = sum
		}
	}
}

const (
	maxVariables = 3 // that the assembly knows
	fewRows      = 8 // that are not worth putting the coefficients in order
)

// carryArgs are the arguments of the assembly.
type carryArgs struct {
	g                 *float32
	x                 [maxVariables]*float32
	coefficients, end *float32
	vectors           int
	reap, evolve      int // whether to
}

// carryVectors is Carry for n vectors of eight elements. What the vectors are multiplied with lies in
// their order, until it starts again.
func carryVectors[F Float](g []F, x, lambda, m [][]F, n, units int) {
	a := Borrow[F]()
	defer a.Return()
	period := units // in vectors
	for period%2 == 0 && period > units/8 {
		period /= 2
	}
	each := len(x) + len(x)*len(x)
	c := a.Zeros(period * each * 8)
	put := func(at int, from []F) {
		j := 0
		for v := range period {
			to := c[(v*each+at)*8:][:8]
			if j+8 <= units {
				j += copy(to, from[j:])
				continue
			}
			for i := range to {
				to[i] = from[j%units]
				j++
			}
			j %= units
		}
	}
	args := carryArgs{coefficients: at(c), vectors: n}
	args.end = at(c[len(c):cap(c)])
	for k := range x {
		args.x[k] = at(x[k])
		if g != nil && lambda[k] != nil {
			put(k, lambda[k])
		}
	}
	if g != nil {
		args.g, args.reap = at(g), 1
	}
	if len(m) > 0 {
		args.evolve = 1
		for i, d := range m {
			if d != nil {
				put(len(x)+i, d)
			}
		}
	}
	switch len(x) {
	case 1:
		carry1AVX2(&args)
	case 2:
		carry2AVX2(&args)
	case 3:
		carry3AVX2(&args)
	}
}
