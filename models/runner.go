package models

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// runner is a network in a graph of its own for batches of one size, with its loss and, for
// training, its gradients. Batches with fewer examples are filled up with examples whose labels
// are Ignore.
type runner struct {
	net   *Network
	dims  Dims
	batch int
	skip  int
	vm    *graph.Machine
	x, y  *gorgonia.Node

	// A runner of a whole sequence has one piece.
	steps   int            // of a piece
	full    *tensor.Dense  // x of all pieces; of one, it is x's own value
	carries []*nodes.Carry // of the layers; nil where there is one piece

	events  bool      // x is packed spikes
	example []float32 // one example, as the dataset gives it
	labels  []int     // of the batch, example by example

	// What is run.
	loss, scores *gorgonia.Node
	penalties    gorgonia.Nodes // of the regularizers
	share        *gorgonia.Node // of each example in the penalties; nil without
	counts       gorgonia.Nodes // of the spikes of each layer, [batch, units]
	grads        gorgonia.Nodes
}

// tally sums up what runs gave.
type tally struct {
	examples  int
	loss      float64 // Σ over the examples
	penalty   float64 // the same, of the regularizers
	labels    int     // that count
	correct   int
	confusion [][]int // [label][prediction]

	counts []spikeCounts // of each spiking layer

	inputs, nonZero int
	graded          bool // some input is none of −1, 0 and 1

	// Of training.
	steps   int       // of the solver
	squares []float64 // of the gradient of each parameter, Σ over its elements and the steps
}

// purpose is what a runner is for.
type purpose struct {
	train bool          // there are gradients
	count bool          // spikes are counted, which takes a few per cent of a training step
	terms []Regularizer // what is added to the loss
	piece int           // steps of a piece of a sequence; 0: sequences are whole
}

// newRunner makes a runner for examples of a dataset.
func newRunner(net *Network, data Dataset, batch int, of purpose) (*runner, error) {
	d := data.Dims()
	l := net.config.Loss
	if l == nil {
		return nil, errors.New("srnn: the network has no loss: set SRNN.Loss")
	}
	if d.Features != net.config.In {
		return nil, errors.Errorf("srnn: examples have %d features, the network has %d inputs", d.Features, net.config.In)
	}
	if units := net.config.Readout.Layer.Units; d.Classes > units {
		return nil, errors.Errorf("srnn: examples have %d classes, the readout has %d units", d.Classes, units)
	}
	if d.Steps < 1 || d.Classes < 1 {
		return nil, errors.Errorf("srnn: examples have %d steps and %d classes", d.Steps, d.Classes)
	}
	g := gorgonia.NewGraph()
	twin, err := net.In(g)
	if err != nil {
		return nil, err
	}
	r := &runner{net: twin, dims: d, batch: batch, skip: l.skip(), steps: d.Steps,
		example: make([]float32, d.Steps*d.Features), labels: make([]int, batch*d.Labels())}
	dt := net.config.Dtype
	_, r.events = data.(EventDataset)
	width := d.Features
	if r.events {
		width = graph.BitWords(d.Features)
	}
	if of.piece > 0 && of.piece < d.Steps {
		r.steps = of.piece
	}
	value := tensor.New(tensor.Of(dt), tensor.WithShape(r.steps, batch, width))
	r.x = gorgonia.NewTensor(g, dt, 3, gorgonia.WithShape(r.steps, batch, width), gorgonia.WithName("x"), gorgonia.WithValue(value))
	if r.full = value; r.pieces() > 1 {
		r.full = tensor.New(tensor.Of(dt), tensor.WithShape(r.pieces()*r.steps, batch, width))
	}
	x := r.x
	if r.events {
		if x, err = graph.Bits(r.x, d.Features); err != nil {
			return nil, err
		}
	}
	out, err := r.forward(x)
	if err != nil {
		return nil, err
	}
	scores, err := l.Scores(out)
	if err != nil {
		return nil, err
	}
	shape := scores.Shape()[:scores.Dims()-1]
	if perStep := scores.Dims() == 3; perStep != d.PerStep {
		return nil, errors.Errorf("srnn: the loss %T wants labels of shape %v, the examples have %d labels each", l, shape, d.Labels())
	}
	r.y = gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName("labels"),
		gorgonia.WithValue(tensor.New(tensor.Of(dt), tensor.WithShape(shape...))))
	skip := r.skip
	if r.pieces() > 1 {
		skip = 0 // it is a part of the first piece, whose labels say so
	}
	loss, err := ops.CrossEntropy(scores, r.y, ops.CrossEntropySettings{Skip: skip})
	if err != nil {
		return nil, err
	}
	r.loss, r.scores = loss, scores
	outputs := gorgonia.Nodes{loss, scores}
	if of.count {
		for _, s := range out.Spikes {
			n, err := ops.SumOverTime(s, nil, 0)
			if err != nil {
				return nil, err
			}
			r.counts = append(r.counts, n)
		}
		outputs = append(outputs, r.counts...)
	}
	if len(of.terms) > 0 {
		if r.share, err = sharesOf(out); err != nil {
			return nil, err
		}
		if loss, r.penalties, err = regularize(loss, out, r.share, of.terms); err != nil {
			return nil, err
		}
		outputs = append(outputs, r.penalties...)
	}
	if of.train {
		if r.grads, err = gorgonia.Grad(loss, twin.Learnables()...); err != nil {
			return nil, err
		}
		outputs = append(outputs, r.grads...)
	}
	for _, c := range r.carries {
		outputs = append(outputs, c.Nodes()...)
	}
	r.vm, err = graph.NewMachine(outputs...)
	return r, err
}

func (r *runner) close() error { return r.vm.Close() }

// run puts the examples at indices idx of a dataset through the network, from initial states
// drawn from rng, and adds the results to t.
func (r *runner) run(data Dataset, idx []int, rng *rand.Rand, t *tally) error {
	return r.each(data, idx, rng, t, func() error { return nil })
}

// load copies examples into the graph's inputs, and counts in t what they hold, unless it is training.
func (r *runner) load(data Dataset, idx []int, t *tally) error {
	n := r.dims.Labels()
	for i := range r.labels {
		r.labels[i] = Ignore
	}
	if r.events {
		r.full.Zero()
	}
	for b, i := range idx {
		labels := r.labels[b*n : (b+1)*n]
		if err := r.input(data, i, b, labels, t); err != nil {
			return graph.Wrapf(err, "example %d", i)
		}
		for k, y := range labels {
			if y != Ignore && (y < 0 || y >= r.dims.Classes) {
				return errors.Errorf("srnn: example %d: label %d is %d, want 0 to %d", i, k, y, r.dims.Classes-1)
			}
		}
	}
	if r.share != nil {
		spread(r.share, len(idx))
	}
	clear(r.example)
	for b := len(idx); b < r.batch && !r.events; b++ {
		r.fill(b)
	}
	return nil
}

// input puts example i into place b of the batch.
func (r *runner) input(data Dataset, i, b int, labels []int, t *tally) error {
	if r.events {
		return r.spikes(data.(EventDataset), i, b, labels, t)
	}
	if err := data.Example(i, r.example, labels); err != nil {
		return err
	}
	for k, v := range r.example {
		if v-v != 0 {
			return errors.Errorf("feature %d at step %d is %v", k%r.dims.Features, k/r.dims.Features, v)
		}
	}
	if r.grads == nil {
		t.countInputs(r.example)
	}
	r.fill(b)
	return nil
}

// spikes puts the spikes of example i into place b of the batch.
func (r *runner) spikes(data EventDataset, i, b int, labels []int, t *tally) error {
	var err error
	words := graph.BitWords(r.dims.Features)
	set := func(step, feature int) {
		if step < 0 || step >= r.dims.Steps || feature < 0 || feature >= r.dims.Features {
			if err == nil {
				err = errors.Errorf("a spike of feature %d at step %d, want 0 to %d and 0 to %d", feature, step, r.dims.Features-1, r.dims.Steps-1)
			}
			return
		}
		at, first := (step*r.batch+b)*words, false
		switch x := r.full.Data().(type) {
		case []float32:
			first = graph.SetBit(x[at:][:words], feature)
		case []float64:
			first = graph.SetBit(x[at:][:words], feature)
		}
		if first {
			t.nonZero++
		}
	}
	if e := data.Events(i, labels, set); e != nil {
		return e
	}
	t.inputs += r.dims.Steps * r.dims.Features
	return err
}

func (t *tally) countInputs(x []float32) {
	t.inputs += len(x)
	for _, v := range x {
		if v != 0 {
			t.nonZero++
			t.graded = t.graded || v != 1 && v != -1
		}
	}
}

// fill copies the example [Steps, Features] to place b of the batch [Steps, batch, Features].
func (r *runner) fill(b int) {
	switch x := r.full.Data().(type) {
	case []float32:
		interleave(r.example, x, b, r.batch, r.dims.Features)
	case []float64:
		interleave(r.example, x, b, r.batch, r.dims.Features)
	}
}

func interleave[F float32 | float64](src []float32, dst []F, b, batch, features int) {
	for t := range len(src) / features {
		row := dst[(t*batch+b)*features:][:features]
		for i, v := range src[t*features:][:features] {
			row[i] = F(v)
		}
	}
}

// tally adds the results of the last run, of piece k, of which the first n examples are real.
func (r *runner) tally(k, n int, t *tally) error {
	if t.confusion == nil {
		t.confusion = make([][]int, r.dims.Classes)
		for i := range t.confusion {
			t.confusion[i] = make([]int, r.dims.Classes)
		}
		t.counts = make([]spikeCounts, len(r.counts))
	}
	loss, err := graph.Float64s(r.loss.Value())
	if err != nil {
		return err
	}
	scores, err := graph.Float64s(r.scores.Value())
	if err != nil {
		return err
	}
	if k == r.pieces()-1 {
		t.examples += n
	}
	counted := 0 // examples with a label that counts, over which the loss is the mean
	classes := r.net.config.Readout.Layer.Units
	for b := range n {
		before := t.labels
		for i := range r.y.Shape().TotalSize() / r.batch {
			y := r.label(b, k, i)
			if y == Ignore {
				continue
			}
			p := argmax(scores[(i*r.batch+b)*classes:][:r.dims.Classes])
			t.confusion[y][p]++
			t.labels++
			if p == y {
				t.correct++
			}
		}
		if t.labels > before {
			counted++
		}
	}
	t.loss += loss[0] * float64(counted)
	for i, v := range r.counts {
		c, err := graph.Float64s(v.Value())
		if err != nil {
			return err
		}
		t.counts[i].add(c, len(c)/r.batch, n, r.steps)
	}
	for i, v := range r.penalties {
		p, err := graph.Float64s(v.Value())
		if err != nil {
			return err
		}
		if !graph.Finite(p[0]) {
			return errors.Errorf("srnn: the penalty of regularizer %d is %v", i, p[0])
		}
		t.penalty += p[0] * float64(n)
	}
	return nil
}

// meanLoss is the cross entropy per label.
func (t *tally) meanLoss() float64 {
	if t.labels == 0 {
		return 0
	}
	return t.loss / float64(t.labels)
}

// meanPenalty is that of the regularizers, per example.
func (t *tally) meanPenalty() float64 { return t.penalty / float64(max(t.examples, 1)) }

func (t *tally) accuracy() float64 {
	if t.labels == 0 {
		return 0
	}
	return float64(t.correct) / float64(t.labels)
}

func argmax(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
