package nodetest

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// purity applies the step twice to the same nodes.
func (s *suite) purity() error {
	e := s.sized(1, 3, 2, 4, false)
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return err
	}
	first, second := p.program(), p.program()
	current := p.input("current", normals("current", e.batch*e.units), e.batch, e.units)
	overwrite(current.Value(), e.valuesOf(graph.Param{Name: ".w_in", Node: current}))
	for _, out := range []*program{first, second} {
		step, err := apply(e.cell, current, p.own, p.start)
		if err != nil {
			return err
		}
		for name, n := range step {
			out.quantities[name] = gorgonia.Nodes{n}
		}
	}
	want, err := first.values()
	if err != nil {
		return err
	}
	got, err := second.values()
	if err != nil {
		return err
	}
	return errors.Wrap(agree(got, want, 0), "the step applied again")
}

// runsAgain runs a machine on some inputs, on others, and on the first ones again.
func (s *suite) runsAgain() error {
	for _, e := range s.waysInBoth() {
		p, err := layered(e)
		if err != nil {
			return err
		}
		m, err := p.measurement()
		if err != nil {
			return err
		}
		want, err := m.outcome()
		if err != nil {
			return err
		}
		overwrite(p.x.Value(), normals("other x", len(e.x)))
		if _, err := m.outcome(); err != nil {
			return err
		}
		overwrite(p.x.Value(), e.x)
		got, err := m.outcome()
		if err != nil {
			return err
		}
		if err := agree(got, want, 0); err != nil {
			return errors.Wrapf(err, "%T run again", e.cell)
		}
	}
	return nil
}

// twoLayers puts two layers of the cell, with different parameters, into one graph, and compares them
// with each alone.
func (s *suite) twoLayers() error {
	g := gorgonia.NewGraph()
	var together, alone []*measurement
	for i, name := range []string{"one", "other"} {
		e := s.experiment(s.spiking())
		e.seed = uint64(i)
		for _, in := range []struct {
			graph *gorgonia.ExprGraph
			to    *[]*measurement
		}{{g, &together}, {gorgonia.NewGraph(), &alone}} {
			p, err := e.declare(in.graph, name)
			if err != nil {
				return err
			}
			out, err := p.layered()
			if err != nil {
				return err
			}
			m, err := out.measurement()
			if err != nil {
				return err
			}
			*in.to = append(*in.to, m)
		}
	}
	for _, i := range []int{0, 1, 0} {
		got, err := together[i].outcome()
		if err != nil {
			return err
		}
		want, err := alone[i].outcome()
		if err != nil {
			return err
		}
		if err := agree(got, want, 0); err != nil {
			return errors.Wrapf(err, "layer %d of two in a graph", i)
		}
	}
	return nil
}
