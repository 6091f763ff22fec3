package models_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkGorgoniaUnrolled trains the network of BenchmarkECGTrainStep/alif over some steps of
// time, once written step by step in Gorgonia's own ops and run on its machine ("unrolled"), whose
// compilation takes time quadratic in the number of steps, and once as it is ("fused"). Both give
// the same losses. setup-ms is the time from nothing to a machine.
func BenchmarkGorgoniaUnrolled(b *testing.B) {
	const batch = 64
	c := classifier(4, 6, 36)
	c.Hidden[0].Initial, c.Readout.Layer.Initial = nodes.Initial{}, nodes.Initial{}
	for _, steps := range []int{5, 10, 20} {
		x := randomSpikes(steps*batch*c.In, .2)
		for _, how := range []struct {
			name  string
			build func(m machine, c models.SRNN, l train.Loss[*models.Output], x []float32, steps, batch int) (*training, error)
			on    machine
		}{{"unrolled", unrolledTraining, theirs}, {"fused", newTraining, ours}} {
			b.Run(fmt.Sprintf("T=%d/%s", steps, how.name), func(b *testing.B) {
				start := time.Now()
				t, err := how.build(how.on, c, integrated, x, steps, batch)
				if err != nil {
					b.Fatal(err)
				}
				defer t.vm.Close()
				setup := time.Since(start)
				other, err := newTraining(ours, c, integrated, x, steps, batch)
				if err != nil {
					b.Fatal(err)
				}
				defer other.vm.Close()
				for range 2 { // the second loss shows the gradients of the first step
					losses := [2]float64{}
					for i, t := range []*training{t, other} {
						if err := t.step(); err != nil {
							b.Fatal(err)
						}
						losses[i] = float64(t.loss.Value().Data().(float32))
					}
					if math.Abs(losses[0]-losses[1]) > 1e-4*losses[1] {
						b.Fatalf("the losses are %v, not the same", losses)
					}
				}
				b.ReportMetric(measure(b, t.step), "ms/step")
				b.ReportMetric(float64(setup.Microseconds())/1e3, "setup-ms")
			})
		}
	}
}

// unrolledTraining is newTraining for a network of one recurrent ALIF layer and an integrator
// that start at zero, in Gorgonia's own ops and one of ours, the spike.
func unrolledTraining(m machine, c models.SRNN, _ train.Loss[*models.Output], x []float32, steps, batch int) (t *training, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("unrolled: %v", r)
		}
	}()
	g := gorgonia.NewGraph()
	net, err := models.NewSRNN(g, c) // for its parameters
	if err != nil {
		return nil, err
	}
	units, classes := c.Hidden[0].Units, c.Readout.Layer.Units
	param := func(name string) *gorgonia.Node {
		p, ok := net.Params().Get(name)
		if !ok {
			panic(name + " is missing")
		}
		return p.Node
	}
	full := func(v float32, shape ...int) *gorgonia.Node {
		data := make([]float32, tensor.Shape(shape).TotalSize())
		for i := range data {
			data[i] = v
		}
		return leaf(g, fmt.Sprint(v, shape), data, shape...)
	}
	add := func(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Add(a, b)) }
	sub := func(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Sub(a, b)) }
	mul := func(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.HadamardProd(a, b)) }
	dot := func(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Mul(a, b)) }
	transposed := func(name string) *gorgonia.Node { return gorgonia.Must(gorgonia.Transpose(param(name))) }
	// repeat is a vector for every example.
	repeat := func(v *gorgonia.Node) *gorgonia.Node {
		return dot(full(1, batch, 1), gorgonia.Must(gorgonia.Reshape(v, tensor.Shape{1, v.Shape()[0]})))
	}
	decay := func(name string) *gorgonia.Node {
		tau := param(name)
		return repeat(gorgonia.Must(gorgonia.Exp(gorgonia.Must(gorgonia.HadamardDiv(full(-1, tau.Shape()[0]), tau)))))
	}

	wIn, wRec, wOut := transposed("layer0.w_in"), transposed("layer0.w_rec"), transposed("readout.w_in")
	bias := repeat(add(param("layer0.b_in"), param("layer0.b_rec")))
	biasOut := repeat(param("readout.b_in"))
	alpha, rho, alphaOut := decay("layer0.tau_m"), decay("layer0.tau_adp"), decay("readout.tau_m")
	one, b0, beta := full(1, batch, units), full(.01, batch, units), full(1.8, batch, units)
	gain, gainOut := sub(one, alpha), sub(full(1, batch, classes), alphaOut)

	u, eta, spikes := full(0, batch, units), full(0, batch, units), full(0, batch, units)
	out := full(0, batch, classes)
	var scores *gorgonia.Node
	for k := range steps {
		xk := leaf(g, fmt.Sprint("x", k), x[k*batch*c.In:][:batch*c.In], batch, c.In)
		current := add(add(dot(xk, wIn), bias), dot(spikes, wRec))
		eta = add(mul(rho, eta), mul(sub(one, rho), spikes))
		theta := add(b0, mul(beta, eta))
		u = sub(add(mul(alpha, u), mul(gain, current)), mul(spikes, theta))
		if spikes, err = ops.Spike(sub(u, theta), nil); err != nil {
			return nil, err
		}
		out = add(mul(alphaOut, out), mul(gainOut, add(dot(spikes, wOut), biasOut)))
		switch p := gorgonia.Must(gorgonia.SoftMax(out)); k {
		case 0:
		case 1:
			scores = p
		default:
			scores = add(scores, p)
		}
	}
	target := make([]float32, batch*classes)
	for i, y := range randomLabels(batch, classes) {
		target[i*classes+int(y)] = -1 / float32(batch)
	}
	logs := gorgonia.Must(gorgonia.LogSoftMax(scores))
	loss := gorgonia.Must(gorgonia.Sum(mul(logs, leaf(g, "target", target, batch, classes))))
	return trainingOf(m, net, loss)
}

// BenchmarkGorgoniaBLAS is a product of [T·batch, in] with weights, once with gorgonia.Mul, which
// calls gonum's Sgemm, and once with ops.Linear, each on its own machine, on normal deviates and
// on spikes. Sgemm skips zeros as well. The sizes are those of the first layer of
// BenchmarkSHDTrainStep and of BenchmarkOpenNeuromorphic, but with 16 steps for 4096 inputs, since
// 500 are half a TFLOP.
func BenchmarkGorgoniaBLAS(b *testing.B) {
	for _, s := range []struct {
		name         string
		steps, batch int
		in, units    int
		rate         float64
	}{
		{"shd", 100, 128, 700, 128, .02},
		{"on512", 500, 16, 512, 512, .01},
		{"on4096", 16, 16, 4096, 4096, .01},
	} {
		rng := rand.New(rand.NewPCG(11, 12))
		normal := make([]float32, s.steps*s.batch*s.in)
		for i := range normal {
			normal[i] = float32(rng.NormFloat64())
		}
		spikes := randomSpikes(len(normal), s.rate)
		for _, input := range []struct {
			name string
			x    []float32
		}{{"normal", normal}, {"spikes", spikes}} {
			for _, op := range []struct {
				name    string
				product func(x, w *gorgonia.Node) (*gorgonia.Node, error)
				on      machine
			}{
				{"mul", func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mul(x, w) }, theirs},
				{"linear", func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return ops.Linear(x, w) }, ours},
			} {
				b.Run(fmt.Sprintf("size=%s/input=%s/op=%s", s.name, input.name, op.name), func(b *testing.B) {
					p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
					if err != nil {
						b.Fatal(err)
					}
					shape := []int{s.units, s.in}
					if op.name == "mul" {
						shape = []int{s.in, s.units}
					}
					w, err := p.Declare("w", "weight", graph.XavierUniform{}, shape...)
					if err != nil {
						b.Fatal(err)
					}
					rows := s.steps * s.batch
					y, err := op.product(leaf(p.Graph(), "x", input.x, rows, s.in), w)
					if err != nil {
						b.Fatal(err)
					}
					vm, err := op.on(y, nil, nil)
					if err != nil {
						b.Fatal(err)
					}
					defer vm.Close()
					ms := measure(b, func() error {
						defer vm.Reset()
						return vm.RunAll()
					})
					reportSpeed(b, ms, linearWork(eventsOf(input.x), float64(rows), float64(s.in), float64(s.units)))
				})
			}
		}
	}
}
