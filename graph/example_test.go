package graph_test

import (
	"fmt"
	"log"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// leak is u_t = a·u_{t−1} + x_t along the first axis, as an op: one node for all steps.
type leak struct{ A float64 }

func (leak) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (l leak) Kernel32() graph.Kernel[float32]                { return leakKernel[float32]{float32(l.A)} }
func (l leak) Kernel64() graph.Kernel[float64]                { return leakKernel[float64]{l.A} }

type leakKernel[F graph.Float] struct{ a F }

func (k leakKernel[F]) Forward(c *graph.Call[F]) error {
	var u F
	for t, x := range c.In[0].Data {
		u = k.a*u + x
		c.Out[0].Data[t] = u
	}
	return nil
}

// Backward runs the recurrence in reverse.
func (k leakKernel[F]) Backward(c *graph.Call[F]) error {
	var g F
	for t := len(c.DIn[0].Data) - 1; t >= 0; t-- {
		g = c.DOut[0].Data[t] + k.a*g
		c.DIn[0].Data[t] = g
	}
	return nil
}

// The whole idea on a page: a recurrence over a sequence and its gradient, written as numbers,
// become a node of a Gorgonia graph, which gorgonia.Grad differentiates.
func Example() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(4), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(4), tensor.WithBacking([]float64{1, 0, 0, 2}))))

	u, err := graph.Apply(leak{A: .5}, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	loss, err := gorgonia.Sum(u.Node())
	if err != nil {
		fmt.Println(err)
		return
	}
	grads, err := gorgonia.Grad(loss, x)
	if err != nil {
		fmt.Println(err)
		return
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("u:", u.Node().Value().Data())
	fmt.Println("gradient of the sum:", grads[0].Value().Data())
	// Output:
	// u: [1 0.5 0.25 2.125]
	// gradient of the sum: [1.875 1.75 1.5 1]
}

// A loop as one node: the moving average y_t = α y_{t−1} + (1−α) x_t with a weight α that has a
// gradient, over any number of steps.
func ExampleScan() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(4, 1), gorgonia.WithName("x"), // [T, units]
		gorgonia.WithValue(tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float64{1, 0, 0, 1}))))
	start := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(1), gorgonia.WithName("start"), gorgonia.WithInit(gorgonia.Zeroes()))
	weight := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(1), gorgonia.WithName("alpha"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{.5}))))

	average, err := graph.Scan{
		Sequences: gorgonia.Nodes{x}, Initial: gorgonia.Nodes{start}, Captured: gorgonia.Nodes{weight},
		Step: func(x, state, captured gorgonia.Nodes) (out, next gorgonia.Nodes, err error) {
			alpha := graph.Of(captured[0])
			y, err := alpha.Mul(graph.Of(state[0])).Add(alpha.OneMinus().Mul(graph.Of(x[0]))).Node()
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}, err
		},
	}.Apply()
	if err != nil {
		log.Fatal(err)
	}
	series, err := average.Output(0)
	if err != nil {
		log.Fatal(err)
	}
	last, err := average.Final(0)
	if err != nil {
		log.Fatal(err)
	}
	loss, err := gorgonia.Sum(last)
	if err != nil {
		log.Fatal(err)
	}
	grads, err := gorgonia.Grad(loss, weight)
	if err != nil {
		log.Fatal(err)
	}
	m, err := graph.NewMachine(series, grads[0])
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(series.Value().Data(), grads[0].Value().Data())
	// Output: [0.5 0.25 0.125 0.5625] [-0.75]
}
