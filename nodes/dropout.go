package nodes

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Dropout leaves out units at random in training (Srivastava et al. 2014): each is multiplied by 0 with
// probability Rate, and else by 1/(1−Rate), so that its expected value stays what it is. In evaluation
// it does nothing. It goes between two layers, on an input, or as [Layer.RecurrentDropout] between the
// neurons of one. The spikes that are left are numbers and no longer 0 or 1.
//
// One mask serves all steps of a sequence, each example having its own, as in the variational dropout
// of Gal & Ghahramani 2016: what a unit that is there does over time is not torn. Masks are drawn again
// before each batch, see [graph.Run.Begin]; where sequences are run piece by piece, the pieces of one
// share it. Rate 0 is no dropout.
type Dropout struct {
	Rate    float64 `json:"rate,omitempty"`     // probability to be left out, from 0 to less than 1
	PerStep bool    `json:"per_step,omitempty"` // each step has a mask of its own
}

// Apply is x [T, batch, units], or [batch, units] of a single step, with units left out where the graph
// is for training, see [graph.Run]; x itself is returned where there is nothing to leave out. The name
// must be new in its scope: the mask is an input of that name.
func (d Dropout) Apply(p *graph.Params, name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	y, err := d.apply(p, name, x)
	return y, graph.Wrapf(err, "dropout %s", p.Name(name))
}

func (d Dropout) apply(p *graph.Params, name string, x *gorgonia.Node) (*gorgonia.Node, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if x == nil {
		return nil, errors.New("x is nil, want [T, batch, units] or [batch, units]")
	}
	shape := x.Shape()
	if len(shape) != 2 && len(shape) != 3 {
		return nil, errors.Errorf("x (%s) has shape %v, want [T, batch, units] or [batch, units]", x.Name(), shape)
	}
	if !d.active(p) {
		return x, nil
	}
	if !d.PerStep {
		shape = shape[len(shape)-2:]
	}
	mask, err := d.mask(p, p.Name(name), shape, 1)
	if err != nil {
		return nil, err
	}
	return multiply(x, mask)
}

func (d Dropout) check() error {
	if d.Rate >= 0 && d.Rate < 1 {
		return nil
	}
	return errors.Errorf("the rate is %v, want a probability from 0 to less than 1", d.Rate)
}

// active reports whether anything is left out in a graph.
func (d Dropout) active(p *graph.Params) bool { return d.Rate > 0 && p.Run().Training }

// mask adds an input of that full name, of factors that are drawn now and before each batch, and if
// each step has its own before each piece too. The first 1/repeat of it are drawn, and repeated.
func (d Dropout) mask(p *graph.Params, name string, shape tensor.Shape, repeat int) (*gorgonia.Node, error) {
	n, err := constantInput(p, name, shape, 1)
	if err != nil {
		return nil, err
	}
	period := shape.TotalSize() / repeat
	factors := make([]float64, period)
	draw := func(rng *rand.Rand) {
		for i := range factors {
			factors[i] = 0
			if rng.Float64() >= d.Rate {
				factors[i] = 1 / (1 - d.Rate)
			}
		}
		i := -1
		fill(n, func() float64 {
			i++
			return factors[i%period]
		})
	}
	draw(graph.Stream(p.Seed(), name))
	if d.PerStep {
		p.Run().Carry(&stepMasks{draw: draw})
	} else {
		p.Run().Draw(draw)
	}
	return n, nil
}

// sequence is the mask of recurrent spikes as a sequence, for a scan.
func (d Dropout) sequence(p *graph.Params, name string, shape tensor.Shape) (*gorgonia.Node, error) {
	repeat := shape[0]
	if d.PerStep {
		repeat = 1
	}
	n, err := d.mask(p, name, shape, repeat)
	return n, graph.Wrapf(err, "recurrent dropout")
}

// stepMasks are masks of steps, which differ from one piece of a sequence to the next. What is carried
// is where the random stream of the batch has come to.
type stepMasks struct {
	draw func(rng *rand.Rand)
	rng  *rand.Rand
}

func (*stepMasks) Nodes() gorgonia.Nodes { return nil }

func (s *stepMasks) Begin(rng *rand.Rand) error {
	s.rng = rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
	return s.Next()
}

func (s *stepMasks) Next() error {
	if s.rng == nil {
		return errors.New("srnn: dropout: a piece follows none")
	}
	s.draw(s.rng)
	return nil
}
