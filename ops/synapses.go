package ops

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Synapses carry spikes, or any other numbers, to a population: W x + Σ b at every step. Zeros in
// x cost nothing, so sparse spikes are cheap.
type Synapses struct {
	X      *gorgonia.Node // [T, batch, in]
	W      *gorgonia.Node // [units, in]
	Biases gorgonia.Nodes // any number, each [units]

	// Feedback are the weights B [units, in] through which the gradient g of the current goes back to
	// x, as Bᵀ g in the place of Wᵀ g (Lillicrap et al. 2016). Nothing else changes. The gradient of
	// Feedback is that of W, so that both learn alike where it is trained (Kolen & Pollack 1994). Nil
	// is W itself: the exact gradient.
	Feedback *gorgonia.Node
}

// Currents is what the synapses give, W x + Σ b, as a node of its own, see [Linear].
func (s Synapses) Currents() (*gorgonia.Node, error) {
	var f linear
	var nodes inputs
	var err error
	if f.wiring, err = nodes.wire(nil, s); err != nil {
		return nil, graph.Wrapf(err, "Linear")
	}
	r, err := graph.Apply(f, nodes.nodes...)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// slots are the positions of inputs among those of a Function, plus one; 0 for what is not there.
type slot int

// of is the input in a slot, or an Array without Data.
func of[F graph.Float](arrays []graph.Array[F], s slot) graph.Array[F] {
	if s == 0 {
		return graph.Array[F]{}
	}
	return arrays[s-1]
}

// wiring says which inputs of a Function are a population's current and synapses.
type wiring struct {
	Current, X, W, Bias, Feedback slot // Bias is the first of Biases
	Biases                        int
}

// inputs collects the nodes that a Function reads, and gives them their slots.
type inputs struct{ nodes gorgonia.Nodes }

func (in *inputs) add(n *gorgonia.Node) slot {
	if n == nil {
		return 0
	}
	in.nodes = append(in.nodes, n)
	return slot(len(in.nodes))
}

// wire adds a current and synapses. Inputs that are often asked for no gradient come last among
// what they stand with, as [graph.Separable] wants it.
func (in *inputs) wire(current *gorgonia.Node, s Synapses) (w wiring, err error) {
	if (s.X == nil) != (s.W == nil) || s.W == nil && (len(s.Biases) > 0 || s.Feedback != nil) {
		return w, errors.New("synapses need both X and W")
	}
	if current == nil && s.W == nil {
		return w, errors.New("there is neither a current nor synapses")
	}
	w.Current, w.X, w.W = in.add(current), in.add(s.X), in.add(s.W)
	for i, b := range s.Biases {
		if b == nil {
			return w, errors.Errorf("bias %d is nil", i)
		}
		if at := in.add(b); i == 0 {
			w.Bias = at
		}
	}
	w.Biases = len(s.Biases)
	w.Feedback = in.add(s.Feedback)
	return w, nil
}

// readsSpikes reports whether input i is x, and comes from where the tape has its bits.
func (w wiring) readsSpikes(i int, source graph.Function) bool {
	_, ok := source.(kernel.BitSource)
	return ok && slot(i+1) == w.X
}

// Separate sets apart the gradients of x, which nobody wants of a network's input, and of feedback
// weights, which may be fixed.
func (w wiring) Separate(i int) bool { return slot(i+1) == w.X || slot(i+1) == w.Feedback }

// shape checks the shapes of a current and synapses, and returns that of the current.
func (w wiring) shape(in []tensor.Shape) (tensor.Shape, error) {
	var seq tensor.Shape
	if w.Current > 0 {
		if seq = in[w.Current-1]; len(seq) != 3 {
			return nil, errors.Errorf("current has shape %v, want [T, batch, units]", seq)
		}
	}
	if w.W == 0 {
		return seq, nil
	}
	x := in[w.X-1]
	if len(x) != 3 {
		return nil, errors.Errorf("x has shape %v, want [T, batch, in]", x)
	}
	out, err := w.linearShape(in)
	if err != nil {
		return nil, err
	}
	if seq != nil && !graph.SameShape(seq, out) {
		return nil, errors.Errorf("current has shape %v, want %v for x of shape %v and w of shape %v", seq, out, x, in[w.W-1])
	}
	return out, nil
}

func (w wiring) biasShapes(in []tensor.Shape) []tensor.Shape {
	if w.Biases == 0 {
		return nil
	}
	return in[w.Bias-1:][:w.Biases]
}

// linearShape is the shape of W x + Σ b.
func (of wiring) linearShape(in []tensor.Shape) (tensor.Shape, error) {
	x, w := in[of.X-1], in[of.W-1]
	if len(w) != 2 || w[1] != x[len(x)-1] {
		return nil, errors.Errorf("w has shape %v, want [out, %d] for x of shape %v", w, x[len(x)-1], x)
	}
	if of.Feedback > 0 && !graph.SameShape(in[of.Feedback-1], w) {
		return nil, errors.Errorf("feedback has shape %v, want %v, that of w", in[of.Feedback-1], w)
	}
	for i, b := range of.biasShapes(in) {
		if want := (tensor.Shape{w[0]}); !graph.SameShape(b, want) {
			return nil, errors.Errorf("bias %d has shape %v, want %v for w of shape %v", i, b, want, w)
		}
	}
	out := x.Clone()
	out[len(out)-1] = w[0]
	return out, nil
}

// synapses are [Synapses] as numbers.
type synapses[F graph.Float] struct {
	x       graph.Array[F]
	in, out int
	forward kernel.Matrix[F] // Wᵀ, [in, out]
	back    kernel.Matrix[F] // W or the feedback weights, [out, in]; only where the gradient of x is wanted
	bias    []F              // Σ b, [out]; zeros without
	zeros   []F              // [in]
}

// newSynapses reads the weights. The memory is the arena's.
func newSynapses[F graph.Float](a *kernel.Arena[F], w wiring, c *graph.Call[F], back bool) (*synapses[F], error) {
	weights := of(c.In, w.W)
	s := &synapses[F]{x: of(c.In, w.X), out: weights.Shape[0], in: weights.Shape[1]}
	if at, v, ok := notFinite(weights); ok { // an input that is zero would hide it
		return nil, errors.Errorf("w%v is %v", at, v)
	}
	s.forward = kernel.MakeMatrix(a, s.in, s.out)
	s.forward.SetTransposed(weights.Data)
	if back && of(c.DIn, w.X).Data != nil {
		weights, err := feedback(w, c)
		if err != nil {
			return nil, err
		}
		s.back = kernel.MakeMatrix(a, s.out, s.in)
		s.back.Set(weights)
	}
	s.bias, s.zeros = a.Zeros(s.out), a.Zeros(s.in)
	for i, b := range biases(w, c.In) {
		if at, v, ok := notFinite(b); ok {
			return nil, errors.Errorf("bias %d%v is %v", i, at, v)
		}
		kernel.Add(b.Data, s.bias)
	}
	return s, nil
}

// feedback are the weights, [out, in], through which the gradient of x goes.
func feedback[F graph.Float](w wiring, c *graph.Call[F]) ([]F, error) {
	if w.Feedback == 0 {
		return of(c.In, w.W).Data, nil
	}
	b := of(c.In, w.Feedback)
	if at, v, ok := notFinite(b); ok {
		return nil, errors.Errorf("feedback%v is %v", at, v)
	}
	return b.Data, nil
}

// rows are n rows of x from row r on, or nil if nothing is there but bits.
func (s *synapses[F]) rows(r, n int) []F {
	if s.x.Data == nil {
		return nil
	}
	return s.x.Data[r*s.in:][:n*s.in]
}

// pack writes the bits of n rows of x from row r on. Anything that is not finite is an error.
func (s *synapses[F]) pack(r, n int, set []uint64) (kernel.Activity, error) {
	x := s.rows(r, n)
	of := kernel.Pack(x, n, s.in, set)
	if !of.Ones {
		if at := kernel.NotFinite(x); at >= 0 {
			return of, errors.Errorf("x%v is %v", index(s.x.Shape, r*s.in+at), x[at])
		}
	}
	return of, nil
}

// add writes base + W x of n rows, from row r on, to y. Base is y, or one row for all.
func (s *synapses[F]) add(base, y []F, r, n int, set []uint64, of kernel.Activity) {
	s.forward.AddProduct(set, of, s.rows(r, n), n, base, y)
}

// backTo writes the gradient of n rows of x, from row r on, given that of the currents.
func (s *synapses[F]) backTo(dx []F, r, n int, g []F) {
	s.back.AddDense(g, n, s.zeros, dx[r*s.in:][:n*s.in])
}

// size is how many numbers the gradients of weights and bias are.
func (s *synapses[F]) size() int { return (s.in + 1) * s.out }

// weigh adds the gradients of the weights and the bias to sums, from those of the currents of n
// rows, g, for the rows' bits and, unless they are ones, elements.
func (s *synapses[F]) weigh(sums []F, set []uint64, of kernel.Activity, x []F, n int, g []F) {
	kernel.AddOuter(set, of, x, n, s.in, g, s.out, sums[:s.in*s.out])
	kernel.AddColumns(g, n, s.out, sums[s.in*s.out:])
}

// finish writes the gradients from the sums of all shards. That of feedback weights is that of the
// weights.
func (s *synapses[F]) finish(sums []F, w wiring, c *graph.Call[F]) {
	for _, at := range [...]slot{w.W, w.Feedback} {
		if dw := of(c.DIn, at).Data; dw != nil {
			kernel.Transpose(sums[:s.in*s.out], dw, s.in, s.out)
		}
	}
	for _, b := range biases(w, c.DIn) {
		copy(b.Data, sums[s.in*s.out:])
	}
}
