package nodetest

import (
	"math"
	"path"
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/tensor"
)

// experiment is a layer with all that it runs on as numbers.
type experiment struct {
	cell                    nodes.Cell
	dtype                   tensor.Dtype
	steps, batch, in, units int
	recurrent               bool
	keepEvery               int
	estimator               ops.Estimator
	drive                   float64 // the scale of all weights and biases
	seed                    uint64  // of the weights and biases

	taus map[string]float64 // time constants, ms, by their names; others are those that the cell draws

	x       []float64            // [steps, batch, in]
	initial map[string][]float64 // [batch, units] of the variables of the state
	weights map[string][]float64 // [steps, batch, units] of each quantity in the loss
}

// experiment draws one of usual size.
func (s *suite) experiment(recurrent bool) experiment {
	return s.sized(12, 3, 2, 4, recurrent)
}

// sized draws an experiment of any size.
func (s *suite) sized(steps, batch, in, units int, recurrent bool) experiment {
	e := experiment{
		cell: s.cell, dtype: tensor.Float64, steps: steps, batch: batch, in: in, units: units,
		recurrent: recurrent, drive: s.drive, seed: 1,
		initial: map[string][]float64{}, weights: map[string][]float64{},
	}
	e.x = normals("x", steps*batch*in)
	for _, name := range s.names {
		e.weights[name] = normals("weights of "+name, steps*batch*units)
	}
	for _, v := range e.variables() {
		e.initial[v.Name] = make([]float64, batch*units)
		for i := range e.initial[v.Name] {
			e.initial[v.Name][i] = v.Rest
			if pool := s.pool[v.Name]; pool != nil {
				e.initial[v.Name][i] = pool[i%len(pool)]
			}
		}
	}
	return e
}

// ways are an experiment as a scanned layer and, if there is one, a fused layer.
func (s *suite) ways(e experiment) []experiment {
	if !s.fused {
		return []experiment{e.scanned()}
	}
	return []experiment{e.scanned(), e}
}

// waysInBoth are all ways of the usual experiment in double precision and in single.
func (s *suite) waysInBoth() []experiment {
	double := s.experiment(s.spiking())
	single := s.experiment(s.spiking())
	single.dtype = tensor.Float32
	return append(s.ways(double), s.ways(single)...)
}

// normals are n values of N(0, 1), the same for the same name.
func normals(name string, n int) []float64 {
	rng, v := graph.Stream(3, name), make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// variables are those of the state, with the spikes if there are recurrent synapses.
func (e experiment) variables() []nodes.Variable {
	variables := e.cell.State()
	isSpikes := func(v nodes.Variable) bool { return v.Name == nodes.Spikes }
	if e.recurrent && !slices.ContainsFunc(variables, isSpikes) {
		variables = append(variables, nodes.Variable{Name: nodes.Spikes})
	}
	return variables
}

func (e experiment) scanned() experiment {
	e.cell = nodes.Scanned(e.cell)
	return e
}

// valuesOf are what a parameter is set to: of the cell's, what it starts with and up to a tenth more or
// less, so that neurons differ. Currents are of the size of the drive, and have a positive mean.
func (e experiment) valuesOf(q graph.Param) []float64 {
	rng, v := graph.Stream(e.seed, path.Ext(q.Name)), q.Values()
	for i := range v {
		switch path.Ext(q.Name) {
		case ".w_in":
			v[i] = e.drive * rng.NormFloat64() / math.Sqrt(float64(e.in))
		case ".b_in":
			v[i] = e.drive * (1 + .1*rng.NormFloat64())
		case ".w_rec":
			v[i] = .5 * e.drive * rng.NormFloat64() / math.Sqrt(float64(e.units))
		case ".b_rec":
			v[i] = .1 * e.drive * rng.NormFloat64()
		default:
			v[i] *= 1 + .1*(2*rng.Float64()-1)
		}
	}
	return v
}

// outcome runs an experiment in some way.
func (e experiment) outcome(in way) (outcome, error) {
	p, err := in(e)
	if err != nil {
		return nil, err
	}
	m, err := p.measurement()
	if err != nil {
		return nil, err
	}
	return m.outcome()
}

// same checks that two experiments have one outcome.
func (e experiment) same(run way, as experiment, ran way, tolerance float64) error {
	got, err := e.outcome(run)
	if err != nil {
		return err
	}
	want, err := as.outcome(ran)
	if err != nil {
		return err
	}
	return agree(got, want, tolerance)
}

// forward gives the values of the quantities alone.
func (e experiment) forward(in way) (outcome, error) {
	p, err := in(e)
	if err != nil {
		return nil, err
	}
	return p.values()
}
