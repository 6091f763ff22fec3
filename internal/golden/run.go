package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Difference is how far one tensor of a case is from what was expected: the largest absolute
// difference, relative to the expected tensor's largest magnitude.
type Difference struct {
	Tensor string
	Rel    float64
}

// Run computes the case in float32 or float64 and compares every value and gradient.
func (c *Case) Run(dt tensor.Dtype) (diffs []Difference, err error) {
	defer func() {
		if p := recover(); p != nil { // gorgonia's machine panics on what it cannot compile
			err = errors.Errorf("panic: %v", p)
		}
	}()
	r := &runner{Case: c, g: gorgonia.NewGraph(), dt: dt}
	switch c.Kind {
	case "surrogates":
		err = r.surrogates()
	case "alif_sequence":
		err = r.alif(ops.BPTT{})
	case "eprop_sequence":
		err = r.alif(ops.EProp{})
	case "li_sequence":
		err = r.li()
	case "srnn":
		err = r.srnn()
	default:
		err = errors.Errorf("kind %q is not known", c.Kind)
	}
	if err != nil {
		return nil, err
	}
	return r.finish()
}

// runner builds one graph for a case, and collects the nodes to be compared.
type runner struct {
	*Case
	g  *gorgonia.ExprGraph
	dt tensor.Dtype

	checks []*check
}

type check struct {
	name  string
	want  array
	value gorgonia.Value
}

func (r *runner) expect(name string, n *gorgonia.Node, want array) {
	c := &check{name: name, want: want}
	r.checks = append(r.checks, c)
	gorgonia.Read(n, &c.value)
}

// finish runs the graph and compares.
func (r *runner) finish() ([]Difference, error) {
	vm := gorgonia.NewTapeMachine(r.g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return nil, err
	}
	var diffs []Difference
	for _, c := range r.checks {
		got, err := graph.Float64s(c.value)
		if err != nil {
			return nil, errors.Wrap(err, c.name)
		}
		d, err := difference(got, c.want.Data)
		if err != nil {
			return nil, errors.Wrap(err, c.name)
		}
		diffs = append(diffs, Difference{c.name, d})
	}
	return diffs, nil
}

func difference(got, want []float64) (float64, error) {
	if len(got) != len(want) {
		return 0, errors.Errorf("has %d elements, want %d", len(got), len(want))
	}
	var worst, scale float64
	for i, w := range want {
		worst = math.Max(worst, math.Abs(got[i]-w)) // NaN stays NaN
		scale = math.Max(scale, math.Abs(w))
	}
	if scale == 0 {
		return worst, nil
	}
	return worst / scale, nil
}

// node adds an array to the graph.
func (r *runner) node(name string, a array) *gorgonia.Node {
	var v *tensor.Dense
	if r.dt == tensor.Float64 {
		v = tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(slices.Clone(a.Data)))
	} else {
		x := make([]float32, len(a.Data))
		for i, y := range a.Data {
			x[i] = float32(y)
		}
		v = tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(x))
	}
	return gorgonia.NewTensor(r.g, r.dt, len(a.Shape), gorgonia.WithShape(a.Shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// input adds the input of that name, or returns nil where the case has none.
func (r *runner) input(name string) *gorgonia.Node {
	a, ok := r.Inputs[name]
	if !ok {
		return nil
	}
	return r.node(name, a)
}

func (s surrogateSpec) build() (ops.Surrogate, error) {
	fields := map[string]any{"name": s.Name, "gamma": s.Gamma}
	for k, v := range s.Params {
		fields[k] = v
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return ops.UnmarshalSurrogate(b)
}

// surrogates: the derivative is the gradient of Σ Spike(v).
func (r *runner) surrogates() error {
	for i, c := range r.Cases {
		s, err := c.build()
		if err != nil {
			return err
		}
		v := r.node(fmt.Sprintf("v%d", i), r.V)
		spikes, err := ops.Spike(v, s)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s.gamma%g", c.Name, c.Gamma)
		r.expect(name+".spike", spikes, r.Spike)
		sum, err := gorgonia.Sum(spikes)
		if err != nil {
			return err
		}
		grads, err := gorgonia.Grad(sum, v)
		if err != nil {
			return err
		}
		r.expect(name+".derivative", grads[0], c.Derivative)
	}
	return nil
}

func (r *runner) alif(e ops.Estimator) error {
	s, err := r.Config.Surrogate.build()
	if err != nil {
		return err
	}
	in := map[string]*gorgonia.Node{}
	for name := range r.Inputs {
		in[name] = r.input(name)
	}
	current, err := ops.Linear(in["x"], in["w_in"], in["b_in"])
	if err != nil {
		return err
	}
	seq, err := ops.ALIF{
		Dt: r.Config.Dt, B0: r.Config.B0, Beta: r.Config.Beta, Rm: r.Config.Rm, Surrogate: s, Estimator: e,
	}.Apply(ops.ALIFInputs{
		Current: current, WRec: in["w_rec"], TauM: in["tau_m"], TauAdp: in["tau_adp"],
		Initial: ops.State{Membrane: in["u0"], Adaptation: in["eta0"], Spikes: in["s0"]},
	})
	if err != nil {
		return err
	}
	u, err := seq.Membrane()
	if err != nil {
		return err
	}
	eta, err := seq.Adaptation()
	if err != nil {
		return err
	}
	theta, err := seq.Threshold()
	if err != nil {
		return err
	}
	r.expect("u", u, r.Expect["u"])
	r.expect("eta", eta, r.Expect["eta"])
	r.expect("theta", theta, r.Expect["theta"])
	r.expect("s", seq.Spikes(), r.Expect["s"])
	loss, err := r.dot(u, "u", seq.Spikes(), "s")
	if err != nil {
		return err
	}
	return r.gradients(loss, in)
}

func (r *runner) li() error {
	in := map[string]*gorgonia.Node{}
	for name := range r.Inputs {
		in[name] = r.input(name)
	}
	current, err := ops.Linear(in["x"], in["w_in"], in["b_in"])
	if err != nil {
		return err
	}
	u, err := ops.LI{Dt: r.Config.Dt, Rm: r.Config.Rm}.Apply(ops.LIInputs{Current: current, TauM: in["tau_m"], Initial: in["u0"]})
	if err != nil {
		return err
	}
	r.expect("u", u, r.Expect["u"])
	loss, err := r.dot(u, "u")
	if err != nil {
		return err
	}
	return r.gradients(loss, in)
}

// dot is Σ cotangent·node over pairs of a node and the name of its cotangent.
func (r *runner) dot(pairs ...any) (*gorgonia.Node, error) {
	var sum *gorgonia.Node
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i+1].(string)
		p, err := gorgonia.HadamardProd(pairs[i].(*gorgonia.Node), r.node("cotangent."+name, r.Cotangents[name]))
		if err != nil {
			return nil, err
		}
		s, err := gorgonia.Sum(p)
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = s
		} else if sum, err = gorgonia.Add(sum, s); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// gradients compares the loss, and its gradients with respect to the nodes that the case has
// gradients of.
func (r *runner) gradients(loss *gorgonia.Node, in map[string]*gorgonia.Node) error {
	names := slices.Sorted(maps.Keys(r.Grads))
	wrt := make(gorgonia.Nodes, len(names))
	for i, name := range names {
		if wrt[i] = in[name]; wrt[i] == nil {
			return errors.Errorf("there is a gradient of %s, but no such input", name)
		}
	}
	r.expect("loss", loss, r.Expect["loss"])
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return err
	}
	for i, name := range names {
		r.expect("grad."+name, grads[i], r.Grads[name])
	}
	return nil
}

// srnn builds the model through package models and sets its parameters.
func (r *runner) srnn() error {
	s, err := r.Config.Surrogate.build()
	if err != nil {
		return err
	}
	cell := nodes.ALIF{Beta: new(r.Config.Beta), B0: new(r.Config.B0), Rm: r.Config.Rm, Dt: r.Config.Dt, Surrogate: s}
	initial := func(layer string) nodes.Initial {
		start := func(name string) nodes.Start {
			if n := r.input(layer + "." + name); n != nil {
				return nodes.From(n)
			}
			return nodes.Rest()
		}
		return nodes.Initial{nodes.Membrane: start("u0"), nodes.Adaptation: start("eta0"), nodes.Spikes: start("s0")}
	}
	c := models.SRNN{In: r.Inputs["x"].Shape[2], Dtype: r.dt}
	for i, units := range r.Config.Hidden {
		c.Hidden = append(c.Hidden, nodes.Layer{Units: units, Cell: cell, Recurrent: true, Initial: initial(fmt.Sprintf("layer%d", i))})
	}
	readout := nodes.Layer{Units: r.Inputs["readout.w_in"].Shape[0], Initial: initial("readout")}
	switch r.Config.Readout {
	case "integrator":
		readout.Cell = nodes.LI{Rm: r.Config.Rm, Dt: r.Config.Dt}
		c.Readout = models.Readout{Kind: models.Integrator, Layer: readout}
	case "adp_mem":
		readout.Cell = cell
		c.Readout = models.Readout{Kind: models.AdpMem, Layer: readout}
	case "adp_spike":
		readout.Cell = cell
		c.Readout = models.Readout{Kind: models.AdpSpike, Layer: readout}
	default:
		return errors.Errorf("readout %q is not known", r.Config.Readout)
	}
	l, err := r.loss()
	if err != nil {
		return err
	}
	net, err := models.NewSRNN(r.g, c)
	if err != nil {
		return err
	}
	in := map[string]*gorgonia.Node{}
	for _, p := range net.Params().All() {
		a, ok := r.Inputs[p.Name]
		if !ok {
			return errors.Errorf("the model has a parameter %s, the case has not", p.Name)
		}
		if err := net.Params().Set(p.Name, a.Shape, a.Data); err != nil {
			return err
		}
		in[p.Name] = p.Node
	}
	x := r.input("x")
	out, err := net.Forward(x)
	if err != nil {
		return err
	}
	r.expect("readout_u", out.Membrane, r.Expect["readout_u"])
	if err := r.hiddenSpikes(out); err != nil {
		return err
	}
	shape := r.Inputs["x"].Shape
	spec := train.Spec{Steps: shape[0], Features: shape[2], Classes: readout.Units, PerStep: r.Config.Loss == "per_step"}
	loss, err := l.Loss(out, train.Batch{X: x, Y: r.node("labels", r.Labels), Spec: spec})
	if err != nil {
		return err
	}
	in["x"] = x
	return r.gradients(loss, in)
}

// loss is that of the case.
func (r *runner) loss() (train.Loss[*models.Output], error) {
	switch r.Config.Loss {
	case "per_step":
		return models.PerStep{Skip: r.Config.Skip}, nil
	case "sum_softmax":
		from := 0
		if r.Config.Readout == "integrator" {
			from = 1
		}
		return models.SumSoftmax{From: from}, nil
	case "spike_count":
		return models.SpikeCount{}, nil
	}
	return nil, errors.Errorf("loss %q is not known", r.Config.Loss)
}

// hiddenSpikes compares the number of spikes in all hidden layers.
func (r *runner) hiddenSpikes(out *models.Output) error {
	var sum *gorgonia.Node
	for i := range out.Hidden {
		flat, err := graph.Reshape(out.Spikes[i], out.Spikes[i].Shape().TotalSize())
		if err != nil {
			return err
		}
		n, err := gorgonia.Sum(flat)
		if err != nil {
			return err
		}
		if sum == nil {
			sum = n
		} else if sum, err = gorgonia.Add(sum, n); err != nil {
			return err
		}
	}
	r.expect("hidden_spikes", sum, r.Expect["hidden_spikes"])
	return nil
}

// Worst is the largest difference. NaN is larger than anything.
func Worst(diffs []Difference) (worst Difference) {
	for _, d := range diffs {
		if !(d.Rel <= worst.Rel) {
			worst = d
		}
	}
	return worst
}
