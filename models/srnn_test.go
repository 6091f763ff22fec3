package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The gradients of whole two-layer networks, with every readout and loss, with respect to every
// parameter and to the input, are those of central differences.
func TestNetworkGradients(t *testing.T) {
	for _, c := range []struct {
		models.SRNN
		loss train.Loss[*models.Output]
	}{
		{relaxed(models.Integrator), models.SumSoftmax{From: 1}},
		{relaxed(models.AdpMem), models.PerStep{Skip: 2}},
		{relaxed(models.AdpSpike), models.SpikeCount{}},
	} {
		t.Run(string(c.Readout.Kind), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, 6))
			x := make([]float64, 7*2*3)
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			net := newNet(t, c.SRNN)
			in, loss := lossOf(t, net, c.loss, x)
			wrt := append(net.Learnables(), in)
			grads, err := gorgonia.Grad(loss, wrt...)
			if err != nil {
				t.Fatal(err)
			}
			values := make([]gorgonia.Value, len(grads))
			for i, g := range grads {
				gorgonia.Read(g, &values[i])
			}
			vm := gorgonia.NewTapeMachine(net.Params().Graph())
			defer vm.Close()
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}

			// The loss alone, in a second graph over the same memory.
			twin, err := net.In(gorgonia.NewGraph())
			if err != nil {
				t.Fatal(err)
			}
			_, again := lossOf(t, twin, c.loss, x)
			forward := gorgonia.NewTapeMachine(twin.Params().Graph())
			defer forward.Close()
			at := func() float64 {
				forward.Reset()
				if err := forward.RunAll(); err != nil {
					t.Fatal(err)
				}
				return again.Value().Data().(float64)
			}
			const step = 1e-6
			for i, n := range wrt {
				p, got := n.Value().Data().([]float64), values[i].Data().([]float64)
				for k, p0 := range p {
					p[k] = p0 + step
					hi := at()
					p[k] = p0 - step
					lo := at()
					p[k] = p0
					if want := (hi - lo) / (2 * step); math.Abs(got[k]-want) > 1e-7 {
						t.Errorf("gradient of %s, element %d, is %.9g; central differences give %.9g", n.Name(), k, got[k], want)
					}
				}
			}
		})
	}
}

// lossOf declares the loss of a network on the sequences x [T, 2, in], sharing their memory.
func lossOf(t *testing.T, net *models.Network, l train.Loss[*models.Output], x []float64) (in, loss *gorgonia.Node) {
	t.Helper()
	const batch = 2
	features := net.Config().In
	steps := len(x) / batch / features
	shape := tensor.Shape{batch}
	if _, ok := l.(models.PerStep); ok {
		shape = tensor.Shape{steps, batch}
	}
	labels := make([]float64, shape.TotalSize())
	for i := range labels {
		labels[i] = float64(i % 3)
	}
	g := net.Params().Graph()
	in = gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(steps, batch, features), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(steps, batch, features), tensor.WithBacking(x))))
	y := gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName("y"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(labels))))
	out, err := net.Forward(in)
	if err != nil {
		t.Fatal(err)
	}
	loss, err = lossOn(l, out, in, y)
	if err != nil {
		t.Fatal(err)
	}
	return in, loss
}

func TestWrongNetworks(t *testing.T) {
	good := toyNet(models.AdpMem)
	for _, c := range []struct {
		name   string
		change func(*models.SRNN)
		want   string
	}{
		{"no inputs", func(c *models.SRNN) { c.In = 0 }, "layer0"},
		{"no units", func(c *models.SRNN) { c.Hidden = []nodes.Layer{{Cell: nodes.LIF{}}} }, "layer0"},
		{"no cell", func(c *models.SRNN) { c.Hidden = []nodes.Layer{{Units: 3}} }, "layer0: has no cell"},
		{"integrators inside", func(c *models.SRNN) { c.Hidden = []nodes.Layer{{Units: 3, Cell: nodes.LI{}}} }, "nodes.LI neurons do not spike"},
		{"no readout", func(c *models.SRNN) { c.Readout = models.Readout{} }, `kind is ""`},
		{"recurrent readout", func(c *models.SRNN) { c.Readout.Layer.Recurrent = true }, "readout"},
		{"spiking integrator", func(c *models.SRNN) { c.Readout.Kind = models.Integrator; c.Readout.Layer.Cell = nodes.LIF{} }, "integrator readout of nodes.LIF"},
		{"dtype", func(c *models.SRNN) { c.Dtype = tensor.Int }, "dtype is int"},
	} {
		n := good
		c.change(&n)
		if _, err := models.NewSRNN(gorgonia.NewGraph(), n); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := models.NewSRNN(nil, good); err == nil {
		t.Error("no graph: want an error")
	}
	net, err := models.NewSRNN(gorgonia.NewGraph(), good)
	if err != nil {
		t.Fatal(err)
	}
	x := gorgonia.NewTensor(net.Params().Graph(), tensor.Float32, 3, gorgonia.WithShape(5, 2, 4), gorgonia.WithName("wide"))
	if _, err := net.Forward(x); err == nil || !strings.Contains(err.Error(), "wide") || !strings.Contains(err.Error(), "(5, 2, 4), want [T, batch, 2]") {
		t.Errorf("error is %v, want the input and the shapes", err)
	}
}

// A network in a second graph shares the parameters of the first.
func TestIn(t *testing.T) {
	net, err := models.NewSRNN(gorgonia.NewGraph(), toyNet(models.AdpMem))
	if err != nil {
		t.Fatal(err)
	}
	twin, err := net.In(gorgonia.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	w, _ := net.Params().Get("layer0.w_rec")
	w.Node.Value().Data().([]float32)[5] = 42
	v, _ := twin.Params().Get("layer0.w_rec")
	if got := v.Values()[5]; got != 42 {
		t.Errorf("the twin has %v, want 42", got)
	}
	if fmt.Sprint(net.Params().Nodes()) != fmt.Sprint(twin.Params().Nodes()) {
		t.Error("the twin has other parameters")
	}
}
