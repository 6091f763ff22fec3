package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A declaration is a graph in the making. It names its inputs and gives them values, the same ones
// each time that the same graph is declared.
type declaration struct {
	g      *gorgonia.ExprGraph
	dt     tensor.Dtype
	inputs gorgonia.Nodes
	ranges []valueRange // of each input
}

// A valueRange is where the values of an input are drawn from.
type valueRange struct {
	low, high float64
	whole     bool // whole numbers only
}

func newDeclaration(dt tensor.Dtype) *declaration {
	return &declaration{g: gorgonia.NewGraph(), dt: dt}
}

// input declares an input. Without a shape it is a scalar.
func (d *declaration) input(r valueRange, shape ...int) *gorgonia.Node {
	k := len(d.inputs)
	d.ranges = append(d.ranges, r)
	n := d.declare(fmt.Sprintf("input%d", k), d.random(k, 0, shape...))
	d.inputs = append(d.inputs, n)
	return n
}

// within declares an input with values between low and high.
func (d *declaration) within(low, high float64, shape ...int) *gorgonia.Node {
	return d.input(valueRange{low: low, high: high}, shape...)
}

// in declares an input with values on both sides of 0.
func (d *declaration) in(shape ...int) *gorgonia.Node { return d.within(-1.5, 1.5, shape...) }

// positive declares an input for functions that need positive values.
func (d *declaration) positive(shape ...int) *gorgonia.Node { return d.within(.2, 2, shape...) }

// weight declares an input with small values.
func (d *declaration) weight(shape ...int) *gorgonia.Node { return d.within(-.6, .6, shape...) }

// whole declares an input with whole numbers, some of them equal.
func (d *declaration) whole(shape ...int) *gorgonia.Node {
	return d.input(valueRange{low: -1, high: 2, whole: true}, shape...)
}

// data declares an input with these values, which is not one of the inputs to differentiate.
func (d *declaration) data(shape tensor.Shape, x ...float64) *gorgonia.Node {
	return d.declare(fmt.Sprintf("data%d", len(d.g.AllNodes())), valueOf(d.dt, shape, x))
}

// oneHot declares a matrix with a row for each class: all zeros but for the class.
func (d *declaration) oneHot(classes int, class ...int) *gorgonia.Node {
	x := make([]float64, len(class)*classes)
	for i, c := range class {
		x[i*classes+c] = 1
	}
	return d.data(tensor.Shape{len(class), classes}, x...)
}

// integers declares a vector of int.
func (d *declaration) integers(x ...int) *gorgonia.Node {
	return d.declare(fmt.Sprintf("integers%d", len(d.g.AllNodes())),
		tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x)))
}

// number is a constant of the graph's dtype. Constants of equal names become one node, whatever
// their values, so it is named after its value.
func (d *declaration) number(x float64) *gorgonia.Node {
	return gorgonia.NewConstant(valueOf(d.dt, nil, []float64{x}), gorgonia.WithName(fmt.Sprintf("%v as %v", x, d.dt)))
}

func (d *declaration) declare(name string, v gorgonia.Value) *gorgonia.Node {
	if v.Shape().IsScalar() {
		return gorgonia.NewScalar(d.g, v.Dtype(), gorgonia.WithName(name), gorgonia.WithValue(v))
	}
	return gorgonia.NewTensor(d.g, v.Dtype(), v.Shape().Dims(), gorgonia.WithShape(v.Shape()...),
		gorgonia.WithName(name), gorgonia.WithValue(v))
}

// random is the value of an input in a round. Rounds differ.
func (d *declaration) random(input, round int, shape ...int) gorgonia.Value {
	r := rand.New(rand.NewPCG(uint64(input), uint64(round)))
	x := make([]float64, tensor.Shape(shape).TotalSize())
	from := d.ranges[input]
	for i := range x {
		x[i] = from.low + (from.high-from.low)*r.Float64()
		if from.whole {
			x[i] = math.Floor(x[i])
		}
	}
	return valueOf(d.dt, shape, x)
}

// valueOf makes a value of float32 or float64: a Scalar if the shape has no dimensions, as Gorgonia
// has it.
func valueOf(dt tensor.Dtype, shape tensor.Shape, x []float64) gorgonia.Value {
	if dt == tensor.Float32 {
		y := make([]float32, len(x))
		for i := range x {
			y[i] = float32(x[i])
		}
		if len(shape) == 0 {
			return gorgonia.NewF32(y[0])
		}
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(y))
	}
	if len(shape) == 0 {
		return gorgonia.NewF64(x[0])
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(x)))
}

// numbers are the elements of a value in row-major order, true as 1. They are a copy.
func numbers(t testing.TB, v gorgonia.Value) []float64 {
	t.Helper()
	if v == nil {
		t.Fatal("no value")
	}
	offsets := []int{0} // of the elements, in row-major order
	if d, ok := v.(*tensor.Dense); ok && len(d.Strides()) == d.Dims() {
		for axis, stride := range d.Strides() {
			var within []int
			for _, start := range offsets {
				for i := range d.Shape()[axis] {
					within = append(within, start+i*stride)
				}
			}
			offsets = within
		}
	}
	data := reflect.ValueOf(v.Data())
	if data.Kind() != reflect.Slice {
		return []float64{number(t, data)}
	}
	x := make([]float64, len(offsets))
	for i, at := range offsets {
		x[i] = number(t, data.Index(at))
	}
	return x
}

func number(t testing.TB, v reflect.Value) float64 {
	t.Helper()
	switch {
	case v.CanFloat():
		return v.Float()
	case v.CanInt():
		return float64(v.Int())
	case v.Kind() == reflect.Bool && v.Bool():
		return 1
	case v.Kind() == reflect.Bool:
		return 0
	}
	t.Fatalf("an element is of %v", v.Kind())
	return 0
}

// A program is what one of Gorgonia's own examples does: declare a graph, differentiate its loss,
// train.
type program struct {
	name   string
	build  func(d *declaration) model
	solver func() gorgonia.Solver
	// wrongGrad says why Gorgonia's gradients are no derivatives.
	wrongGrad string
	// keeps says what one of Gorgonia's ops remembers of its last run, so that several machines
	// cannot run the graph, which has the op but once, at a time.
	keeps string
}

// A model is a declared graph, ready to be trained.
type model struct {
	loss       *gorgonia.Node
	learnables gorgonia.Nodes
	others     gorgonia.Nodes // further nodes of interest
}

var programs = []program{
	{name: "line with scalar parameters", build: line, solver: vanilla},
	{name: "logistic regression", build: logisticRegression, solver: vanilla},
	{name: "XOR with tanh and mean square error", build: xorMeanSquare, solver: adam},
	{name: "XOR with softmax and cross entropy", build: xorCrossEntropy, solver: rmsProp},
	{name: "two biases with one gradient", build: twinBiases, solver: vanilla},
	{name: "convolutions", build: convolutions, solver: rmsProp, keeps: "where MaxPool2D found each maximum"},
	{name: "convolutions in a column", build: column, solver: adam},
	{name: "batch normalization", build: normalized, solver: vanilla, keeps: "mean and variance of the batch"},
	{name: "dropout of nothing", build: dropout, solver: vanilla, wrongGrad: "Gorgonia's Dropout with probability 0 has gradient 0"},
	{name: "recurrent net of vectors", build: charRNN, solver: rmsProp},
	{name: "LSTM of batches", build: lstm, solver: adam},
	{name: "stacked autoencoder", build: autoencoder, solver: vanilla},
	{name: "attention", build: attention, solver: adam},
	{name: "embedding by index", build: embedding, solver: adaGrad},
	{name: "gradient that is a constant", build: constantGradient, solver: momentum},
}

func vanilla() gorgonia.Solver { return gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(.3)) }

func adam() gorgonia.Solver {
	return gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.05), gorgonia.WithBatchSize(4), gorgonia.WithL2Reg(1e-3))
}

func rmsProp() gorgonia.Solver {
	return gorgonia.NewRMSPropSolver(gorgonia.WithLearnRate(.02), gorgonia.WithClip(5))
}

func momentum() gorgonia.Solver {
	return gorgonia.NewMomentum(gorgonia.WithLearnRate(.1), gorgonia.WithMomentum(.9))
}

func adaGrad() gorgonia.Solver { return gorgonia.NewAdaGradSolver(gorgonia.WithLearnRate(.1)) }

// affine is x·w + b, with the bias added to each row.
func affine(x, w, b *gorgonia.Node) *gorgonia.Node {
	return must(gorgonia.BroadcastAdd(must(gorgonia.Mul(x, w)), b, nil, []byte{0}))
}

// crossEntropy is the mean over the rows of −Σ y·log(p).
func crossEntropy(p, y *gorgonia.Node) *gorgonia.Node {
	perRow := must(gorgonia.Sum(must(gorgonia.HadamardProd(y, must(gorgonia.Log(p)))), 1))
	return must(gorgonia.Neg(must(gorgonia.Mean(perRow))))
}

// binaryCrossEntropy is the mean of −y·log(p) − (1−y)·log(1−p).
func binaryCrossEntropy(d *declaration, p, y *gorgonia.Node) *gorgonia.Node {
	one := d.number(1)
	positives := must(gorgonia.HadamardProd(must(gorgonia.Neg(y)), must(gorgonia.Log(p))))
	negatives := must(gorgonia.HadamardProd(must(gorgonia.Sub(one, y)), must(gorgonia.Log(must(gorgonia.Sub(one, p))))))
	return must(gorgonia.Mean(must(gorgonia.Sub(positives, negatives))))
}

func meanSquare(x, y *gorgonia.Node) *gorgonia.Node {
	return must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(x, y))))))
}

// line fits y = m·x + c.
func line(d *declaration) model {
	x, y := d.data(tensor.Shape{5}, 1, 2, 3, 4, 5), d.data(tensor.Shape{5}, 3.1, 4.9, 7.2, 8.8, 11)
	m, c := d.weight(), d.weight()
	predicted := must(gorgonia.Add(must(gorgonia.Mul(x, m)), c))
	loss := must(gorgonia.Div(meanSquare(predicted, y), d.number(20)))
	return model{loss, gorgonia.Nodes{m, c}, gorgonia.Nodes{predicted}}
}

// logisticRegression has a scalar bias, a penalty on the weights, a comparison whose outcome is of
// bool, and its own gradient descent in the graph, besides the solver.
func logisticRegression(d *declaration) model {
	x, y := d.in(6, 3), d.data(tensor.Shape{6}, 1, 0, 0, 1, 1, 0)
	w, b := d.weight(3), d.weight()
	prob := must(gorgonia.Sigmoid(must(gorgonia.Add(must(gorgonia.Mul(x, w)), b))))
	predicted := must(gorgonia.Gt(prob, d.number(.5), false))
	penalty := must(gorgonia.Mul(d.number(.01), must(gorgonia.Sum(must(gorgonia.Square(w))))))
	loss := must(gorgonia.Add(binaryCrossEntropy(d, prob, y), penalty))
	grads := must(gorgonia.Grad(loss, w, b))
	next := gorgonia.Nodes{prob, predicted}
	for i, n := range (gorgonia.Nodes{w, b}) {
		next = append(next, must(gorgonia.Sub(n, must(gorgonia.Mul(d.number(.1), grads[i])))))
	}
	return model{loss, gorgonia.Nodes{w, b}, next}
}

func xor(d *declaration) (x *gorgonia.Node) {
	return d.data(tensor.Shape{4, 2}, 0, 0, 0, 1, 1, 0, 1, 1)
}

func xorMeanSquare(d *declaration) model {
	w0, b0, w1, b1 := d.weight(2, 4), d.weight(4), d.weight(4, 1), d.weight(1)
	hidden := must(gorgonia.Tanh(affine(xor(d), w0, b0)))
	out := affine(hidden, w1, b1)
	return model{meanSquare(out, d.data(tensor.Shape{4, 1}, 0, 1, 1, 0)), gorgonia.Nodes{w0, b0, w1, b1}, gorgonia.Nodes{hidden, out}}
}

func xorCrossEntropy(d *declaration) model {
	w0, b0, w1, b1 := d.weight(2, 5), d.weight(5), d.weight(5, 2), d.weight(2)
	hidden := must(gorgonia.Sigmoid(affine(xor(d), w0, b0)))
	p := must(gorgonia.SoftMax(affine(hidden, w1, b1)))
	return model{crossEntropy(p, d.oneHot(2, 0, 1, 1, 0)), gorgonia.Nodes{w0, b0, w1, b1}, gorgonia.Nodes{hidden, p}}
}

// twinBiases has two learnables with one and the same node as their gradient. Solvers write to
// gradients, so each needs its own.
func twinBiases(d *declaration) model {
	w, b, c := d.weight(3, 2), d.weight(4, 2), d.weight(4, 2)
	s := must(gorgonia.Add(must(gorgonia.Add(must(gorgonia.Mul(d.in(4, 3), w)), b)), c))
	return model{meanSquare(must(gorgonia.Tanh(s)), d.in(4, 2)), gorgonia.Nodes{w, b, c}, gorgonia.Nodes{s}}
}

// constantGradient has gradients that are constants of the graph. Solvers write to gradients; the
// constants must stay as they are.
func constantGradient(d *declaration) model {
	w, b, c := d.weight(3), d.weight(), d.weight()
	loss := must(gorgonia.Add(must(gorgonia.Add(must(gorgonia.Sum(w)), b)), c))
	return model{loss, gorgonia.Nodes{w, b, c}, nil}
}

// convolutions is the net of Gorgonia's example of digits, in small.
func convolutions(d *declaration) model {
	x := d.in(2, 1, 8, 8)
	w0, w1, w2, w3 := d.weight(3, 1, 3, 3), d.weight(2, 3, 3, 3), d.weight(8, 5), d.weight(5, 3)
	layer := func(x, w *gorgonia.Node) *gorgonia.Node {
		c := must(gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
		return must(gorgonia.MaxPool2D(must(gorgonia.Rectify(c)), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	}
	pooled := layer(layer(x, w0), w1)
	flat := must(gorgonia.Reshape(pooled, tensor.Shape{2, 8}))
	hidden := must(gorgonia.Rectify(must(gorgonia.Mul(flat, w2))))
	p := must(gorgonia.SoftMax(must(gorgonia.Mul(hidden, w3))))
	return model{crossEntropy(p, d.oneHot(3, 2, 0)), gorgonia.Nodes{w0, w1, w2, w3}, gorgonia.Nodes{pooled, flat, hidden, p}}
}

// column joins the results of convolutions of one image, and pools by averages.
func column(d *declaration) model {
	x := d.in(2, 2, 4, 4)
	w0, w1, w2 := d.weight(2, 2, 1, 1), d.weight(3, 2, 3, 3), d.weight(5, 2)
	a := must(gorgonia.LeakyRelu(must(gorgonia.Conv2d(x, w0, tensor.Shape{1, 1}, []int{0, 0}, []int{1, 1}, []int{1, 1})), .1))
	b := must(gorgonia.Conv2d(x, w1, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	joined := must(gorgonia.Concat(1, a, b))
	// Gorgonia's sums along inner axes of four dimensions are wrong, so pixels become one axis.
	pooled := must(gorgonia.Mean(must(gorgonia.Reshape(joined, tensor.Shape{2, 5, 16})), 2))
	p := must(gorgonia.SoftMax(must(gorgonia.Mul(pooled, w2))))
	return model{crossEntropy(p, d.oneHot(2, 1, 0)), gorgonia.Nodes{w0, w1, w2}, gorgonia.Nodes{joined, pooled, p}}
}

// normalized has a batch normalization, with a scale and a bias to learn.
func normalized(d *declaration) model {
	x := d.in(5, 3)
	w, scale, bias, v := d.weight(3, 4), d.within(.5, 1.5, 1, 4), d.weight(1, 4), d.weight(4, 2)
	normal, _, _, _, err := gorgonia.BatchNorm(must(gorgonia.Mul(x, w)), scale, bias, .9, 1e-3)
	hidden := must(gorgonia.Tanh(must(normal, err)))
	p := must(gorgonia.SoftMax(must(gorgonia.Mul(hidden, v))))
	return model{crossEntropy(p, d.oneHot(2, 0, 1, 1, 0, 1)), gorgonia.Nodes{w, scale, bias, v}, gorgonia.Nodes{hidden, p}}
}

// dropout has a Dropout with probability 0, which returns its input itself.
func dropout(d *declaration) model {
	x, w0, w1 := d.in(4, 3), d.weight(3, 4), d.weight(4, 2)
	hidden := must(gorgonia.Tanh(must(gorgonia.Mul(x, w0))))
	dropped := must(gorgonia.Dropout(hidden, 0))
	out := must(gorgonia.Mul(dropped, w1))
	// Two more readers of the hidden values, one on each side of the Dropout.
	sum := must(gorgonia.Add(dropped, hidden))
	return model{meanSquare(out, d.in(4, 2)), gorgonia.Nodes{w0, w1}, gorgonia.Nodes{hidden, dropped, sum}}
}

// charRNN unrolls an LSTM over characters, one vector at a time, as Gorgonia's example of that name
// does: one-hot vectors that an embedding multiplies, and a loss for each next character.
func charRNN(d *declaration) model {
	const chars, embedded, units = 4, 3, 5
	var learnables gorgonia.Nodes
	weight := func(shape ...int) *gorgonia.Node {
		n := d.weight(shape...)
		learnables = append(learnables, n)
		return n
	}
	embedding := weight(chars, embedded)
	gate := func(activate func(*gorgonia.Node) (*gorgonia.Node, error)) func(x, h *gorgonia.Node) *gorgonia.Node {
		wx, wh, b := weight(units, embedded), weight(units, units), weight(units)
		return func(x, h *gorgonia.Node) *gorgonia.Node {
			sum := must(gorgonia.Add(must(gorgonia.Mul(wx, x)), must(gorgonia.Mul(wh, h))))
			return must(activate(must(gorgonia.Add(sum, b))))
		}
	}
	enter, forget, leave, write := gate(gorgonia.Sigmoid), gate(gorgonia.Sigmoid), gate(gorgonia.Sigmoid), gate(gorgonia.Tanh)
	decode, bias := weight(chars, units), weight(chars)

	zeros := make([]float64, units)
	h, c := d.data(tensor.Shape{units}, zeros...), d.data(tensor.Shape{units}, zeros...)
	text := []int{0, 2, 1, 3, 2}
	var losses, probs gorgonia.Nodes
	for i, char := range text[:len(text)-1] {
		oneHot := func(k int) *gorgonia.Node {
			x := make([]float64, chars)
			x[k] = 1
			return d.data(tensor.Shape{chars}, x...)
		}
		x := must(gorgonia.Mul(oneHot(char), embedding))
		in, kept, out := enter(x, h), forget(x, h), leave(x, h)
		c = must(gorgonia.Add(must(gorgonia.HadamardProd(kept, c)), must(gorgonia.HadamardProd(in, write(x, h)))))
		h = must(gorgonia.HadamardProd(out, must(gorgonia.Tanh(c))))
		p := must(gorgonia.SoftMax(must(gorgonia.Add(must(gorgonia.Mul(decode, h)), bias))))
		losses = append(losses, must(gorgonia.Neg(must(gorgonia.Mul(oneHot(text[i+1]), must(gorgonia.Log(p)))))))
		probs = append(probs, p)
	}
	return model{must(gorgonia.ReduceAdd(losses)), learnables, append(probs, h, c)}
}

// lstm cuts each step out of a batch of sequences, computes all gates by one product and cuts them
// out of it, and joins the states to one output.
func lstm(d *declaration) model {
	const steps, batch, in, units = 3, 2, 3, 4
	x := d.in(steps, batch, in)
	w, b, v := d.weight(in+units, 4*units), d.weight(4*units), d.weight(units, 2)
	h, c := d.data(tensor.Shape{batch, units}, make([]float64, batch*units)...), d.in(batch, units)
	var states gorgonia.Nodes
	for t := range steps {
		row := must(gorgonia.Slice(x, gorgonia.S(t), nil, nil))
		gates := affine(must(gorgonia.Concat(1, row, h)), w, b)
		gate := func(k int) *gorgonia.Node {
			return must(gorgonia.Slice(gates, nil, gorgonia.S(k*units, (k+1)*units)))
		}
		enter, forget, leave := must(gorgonia.Sigmoid(gate(0))), must(gorgonia.Sigmoid(gate(1))), must(gorgonia.Sigmoid(gate(2)))
		c = must(gorgonia.Add(must(gorgonia.HadamardProd(forget, c)), must(gorgonia.HadamardProd(enter, must(gorgonia.Tanh(gate(3)))))))
		h = must(gorgonia.HadamardProd(leave, must(gorgonia.Tanh(c))))
		states = append(states, h)
	}
	all := must(gorgonia.Concat(0, states...))
	out := must(gorgonia.Mul(all, v))
	return model{meanSquare(out, d.in(steps*batch, 2)), gorgonia.Nodes{w, b, v}, gorgonia.Nodes{all, out, c}}
}

// autoencoder has two layers, each encoding and decoding by one and the same weight.
func autoencoder(d *declaration) model {
	x := d.within(.05, .95, 4, 6)
	var learnables, others gorgonia.Nodes
	var losses gorgonia.Nodes
	sizes := []int{6, 4, 2}
	in := x
	for i := range sizes[1:] {
		w, b, back := d.weight(sizes[i], sizes[i+1]), d.weight(sizes[i+1]), d.weight(sizes[i])
		code := must(gorgonia.Sigmoid(affine(in, w, b)))
		decoded := must(gorgonia.Sigmoid(affine(code, must(gorgonia.Transpose(w)), back)))
		losses = append(losses, binaryCrossEntropy(d, decoded, in))
		learnables = append(learnables, w, b, back)
		others = append(others, code, decoded)
		in = code
	}
	return model{must(gorgonia.ReduceAdd(losses)), learnables, others}
}

// attention is that of a transformer, with one head.
func attention(d *declaration) model {
	const batch, steps, units = 2, 3, 4
	x := d.in(batch*steps, units)
	wq, wk, wv := d.weight(units, units), d.weight(units, units), d.weight(units, units)
	project := func(w *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Reshape(must(gorgonia.Mul(x, w)), tensor.Shape{batch, steps, units}))
	}
	scores := must(gorgonia.BatchedMatMul(project(wq), project(wk), false, true))
	scaled := must(gorgonia.HadamardProd(scores, d.number(1/math.Sqrt(units))))
	weights := must(gorgonia.SoftMax(scaled, 2))
	out := must(gorgonia.BatchedMatMul(weights, project(wv)))
	return model{meanSquare(out, d.in(batch, steps, units)), gorgonia.Nodes{wq, wk, wv}, gorgonia.Nodes{weights, out}}
}

// embedding selects rows of a table by index.
func embedding(d *declaration) model {
	table, w := d.weight(5, 3), d.weight(3, 2)
	rows := must(gorgonia.ByIndices(table, d.integers(4, 0, 2, 4), 0))
	out := must(gorgonia.Tanh(must(gorgonia.Mul(rows, w))))
	return model{meanSquare(out, d.in(4, 2)), gorgonia.Nodes{table, w}, gorgonia.Nodes{rows, out}}
}

// A machineOf makes a machine that trains a model.
type machineOf func(m model, grads gorgonia.Nodes) (gorgonia.VM, error)

func tapeMachine(m model, _ gorgonia.Nodes) (gorgonia.VM, error) {
	return gorgonia.NewTapeMachine(m.loss.Graph(), gorgonia.BindDualValues(m.learnables...)), nil
}

func graphMachine(m model, _ gorgonia.Nodes) (gorgonia.VM, error) {
	return graph.NewGraphMachine(m.loss.Graph())
}

func nodesMachine(m model, grads gorgonia.Nodes) (gorgonia.VM, error) {
	return graph.NewMachine(slices.Concat(gorgonia.Nodes{m.loss}, grads, m.others)...)
}

// A reading is what a node held at a step of the training.
type reading struct {
	what   string
	values []float64
}

// train runs a program for some steps and returns what its nodes held at each.
//
// Gorgonia's machine overwrites the values of nodes that it needs no more, so all but the
// gradients are read by statements of the graph, which ours has as well where it runs all of it.
func (p program) train(t *testing.T, dt tensor.Dtype, of machineOf, read bool) [][]reading {
	d := newDeclaration(dt)
	m := p.build(d)
	grads := must(gorgonia.Grad(m.loss, m.learnables...))
	watched := append(gorgonia.Nodes{m.loss}, m.others...)
	values := make([]gorgonia.Value, len(watched))
	if read {
		for i, n := range watched {
			gorgonia.Read(n, &values[i])
		}
	}
	vm := must(of(m, grads))
	defer vm.Close()
	solver := p.solver()
	steps := make([][]reading, 5)
	for k := range steps {
		vm.Reset()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		for i, n := range watched {
			if !read {
				values[i] = n.Value()
			}
			steps[k] = append(steps[k], reading{fmt.Sprintf("node %d of those watched", i), numbers(t, values[i])})
		}
		for i, n := range m.learnables {
			steps[k] = append(steps[k], reading{fmt.Sprintf("gradient %d", i), numbers(t, must(n.Grad()))})
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(m.learnables)); err != nil {
			t.Fatal(err)
		}
		for i, n := range m.learnables {
			steps[k] = append(steps[k], reading{fmt.Sprintf("learnable %d", i), numbers(t, n.Value())})
		}
	}
	return steps
}

// tolerance is by how much values may differ, relative to the largest. Machines may add in
// different orders.
var tolerance = map[tensor.Dtype]float64{tensor.Float32: 2e-4, tensor.Float64: 1e-10}

// distance is how far x is from y, relative to the largest element. Small ones may be what is left
// of a difference of larger ones.
func distance(x, y []float64) float64 {
	if len(x) != len(y) {
		return math.Inf(1)
	}
	far, scale := 0.0, 1e-2
	for i := range x {
		if math.IsNaN(x[i]) != math.IsNaN(y[i]) {
			return math.Inf(1)
		}
		if !math.IsNaN(x[i]) && x[i] != y[i] {
			far = max(far, math.Abs(x[i]-y[i]))
		}
		if !math.IsInf(y[i], 0) {
			scale = max(scale, math.Abs(y[i]))
		}
	}
	return far / scale
}

// Programs train under our machine as under Gorgonia's, in both dtypes, whether it is made for the
// whole graph or for some of its nodes.
func TestGorgoniaPrograms(t *testing.T) {
	for _, p := range programs {
		for _, dt := range []tensor.Dtype{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%s/%v", p.name, dt), func(t *testing.T) {
				want := p.train(t, dt, tapeMachine, true)
				compare(t, "machine of the graph", p.train(t, dt, graphMachine, true), want, tolerance[dt])
				compare(t, "machine of nodes", p.train(t, dt, nodesMachine, false), want, tolerance[dt])
			})
		}
	}
}

// compare reports the first step at which readings differ.
func compare(t *testing.T, machine string, got, want [][]reading, tolerance float64) {
	t.Helper()
	for k := range want {
		for i, w := range want[k] {
			if far := distance(got[k][i].values, w.values); !(far <= tolerance) {
				t.Errorf("%s, step %d: %s is %v, want %v (%.2g apart)", machine, k, w.what, got[k][i].values, w.values, far)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// The gradients that our machine computes are those of the loss, by central differences.
func TestGorgoniaProgramGradients(t *testing.T) {
	for _, p := range programs {
		if p.wrongGrad != "" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			m := p.build(newDeclaration(tensor.Float64))
			forward := must(graph.NewMachine(m.loss))
			grads := must(gorgonia.Grad(m.loss, m.learnables...))
			if err := must(graph.NewMachine(append(grads, m.loss)...)).RunAll(); err != nil {
				t.Fatal(err)
			}
			for i, n := range m.learnables {
				got := numbers(t, must(n.Grad()))
				want := slopes(t, n, func() float64 {
					if err := forward.RunAll(); err != nil {
						t.Fatal(err)
					}
					return numbers(t, m.loss.Value())[0]
				})
				if far := distance(got, want); !(far < 1e-6) {
					t.Errorf("gradient %d is %v, central differences say %v", i, got, want)
				}
			}
		})
	}
}

// slopes are the derivatives of f with respect to the elements of a float64 input, by central
// differences.
func slopes(t *testing.T, n *gorgonia.Node, f func() float64) []float64 {
	const h = 1e-5
	bound := n.Value()
	x := numbers(t, bound)
	let := func(v gorgonia.Value) {
		if err := gorgonia.Let(n, v); err != nil {
			t.Fatal(err)
		}
	}
	defer let(bound)
	s := make([]float64, len(x))
	for i := range x {
		at := func(x1 float64) float64 {
			y := slices.Clone(x)
			y[i] = x1
			let(valueOf(tensor.Float64, bound.Shape(), y))
			return f()
		}
		s[i] = (at(x[i]+h) - at(x[i]-h)) / (2 * h)
	}
	return s
}

// bothMachines are Gorgonia's and ours, for what holds of either.
var bothMachines = []struct {
	name string
	make func(g *gorgonia.ExprGraph) (gorgonia.VM, error)
}{
	{"Gorgonia's", func(g *gorgonia.ExprGraph) (gorgonia.VM, error) { return gorgonia.NewTapeMachine(g), nil }},
	{"ours", func(g *gorgonia.ExprGraph) (gorgonia.VM, error) { return graph.NewGraphMachine(g) }},
}

// Read gives a copy of the value of a node at each run, in the memory of the one that it gave before.
func TestGorgoniaRead(t *testing.T) {
	for _, machine := range bothMachines {
		t.Run(machine.name, func(t *testing.T) {
			d := newDeclaration(tensor.Float64)
			a := d.data(tensor.Shape{2}, 1, 2)
			twice := must(gorgonia.Add(a, a))
			sum := must(gorgonia.Sum(twice))
			read := make([]gorgonia.Value, 4)
			for i, n := range []*gorgonia.Node{a, twice, sum, must(gorgonia.HadamardProd(d.number(3), sum))} {
				gorgonia.Read(n, &read[i])
			}
			vm := must(machine.make(d.g))
			defer vm.Close()
			var first gorgonia.Value
			for k, want := range [][][]float64{
				{{1, 2}, {2, 4}, {6}, {18}},
				{{10, 20}, {20, 40}, {60}, {180}},
			} {
				vm.Reset()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if got := numbers(t, read[i]); !slices.Equal(got, want[i]) {
						t.Errorf("run %d: what was read of node %d is %v, want %v", k, i, got, want[i])
					}
				}
				if read[0] == a.Value() || read[1] == twice.Value() {
					t.Error("what was read is the value itself, which the next run overwrites")
				}
				if k == 0 {
					first = read[1]
				} else if read[1] != first {
					t.Error("the memory of what was read before is not used again")
				}
				if err := gorgonia.Let(a, valueOf(tensor.Float64, a.Shape(), []float64{10, 20})); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A machine of some nodes runs a Read that is one of them, and no other. Nodes that are asked for
// twice, inputs and constants do no harm.
func TestGorgoniaReadAsked(t *testing.T) {
	d := newDeclaration(tensor.Float64)
	a, three := d.data(tensor.Shape{2}, 1, 2), d.number(3)
	product := must(gorgonia.HadamardProd(a, three))
	var asked, other gorgonia.Value
	read := gorgonia.Read(product, &asked)
	gorgonia.Read(product, &other)
	vm := must(graph.NewMachine(read, a, product, product, product.Graph().Constant(three.Value()), read))
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, asked); !slices.Equal(got, []float64{3, 6}) {
		t.Errorf("%v was read, want 3, 6", got)
	}
	if other != nil {
		t.Errorf("%v was read by a statement that was not asked for", other)
	}
	if got := numbers(t, product.Value()); !slices.Equal(got, []float64{3, 6}) {
		t.Errorf("the product is %v, want 3, 6", got)
	}
}

// Set assigns the value of one node to another at the end of a run, so that a graph can hold its
// own gradient descent.
//
// Gorgonia's machine does so only where the op can write to its first operand and that operand is
// the node to set; elsewhere the statement does nothing. Ours always assigns.
func TestGorgoniaSet(t *testing.T) {
	for _, c := range []struct {
		name      string
		build     func(d *declaration) (variable, value *gorgonia.Node)
		want      [][]float64 // the variable after each run
		tapeFails bool
	}{
		{"gradient descent", func(d *declaration) (*gorgonia.Node, *gorgonia.Node) {
			w, x := d.data(tensor.Shape{2}, 1, 2), d.data(tensor.Shape{2}, 10, 20)
			loss := must(gorgonia.Sum(must(gorgonia.Square(must(gorgonia.Sub(w, x))))))
			grads := must(gorgonia.Grad(loss, w))
			return w, must(gorgonia.Sub(w, must(gorgonia.HadamardProd(d.number(.25), grads[0]))))
		}, [][]float64{{5.5, 11}, {7.75, 15.5}, {8.875, 17.75}}, false},
		{"sum", func(d *declaration) (*gorgonia.Node, *gorgonia.Node) {
			a := d.data(tensor.Shape{2}, 1, 2)
			return a, must(gorgonia.Add(a, d.data(tensor.Shape{2}, 10, 20)))
		}, [][]float64{{11, 22}, {21, 42}, {31, 62}}, false},
		{"scalar", func(d *declaration) (*gorgonia.Node, *gorgonia.Node) {
			a := d.declare("a", gorgonia.NewF64(2))
			return a, must(gorgonia.Square(a))
		}, [][]float64{{4}, {16}, {256}}, true},
		{"product", func(d *declaration) (*gorgonia.Node, *gorgonia.Node) {
			a := d.data(tensor.Shape{2, 2}, 0, 1, 1, 1)
			return a, must(gorgonia.Mul(a, a))
		}, [][]float64{{1, 1, 1, 2}, {2, 3, 3, 5}, {13, 21, 21, 34}}, true},
	} {
		for _, machine := range bothMachines {
			t.Run(c.name+"/"+machine.name, func(t *testing.T) {
				d := newDeclaration(tensor.Float64)
				variable, value := c.build(d)
				start := numbers(t, variable.Value())
				gorgonia.Set(variable, value)
				vm := must(machine.make(d.g))
				defer vm.Close()
				for k, want := range c.want {
					vm.Reset()
					if err := vm.RunAll(); err != nil {
						t.Fatal(err)
					}
					if c.tapeFails && machine.name != "ours" {
						want = start
					}
					if got := numbers(t, variable.Value()); !slices.Equal(got, want) {
						t.Errorf("after run %d the variable is %v, want %v", k, got, want)
					}
				}
			})
		}
	}
}

// Random nodes are drawn anew in each run, and all that reads them sees the same draw.
func TestGorgoniaRandomNodes(t *testing.T) {
	for _, c := range []struct {
		name string
		node func(d *declaration) *gorgonia.Node
	}{
		{"uniform", func(d *declaration) *gorgonia.Node { return gorgonia.UniformRandomNode(d.g, d.dt, 0, 1, 3) }},
		{"gaussian", func(d *declaration) *gorgonia.Node { return gorgonia.GaussianRandomNode(d.g, d.dt, 0, 1, 3) }},
		{"gaussian scalar", func(d *declaration) *gorgonia.Node { return gorgonia.GaussianRandomNode(d.g, d.dt, 0, 1) }},
		{"binomial", func(d *declaration) *gorgonia.Node { return gorgonia.BinomialRandomNode(d.g, d.dt, 1e4, .5, 3) }},
	} {
		for _, machine := range bothMachines {
			t.Run(c.name+"/"+machine.name, func(t *testing.T) {
				d := newDeclaration(tensor.Float64)
				r := c.node(d)
				a := d.in(r.Shape()...)
				grads := must(gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.HadamardProd(a, r)))), a))
				var drawn, twice, slope gorgonia.Value
				gorgonia.Read(r, &drawn)
				gorgonia.Read(must(gorgonia.Add(r, r)), &twice)
				gorgonia.Read(grads[0], &slope)
				vm := must(machine.make(d.g))
				defer vm.Close()
				var before []float64
				for range 3 {
					vm.Reset()
					if err := vm.RunAll(); err != nil {
						t.Fatal(err)
					}
					x := numbers(t, drawn)
					if slices.Equal(x, before) {
						t.Errorf("%v is drawn twice", x)
					}
					for i, y := range numbers(t, twice) {
						if y != 2*x[i] {
							t.Errorf("twice %v is %v", x[i], y)
						}
					}
					if y := numbers(t, slope); !slices.Equal(x, y) {
						t.Errorf("the gradient of a·%v is %v", x, y)
					}
					before = x
				}
			})
		}
	}
}

// Dropout draws its mask anew in each run, and its gradient goes by the mask of the same run.
func TestGorgoniaDropout(t *testing.T) {
	for _, machine := range bothMachines {
		t.Run(machine.name, func(t *testing.T) {
			d := newDeclaration(tensor.Float64)
			x := d.positive(40)
			// With another probability than a half, Gorgonia's gradient has the wrong factor.
			out := must(gorgonia.Dropout(must(gorgonia.Square(x)), .5))
			grads := must(gorgonia.Grad(must(gorgonia.Sum(out)), x))
			var dropped, slope gorgonia.Value
			gorgonia.Read(out, &dropped)
			gorgonia.Read(grads[0], &slope)
			vm := must(machine.make(d.g))
			defer vm.Close()
			var before []float64
			for range 3 {
				vm.Reset()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				y, dy := numbers(t, dropped), numbers(t, slope)
				for i, x := range numbers(t, x.Value()) {
					kept := y[i] == 2*x*x && dy[i] == 4*x
					if !kept && (y[i] != 0 || dy[i] != 0) {
						t.Errorf("%v² has become %v, with gradient %v", x, y[i], dy[i])
					}
				}
				if slices.Equal(y, before) {
					t.Error("the mask is that of the run before")
				}
				before = y
			}
		})
	}
}

// Our machine starts anew whether it was reset or not, sees what changed in its inputs, does not add
// up gradients, and leaves the losses that were kept from earlier runs as they were. Gorgonia's does
// nothing unless it was reset.
func TestRunsInARow(t *testing.T) {
	for _, reset := range []bool{true, false} {
		d := newDeclaration(tensor.Float64)
		a := d.data(tensor.Shape{2}, 1, 2)
		loss := must(gorgonia.Sum(must(gorgonia.Square(a))))
		must(gorgonia.Grad(loss, a))
		vm := must(graph.NewGraphMachine(d.g))
		defer vm.Close()
		var losses []gorgonia.Value
		for k := range 3 {
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			x := 1 + float64(k)
			losses = append(losses, loss.Value())
			if got := numbers(t, must(a.Grad())); !slices.Equal(got, []float64{2 * x, 4}) {
				t.Errorf("gradient of run %d is %v, want %v", k, got, []float64{2 * x, 4})
			}
			if reset {
				vm.Reset()
			}
			a.Value().Data().([]float64)[0]++
		}
		for k, want := range []float64{5, 8, 13} {
			if got := numbers(t, losses[k])[0]; got != want {
				t.Errorf("loss of run %d is %v, want %v", k, got, want)
			}
		}
	}
}

// The state at the end of a run is bound as that at the start of the next, as Gorgonia's example of
// a recurrent net does when it generates text. The machine must not write over it as it reads it.
func TestStateFedBack(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(d *declaration, from *gorgonia.Node) (to *gorgonia.Node)
		from tensor.Shape
	}{
		{"scalar", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Tanh(must(gorgonia.Sub(d.in(), from))))
		}, nil},
		{"vector", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Tanh(must(gorgonia.Sub(d.in(3), from))))
		}, tensor.Shape{3}},
		{"vector and matrix", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Mul(d.in(3, 3), from))
		}, tensor.Shape{3}},
		{"matrix", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Mul(from, d.in(3, 3)))
		}, tensor.Shape{2, 3}},
		{"transposed", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Transpose(from))
		}, tensor.Shape{3, 3}},
		{"reshaped", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Reshape(must(gorgonia.Exp(must(gorgonia.Neg(from)))), tensor.Shape{1, 4}))
		}, tensor.Shape{1, 4}},
		{"one", func(d *declaration, from *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Mul(from, d.in(1, 1)))
		}, tensor.Shape{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			build := func() (d *declaration, from, to, change *gorgonia.Node) {
				d = newDeclaration(tensor.Float64)
				from = d.in(c.from...)
				to = c.step(d, from)
				// The state is read once more when its successor is there.
				return d, from, to, must(gorgonia.Sub(to, from))
			}
			var want [][2][]float64
			d, from, to, change := build()
			var state, changed gorgonia.Value
			gorgonia.Read(to, &state)
			gorgonia.Read(change, &changed)
			tape := gorgonia.NewTapeMachine(d.g)
			defer tape.Close()
			for range 4 {
				tape.Reset()
				if err := tape.RunAll(); err != nil {
					t.Fatal(err)
				}
				want = append(want, [2][]float64{numbers(t, state), numbers(t, changed)})
				if err := gorgonia.Let(from, must(gorgonia.CloneValue(state))); err != nil {
					t.Fatal(err)
				}
			}

			for _, let := range []struct {
				name string
				let  func(vm *graph.Machine, from, to *gorgonia.Node) error
			}{
				{"Let of Gorgonia", func(_ *graph.Machine, from, to *gorgonia.Node) error { return gorgonia.Let(from, to.Value()) }},
				{"Let of the machine", func(vm *graph.Machine, from, to *gorgonia.Node) error { return vm.Let(from, must(vm.Value(to))) }},
			} {
				d, from, to, change := build()
				vm := must(graph.NewGraphMachine(d.g))
				defer vm.Close()
				for k, w := range want {
					if err := vm.RunAll(); err != nil {
						t.Fatal(err)
					}
					for i, n := range []*gorgonia.Node{to, change} {
						if got := numbers(t, n.Value()); !(distance(got, w[i]) <= tolerance[d.dt]) {
							t.Errorf("%s, run %d: result %d is %v, want %v", let.name, k, i, got, w[i])
						}
					}
					if err := let.let(vm, from, to); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// A machine of Gorgonia's that binds dual values leaves its gradients with the learnables. A run of
// ours replaces them, and the solver finds ours.
func TestAfterTapeMachine(t *testing.T) {
	for _, machine := range []machineOf{graphMachine, nodesMachine} {
		d := newDeclaration(tensor.Float64)
		a, b := d.data(tensor.Shape{2}, 1, 2), d.declare("b", gorgonia.NewF64(3))
		loss := must(gorgonia.Sum(must(gorgonia.Square(must(gorgonia.Add(a, b))))))
		m := model{loss: loss, learnables: gorgonia.Nodes{a, b}}
		grads := must(gorgonia.Grad(loss, m.learnables...))
		tape := must(tapeMachine(m, nil))
		defer tape.Close()
		if err := tape.RunAll(); err != nil {
			t.Fatal(err)
		}
		want := [][]float64{{8, 10}, {18}}
		check := func(when string) {
			t.Helper()
			for i, n := range m.learnables {
				if got := numbers(t, must(n.Grad())); !slices.Equal(got, want[i]) {
					t.Errorf("%s, gradient %d is %v, want %v", when, i, got, want[i])
				}
			}
		}
		check("after Gorgonia's machine")

		vm := must(machine(m, grads))
		defer vm.Close()
		a.Value().Data().([]float64)[0] = 2
		want = [][]float64{{10, 10}, {20}}
		for range 2 {
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			check("after ours")
		}
		if err := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(1)).Step(gorgonia.NodesToValueGrads(m.learnables)); err != nil {
			t.Fatal(err)
		}
		if got := numbers(t, a.Value()); !slices.Equal(got, []float64{-8, -8}) {
			t.Errorf("a is %v after a step of the solver, want -8, -8", got)
		}
		if got := numbers(t, b.Value()); got[0] != -17 {
			t.Errorf("b is %v after a step of the solver, want -17", got)
		}
	}
}

// A machine that evaluates the prediction on other inputs, between a run that trains and the step of
// the solver, changes neither gradients nor weights.
func TestTrainingAndEvaluation(t *testing.T) {
	train := func(evaluated bool) (weights, losses [][]float64) {
		d := newDeclaration(tensor.Float64)
		x, y, w := d.in(4, 3), d.in(4, 2), d.weight(3, 2)
		out := must(gorgonia.Tanh(must(gorgonia.Mul(x, w))))
		loss := meanSquare(out, y)
		must(gorgonia.Grad(loss, w))
		training := must(graph.NewGraphMachine(d.g))
		defer training.Close()
		evaluation := must(graph.NewMachine(out, loss))
		defer evaluation.Close()
		if err := evaluation.Let(x, valueOf(d.dt, x.Shape(), make([]float64, 12))); err != nil {
			t.Fatal(err)
		}
		solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(.1))
		for range 5 {
			if err := training.RunAll(); err != nil {
				t.Fatal(err)
			}
			losses = append(losses, numbers(t, loss.Value()))
			if evaluated {
				if err := evaluation.RunAll(); err != nil {
					t.Fatal(err)
				}
				if got := numbers(t, out.Value()); !slices.Equal(got, make([]float64, 8)) {
					t.Errorf("the prediction for zeros is %v, want zeros", got)
				}
			}
			if err := solver.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{w})); err != nil {
				t.Fatal(err)
			}
			weights = append(weights, numbers(t, w.Value()))
		}
		return weights, losses
	}
	weights, losses := train(true)
	wantWeights, wantLosses := train(false)
	for k := range wantLosses {
		if !slices.Equal(weights[k], wantWeights[k]) || !slices.Equal(losses[k], wantLosses[k]) {
			t.Errorf("step %d: loss %v and weights %v with an evaluation between, %v and %v without",
				k, losses[k], weights[k], wantLosses[k], wantWeights[k])
		}
	}
}

// What a machine cannot do is an error, never silence or a panic.
func TestMachineSaysWhatItCannotDo(t *testing.T) {
	d := newDeclaration(tensor.Float64)
	a := gorgonia.NewVector(d.g, d.dt, gorgonia.WithShape(2), gorgonia.WithName("a"))
	sin := must(gorgonia.Sin(a))
	vm := must(graph.NewGraphMachine(d.g))
	if v, err := vm.Value(sin); err == nil {
		t.Errorf("the value before a run is %v, want an error", v)
	}
	if err := vm.RunAll(); err == nil {
		t.Error("no error for an input without a value")
	}
	if v, err := vm.Value(sin); err == nil {
		t.Errorf("the value after a run that failed is %v, want an error", v)
	}
	other := newDeclaration(tensor.Float64)
	if err := vm.Let(other.in(2), valueOf(d.dt, a.Shape(), []float64{1, 2})); err == nil {
		t.Error("no error for an input of another graph")
	}

	// A failure is over when its reason is.
	for range 2 {
		if err := gorgonia.Let(a, valueOf(d.dt, a.Shape(), []float64{0, 0})); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got := numbers(t, must(vm.Value(sin))); !slices.Equal(got, []float64{0, 0}) {
			t.Errorf("sin of zeros is %v", got)
		}
	}
	if err := vm.Close(); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, sin.Value()); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("after Close the node has %v", got)
	}
	if err := vm.RunAll(); err == nil {
		t.Error("no error for a run after Close")
	}
	if err := vm.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	if _, err := graph.NewGraphMachine(nil); err == nil {
		t.Error("no error for a graph that is nil")
	}
}

// Neither runs nor machines leave anything behind: memory, goroutines, nodes of the graph.
func TestMachineLeavesNothing(t *testing.T) {
	for _, build := range []func(*declaration) model{convolutions, lstm} {
		d := newDeclaration(tensor.Float32)
		m := build(d)
		must(gorgonia.Grad(m.loss, m.learnables...))
		var read gorgonia.Value
		gorgonia.Read(m.loss, &read)
		vm := must(graph.NewGraphMachine(d.g))
		defer vm.Close()
		runs := func(n int) {
			for range n {
				vm.Reset()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
			}
		}
		machines := func(n int) {
			for range n {
				vm := must(graph.NewGraphMachine(d.g))
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				if err := vm.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for what, do := range map[string]func(){
			"1,000 runs":   func() { runs(1000) },
			"100 machines": func() { machines(100) },
		} {
			runs(20) // Pools and buffers reach their size.
			machines(5)
			nodes, goroutines, heap := len(d.g.AllNodes()), runtime.NumGoroutine(), heapInUse()
			do()
			if got := heapInUse(); got > heap+128<<10 {
				t.Errorf("%s: the heap has grown from %d to %d bytes", what, heap, got)
			}
			if got := runtime.NumGoroutine(); got > goroutines {
				t.Errorf("%s: %d goroutines have become %d", what, goroutines, got)
			}
			if got := len(d.g.AllNodes()); got != nodes {
				t.Errorf("%s: a graph of %d nodes has %d", what, nodes, got)
			}
		}
	}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // The first moves what is pooled to where the second finds it.
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Several machines run one graph at once, each with inputs of its own, and each computes what a
// machine alone does.
func TestMachinesAtOnce(t *testing.T) {
	for _, p := range programs {
		if p.keeps != "" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			const machines, rounds = 4, 5
			watched := func(m model, grads gorgonia.Nodes) gorgonia.Nodes {
				return slices.Concat(gorgonia.Nodes{m.loss}, m.others, grads)
			}

			alone := newDeclaration(tensor.Float64)
			m := p.build(alone)
			nodes := watched(m, must(gorgonia.Grad(m.loss, m.learnables...)))
			vm := must(graph.NewMachine(nodes...))
			defer vm.Close()
			want := make([][][]float64, machines*rounds)
			for round := range want {
				for k, n := range alone.inputs {
					if err := gorgonia.Let(n, alone.random(k, round, n.Shape()...)); err != nil {
						t.Fatal(err)
					}
				}
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				for _, n := range nodes {
					want[round] = append(want[round], numbers(t, n.Value()))
				}
			}

			shared := newDeclaration(tensor.Float64)
			m = p.build(shared)
			nodes = watched(m, must(gorgonia.Grad(m.loss, m.learnables...)))
			before := make([][]float64, len(shared.inputs))
			for k, n := range shared.inputs {
				before[k] = numbers(t, n.Value())
			}
			var all sync.WaitGroup
			for i := range machines {
				all.Go(func() {
					vm, err := graph.NewMachine(nodes...)
					if i%2 == 0 {
						vm, err = graph.NewGraphMachine(shared.g)
					}
					if err != nil {
						t.Error(err)
						return
					}
					defer vm.Close()
					for round := i * rounds; round < (i+1)*rounds; round++ {
						for k, n := range shared.inputs {
							if err := vm.Let(n, shared.random(k, round, n.Shape()...)); err != nil {
								t.Error(err)
								return
							}
						}
						if err := vm.RunAll(); err != nil {
							t.Error(err)
							return
						}
						for j, n := range nodes {
							v, err := vm.Value(n)
							if err != nil {
								t.Error(err)
								return
							}
							if far := distance(numbers(t, v), want[round][j]); !(far <= tolerance[tensor.Float64]) {
								t.Errorf("machine %d: node %d is %v, want %v", i, j, numbers(t, v), want[round][j])
								return
							}
						}
					}
				})
			}
			all.Wait()
			for k, n := range shared.inputs {
				if got := numbers(t, n.Value()); !slices.Equal(got, before[k]) {
					t.Errorf("input %d has become %v, was %v: Let is for one machine only", k, got, before[k])
				}
			}
		})
	}
}
