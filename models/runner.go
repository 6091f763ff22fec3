package models

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
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

	example []float32 // one example, as the dataset gives it
	labels  []int     // of the batch, example by example

	// What is run.
	loss, scores *gorgonia.Node
	counts       gorgonia.Nodes // of the spikes of each layer, [batch, units]
	grads        gorgonia.Nodes
}

// tally sums up what runs gave.
type tally struct {
	examples  int
	loss      float64 // Σ over the examples
	labels    int     // that count
	correct   int
	confusion [][]int // [label][prediction]

	spikes   []float64 // of each layer
	possible []float64 // how many there could have been
}

func newRunner(net *Network, d Dims, batch int, train bool) (*runner, error) {
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
	r := &runner{net: twin, dims: d, batch: batch, skip: l.skip(),
		example: make([]float32, d.Steps*d.Features), labels: make([]int, batch*d.Labels())}
	dt := net.config.Dtype
	r.x = gorgonia.NewTensor(g, dt, 3, gorgonia.WithShape(d.Steps, batch, d.Features), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.Of(dt), tensor.WithShape(d.Steps, batch, d.Features))))
	out, err := twin.Forward(r.x)
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
	loss, err := ops.CrossEntropy(scores, r.y, r.skip)
	if err != nil {
		return nil, err
	}
	r.loss, r.scores = loss, scores
	outputs := gorgonia.Nodes{loss, scores}
	if train {
		if r.grads, err = gorgonia.Grad(loss, twin.Learnables()...); err != nil {
			return nil, err
		}
		outputs = append(outputs, r.grads...)
	} else {
		for _, s := range out.Spikes {
			n, err := ops.SumOverTime(s, 0)
			if err != nil {
				return nil, err
			}
			r.counts = append(r.counts, n)
		}
		outputs = append(outputs, r.counts...)
	}
	r.vm, err = graph.NewMachine(outputs...)
	return r, err
}

func (r *runner) close() error { return r.vm.Close() }

// run puts the examples at indices idx of a dataset through the network, from initial states
// drawn from rng, and adds the results to t.
func (r *runner) run(data Dataset, idx []int, rng *rand.Rand, t *tally) error {
	if err := r.load(data, idx); err != nil {
		return err
	}
	r.net.DrawInitial(rng)
	if err := r.vm.RunAll(); err != nil {
		return err
	}
	return r.tally(len(idx), t)
}

// load copies examples into the graph's inputs.
func (r *runner) load(data Dataset, idx []int) error {
	n := r.dims.Labels()
	for i := range r.labels {
		r.labels[i] = Ignore
	}
	for b, i := range idx {
		labels := r.labels[b*n : (b+1)*n]
		if err := data.Example(i, r.example, labels); err != nil {
			return graph.Wrapf(err, "example %d", i)
		}
		for k, y := range labels {
			if y != Ignore && (y < 0 || y >= r.dims.Classes) {
				return errors.Errorf("srnn: example %d: label %d is %d, want 0 to %d", i, k, y, r.dims.Classes-1)
			}
		}
		for k, v := range r.example {
			if v-v != 0 {
				return errors.Errorf("srnn: example %d: feature %d at step %d is %v", i, k%r.dims.Features, k/r.dims.Features, v)
			}
		}
		r.fill(b)
	}
	clear(r.example)
	for b := len(idx); b < r.batch; b++ {
		r.fill(b)
	}
	switch y := r.y.Value().Data().(type) {
	case []float32:
		transposeLabels(r.labels, y, r.batch)
	case []float64:
		transposeLabels(r.labels, y, r.batch)
	}
	return nil
}

// fill copies the example [Steps, Features] to place b of the batch [Steps, batch, Features].
func (r *runner) fill(b int) {
	switch x := r.x.Value().Data().(type) {
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

// transposeLabels writes labels, example by example, to dst, step by step.
func transposeLabels[F float32 | float64](labels []int, dst []F, batch int) {
	n := len(labels) / batch
	for b := range batch {
		for t := range n {
			dst[t*batch+b] = F(labels[b*n+t])
		}
	}
}

// tally adds the results of the last run, of which the first n examples are real.
func (r *runner) tally(n int, t *tally) error {
	if t.confusion == nil {
		t.confusion = make([][]int, r.dims.Classes)
		for i := range t.confusion {
			t.confusion[i] = make([]int, r.dims.Classes)
		}
		t.spikes = make([]float64, len(r.counts))
		t.possible = make([]float64, len(r.counts))
	}
	loss, err := graph.Float64s(r.loss.Value())
	if err != nil {
		return err
	}
	scores, err := graph.Float64s(r.scores.Value())
	if err != nil {
		return err
	}
	t.examples += n
	counted := 0 // examples with a label that counts, over which the loss is the mean
	classes := r.net.config.Readout.Layer.Units
	per := r.dims.Labels()
	for b := range n {
		before := t.labels
		for k := r.skip; k < per; k++ {
			y := r.labels[b*per+k]
			if y == Ignore {
				continue
			}
			p := argmax(scores[(k*r.batch+b)*classes:][:r.dims.Classes])
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
		units := len(c) / r.batch
		for _, x := range c[:n*units] {
			t.spikes[i] += x
		}
		t.possible[i] += float64(n * units * r.dims.Steps)
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
