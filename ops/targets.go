package ops

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// floats are numbers as a plain value, which a Function can have for a field: their bits, 8 bytes each.
type floats string

func plainFloats(x []float64) floats {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return floats(b)
}

func (f floats) numbers() []float64 {
	b := []byte(f)
	x := make([]float64, len(b)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return x
}

// checkTargets checks the class weights and the smoothing for so many classes.
func (f crossEntropy) checkTargets(classes int) error {
	if !(f.Smoothing >= 0 && f.Smoothing < 1) {
		return errors.Errorf("smoothing is %v, want 0 or more and less than 1", f.Smoothing)
	}
	weights := f.Weights.numbers()
	if f.Weighted && len(weights) != classes {
		return errors.Errorf("there are %d class weights, want %d, one for each class", len(weights), classes)
	}
	for i, w := range weights {
		if !(w >= 0) || !graph.Finite(w) {
			return errors.Errorf("the weight of class %d is %v, want a finite number of 0 or more", i, w)
		}
	}
	return nil
}

// targets are what scores are compared with, times the class weights: for a label, label[its class]
// for that class, plus others[c] for every class c.
type targets struct {
	label  []float64 // (1 − ε) w
	others []float64 // ε/classes · w; nil without smoothing
	sum    float64   // of others
}

// targets are those of the settings, or nil if they are 1 for the label and 0 for the others.
func (k crossEntropyKernel[F]) targets(c *graph.Call[F]) *targets {
	s := c.In[0].Shape
	classes := s[len(s)-1]
	t := &targets{label: k.Weights.numbers()}
	plain := k.Smoothing == 0
	if !k.Weighted {
		t.label = make([]float64, classes)
		for i := range t.label {
			t.label[i] = 1
		}
	}
	for _, w := range t.label {
		plain = plain && w == 1
	}
	if plain {
		return nil
	}
	if k.Smoothing > 0 {
		t.others = make([]float64, classes)
		for i, w := range t.label {
			t.others[i] = k.Smoothing / float64(classes) * w
			t.sum += t.others[i]
			t.label[i] = (1 - k.Smoothing) * w
		}
	}
	return t
}

// weighted is the loss of rows lo to hi: with targets a, and log z and peak as in Forward,
// Σ a · log z − Σ a·(score − peak).
func (k crossEntropyKernel[F]) weighted(c *graph.Call[F], t *targets, lo, hi int) (float64, error) {
	s, labels := c.In[0].Shape, c.In[1].Data
	classes := s[len(s)-1]
	var peaks, z [lossRows]F
	kernel.SumExp(c.In[0].Data[lo*classes:hi*classes], classes, peaks[:], z[:])
	loss := 0.0
	for r := lo; r < hi; r++ {
		if labels[r] < 0 {
			continue
		}
		row, label, peak := c.In[0].Data[r*classes:][:classes], int(labels[r]), float64(peaks[r-lo])
		loss += (t.sum+t.label[label])*math.Log(float64(z[r-lo])) - t.label[label]*(float64(row[label])-peak)
		for i, a := range t.others {
			loss -= a * (float64(row[i]) - peak)
		}
	}
	if !graph.Finite(loss) {
		return loss, k.diagnose(c, lo, hi, peaks[:], z[:])
	}
	return loss, nil
}

// targetGradient turns scale·softmax(scores) of a row into the gradient of its loss.
func targetGradient[F graph.Float](t *targets, row []F, label int, scale F) {
	sum := F(t.sum + t.label[label])
	for i := range row {
		row[i] *= sum
	}
	for i, a := range t.others {
		row[i] -= scale * F(a)
	}
	row[label] -= scale * F(t.label[label])
}
