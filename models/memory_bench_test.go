package models_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// memoryTask is how a benchmark tells a process of its own what to do.
const memoryTask = "SRNN_MEMORY_TASK"

// BenchmarkMemory is the peak of the resident memory of a process that takes the gradient of one
// sequence: 100 inputs, 100 recurrent ALIF neurons, two outputs, cross entropy at each step. With
// BPTT and e-prop the network is a graph, whose sequences must be there as a whole; online it is fed
// one step at a time.
func BenchmarkMemory(b *testing.B) {
	for _, how := range []string{"bptt", "eprop", "online"} {
		for _, steps := range []int{1000, 10000, 100000} {
			b.Run(fmt.Sprintf("%s/T=%d", how, steps), func(b *testing.B) {
				for range b.N {
					c := exec.Command(os.Args[0])
					c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", memoryTask, how, steps))
					out, err := c.CombinedOutput()
					if err != nil {
						b.Fatalf("%v: %s", err, out)
					}
					bytes, err := strconv.ParseFloat(string(out), 64)
					if err != nil {
						b.Fatalf("no peak in %q", out)
					}
					b.ReportMetric(bytes/1e6, "peak-MB")
				}
			})
		}
	}
}

// TestMain makes the test binary the process of its own where BenchmarkMemory starts it as one.
func TestMain(m *testing.M) {
	task := os.Getenv(memoryTask)
	if task == "" {
		os.Exit(m.Run())
	}
	var how string
	var steps int
	must(fmt.Sscan(task, &how, &steps))
	takeGradient(how, steps)
	fmt.Print(cli.PeakMemory())
}

// takeGradient takes the gradient of one sequence.
func takeGradient(how string, steps int) {
	const in, classes = 100, 2
	var estimator ops.Estimator = ops.EProp{}
	if how == "bptt" {
		estimator = ops.BPTT{}
	}
	net := must(models.NewSRNN(gorgonia.NewGraph(), models.SRNN{In: in, Seed: 1,
		Hidden:  []nodes.Layer{{Units: 100, Cell: nodes.ALIF{Recompute: true}, Recurrent: true, Estimator: estimator}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: classes}}}))
	rng := rand.New(rand.NewPCG(1, 2))
	spikes := func() bool { return rng.IntN(20) == 0 }
	if how == "online" {
		o := must(net.Online(models.OnlineConfig{}))
		x := make([]float64, in)
		for i := range steps {
			for j := range x {
				if x[j] = 0; spikes() {
					x[j] = 1
				}
			}
			must(o.Step(x))
			must(o.Learn([]float64{float64(i % classes)}))
		}
		must(o.Gradient("layer0.w_rec"))
	} else {
		x, labels := make([]float32, steps*in), make([]float32, steps)
		for i := range x {
			if spikes() {
				x[i] = 1
			}
		}
		for i := range labels {
			labels[i] = float32(i % classes)
		}
		g := net.Params().Graph()
		node := func(name string, data []float32, shape ...int) *gorgonia.Node {
			return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
				gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))))
		}
		inputs := node("x", x, steps, 1, in)
		out := must(net.Forward(inputs))
		loss := must(lossOn(models.PerStep{}, out, inputs, node("labels", labels, steps, 1)))
		m := must(graph.NewMachine(must(gorgonia.Grad(loss, net.Learnables()...))...))
		if err := m.RunAll(); err != nil {
			panic(err)
		}
	}
}
