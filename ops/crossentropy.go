package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CrossEntropySettings are those of [CrossEntropy]. Zero values change nothing.
type CrossEntropySettings struct {
	// Skip is how many steps at the beginning do not count.
	Skip int

	// ClassWeights are how often the terms of each class count, 0 or more, where some classes are rare.
	// Nil counts all once. They do not change what the sum is divided by, so that an example has the
	// same weight in every batch. PyTorch's mean, in contrast, divides by the sum of the weights of the
	// labels that happen to be in the batch.
	ClassWeights []float64

	// Smoothing is ε, 0 ≤ ε < 1: the target is not 1 for the label and 0 for the others, but that times
	// 1 − ε, plus ε/classes for every class (Szegedy et al. 2016, "Rethinking the Inception architecture
	// for computer vision").
	Smoothing float64
}

// CrossEntropy is Σ −log softmax(scores)[label] over the classes, divided by the number of
// examples: a scalar. Scores are [batch, classes] with labels [batch], or [T, batch, classes]
// with labels [T, batch]. With class weights w and smoothing, the term of a label is
//
//	Σ_c −w_c target_c log softmax(scores)_c
//
// Labels are class numbers, 0 ≤ label < classes, of the scores' dtype. A label of −1 takes its
// step, or its example, out of the sum; an example without any label that counts is not in
// the batch. Any other label is an error when the graph runs.
func CrossEntropy(scores, labels *gorgonia.Node, s CrossEntropySettings) (*gorgonia.Node, error) {
	f := crossEntropy{Skip: s.Skip, Smoothing: s.Smoothing, Weighted: s.ClassWeights != nil, Weights: plainFloats(s.ClassWeights)}
	r, err := graph.Apply(f, scores, labels)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type crossEntropy struct {
	Skip      int
	Smoothing float64
	Weighted  bool
	Weights   floats // of the classes
}

func (crossEntropy) String() string              { return "CrossEntropy" }
func (crossEntropy) Undifferentiated(i int) bool { return i == 1 }

func (f crossEntropy) Kernel32() graph.Kernel[float32] { return crossEntropyKernel[float32]{f} }
func (f crossEntropy) Kernel64() graph.Kernel[float64] { return crossEntropyKernel[float64]{f} }

func (f crossEntropy) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	scores, labels := in[0], in[1]
	if len(scores) != 2 && len(scores) != 3 {
		return nil, errors.Errorf("scores have shape %v, want [T, batch, classes] or [batch, classes]", scores)
	}
	if want := scores[:len(scores)-1]; !graph.SameShape(labels, want) {
		return nil, errors.Errorf("labels have shape %v, want %v for scores of shape %v", labels, want, scores)
	}
	if steps := scores[0]; f.Skip < 0 || f.Skip > 0 && (len(scores) == 2 || f.Skip >= steps) {
		return nil, errors.Errorf("cannot skip %d steps of scores of shape %v", f.Skip, scores)
	}
	if err := f.checkTargets(scores[len(scores)-1]); err != nil {
		return nil, err
	}
	return []tensor.Shape{tensor.ScalarShape()}, nil
}

type crossEntropyKernel[F graph.Float] struct{ crossEntropy }

// counted checks the labels and returns how many examples have one that counts.
func (k crossEntropyKernel[F]) counted(c *graph.Call[F]) (examples int, err error) {
	s, labels := c.In[0].Shape, c.In[1].Data
	classes, batch := s[len(s)-1], s[len(s)-2]
	counts := make([]bool, batch)
	for step := k.Skip * batch; step < len(labels); step += batch {
		for b, y := range labels[step : step+batch] {
			label := int(y)
			if F(label) != y || label < -1 || label >= classes { // true of NaN and of infinities
				return 0, errors.Errorf("label%v is %v, want a class 0 to %d, or −1 for none", index(c.In[1].Shape, step+b), y, classes-1)
			}
			if label >= 0 {
				counts[b] = true
			}
		}
	}
	for _, c := range counts {
		if c {
			examples++
		}
	}
	return examples, nil
}

// first is the first row of scores that counts: those of the steps before it do not.
func (k crossEntropyKernel[F]) first(c *graph.Call[F]) int {
	s := c.In[0].Shape
	return k.Skip * s[len(s)-2]
}

// Forward: with peak the largest score of a row and z = Σ exp(score − peak), the loss of the row
// is log z − (score[label] − peak).
func (k crossEntropyKernel[F]) Forward(c *graph.Call[F]) error {
	examples, err := k.counted(c)
	if err != nil {
		return err
	}
	first, rows := k.first(c), len(c.In[1].Data)
	loss := k.loss
	if target := k.targets(c); target != nil {
		loss = func(c *graph.Call[F], lo, hi int) (float64, error) { return k.weighted(c, target, lo, hi) }
	}
	sums := make([]float64, kernel.Shards(rows-first, lossShard))
	err = kernel.Run(rows-first, lossShard, func(i, lo, hi int) error {
		for r := first + lo; r < first+hi; r += lossRows {
			x, err := loss(c, r, min(r+lossRows, first+hi))
			if err != nil {
				return err
			}
			sums[i] += x
		}
		return nil
	})
	if err != nil {
		return err
	}
	sum := 0.0
	for _, x := range sums {
		sum += x
	}
	c.Out[0].Data[0] = F(sum / float64(max(examples, 1)))
	return nil
}

const (
	// lossShard is how many rows, one per step and example, a goroutine takes at a time.
	lossShard = 512

	// lossRows is how many rows share one logarithm, that of the product of their z. As
	// z ≤ classes, the product does not overflow.
	lossRows = 32
)

// loss is the loss of rows lo to hi.
func (k crossEntropyKernel[F]) loss(c *graph.Call[F], lo, hi int) (float64, error) {
	s, labels := c.In[0].Shape, c.In[1].Data
	classes := s[len(s)-1]
	var peaks, z [lossRows]F
	kernel.SumExp(c.In[0].Data[lo*classes:hi*classes], classes, peaks[:], z[:])
	product, scores := 1.0, 0.0
	for r := lo; r < hi; r++ {
		if labels[r] >= 0 {
			product *= float64(z[r-lo])
			scores += float64(c.In[0].Data[r*classes+int(labels[r])]) - float64(peaks[r-lo])
		}
	}
	loss := math.Log(product) - scores
	if !graph.Finite(loss) {
		return loss, k.diagnose(c, lo, hi, peaks[:], z[:])
	}
	return loss, nil
}

// diagnose finds where a loss of rows lo to hi that is not finite came from.
func (k crossEntropyKernel[F]) diagnose(c *graph.Call[F], lo, hi int, peaks, z []F) error {
	s, labels := c.In[0].Shape, c.In[1].Data
	classes := s[len(s)-1]
	for r := lo; r < hi; r++ {
		row := c.In[0].Data[r*classes:][:classes]
		if labels[r] < 0 || k.Smoothing == 0 && graph.Finite(z[r-lo]) && graph.Finite(row[int(labels[r])]-peaks[r-lo]) {
			continue
		}
		if at, x, ok := notFinite(graph.Array[F]{Shape: tensor.Shape{classes}, Data: row}); ok {
			return errors.Errorf("score%v is %v", index(s, r*classes+at[0]), x)
		}
	}
	return nil
}

// Backward: the gradient of a row is softmax(scores) − 1[label], divided by the number of examples. With
// other targets a, it is Σ a · softmax(scores) − a.
func (k crossEntropyKernel[F]) Backward(c *graph.Call[F]) error {
	examples, err := k.counted(c)
	if err != nil {
		return err
	}
	s, labels, d := c.In[0].Shape, c.In[1].Data, c.DIn[0].Data
	classes, first := s[len(s)-1], k.first(c)
	scale := c.DOut[0].Data[0] / F(max(examples, 1))
	target := k.targets(c)
	clear(d[:first*classes])
	return kernel.Run(len(labels)-first, lossShard, func(_, lo, hi int) error {
		lo, hi = first+lo, first+hi
		kernel.Softmax(c.In[0].Data[lo*classes:hi*classes], classes, scale, d[lo*classes:hi*classes])
		for r := lo; r < hi; r++ {
			row := d[r*classes:][:classes]
			switch {
			case labels[r] < 0:
				clear(row)
			case target != nil:
				targetGradient(target, row, int(labels[r]), scale)
			default:
				row[int(labels[r])] -= scale
			}
		}
		return nil
	})
}
