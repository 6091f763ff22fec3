package conform

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/gradcheck"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// Cell checks that a model of a neuron keeps the contract of [nodes.Cell], and that a layer of it
// runs, differentiates and fails as layers should. The current that makes it spike is searched
// for. Two fields are known by their names: a Surrogate, which is relaxed where gradients are
// checked by differences, and a DetachReset, which is off there, as what it gives is not a derivative.
func Cell(t *testing.T, cell nodes.Cell) {
	t.Helper()
	s := newCellSuite(cell)
	for _, c := range s.checks() {
		ok := t.Run(c.name, func(t *testing.T) {
			if err := c.check(); errors.Is(err, errNotSaved) {
				t.Log(err)
			} else if err != nil {
				t.Error(err)
			}
		})
		if !ok && c.needed {
			return // the others would fail for the same reason
		}
	}
}

// cellSuite is a cell with what the first checks find out about it for the others.
type cellSuite struct {
	cell  nodes.Cell
	names []string // of what a step gives, sorted
	fused bool     // a layer of it is not just scanned

	drive  float64              // the scale of the currents that it works at
	spread map[string]float64   // of each quantity at that drive
	pool   map[string][]float64 // values of each quantity after a while at that drive
}

func newCellSuite(cell nodes.Cell) *cellSuite {
	return &cellSuite{cell: nodes.WithDefaults(cell), drive: 1}
}

type cellCheck struct {
	name   string
	check  func() error
	needed bool // by those that follow
}

func (s *cellSuite) checks() []cellCheck {
	return []cellCheck{
		{"declares", s.declares, true},
		{"works", s.works, true},
		{"scanned = unrolled", s.scannedIsUnrolled, false},
		{"fused = scanned", s.fusedIsScanned, false},
		{"single precision", s.singlePrecision, false},
		{"batch independence", s.batchIndependence, false},
		{"state carry", s.stateCarry, false},
		{"gradients", s.gradients, false},
		{"extremes", s.extremes, false},
		{"not finite", s.notFinite, false},
		{"sizes of one", s.sizesOfOne, false},
		{"keeps every k-th state", s.keepsEvery, false},
		{"purity", s.purity, false},
		{"runs again", s.runsAgain, false},
		{"two layers", s.twoLayers, false},
		{"online", s.online, false},
		{"saves", s.saves, false},
	}
}

func (s *cellSuite) spiking() bool { return slices.Contains(s.names, nodes.Spikes) }

func (s *cellSuite) output() string {
	if s.spiking() {
		return nodes.Spikes
	}
	return nodes.Membrane
}

// recurrences are the kinds of layers that the cell can be in: without recurrent synapses and, if it
// spikes, with them.
func (s *cellSuite) recurrences() []bool {
	if s.spiking() {
		return []bool{false, true}
	}
	return []bool{false}
}

// declares checks the names, the settings and one step.
func (s *cellSuite) declares() error {
	if again := nodes.WithDefaults(s.cell); !reflect.DeepEqual(again, s.cell) {
		return errors.Errorf("with defaults it is %+v, and with defaults again %+v", s.cell, again)
	}
	var parameters, variables []string
	for _, q := range s.cell.Parameters() {
		parameters = append(parameters, q.Name)
		if q.Group == "" || q.Init == nil {
			return errors.Errorf("parameter %s has group %q and initialiser %v, want both", q.Name, q.Group, q.Init)
		}
	}
	for _, v := range s.cell.State() {
		variables = append(variables, v.Name)
		if !graph.Finite(v.Rest) {
			return errors.Errorf("%s rests at %v", v.Name, v.Rest)
		}
	}
	for _, list := range [][]string{parameters, variables} {
		if slices.Contains(list, "") || len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
			return errors.Errorf("names are %q, want different ones that are not empty", list)
		}
	}
	step, err := oneStep(s.cell)
	if err != nil {
		return err
	}
	s.names = slices.Sorted(maps.Keys(step))
	if slices.Contains(s.names, "") {
		return errors.Errorf("the step gives %q, want names that are not empty", s.names)
	}
	zero := edit(s.cell, func(_ reflect.StructField, v reflect.Value) {
		if v.Kind() != reflect.Struct {
			v.SetZero()
		}
	})
	_, err = oneStep(nodes.WithDefaults(zero))
	return errors.Wrapf(err, "settings of zero, %+v", zero)
}

// oneStep are the values after a step at rest without input. They must be finite.
func oneStep(cell nodes.Cell) (map[string][]float64, error) {
	e := experiment{cell: cell, dtype: tensor.Float64, steps: 1, batch: 2, in: 1, units: 3, initial: map[string][]float64{}}
	for _, v := range cell.State() {
		e.initial[v.Name] = slices.Repeat([]float64{v.Rest}, e.batch*e.units)
	}
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	for _, q := range p.params.All() {
		for _, x := range q.Values() {
			if q.Group == "tau" && x <= 0 {
				return nil, errors.Errorf("%s starts at %v, want a positive time constant", q.Name, x)
			}
		}
	}
	step, err := apply(cell, p.input("current", nil, e.batch, e.units), p.own, p.start)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(slices.Collect(maps.Values(step))...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	out := map[string][]float64{}
	for name, n := range step {
		if out[name], err = graph.Float64s(n.Value()); err != nil {
			return nil, errors.Wrap(err, name)
		}
		if err := allFinite(name, out[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func allFinite(what string, v []float64) error {
	for i, x := range v {
		if !graph.Finite(x) {
			return errors.Errorf("%s: element %d is %v", what, i, x)
		}
	}
	return nil
}

// works finds a drive at which about every fifth step is a spike, and records what neurons do there.
func (s *cellSuite) works() error {
	const rate = .2
	drives := []float64{1}
	if s.spiking() {
		drives = nil
		for k := -24; k <= 14; k++ {
			drives = append(drives, math.Pow(10, float64(k)/2))
		}
	}
	p, err := layered(s.sized(40, 3, 2, 4, false))
	if err != nil {
		return err
	}
	var failed error
	var found map[string][]float64
	best := math.Inf(1)
	for _, drive := range drives {
		p.setDrive(drive)
		series, err := p.values()
		if err != nil { // as may be where the drive is much too strong
			failed = err
			continue
		}
		off := 0.0
		if s.spiking() {
			fired := mean(series[nodes.Spikes])
			if fired == 0 {
				continue
			}
			off = math.Abs(fired - rate)
		}
		if off < best {
			best, s.drive, found = off, drive, series
		}
	}
	if found == nil && failed != nil {
		return errors.Wrap(failed, "it never spikes where it does not fail, as here")
	}
	if found == nil {
		return errors.Errorf("it never spikes, at currents from %v to %v", drives[0], drives[len(drives)-1])
	}
	s.pool, s.spread = map[string][]float64{}, map[string]float64{}
	for name, v := range found {
		s.pool[name] = v[len(v)-3*4:]
		if s.spread[name] = slices.Max(v) - slices.Min(v); s.spread[name] == 0 {
			s.spread[name] = 1
		}
	}
	return s.rehearse()
}

// rehearse runs the usual experiments. They must show something: some spikes, but not at every step. And
// it finds out whether the layers are more than scans, to spare doing the same twice.
func (s *cellSuite) rehearse() error {
	for _, recurrent := range s.recurrences() {
		p, err := layered(s.experiment(recurrent))
		if err != nil {
			return err
		}
		for _, parts := range p.quantities {
			s.fused = s.fused || !strings.HasPrefix(parts[0].Op().String(), "scan ")
		}
		series, err := p.values()
		if err != nil {
			return err
		}
		if fired := mean(series[nodes.Spikes]); s.spiking() && (fired == 0 || fired == 1) {
			return errors.Errorf("currents of %v give spikes at %v of the steps: nothing can be checked with that", s.drive, fired)
		}
	}
	return nil
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// forward gives the values of the quantities alone.
func (e experiment) forward(in way) (outcome, error) {
	p, err := in(e)
	if err != nil {
		return nil, err
	}
	return p.values()
}

// values runs what the quantities need and nothing else.
func (p *program) values() (outcome, error) {
	m, err := graph.NewMachine(slices.Concat(slices.Collect(maps.Values(p.quantities))...)...)
	if err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	out := outcome{}
	for name, parts := range p.quantities {
		if out[name], err = joined(parts); err != nil {
			return nil, errors.Wrap(err, name)
		}
	}
	return out, nil
}

// scannedIsUnrolled compares the scan with the steps one after the other, on a batch that is run in one
// piece, and on one that is large enough to be divided.
func (s *cellSuite) scannedIsUnrolled() error {
	for _, recurrent := range s.recurrences() {
		for _, e := range []experiment{s.experiment(recurrent), s.sized(3, 17, 2, 4, recurrent)} {
			if err := e.scanned().same(layered, e, unrolled, 1e-10); err != nil {
				return errors.Wrapf(err, "batch of %d %s", e.batch, recurrence(recurrent))
			}
		}
	}
	return nil
}

// fusedIsScanned compares the layer with one that scans the steps.
func (s *cellSuite) fusedIsScanned() error {
	if !s.fused {
		return nil
	}
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		if err := e.same(layered, e.scanned(), layered, 1e-10); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

func recurrence(recurrent bool) string {
	if recurrent {
		return "with recurrent synapses"
	}
	return "without recurrent synapses"
}

// singlePrecision compares the precisions with spikes relaxed, as a spike that comes a step later
// changes all that follows.
func (s *cellSuite) singlePrecision() error {
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		e.cell, _ = relaxed(e.cell)
		single := e
		single.dtype = tensor.Float32
		if err := single.same(layered, e, layered, 1e-2); err != nil {
			return errors.Wrap(err, recurrence(recurrent)+", relaxed")
		}
		single.cell = s.cell
		out, err := single.outcome(layered)
		if err != nil {
			return err
		}
		if err := out.finite(); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

func (o outcome) finite() error {
	for _, name := range o.sorted() {
		if err := allFinite(name, o[name]); err != nil {
			return err
		}
	}
	return nil
}

// batchIndependence compares a batch with its examples, one at a time.
func (s *cellSuite) batchIndependence() error {
	for _, e := range s.ways(s.experiment(s.spiking())) {
		if err := e.batchIndependence(); err != nil {
			return errors.Wrapf(err, "%T", e.cell)
		}
	}
	return nil
}

func (e experiment) batchIndependence() error {
	all, err := e.outcome(layered)
	if err != nil {
		return err
	}
	for b := range e.batch {
		got, err := e.example(b).outcome(layered)
		if err != nil {
			return err
		}
		want := outcome{}
		for name, v := range all {
			_, by, gradient := strings.Cut(name, " by ")
			switch {
			case !gradient, by == "x":
				want[name] = rows(v, e.steps, e.batch, b)
			case strings.HasPrefix(by, "initial "):
				want[name] = rows(v, 1, e.batch, b)
			default: // of a parameter, the sum over the examples
				delete(got, name)
			}
		}
		if err := agree(got, want, 1e-10); err != nil {
			return errors.Wrapf(err, "example %d of %d alone", b, e.batch)
		}
	}
	return nil
}

// example is one example of the batch.
func (e experiment) example(b int) experiment {
	of := func(all map[string][]float64, steps int) map[string][]float64 {
		out := map[string][]float64{}
		for name, v := range all {
			out[name] = rows(v, steps, e.batch, b)
		}
		return out
	}
	e.x, e.initial, e.weights = rows(e.x, e.steps, e.batch, b), of(e.initial, 1), of(e.weights, e.steps)
	e.batch = 1
	return e
}

// rows are those of example b in v [steps, batch, n].
func rows(v []float64, steps, batch, b int) []float64 {
	n := len(v) / steps / batch
	var out []float64
	for t := range steps {
		out = append(out, v[(t*batch+b)*n:][:n]...)
	}
	return out
}

// stateCarry compares a run with two that hand the state on.
func (s *cellSuite) stateCarry() error {
	for _, recurrent := range s.recurrences() {
		for _, e := range s.ways(s.experiment(recurrent)) {
			if err := e.same(split(5), e, layered, 1e-10); err != nil {
				return errors.Wrapf(err, "%T %s", e.cell, recurrence(recurrent))
			}
		}
	}
	return nil
}

// gradients compares the gradient of the unrolled steps, with spikes relaxed, with central
// differences. All inputs and quantities are in units of their own size.
func (s *cellSuite) gradients() error {
	for _, recurrent := range s.recurrences() {
		e := s.sized(4, 2, 2, 2, recurrent)
		if err := s.withoutDetachment(&e); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		var surrogates int
		if e.cell, surrogates = relaxed(e.cell); s.spiking() && surrogates == 0 {
			return errors.New("it spikes, but has no field Surrogate")
		}
		if err := s.differentiate(e); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

// withoutDetachment makes e one whose reset is not detached, and checks that it gives the same values.
func (s *cellSuite) withoutDetachment(e *experiment) error {
	want, err := e.forward(unrolled)
	if err != nil {
		return err
	}
	e.cell = edit(e.cell, func(f reflect.StructField, v reflect.Value) {
		if f.Name == "DetachReset" && f.Type.Kind() == reflect.Bool {
			v.SetBool(false)
		}
	})
	got, err := e.forward(unrolled)
	if err != nil {
		return err
	}
	return errors.Wrap(agree(got, want, 0), "without DetachReset")
}

func (s *cellSuite) differentiate(e experiment) error {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return err
	}
	inputs := p.program().inputs
	names := slices.Sorted(maps.Keys(inputs))
	values := make([]*tensor.Dense, len(names))
	sizes := make([]float64, len(names))
	for i, name := range names {
		v := inputs[name][0].Value().(*tensor.Dense)
		data := v.Data().([]float64)
		if variable, ok := strings.CutPrefix(name, "initial "); ok {
			sizes[i] = s.spread[variable]
			for j, x := range normals("off "+name, len(data)) { // away from what may be a corner
				data[j] += .03 * x * sizes[i]
			}
		} else if sizes[i] = largest(data); sizes[i] == 0 {
			sizes[i] = 1
		}
		for j := range data {
			data[j] /= sizes[i]
		}
		values[i] = v
	}
	err = gradcheck.Check(gradcheck.Settings{Tolerance: 1e-5}, values, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		own, sum := map[string]*gorgonia.Node{}, sum{}
		start := map[string]*gorgonia.Node{}
		for i, name := range names {
			x := graph.Of(in[i]).Times(sizes[i])
			n, err := x.Node()
			if err != nil {
				return nil, err
			}
			if variable, ok := strings.CutPrefix(name, "initial "); ok {
				start[variable] = n
			} else {
				own[name] = n
			}
			sum.add(x.Times(0))
		}
		quantities, err := unroll(e, own["x"], own, start)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(quantities)) {
			for k, n := range quantities[name] {
				size := n.Shape().TotalSize()
				w := tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(slices.Clone(e.weights[name][k*size:][:size])))
				weights := gorgonia.NodeFromAny(n.Graph(), w, gorgonia.WithName(fmt.Sprintf("weights of %s %d", name, k)))
				sum.add(graph.Of(n).Mul(graph.Of(weights)).Times(1 / s.spread[name]))
			}
		}
		return sum.node()
	})
	return errors.Wrapf(err, "inputs are %q", names)
}

// relaxed is the cell with every surrogate relaxed, and how many there are.
func relaxed(cell nodes.Cell) (nodes.Cell, int) {
	n := 0
	return edit(cell, func(f reflect.StructField, v reflect.Value) {
		if s, ok := v.Interface().(ops.Surrogate); ok && f.Name == "Surrogate" {
			v.Set(reflect.ValueOf(ops.Relaxed{Surrogate: s}))
			n++
		}
	}), n
}

// edit copies a cell with its settings changed, and those of a cell within it.
func edit(cell nodes.Cell, change func(reflect.StructField, reflect.Value)) nodes.Cell {
	v := reflect.ValueOf(cell)
	if v.Kind() != reflect.Struct {
		return cell
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	for i := range out.NumField() {
		f := out.Field(i)
		if !f.CanSet() {
			continue
		}
		if cell, ok := f.Interface().(nodes.Cell); ok && f.Kind() == reflect.Interface {
			f.Set(reflect.ValueOf(edit(cell, change)))
		} else {
			change(out.Type().Field(i), f)
		}
	}
	return out.Interface().(nodes.Cell)
}

// extremes runs on inputs up to a million times as large as usual, and on none at all.
func (s *cellSuite) extremes() error {
	for _, c := range []struct {
		name  string
		scale []float64 // of x, in turns
		drive float64   // of all currents
	}{
		{"no current", []float64{0}, 0},
		{"no input", []float64{0}, 1},
		{"a thousandfold", []float64{1e3}, 1},
		{"a millionfold", []float64{1e6}, 1},
		{"mixed", []float64{0, 1, 1e6, 1, 0, 1e3, 1}, 1},
	} {
		for _, e := range s.waysInBoth() {
			e.drive *= c.drive
			for i := range e.x {
				e.x[i] *= c.scale[i/e.in%len(c.scale)]
			}
			out, err := e.outcome(layered)
			if err == nil {
				err = out.finite()
			}
			if err != nil {
				return errors.Wrapf(err, "%s: %T in %v", c.name, e.cell, e.dtype)
			}
		}
	}
	return nil
}

// ways are an experiment as a scanned layer and, if there is one, a fused layer.
func (s *cellSuite) ways(e experiment) []experiment {
	if !s.fused {
		return []experiment{e.scanned()}
	}
	return []experiment{e.scanned(), e}
}

// waysInBoth are all ways of the usual experiment in double precision and in single.
func (s *cellSuite) waysInBoth() []experiment {
	double := s.experiment(s.spiking())
	single := s.experiment(s.spiking())
	single.dtype = tensor.Float32
	return append(s.ways(double), s.ways(single)...)
}

// notFinite sets one element of x, of a bias or of the initial state to what is not finite. That must
// be an error, or be seen: of NaN in the output, of an infinity in any quantity.
func (s *cellSuite) notFinite() error {
	for _, e := range s.waysInBoth() {
		p, err := layered(e)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(p.inputs)) {
			if _, ok := p.own[name]; ok && name != "b_in" {
				continue
			}
			input := p.inputs[name][0].Value()
			before, err := graph.Float64s(input)
			if err != nil {
				return err
			}
			for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				v := slices.Clone(before)
				v[len(v)/2] = x
				overwrite(input, v)
				out, err := p.values()
				if math.IsNaN(x) {
					out = outcome{"output": out[s.output()]}
				}
				if err == nil && out.finite() == nil {
					return errors.Errorf("%T in %v: an element of %s is %v, and it is neither an error nor seen", e.cell, e.dtype, name, x)
				}
			}
			overwrite(input, before)
		}
	}
	return nil
}

// sizesOfOne checks the layers whose dimensions Gorgonia is prone to drop.
func (s *cellSuite) sizesOfOne() error {
	for _, size := range [][4]int{{1, 3, 2, 4}, {4, 1, 2, 4}, {4, 3, 1, 4}, {4, 3, 2, 1}, {1, 1, 1, 1}} {
		e := s.sized(size[0], size[1], size[2], size[3], s.spiking())
		want, err := e.outcome(unrolled)
		if err != nil {
			return err
		}
		for _, e := range s.ways(e) {
			got, err := e.outcome(layered)
			if err == nil {
				err = agree(got, want, 1e-10)
			}
			if err != nil {
				return errors.Wrapf(err, "%d steps, batch of %d, %d inputs, %d units: %T", e.steps, e.batch, e.in, e.units, e.cell)
			}
		}
	}
	return nil
}

func (s *cellSuite) keepsEvery() error {
	e := s.experiment(s.spiking()).scanned()
	for _, k := range []int{1, 3, e.steps + 5} {
		some := e
		some.keepEvery = k
		if err := some.same(layered, e, layered, 0); err != nil {
			return errors.Wrapf(err, "KeepEvery %d", k)
		}
	}
	return nil
}

// purity applies the step twice to the same nodes.
func (s *cellSuite) purity() error {
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
func (s *cellSuite) runsAgain() error {
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
func (s *cellSuite) twoLayers() error {
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

// online compares the gradients that eligibility traces find step by step with those of a layer whose
// estimator is e-prop.
func (s *cellSuite) online() error {
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		e.estimator = ops.EProp{}
		for _, v := range e.variables() {
			e.initial[v.Name] = slices.Repeat([]float64{v.Rest}, e.batch*e.units)
		}
		all, err := e.outcome(layered)
		if err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		got, err := e.traced(s.output())
		if err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		want := outcome{}
		for name := range got {
			want[name] = all[name]
		}
		if err := agree(got, want, 1e-9); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

// traced are the output and its gradients by the parameters, of an experiment that begins at rest.
func (e experiment) traced(output string) (outcome, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	layer, err := nodes.NewEligibility(p.neurons, nodes.Tracing[float64]{Batch: e.batch, Output: output})
	if err != nil {
		return nil, err
	}
	if err := layer.Begin(nil); err != nil {
		return nil, err
	}
	out := outcome{}
	for t := range e.steps {
		if err := layer.Step(e.x[t*e.batch*e.in:][:e.batch*e.in]); err != nil {
			return nil, errors.Wrapf(err, "step %d", t)
		}
		if err := layer.Keep(); err != nil {
			return nil, err
		}
		if err := layer.Learn(e.weights[output][t*e.batch*e.units:][:e.batch*e.units]); err != nil {
			return nil, err
		}
		out[output] = append(out[output], layer.Output()...)
	}
	for k, q := range layer.Params() {
		g := make([]float64, q.Node.Shape().TotalSize())
		if err := layer.Gradient(k, g); err != nil {
			return nil, err
		}
		out[gradientOf+output+" by "+strings.TrimPrefix(q.Name, p.name+".")] = g
	}
	return out, nil
}

// errNotSaved is no failure.
var errNotSaved = errors.New("the cell is not registered: saving is not checked")

// saves checks that every setting survives being saved, but those that are marked not to. They are
// changed before: a setting that is not saved would come back with its default.
func (s *cellSuite) saves() error {
	cell := edit(s.cell, func(_ reflect.StructField, v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[*float64]() && !v.IsNil():
			v.Set(reflect.ValueOf(new(1.25*v.Elem().Float() + .125)))
		case v.CanFloat():
			v.SetFloat(1.25*v.Float() + .125)
		case v.CanInt():
			v.SetInt(v.Int() + 1)
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
		}
	})
	if !nodes.Registered(cell) {
		return errNotSaved
	}
	data, err := nodes.MarshalCell(cell)
	if err != nil {
		return err
	}
	again, err := nodes.UnmarshalCell(data)
	if err != nil {
		return errors.Wrapf(err, "%s", data)
	}
	kept := func(c nodes.Cell) nodes.Cell {
		return edit(c, func(f reflect.StructField, v reflect.Value) {
			_, isInitializer := v.Interface().(graph.Initializer)
			if f.Tag.Get("json") == "-" || isInitializer || f.Type == reflect.TypeFor[ops.Surrogate]() {
				v.SetZero()
			}
		})
	}
	if !reflect.DeepEqual(kept(again), kept(cell)) {
		return errors.Errorf("%+v was saved as %s and came back as %+v", cell, data, again)
	}
	// Surrogates come back with their defaults as numbers. What is saved of them is the same.
	twice, err := nodes.MarshalCell(again)
	if err != nil {
		return err
	}
	if !json.Valid(data) || string(twice) != string(data) {
		return errors.Errorf("saved as %s, and again as %s", data, twice)
	}
	return nil
}
