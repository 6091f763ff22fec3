package graph

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Scan is a loop in a graph: a step, written as nodes for one moment, runs along sequences as one
// node, and carries a state from each step to the next. The size of the graph and the time to set
// it up do not depend on the number of steps.
//
// Gradients flow to the sequences, the initial state and everything captured, and come in from all
// outputs and the final state: what the step's own symbolic gradient gives, run from the last step
// to the first. (Theano's scan was the first of its kind; Bergstra et al. 2010.)
type Scan struct {
	Sequences gorgonia.Nodes // what step t reads the t-th row of, each [T, …]; at least one
	Initial   gorgonia.Nodes // the state before the first step
	Captured  gorgonia.Nodes // what all steps read, as weights

	// Step declares a step, in a graph of its own, from the sequences at that moment, the state
	// before, and what is captured. It returns what is to be put out at each step, in any number and
	// shapes, and the state after it, in the shapes of the state before. Nodes may be any of
	// Gorgonia's and of this module's, scans among them, but no random ones: draw those outside, as
	// a sequence. What depends on nothing but what is captured, as exp(−dt/τ), is computed once.
	//
	// Step is called several times, and must declare the same each time.
	Step func(x, state, captured gorgonia.Nodes) (out, next gorgonia.Nodes, err error)

	// KeepEvery is how many steps lie between the states that are kept for the gradient; those in
	// between are computed again. The square root of T needs the least memory. Zero keeps all.
	KeepEvery int

	// Truncate has gradients not flow from one piece of so many steps, counted from the first, into the
	// one before. Zero lets them flow.
	Truncate int

	// Batched says that sequences are [T, batch, …], states and outputs [batch, …], and that a step
	// treats each example by itself. Then Step is called with fewer examples than there are, and
	// several shards of the batch run at once.
	Batched bool
}

// Scanned is what a Scan gives, as nodes through which gradients flow.
type Scanned struct {
	result  *Result
	outputs int
}

// Output is the k-th of what Step puts out, over all steps, [T, …]. What nobody asks for is not
// stored, and, unless the state needs it, not computed.
func (s *Scanned) Output(k int) (*gorgonia.Node, error) {
	if k < 0 || k >= s.outputs {
		return nil, errors.Errorf("srnn: scan: no output %d, there are %d", k, s.outputs)
	}
	return s.result.Output(k)
}

// Final is the k-th variable of the state after the last step.
func (s *Scanned) Final(k int) (*gorgonia.Node, error) {
	if k < 0 {
		return nil, errors.Errorf("srnn: scan: no state %d", k)
	}
	return s.result.Output(s.outputs + k)
}

// Apply adds the scan to the graph of its inputs.
func (s Scan) Apply() (*Scanned, error) {
	f, err := s.declare()
	if err != nil {
		return nil, Wrapf(err, "scan")
	}
	inputs := append(append(append(gorgonia.Nodes{}, s.Sequences...), s.Initial...), s.Captured...)
	r, err := Apply(f, inputs...)
	if err != nil {
		return nil, err
	}
	return &Scanned{r, f.shared.outputs}, nil
}

// scan is a Scan as a Function.
type scan struct{ shared *scanShared }

// scanShared is what all runs of a scan share.
type scanShared struct {
	Scan
	number  int64 // which tells it from all other scans
	dt      tensor.Dtype
	in      []tensor.Shape
	steps   int
	batch   int // 1 if it is not batched
	outputs int
	out     []tensor.Shape // of all outputs, the final state among them

	mu     sync.Mutex
	bodies map[int]*body // by the number of examples
}

// scans counts the scans of this process.
var scans atomic.Int64

func (s Scan) declare() (scan, error) {
	f := scan{&scanShared{Scan: s, number: scans.Add(1), batch: 1, bodies: map[int]*body{}}}
	if len(s.Sequences) == 0 || s.Step == nil {
		return f, errors.New("needs a step and at least one sequence")
	}
	if s.KeepEvery < 0 {
		return f, errors.Errorf("keeps every %d-th state, want a positive number", s.KeepEvery)
	}
	if s.Truncate < 0 {
		return f, errors.Errorf("truncates gradients every %d steps, want a positive number", s.Truncate)
	}
	for _, group := range []gorgonia.Nodes{s.Sequences, s.Initial, s.Captured} {
		for _, n := range group {
			if n == nil {
				return f, errors.New("an input is nil")
			}
			f.shared.in = append(f.shared.in, n.Shape().Clone())
		}
	}
	var err error
	if f.shared.dt, err = dtypeOf(s.Sequences[0]); err != nil {
		return f, err
	}
	return f, f.shared.measure()
}

// measure finds the number of steps and of examples, and the shapes of the outputs.
func (s *scanShared) measure() error {
	for i, n := range s.Sequences {
		shape := n.Shape()
		if len(shape) == 0 || s.Batched && len(shape) < 2 {
			return errors.Errorf("sequence %d (%s) has shape %v, want [T, …]", i, n.Name(), shape)
		}
		if i == 0 {
			s.steps = shape[0]
			if s.Batched {
				s.batch = shape[1]
			}
		}
		if shape[0] != s.steps || s.Batched && shape[1] != s.batch {
			return errors.Errorf("sequence %d (%s) has shape %v, but the first %v", i, n.Name(), shape, s.Sequences[0].Shape())
		}
	}
	for i, n := range s.Initial {
		if shape := n.Shape(); s.Batched && (len(shape) == 0 || shape[0] != s.batch) {
			return errors.Errorf("initial state %d (%s) has shape %v, want [%d, …]", i, n.Name(), shape, s.batch)
		}
	}
	var first *body
	for _, n := range s.shardSizes() {
		b, err := s.body(n)
		if err != nil {
			return err
		}
		if first == nil {
			first = b
		}
	}
	s.outputs = len(first.out)
	for _, n := range first.out {
		shape := n.Shape().Clone()
		if s.Batched {
			shape[0] = s.batch
		}
		s.out = append(s.out, append(tensor.Shape{s.steps}, shape...))
	}
	for _, n := range s.Initial {
		s.out = append(s.out, n.Shape().Clone())
	}
	if len(s.out) == 0 {
		return errors.New("the step has neither outputs nor a state")
	}
	return nil
}

// scanShard is how many examples of a batched scan are run together at most. More of them share
// what a step costs whatever its size; fewer leave something to do for more cores.
const scanShard = 16

// shards divides the batch evenly: the first example of each shard, and the end.
func (s *scanShared) shards() []int {
	n := 1
	if s.Batched {
		n = max(1, (s.batch+scanShard-1)/scanShard, min(2, s.batch/minShard))
	}
	at := make([]int, n+1)
	for i := range at {
		at[i] = i * s.batch / n
	}
	return at
}

// minShard is how many examples are worth a shard of their own.
const minShard = 8

// shardSizes are the different numbers of examples that shards have.
func (s *scanShared) shardSizes() (sizes []int) {
	at := s.shards()
	seen := map[int]bool{}
	for i := range at[1:] {
		if n := at[i+1] - at[i]; !seen[n] {
			seen[n] = true
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// body is the step declared for n examples.
func (s *scanShared) body(n int) (*body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.bodies[n]; b != nil {
		return b, nil
	}
	b, err := s.trace(n)
	if err == nil {
		s.bodies[n] = b
	}
	return b, err
}

func (f scan) String() string { return "scan" }
func (f scan) Taped()         {}

// Separate sets the gradients of sequences apart, which nobody wants of a network's input.
func (f scan) Separate(i int) bool { return i < len(f.shared.Sequences) }

// identity tells scans apart: what a step does cannot be compared.
func (f scan) identity() string { return fmt.Sprintf("scan %d", f.shared.number) }

func (f scan) Shapes([]tensor.Shape) ([]tensor.Shape, error) { return f.shared.out, nil }

func (f scan) Kernel32() Kernel[float32] { return scanKernel[float32]{f.shared} }
func (f scan) Kernel64() Kernel[float64] { return scanKernel[float64]{f.shared} }

// differentiate declares the gradient of the step.
func (f scan) differentiate() error {
	for _, n := range f.shared.shardSizes() {
		b, err := f.shared.body(n)
		if err != nil {
			return err
		}
		if err := b.differentiate(); err != nil {
			return err
		}
	}
	return nil
}
