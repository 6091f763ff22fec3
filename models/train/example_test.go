package train_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// rhythms are sequences of two inputs, of least to most steps: in those of class 0 the first one is active more
// often, in those of class 1 the second. Every rare-th is of class 1.
func rhythms(n, least, most, rare int) (x [][][]float32, y []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		class := 0
		if i%rare == 0 {
			class = 1
		}
		seq := make([][]float32, least+rng.IntN(most-least+1))
		for t := range seq {
			seq[t] = make([]float32, 2)
			if rng.Float64() < .5 {
				seq[t][class] = 1
			} else if rng.Float64() < .4 {
				seq[t][1-class] = 1
			}
		}
		x, y = append(x, seq), append(y, class)
	}
	return x, y
}

// A classifier of one's own data: trained until the validation gets no better, saved, loaded as by another program,
// and asked for one new sequence.
func Example_classifier() {
	x, y := rhythms(120, 25, 25, 2) // [example][step][feature], and a class for each example
	task := train.Task[*models.Output]{
		Model: models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		},
		Loss:    models.MeanOverTime{},
		Metrics: []train.Metric{models.Accuracy{}},
	}
	t, err := train.New(task, train.Sequences{X: x[1:], Y: y[1:]}, train.Settings{
		Epochs: 100, Batch: 16, Share: .2, // of the examples, for the validation
		Solver:    optim.New(optim.Adam(optim.Constant(.02))),
		Callbacks: []train.Callback{train.Patience(5)},
		Log:       io.Discard,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), "rhythms.safetensors")
	defer os.Remove(path)
	if err := t.Save(path); err != nil {
		log.Fatal(err)
	}

	net, err := train.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	answer, err := net.PredictOne(context.Background(), x[0])
	if err != nil {
		log.Fatal(err)
	}
	accuracy, _ := t.Best().Validation.Number("accuracy")
	fmt.Println("more than 80 % right:", accuracy > .8)
	fmt.Println("the new sequence is of class", answer.Class(0), "and should be of", y[0])
	// Output:
	// more than 80 % right: true
	// the new sequence is of class 1 and should be of 1
}

// Regression: the network predicts a number at each step, here the mean of its input so far.
func Example_regression() {
	rng := rand.New(rand.NewPCG(3, 4))
	var x, y [][][]float32
	for range 60 {
		seq, target, sum := make([][]float32, 20), make([][]float32, 20), float32(0)
		for t := range seq {
			v := rng.Float32()
			sum += v
			seq[t], target[t] = []float32{v}, []float32{sum / float32(t+1)}
		}
		x, y = append(x, seq), append(y, target)
	}
	t, err := train.New(train.Task[*models.Output]{
		Model: models.SRNN{
			In:      1,
			Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1}},
		},
		Loss:    models.SquaredError{Read: models.EachStep},
		Metrics: []train.Metric{models.MeanAbsoluteError{}, models.RSquared{}},
	}, train.Sequences{X: x, Y: y}, train.Settings{
		Epochs: 40, Batch: 10, Solver: optim.New(optim.Adam(optim.Constant(.02))), Log: io.Discard,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	h := t.History()
	first, _ := h[0].Training.Number("mean_absolute_error")
	last, _ := h[39].Training.Number("mean_absolute_error")
	fmt.Println("the error is less than half of what it was:", last < first/2)
	// Output: the error is less than half of what it was: true
}

// Sequences of 20 to 200 steps, mixed in one batch, have the loss that they have one by one: what fills them up
// changes nothing.
func Example_lengths() {
	x, y := rhythms(20, 20, 200, 2)
	data := train.Sequences{X: x, Y: y}
	t, err := train.New(train.Task[*models.Output]{
		Model: models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true, Bidirectional: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		},
		Loss: models.LastStep{}, // of each sequence
	}, data, train.Settings{Epochs: 3, Batch: 8, Solver: optim.New(optim.Adam(optim.Constant(.01))), Log: io.Discard})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	together, err := t.Evaluate(context.Background(), data, train.Evaluation{})
	if err != nil {
		log.Fatal(err)
	}
	mean := 0.
	for i := range x {
		one, err := t.Evaluate(context.Background(), train.Sequences{X: x[i : i+1], Y: y[i : i+1], Classes: 2}, train.Evaluation{})
		if err != nil {
			log.Fatal(err)
		}
		mean += one.Loss / float64(len(x))
	}
	fmt.Println("the same:", math.Abs(together.Loss-mean) < 1e-6*mean)
	// Output: the same: true
}

// A model is a function of nodes: here a dense layer of plain Gorgonia operations and dropout stand in front of
// spiking neurons.
func Example_dense() {
	model := train.Forward[*models.Output](func(p *graph.Params, b train.Batch) (*models.Output, error) {
		w, err := p.Declare("dense.w", "weight", graph.XavierUniform{}, b.Spec.Features, 12)
		if err != nil {
			return nil, err
		}
		x, err := graph.Of(b.X).MatMul(graph.Of(w)).Map(gorgonia.Rectify).Node() // [T, batch, 12]
		if err != nil {
			return nil, err
		}
		if x, err = (nodes.Dropout{Rate: .2}).Apply(p, "dropout", x); err != nil {
			return nil, err
		}
		spiking, err := nodes.Layer{Units: 16, Cell: nodes.LIF{}, Recurrent: true}.Apply(p, "spiking", x)
		if err != nil {
			return nil, err
		}
		if x, err = spiking.Spikes(); err != nil {
			return nil, err
		}
		readout, err := nodes.Layer{Units: 2, Cell: nodes.LI{}}.Apply(p, "readout", x)
		if err != nil {
			return nil, err
		}
		return models.OutputOf(readout)
	})
	x, y := rhythms(100, 25, 25, 2)
	t, err := train.New(train.Task[*models.Output]{Model: model, Loss: models.MeanOverTime{}, Metrics: []train.Metric{models.Accuracy{}}},
		train.Sequences{X: x, Y: y}, train.Settings{Epochs: 25, Batch: 20, Share: .2, Solver: optim.New(optim.Adam(optim.Constant(.02))), Log: io.Discard})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	accuracy, _ := t.Best().Validation.Number("accuracy")
	fmt.Println("more than 80 % right:", accuracy > .8)
	// Output: more than 80 % right: true
}

// A connection that skips a layer: the readout sees the spikes of the first layer added to those of the second.
func Example_skip() {
	layer := nodes.Layer{Units: 12, Cell: nodes.LIF{}, Recurrent: true}
	model := train.Forward[*models.Output](func(p *graph.Params, b train.Batch) (*models.Output, error) {
		first, err := layer.Apply(p, "first", b.X)
		if err != nil {
			return nil, err
		}
		shortcut, err := first.Spikes()
		if err != nil {
			return nil, err
		}
		second, err := layer.Apply(p, "second", shortcut)
		if err != nil {
			return nil, err
		}
		branch, err := second.Spikes()
		if err != nil {
			return nil, err
		}
		sum, err := nodes.Residual{}.Apply(branch, shortcut)
		if err != nil {
			return nil, err
		}
		readout, err := nodes.Layer{Units: 2, Cell: nodes.LI{}}.Apply(p, "readout", sum)
		if err != nil {
			return nil, err
		}
		return models.OutputOf(readout)
	})
	x, y := rhythms(100, 25, 25, 2)
	t, err := train.New(train.Task[*models.Output]{Model: model, Loss: models.MeanOverTime{}}, train.Sequences{X: x, Y: y},
		train.Settings{Epochs: 10, Batch: 20, Solver: optim.New(optim.Adam(optim.Constant(.02))), Log: io.Discard})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	if err := t.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	for _, layer := range train.HealthOf(t.Best().Training) { // watched without being asked for
		fmt.Println(layer.Name, "has", layer.Units, "units")
	}
	// Output:
	// first has 12 units
	// second has 12 units
}

// Where one class is rare, weights keep the network from passing over it.
func Example_classWeights() {
	x, y := rhythms(150, 20, 20, 15) // one in fifteen is of class 1
	recall := func(weights []float64) float64 {
		t, err := train.New(train.Task[*models.Output]{
			Model: models.SRNN{
				In:      2,
				Hidden:  []nodes.Layer{{Units: 16, Cell: nodes.ALIF{}, Recurrent: true}},
				Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
			},
			Loss:    models.MeanOverTime{Labels: models.Labels{ClassWeights: weights}},
			Metrics: []train.Metric{models.Confusion{}},
		}, train.Sequences{X: x, Y: y}, train.Settings{Epochs: 8, Batch: 30, Solver: optim.New(optim.Adam(optim.Constant(.01))), Log: io.Discard})
		if err != nil {
			log.Fatal(err)
		}
		defer t.Close()
		if err := t.Run(context.Background()); err != nil {
			log.Fatal(err)
		}
		counts := models.ConfusionOf(t.Best().Training) // by label and prediction
		return float64(counts[1][1]) / float64(counts[1][0]+counts[1][1])
	}
	alike, weighted := recall(nil), recall([]float64{1, 14})
	fmt.Println("more of the rare ones are found:", weighted > alike)
	// Output: more of the rare ones are found: true
}
