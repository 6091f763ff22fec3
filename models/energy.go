package models

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// OpEnergy is what arithmetic costs.
type OpEnergy struct {
	Name string  `json:"name"`
	AC   float64 `json:"ac"`  // of an accumulate, one addition, pJ
	MAC  float64 `json:"mac"` // of a multiply-accumulate, pJ
}

// Arithmetic in 45 nm CMOS at 0.9 V (Horowitz, Computing's energy problem, ISSCC 2014). Access to
// memory, which these leave out, often costs more.
var (
	EnergyFP32 = OpEnergy{"FP32", .9, 4.6}
	EnergyFP16 = OpEnergy{"FP16", .4, 1.5}
	EnergyINT8 = OpEnergy{"INT8", .03, .23}
)

// Operations are numbers of operations, and the energy that they take.
type Operations struct {
	AC     float64 `json:"ac"`     // accumulates: a spike adds a weight
	MAC    float64 `json:"mac"`    // multiply-accumulates
	Joules float64 `json:"joules"` // at the costs of the report
}

// LayerEnergy is what one layer takes, per example.
type LayerEnergy struct {
	Name       string  `json:"name"`
	Inputs     int     `json:"inputs"` // h
	Units      int     `json:"units"`  // m, of both directions
	Recurrent  bool    `json:"recurrent"`
	Directions int     `json:"directions"`  // 2 of a bidirectional layer, else 1
	InputRate  float64 `json:"input_rate"`  // share of the inputs that are not zero, Fr
	SpikeInput bool    `json:"spike_input"` // all inputs are −1, 0 or 1
	FiringRate float64 `json:"firing_rate"` // spikes per unit and step, Fr_out; 0 without spikes

	Synapses   Operations `json:"synapses"`   // of inputs and recurrence
	State      Operations `json:"state"`      // of the neurons' own equations
	PerUpdate  int        `json:"per_update"` // MACs of one neuron and step
	Operations Operations `json:"operations"` // both
	RNN        Operations `json:"rnn"`        // of a layer of as many units without spikes
	LSTM       Operations `json:"lstm"`       // of as many LSTM cells
}

// Energy is an estimate of the energy that a network takes for one example, a sequence, from the
// spikes that occurred, beside networks of the same sizes without spikes.
type Energy struct {
	Cost   OpEnergy      `json:"cost"`
	Steps  float64       `json:"steps"` // t, the mean over the examples
	Layers []LayerEnergy `json:"layers"`
	SRNN   Operations    `json:"srnn"`
	RNN    Operations    `json:"rnn"`
	LSTM   Operations    `json:"lstm"`

	// How many times the energy of this network the others take.
	RNNRatio  float64 `json:"rnn_ratio"`
	LSTMRatio float64 `json:"lstm_ratio"`
}

// Energy estimates what an inference costs (Yin, Corradi & Bohté 2021), from a report of an evaluation of
// this network, with the metric [Inputs]. Of a layer of m neurons with h inputs over t steps:
//
//	inputs       h·m·t·Fr AC       where all are −1, 0 or 1; else as many MAC, as values are multiplied
//	recurrence   m²·t·Fr_out AC
//	neurons      m·t·c MAC         c is 1 of LIF and LI, and 6 of ALIF
//
// Of other neurons, c is the number of products, quotients and functions in their step, whose sums
// go with them; those among parameters alone are known beforehand and do not count.
//
// A hidden layer is compared with one of as many RNN units, (h·m + m²)·t MAC, and of LSTM cells,
// (4(h·m + m²) + 3m)·t MAC; the readout with h·m·t MAC, as a dense layer. Biases, activation
// functions and delays, which are taken for whole steps, cost nothing here. The two directions of a
// bidirectional layer have no synapses between them: m²/2 in the place of m².
func (c SRNN) Energy(r *train.Report, cost OpEnergy) (*Energy, error) {
	e, err := c.energy(r, cost)
	return e, graph.Wrapf(err, "energy")
}

func (c SRNN) energy(r *train.Report, cost OpEnergy) (*Energy, error) {
	if r == nil || r.Examples < 1 {
		return nil, errors.New("srnn: wants the report of an evaluation")
	}
	inputs, ok := r.Detail(Inputs{}.Name()).(InputStats)
	if !ok {
		return nil, errors.New("srnn: the report says nothing of the inputs: wants the metric models.Inputs")
	}
	of := map[string]float64{}
	for _, l := range train.HealthOf(r) {
		of[l.Name] = l.Rate
	}
	layers, err := c.layers()
	if err != nil {
		return nil, err
	}
	var rates []float64
	for i, l := range layers {
		name := layerName(i, len(layers))
		if spikes, err := spiking(l.Cell); err != nil {
			return nil, graph.Wrapf(err, "%s", name)
		} else if !spikes {
			continue
		}
		rate, ok := of[name]
		if !ok {
			return nil, errors.Errorf("srnn: %s: the report says nothing of its firing rate", name)
		}
		rates = append(rates, rate)
	}
	return c.energyOf(inputs, rates, cost)
}

// EnergyOf is Energy for given inputs, and firing rates of the layers that spike, in spikes per unit and step.
func (c SRNN) EnergyOf(inputs InputStats, rates []float64, cost OpEnergy) (*Energy, error) {
	e, err := c.energyOf(inputs, rates, cost)
	return e, graph.Wrapf(err, "energy")
}

func (c SRNN) energyOf(inputs InputStats, rates []float64, cost OpEnergy) (*Energy, error) {
	if !(cost.AC >= 0) || !(cost.MAC >= 0) || !graph.Finite(cost.AC+cost.MAC) {
		return nil, errors.Errorf("srnn: an accumulate costs %v pJ, a multiply-accumulate %v", cost.AC, cost.MAC)
	}
	if !(inputs.Steps > 0) || !graph.Finite(inputs.Steps) || !share(inputs.Rate) {
		return nil, errors.Errorf("srnn: there are %v steps with an input rate of %v, want a positive number, and a share from 0 to 1", inputs.Steps, inputs.Rate)
	}
	layers, err := c.layers()
	if err != nil {
		return nil, err
	}
	e := &Energy{Cost: cost, Steps: inputs.Steps}
	given := rates
	in, rate, spikeInput := c.In, inputs.Rate, inputs.Spikes
	for i, l := range layers {
		w := LayerEnergy{Name: layerName(i, len(layers)), Inputs: in, Units: l.Outputs(), Recurrent: l.Recurrent, Directions: 1,
			InputRate: rate, SpikeInput: spikeInput}
		if l.Bidirectional {
			w.Directions = 2
		}
		spikes, err := spiking(l.Cell)
		if err == nil && spikes {
			if len(rates) == 0 || !share(rates[0]) {
				return nil, errors.Errorf("srnn: %s has no firing rate from 0 to 1 among %v", w.Name, given)
			}
			w.FiringRate, rates = rates[0], rates[1:]
		}
		if err == nil {
			w.PerUpdate, err = updateMACs(l.Cell)
		}
		if err != nil {
			return nil, graph.Wrapf(err, "%s", w.Name)
		}
		w.count(e.Steps, i == len(layers)-1, cost)
		e.Layers = append(e.Layers, w)
		e.SRNN, e.RNN, e.LSTM = e.SRNN.plus(w.Operations), e.RNN.plus(w.RNN), e.LSTM.plus(w.LSTM)
		in, rate, spikeInput = w.Units, w.FiringRate, true
	}
	if len(rates) > 0 {
		return nil, errors.Errorf("srnn: there are firing rates %v, %d more than layers that spike", given, len(rates))
	}
	if e.SRNN.Joules > 0 {
		e.RNNRatio, e.LSTMRatio = e.RNN.Joules/e.SRNN.Joules, e.LSTM.Joules/e.SRNN.Joules
	}
	return e, nil
}

// share reports whether x is a share of a whole.
func share(x float64) bool { return x >= 0 && x <= 1 }

// count does the sums of one layer over t steps.
func (w *LayerEnergy) count(t float64, readout bool, cost OpEnergy) {
	h, m := float64(w.Inputs), float64(w.Units)
	recurrent := m * m / float64(w.Directions)
	if active := h * m * t * w.InputRate; w.SpikeInput {
		w.Synapses.AC = active
	} else {
		w.Synapses.MAC = active
	}
	if w.Recurrent {
		w.Synapses.AC += recurrent * t * w.FiringRate
	}
	w.State.MAC = m * t * float64(w.PerUpdate)
	if readout {
		w.RNN.MAC = h * m * t
		w.LSTM.MAC = h * m * t
	} else {
		w.RNN.MAC = (h*m + recurrent) * t
		w.LSTM.MAC = (4*(h*m+recurrent) + 3*m) * t
	}
	for _, o := range []*Operations{&w.Synapses, &w.State, &w.RNN, &w.LSTM} {
		o.Joules = 1e-12 * (o.AC*cost.AC + o.MAC*cost.MAC)
	}
	w.Operations = w.Synapses.plus(w.State)
}

func (o Operations) plus(p Operations) Operations {
	return Operations{o.AC + p.AC, o.MAC + p.MAC, o.Joules + p.Joules}
}

// String is the estimate as a table.
func (e *Energy) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Energy per example of %.4g steps, %s: AC %g pJ, MAC %g pJ\n", e.Steps, e.Cost.Name, e.Cost.AC, e.Cost.MAC)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tsize\tinput rate\tfiring rate\tAC\tsynapse MAC\tstate MAC\tenergy\tRNN\tLSTM\t")
	for _, l := range e.Layers {
		size := fmt.Sprintf("%d-%d", l.Inputs, l.Units)
		if l.Recurrent {
			size += "r"
		}
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%.3f\t%s\t%s\t%s\t%s\t%s\t%s\t\n", l.Name, size, l.InputRate, l.FiringRate,
			quantity(l.Synapses.AC), quantity(l.Synapses.MAC), quantity(l.State.MAC), joules(l.Operations), joules(l.RNN), joules(l.LSTM))
	}
	var synapses, state float64
	for _, l := range e.Layers {
		synapses, state = synapses+l.Synapses.MAC, state+l.State.MAC
	}
	fmt.Fprintf(w, "all\t\t\t\t%s\t%s\t%s\t%s\t%s\t%s\t\n", quantity(e.SRNN.AC), quantity(synapses), quantity(state),
		joules(e.SRNN), joules(e.RNN), joules(e.LSTM))
	fmt.Fprintf(w, "times\t\t\t\t\t\t\t1\t%.1f\t%.1f\t\n", e.RNNRatio, e.LSTMRatio)
	w.Flush() // to memory: it cannot fail
	return b.String()
}

func joules(o Operations) string { return quantity(o.Joules) + "J" }

// quantity writes a number to three digits, with the prefix of its unit.
func quantity(x float64) string {
	if x == 0 {
		return "0 "
	}
	prefixes := []string{"p", "n", "µ", "m", "", "k", "M", "G", "T"}
	k := min(max(int(math.Floor(math.Log10(x)/3)), -4), 4)
	return fmt.Sprintf("%.3g %s", x/math.Pow(1000, float64(k)), prefixes[k+4])
}

// layers are all layers with their cells, the readout last.
func (c SRNN) layers() ([]nodes.Layer, error) {
	readout, err := c.Readout.layer()
	return append(append([]nodes.Layer(nil), c.Hidden...), readout), err
}

// layerName is the name of the i-th of n layers, the last of which is the readout.
func layerName(i, n int) string {
	if i == n-1 {
		return "readout"
	}
	return fmt.Sprintf("layer%d", i)
}

// updateMACs is how many multiply-accumulates the step of one neuron takes: what the cell says, see
// [nodes.Costed], or what its equations have. The step of ALIF has as many products as Yin et al. 2021
// count.
func updateMACs(c nodes.Cell) (int, error) {
	c = nodes.WithDefaults(c)
	if said, ok := c.(nodes.Costed); ok {
		return said.MACs(), nil
	}
	g := gorgonia.NewGraph()
	variable := func(name string, shape ...int) graph.Expr {
		n, err := graph.ZeroInput(g, tensor.Float64, name, shape...)
		if err != nil {
			return graph.Failed(err)
		}
		return graph.Of(n)
	}
	p, s := nodes.Values{}, nodes.Values{}
	changes := map[*gorgonia.Node]bool{} // from step to step
	changing := func(name string) graph.Expr {
		x := variable(name, 1, 1)
		if n, err := x.Node(); err == nil {
			changes[n] = true
		}
		return x
	}
	for _, q := range c.Parameters() {
		p[q.Name] = variable("parameter "+q.Name, 1)
	}
	for _, v := range c.State() {
		s[v.Name] = changing("state " + v.Name)
	}
	for name, x := range c.Step(p, s, changing("current")) {
		if _, err := x.Node(); err != nil {
			return 0, errors.Wrap(err, name)
		}
	}
	macs := 0
	for _, n := range g.AllNodes() { // inputs come before what is made of them
		if n.Op() == nil {
			continue
		}
		for _, from := range g.AllNodes() {
			if changes[from] && g.HasEdgeFromTo(n.ID(), from.ID()) {
				changes[n] = true
				break
			}
		}
		if graph.IsUnvarying(n) {
			delete(changes, n)
		}
		if changes[n] {
			macs += graph.MACs(n)
		}
	}
	return macs, nil
}
