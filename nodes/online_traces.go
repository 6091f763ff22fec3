package nodes

import (
	"runtime"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// rows say which rows of the traces belong to what: one to each input, to each neuron that spikes come
// back from, to all biases together, and to each parameter of the cell. -1 is for what has none, as it
// is not trained.
type rows struct {
	in, recurrent, bias int
	params              []int
	count               int
}

// traces are the eligibility traces of a layer, as matrices [batch, rows, units]: of its output, and of
// those variables of its state that this depends on.
type traces[F graph.Float] struct {
	rows
	batch, units int

	variables []variable[F]
	output    int   // which of them is the output
	m         [][]F // the derivative of each variable by each in the last step, [batch, units]; nil is zero
	g         []F   // the gradients that were accumulated, [rows, units]

	size   int // rows of a shard
	shards []shard[F]
}

// variable is a variable with its traces and, of the last step, the derivatives by the current and the
// cell's parameters, [batch, units]; nil is zero.
type variable[F graph.Float] struct {
	trace[F]
	value     int // of the moment
	byCurrent []F
	byParam   [][]F
}

// trace is the traces of a variable, with a learning signal that waits for its use. To touch traces
// but once in a step, signals are used when they are carried on, unless gradients are wanted before.
type trace[F graph.Float] struct {
	x      []F // [batch, rows, units]
	signal []F // [batch, units]
	waits  bool
}

// shard is room for what one goroutine hands to the kernel.
type shard[F graph.Float] struct{ x, lambda, m [][]F }

// newTraces finds out what the output of a step depends on in the end.
func newTraces[F graph.Float](m *moment[F], r rows, batch int) traces[F] {
	const small = 1 << 15 // elements that are not worth more than one shard
	t := traces[F]{rows: r, batch: batch, units: m.units}
	for k, live := range m.live {
		if live {
			t.variables = append(t.variables, variable[F]{trace: t.newTrace(), value: k})
		}
	}
	t.output = slices.IndexFunc(t.variables, func(v variable[F]) bool { return v.value == m.output })
	t.g = make([]F, t.count*t.units)
	n := len(t.variables)
	t.m = make([][]F, n*n)
	cores := runtime.GOMAXPROCS(0) // each row is by itself, so that shards make no difference to the results
	t.size = max((t.count+cores-1)/cores, small/(t.batch*t.units*n), 1)
	t.shards = make([]shard[F], kernel.Shards(t.count, t.size))
	for i := range t.shards {
		t.shards[i] = shard[F]{make([][]F, n), make([][]F, n), make([][]F, n*n)}
	}
	return t
}

func (t *traces[F]) newTrace() trace[F] {
	return trace[F]{x: make([]F, t.batch*t.count*t.units), signal: make([]F, t.batch*t.units)}
}

func (t *traces[F]) clear() {
	for k := range t.variables {
		clear(t.variables[k].x)
	}
}

// derive reads the derivatives of a step.
func (t *traces[F]) derive(m *moment[F]) {
	for k := range t.variables {
		v := &t.variables[k]
		v.byCurrent, v.byParam = m.byCurrent[v.value], m.byParam[v.value]
		for l, by := range t.variables {
			if by.value < m.variables {
				t.m[k*len(t.variables)+l] = m.byState[v.value][by.value]
			}
		}
	}
}

// each calls f for all rows, in shards.
func (t *traces[F]) each(f func(s *shard[F], lo, hi int)) {
	_ = kernel.Run(t.count, t.size, func(i, lo, hi int) error {
		f(&t.shards[i], lo, hi)
		return nil
	})
}

// learn uses the signals that wait for rows lo to hi of an example, and with carry multiplies the
// traces by m.
func (t *traces[F]) learn(s *shard[F], b, lo, hi int, carry bool) {
	var g []F
	for k := range t.variables {
		v := &t.variables[k]
		s.x[k], s.lambda[k] = t.part(&v.trace, b, lo, hi), nil
		if v.waits {
			g, s.lambda[k] = t.g[lo*t.units:hi*t.units], v.signal[b*t.units:][:t.units]
		}
	}
	var m [][]F
	if carry {
		m = s.m
		for i, d := range t.m {
			if m[i] = nil; d != nil {
				m[i] = d[b*t.units:][:t.units]
			}
		}
	}
	if g != nil || carry {
		kernel.Carry(g, s.x, s.lambda, m, hi-lo, t.units)
	}
}

// part are rows lo to hi of an example.
func (t *traces[F]) part(v *trace[F], b, lo, hi int) []F {
	return v.x[(b*t.count+lo)*t.units : (b*t.count+hi)*t.units]
}

// add adds to rows lo to hi of an example what the last step has done to the variables by itself. It
// is only for what goes in that is not zero.
func (t *traces[F]) add(b, lo, hi int, x, spikes *sparse[F]) {
	for k := range t.variables {
		v := &t.variables[k]
		row := func(i int) []F { return v.x[(b*t.count+i)*t.units:][:t.units] }
		if v.byCurrent != nil {
			by := v.byCurrent[b*t.units:][:t.units]
			spread := func(from *sparse[F], first int) {
				at, values := from.row(b)
				begin, _ := slices.BinarySearch(at, lo-first)
				for k := begin; k < len(at) && first+at[k] < hi; k++ {
					kernel.Axpy(values[k], by, row(first+at[k]))
				}
			}
			if t.in >= 0 {
				spread(x, t.in)
			}
			if t.recurrent >= 0 {
				spread(spikes, t.recurrent)
			}
			if i := t.bias; i >= lo && i < hi {
				kernel.Add(by, row(i))
			}
		}
		for q, by := range v.byParam {
			if i := t.params[q]; by != nil && i >= lo && i < hi {
				kernel.Add(by[b*t.units:][:t.units], row(i))
			}
		}
	}
}

// receive is room for a signal, which is added to what waits already.
func (v *trace[F]) receive() []F {
	if !v.waits {
		clear(v.signal)
		v.waits = true
	}
	return v.signal
}
