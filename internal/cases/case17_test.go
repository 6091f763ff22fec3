package cases

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Time constants that training drives to nothing or to infinity: what the gradient then is.
// (fangwei123456/spikingjelly#604, comob-project/snn-sound-localization#51: learned τ ends at either end.) What is
// nothing in single precision gives the limit, too.
func TestCase17TauCollapses(t *testing.T) {
	r := begin(t, "17")
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, tau := range []float64{1e-3, 1e-12, 1e-20, 1e-30, 1e-44, 1e-200, 1e-320, 1e6, 1e12, 1e30, 1e38} {
			name := fmt.Sprintf("%v, tau %g ms", dt, tau)
			vm, grads, learnables := r.withTau(dt, tau)
			if err := vm.RunAll(); err != nil {
				r.check(name, false, "the run ends with an error: %v", err)
			} else {
				bad := notFinite(r, grads, learnables)
				r.check(name, bad == "", "the loss is finite, the gradient of %q is not; the limit is 0", bad)
			}
			r.must(vm.Close())
		}
	}
}

// withTau is a network of time constants tau, with the gradients of its loss.
func (r *reproduction) withTau(dt tensor.Dtype, tau float64) (vm *graph.Machine, grads, learnables gorgonia.Nodes) {
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, models.SRNN{
		In:      2,
		Hidden:  []nodes.Layer{{Units: 3, Cell: nodes.ALIF{TauM: graph.Constant(tau), TauAdp: graph.Constant(tau)}, Recurrent: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2, Cell: nodes.LI{TauM: graph.Constant(tau)}}},
		Seed:    1, Dtype: dt,
	})
	r.must(err)
	x := gorgonia.NewTensor(g, dt, 3, gorgonia.WithShape(5, 1, 2), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	y := gorgonia.NewTensor(g, dt, 1, gorgonia.WithShape(1), gorgonia.WithName("y"), gorgonia.WithInit(gorgonia.Zeroes()))
	loss, err := sumSoftmax(net, x, y)
	r.must(err)
	grads, err = gorgonia.Grad(loss, net.Learnables()...)
	r.must(err)
	vm, err = graph.NewMachine(append(grads[:len(grads):len(grads)], loss)...)
	r.must(err)
	return vm, grads, net.Learnables()
}

// sumSoftmax is the loss of a network in a graph of one's own.
func sumSoftmax(net *models.Network, x, y *gorgonia.Node) (*gorgonia.Node, error) {
	out, err := net.Forward(x)
	if err != nil {
		return nil, err
	}
	s := x.Shape()
	classes := net.Config().Readout.Layer.Units
	return models.SumSoftmax{}.Loss(out, train.Batch{X: x, Y: y, Spec: train.Spec{Steps: s[0], Features: s[2], Classes: classes}})
}

// notFinite names a parameter whose gradient is not finite, if there is one.
func notFinite(r *reproduction, grads, learnables gorgonia.Nodes) string {
	for i, n := range learnables {
		v, err := graph.Float64s(grads[i].Value())
		r.must(err)
		for _, d := range v {
			if math.IsNaN(d) || math.IsInf(d, 0) {
				return n.Name()
			}
		}
	}
	return ""
}
