package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// normUnits is how many units are worked on together. Sums are over the rows in their order, so that how
// many cores there are makes no difference.
const normUnits = 64

type batchNormKernel[F graph.Float] struct{ batchNorm }

func (k batchNormKernel[F]) Forward(c *graph.Call[F]) error {
	units := c.In[normX].Shape[2]
	m := newMoments(c.Tape, units)
	c.Tape = m
	exists := existingRows(c)
	m.of = 0
	if n := exists.count(); k.Training && n > 1 {
		m.of = float64(n)
	}
	return kernel.Run(units, normUnits, func(_, lo, hi int) error {
		if err := k.measure(c, m, exists, lo, hi); err != nil {
			return err
		}
		eachRow(c.In[normX].Data, units, lo, hi, func(r int, x []F) {
			y := c.Out[0].Data[r*units+lo:]
			for i, v := range x {
				j := lo + i
				y[i] = F((float64(v)-m.mean[j])*m.scale[j]*float64(c.In[normGain].Data[j]) + float64(c.In[normBias].Data[j]))
			}
		})
		return nil
	})
}

// measure finds the statistics of units lo to hi, and where the running ones move to.
func (k batchNormKernel[F]) measure(c *graph.Call[F], m *moments, exists rowsThatExist[F], lo, hi int) error {
	running, spread := c.In[normMean].Data, c.In[normVariance].Data
	var mean, squares []float64
	if m.of > 0 {
		mean, squares = exists.moments(m.of, lo, hi)
	}
	for j := lo; j < hi; j++ {
		i := j - lo
		nextMean, nextSpread := float64(running[j]), float64(spread[j])
		if m.of == 0 {
			if err := m.set(j, "unit", nextMean, nextSpread, k.Epsilon); err != nil {
				return err
			}
		} else {
			if err := m.set(j, "unit", mean[i], squares[i]/m.of, k.Epsilon); err != nil {
				return err
			}
			nextMean += k.Momentum * (mean[i] - nextMean)
			nextSpread += k.Momentum * (squares[i]/(m.of-1) - nextSpread)
		}
		if k.Training {
			put(c.Out[1].Data, j, nextMean)
			put(c.Out[2].Data, j, nextSpread)
		}
	}
	return nil
}

// put sets an element of an output that somebody reads.
func put[F graph.Float](dst []F, i int, x float64) {
	if dst != nil {
		dst[i] = F(x)
	}
}

func (k batchNormKernel[F]) Backward(c *graph.Call[F]) error {
	if c.DOut[0].Data == nil || len(c.DOut) > 1 && (c.DOut[1].Data != nil || c.DOut[2].Data != nil) {
		return errors.New("no gradient flows through running statistics")
	}
	units := c.In[normX].Shape[2]
	m, exists := c.Tape.(*moments), existingRows(c)
	return kernel.Run(units, normUnits, func(_, lo, hi int) error {
		// Sums of dy and of dy (x−μ)/√(σ²+ε) are what is needed.
		plain, shaped := make([]float64, hi-lo), make([]float64, hi-lo)
		eachRow(c.In[normX].Data, units, lo, hi, func(r int, x []F) {
			dy := c.DOut[0].Data[r*units+lo:]
			for i, v := range x {
				plain[i] += float64(dy[i])
				shaped[i] += float64(dy[i]) * (float64(v) - m.mean[lo+i]) * m.scale[lo+i]
			}
		})
		for i := range plain {
			put(c.DIn[normBias].Data, lo+i, plain[i])
			put(c.DIn[normGain].Data, lo+i, shaped[i])
		}
		if c.DIn[normX].Data == nil {
			return nil
		}
		eachRow(c.In[normX].Data, units, lo, hi, func(r int, x []F) {
			dy, dx := c.DOut[0].Data[r*units+lo:], c.DIn[normX].Data[r*units+lo:]
			counts := m.of > 0 && exists.at(r)
			for i, v := range x {
				g := float64(dy[i])
				if counts {
					g -= (plain[i] + shaped[i]*(float64(v)-m.mean[lo+i])*m.scale[lo+i]) / m.of
				}
				dx[i] = F(g * m.scale[lo+i] * float64(c.In[normGain].Data[lo+i]))
			}
		})
		return nil
	})
}

// eachRow calls f for units lo to hi of each row of x.
func eachRow[F graph.Float](x []F, units, lo, hi int, f func(r int, x []F)) {
	for r := range len(x) / units {
		f(r, x[r*units+lo:r*units+hi])
	}
}

// rowsThatExist are the rows of x, one for each step of each example, of which a mask may leave some out.
type rowsThatExist[F graph.Float] struct {
	x     []F
	units int
	mask  []F
}

func existingRows[F graph.Float](c *graph.Call[F]) rowsThatExist[F] {
	x := c.In[normX]
	rows := rowsThatExist[F]{x: x.Data, units: x.Shape[2]}
	if len(c.In) > normMask {
		rows.mask = c.In[normMask].Data
	}
	return rows
}

func (r rowsThatExist[F]) at(row int) bool { return r.mask == nil || r.mask[row] != 0 }

func (r rowsThatExist[F]) count() (n int) {
	for row := range len(r.x) / r.units {
		if r.at(row) {
			n++
		}
	}
	return n
}

// moments adds up units lo to hi of all n rows that exist: their means, and the squares of the distances
// from those.
func (r rowsThatExist[F]) moments(n float64, lo, hi int) (mean, squares []float64) {
	mean, squares = make([]float64, hi-lo), make([]float64, hi-lo)
	eachRow(r.x, r.units, lo, hi, func(row int, x []F) {
		if r.at(row) {
			for i, v := range x {
				mean[i] += float64(v)
			}
		}
	})
	for i := range mean {
		mean[i] /= n
	}
	eachRow(r.x, r.units, lo, hi, func(row int, x []F) {
		if r.at(row) {
			for i, v := range x {
				squares[i] += (float64(v) - mean[i]) * (float64(v) - mean[i])
			}
		}
	})
	return mean, squares
}
