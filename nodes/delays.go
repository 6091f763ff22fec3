package nodes

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Delays are transmission delays of a layer's synapses, one for each connection, in time steps: the
// parameter d_in, [units, in], of group "delay". Delays of the axons before them, one for each unit,
// are a node of their own, [ops.Delay].
//
// Trained delays need not be whole numbers, see [ops.DelayedLinear]; one that leaves the range from 0
// to Max counts as the nearest bound, with the gradient as if it did not.
type Delays struct {
	Max       int               `json:"max"`                 // the longest delay, steps; 0: there are no delays
	Steps     graph.Initializer `json:"-"`                   // default: whole numbers from 0 to Max, all as likely
	Trainable bool              `json:"trainable,omitempty"` // otherwise they stay as they are
}

// declare adds the delays; nil without.
func (d Delays) declare(p *graph.Params, units, in int) (*gorgonia.Node, error) {
	if d.Max < 0 {
		return nil, errors.Errorf("the longest delay is %d steps", d.Max)
	}
	if d.Max == 0 {
		return nil, nil
	}
	init := initOr(d.Steps, wholeSteps{d.Max})
	if d.Trainable {
		return p.Declare("d_in", "delay", init, units, in)
	}
	return p.DeclareFixed("d_in", "delay", init, units, in)
}

// current is what delayed synapses give.
func (d Delays) current(s ops.Synapses, delays *gorgonia.Node) (*gorgonia.Node, error) {
	if d.Trainable {
		var err error
		if delays, err = within(graph.Of(delays), 0, float64(d.Max)).Node(); err != nil {
			return nil, err
		}
	}
	return s.DelayedCurrents(delays, d.Max)
}

// delayedCurrent is what the layer's delayed synapses give, also of what has come before a piece.
func (n *Neurons) delayedCurrent(x *gorgonia.Node) (*gorgonia.Node, error) {
	if !n.params.Run().Pieces {
		return n.layer.Delays.current(n.Synapses.from(x, n.Synapses.B, n.BRec), n.Delays)
	}
	whole, before, err := n.carryInputs(x)
	if err != nil {
		return nil, err
	}
	current, err := n.layer.Delays.current(n.Synapses.from(whole, n.Synapses.B, n.BRec), n.Delays)
	if err != nil {
		return nil, err
	}
	return applyOne(span{before, x.Shape()[0]}, current)
}

// wholeSteps draws whole numbers from 0 to max.
type wholeSteps struct{ max int }

func (w wholeSteps) Init(rng *rand.Rand, _ tensor.Shape, dst []float64) error {
	for i := range dst {
		dst[i] = math.Floor(rng.Float64() * float64(w.max+1))
	}
	return nil
}
