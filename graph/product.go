package graph

import "github.com/srnn-go/srnn/internal/kernel"

// product is the product of two matrices.
func (b *builder[F]) product(i int) (instruction, bool) {
	p, n, in := b.program, b.slots[i].node, b.plan.steps[i].in
	var transA, transB bool
	switch n.Op().String() {
	case "A × B":
	case "Aᵀ × B":
		transA = true
	case "A × Bᵀ":
		transB = true
	case "Aᵀ × Bᵀ":
		transA, transB = true, true
	default:
		return instruction{}, false
	}
	x, y, z := b.slots[in[0]], b.slots[in[1]], b.slots[i]
	if !x.typed || !y.typed || !z.typed || len(x.shape) != 2 || len(y.shape) != 2 || len(z.shape) != 2 {
		return instruction{}, false
	}
	m := matrices{rows: z.shape[0], cols: z.shape[1], deep: x.shape[1], aRow: x.shape[1], aCol: 1, transB: transB}
	if transA {
		m.deep, m.aRow, m.aCol = x.shape[0], 1, x.shape[1]
	}
	return instruction{node: n, reads: in, writes: []int{i}, run: func() error {
		a, err := p.floats(in[0])
		if err != nil {
			return err
		}
		c, err := p.floats(in[1])
		if err != nil {
			return err
		}
		multiply(m, a, c, p.slots[i].data)
		return nil
	}}, true
}

// matrices says how two matrices lie in memory, and the size of their product.
type matrices struct {
	rows, cols, deep int
	aRow, aCol       int
	transB           bool
}

// multiply writes the product of a and b to c.
func multiply[F Float](m matrices, a, b, c []F) {
	arena := kernel.Borrow[F]()
	defer arena.Return()
	zeros := arena.Zeros(m.cols)
	if m.transB || cap(b)-len(b) < kernel.Slack {
		copied := arena.Floats(len(b))
		if m.transB {
			kernel.Transpose(b, copied, m.cols, m.deep)
		} else {
			copy(copied, b)
		}
		b = copied
	}
	b = b[:len(b):cap(b)]
	const shard = 64
	_ = kernel.Run(m.rows, max(shard, 1<<16/(m.cols*m.deep)), func(_, lo, hi int) error {
		kernel.MulAdd(hi-lo, m.cols, m.deep, a[lo*m.aRow:], m.aRow, m.aCol, kernel.Lines[F]{X: b[:len(b)+kernel.Slack], Ld: m.cols},
			kernel.Lines[F]{X: zeros, Ld: 0}, kernel.Lines[F]{X: c[lo*m.cols:], Ld: m.cols})
		return nil
	})
}
