package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CrossEntropy is Σ −log softmax(scores)[label] over the classes, divided by the number of
// examples: a scalar. Scores are [batch, classes] with labels [batch], or [T, batch, classes]
// with labels [T, batch]; steps before skip do not count.
//
// Labels are class numbers, 0 ≤ label < classes, of the scores' dtype. A label of −1 takes its
// step, or its example, out of the sum; an example without any label that counts is not in
// the batch. Any other label is an error when the graph runs.
func CrossEntropy(scores, labels *gorgonia.Node, skip int) (*gorgonia.Node, error) {
	r, err := graph.Apply(crossEntropy{skip}, scores, labels)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type crossEntropy struct{ Skip int }

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
	return []tensor.Shape{tensor.ScalarShape()}, nil
}

type crossEntropyKernel[F graph.Float] struct{ crossEntropy }

// rows calls f for each row of scores that counts, with its label and room for one row. It
// returns the sum of what f returns, and the number of examples that have such a row.
func (k crossEntropyKernel[F]) rows(c *graph.Call[F], f func(row, label int, scratch []F) (float64, error)) (sum float64, examples int, err error) {
	s, labels := c.In[0].Shape, c.In[1].Data
	classes := s[len(s)-1]
	batch := s[len(s)-2]
	counts := make([]bool, batch)
	for r := k.Skip * batch; r < len(labels); r++ {
		y := labels[r]
		if y != F(math.Trunc(float64(y))) || y < -1 || y >= F(classes) {
			return 0, 0, errors.Errorf("label%v is %v, want a class 0 to %d, or −1 for none", index(c.In[1].Shape, r), y, classes-1)
		}
		if y >= 0 {
			counts[r%batch] = true
		}
	}
	for _, c := range counts {
		if c {
			examples++
		}
	}
	first := k.Skip * batch
	sums := make([]float64, kernel.Shards(len(labels)-first, rowShard))
	err = kernel.Run(len(labels)-first, rowShard, func(i, lo, hi int) error {
		scratch := make([]F, classes)
		for r := first + lo; r < first+hi; r++ {
			if labels[r] < 0 {
				continue
			}
			x, err := f(r, int(labels[r]), scratch)
			if err != nil {
				return err
			}
			sums[i] += x
		}
		return nil
	})
	for _, x := range sums {
		sum += x
	}
	return sum, examples, err
}

func (k crossEntropyKernel[F]) Forward(c *graph.Call[F]) error {
	s := c.In[0].Shape
	classes := s[len(s)-1]
	sum, examples, err := k.rows(c, func(r, label int, scratch []F) (float64, error) {
		row := c.In[0].Data[r*classes:][:classes]
		peak := largest(row)
		z := kernel.ExpShifted(row, peak, scratch)
		loss := math.Log(z) - (float64(row[label]) - float64(peak))
		if !graph.Finite(loss) {
			if at, x, ok := notFinite(graph.Array[F]{Shape: tensor.Shape{classes}, Data: row}); ok {
				return 0, errors.Errorf("score%v is %v", index(s, r*classes+at[0]), x)
			}
		}
		return loss, nil
	})
	if err == nil && examples > 0 {
		c.Out[0].Data[0] = F(sum / float64(examples))
	}
	return err
}

func (k crossEntropyKernel[F]) Backward(c *graph.Call[F]) error {
	s := c.In[0].Shape
	classes := s[len(s)-1]
	d := c.DIn[0].Data
	_, examples, err := k.rows(c, func(r, label int, _ []F) (float64, error) {
		dr := d[r*classes:][:classes]
		softmax(c.In[0].Data[r*classes:][:classes], dr)
		dr[label]--
		return 0, nil
	})
	if err != nil || examples == 0 {
		return err
	}
	scale := c.DOut[0].Data[0] / F(examples)
	for i := range d {
		d[i] *= scale
	}
	return nil
}

// largest is the largest of x, or NaN if there is one.
func largest[F graph.Float](x []F) F {
	peak := x[0]
	for _, v := range x[1:] {
		peak = max(peak, v)
	}
	return peak
}

// softmax writes exp(x)/Σ exp(x) to dst.
func softmax[F graph.Float](x, dst []F) {
	scale := F(1 / kernel.ExpShifted(x, largest(x), dst))
	for i := range dst {
		dst[i] *= scale
	}
}
