package cases

import (
	"io"
	"math"
	"reflect"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A loss of one's own in the training loop: weights for rare classes (jeshraghian/snntorch#88), squared error of a
// signal (snntorch#98, #85), label smoothing. A graph can do them all; so must the loop, with its validation,
// checkpoints and progress.
func TestCase13OwnLoss(t *testing.T) {
	r := begin(t, "13")
	sealed := ""
	loss := reflect.TypeFor[train.Loss[*models.Output]]()
	for i := range loss.NumMethod() {
		if m := loss.Method(i); m.PkgPath != "" {
			sealed = m.Name
		}
	}
	r.check("a loss can be implemented outside of the module", sealed == "", "unexported method: %q", sealed)
	y, _ := reflect.TypeFor[train.Example]().FieldByName("Y")
	_, numbers := reflect.TypeFor[train.Spec]().FieldByName("Numbers")
	r.check("a dataset can have targets that are numbers", numbers && y.Type == reflect.TypeFor[[]float32](), "Example.Y is %v", y.Type)
	r.ownLoss()
	r.classWeights()
	r.ownLoop()
}

// ramps are a dataset of one's own: a constant input, and numbers that rise by .01 to .04 a step as targets.
type ramps struct{}

const rampSteps = 50

func (ramps) Len() int { return 4 }
func (ramps) Spec() train.Spec {
	return train.Spec{Steps: rampSteps, Features: 1, Numbers: 1, PerStep: true}
}
func (ramps) Read(i int, e *train.Example) error {
	for t := range rampSteps {
		e.X[t], e.Y[t] = float32(i+1)/4, float32(t*(i+1))*.01
	}
	return nil
}

// squaredError is a loss of one's own, made of what Gorgonia has: the readout's potential follows numbers. All its
// batches are full, and their mean is that of all elements.
type squaredError struct{}

func (squaredError) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	d, err := gorgonia.Sub(out.Membrane, b.Y)
	if err != nil {
		return nil, err
	}
	if d, err = gorgonia.Square(d); err != nil {
		return nil, err
	}
	return gorgonia.Mean(d)
}

// Scores implements train.Scorer.
func (squaredError) Scores(out *models.Output, _ train.Batch) (*gorgonia.Node, error) {
	return out.Membrane, nil
}

func init() { train.MustRegisterLoss("squared_error_of_cases", squaredError{}) }

// follower is a network of one input and one output.
func follower() models.SRNN {
	return models.SRNN{In: 1, Hidden: []nodes.Layer{{Units: 20, Cell: nodes.ALIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 1}}}
}

// ownLoss trains by a loss of one's own on numbers, with a checkpoint, which is read again.
func (r *reproduction) ownLoss() {
	path := r.TempDir() + "/checkpoint.safetensors"
	task := train.Task[*models.Output]{Model: follower(), Loss: squaredError{}}
	tr, err := train.New(task, ramps{}, train.Settings{Epochs: 100, Batch: 4, Seed: 1, Validation: ramps{}, Log: io.Discard,
		Solver: optim.New(optim.Adam(optim.Constant(.01))), Callbacks: []train.Callback{train.Checkpoint(path)}})
	r.must(err)
	defer tr.Close()
	r.must(tr.Run(r.Context()))
	h, best := tr.History(), tr.Best()
	r.check("the loop learns a ramp by a squared error of one's own", best.Validation.Loss < h[0].Training.Loss/2,
		"squared error %.4f, then %.4f", h[0].Training.Loss, best.Validation.Loss)
	p, err := tr.Predict(r.Context(), ramps{})
	r.must(err)
	var sum float64
	for i, p := range p {
		for t, row := range p.Scores {
			sum += math.Pow(row[0]-float64(float32(t*(i+1))*.01), 2) / (4 * rampSteps)
		}
	}
	r.check("its validation is the squared error of what the network predicts", math.Abs(sum-best.Validation.Loss) < 1e-5*sum, "%v, want %v", best.Validation.Loss, sum)
	net, err := train.Load(path)
	r.must(err)
	defer net.Close()
	rep, err := net.Evaluate(r.Context(), ramps{}, train.Evaluation{})
	r.must(err)
	r.check("the checkpoint has the loss with it", rep.Loss == best.Validation.Loss, "%v, want %v", rep.Loss, best.Validation.Loss)
}

// softer is a cross entropy of one's own: class weights and smoothing on the mean potential.
type softer struct {
	Weights   []float64
	Smoothing float64
}

func (softer) Scores(out *models.Output, _ train.Batch) (*gorgonia.Node, error) {
	return ops.MeanOverTime(out.Membrane, nil, 0)
}

func (s softer) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	scores, err := s.Scores(out, b)
	if err != nil {
		return nil, err
	}
	return ops.CrossEntropy(scores, b.Y, ops.CrossEntropySettings{ClassWeights: s.Weights, Smoothing: s.Smoothing})
}

// classWeights compares losses with class weights and smoothing, ours and one's own, with the formula:
// Σ_c −w_c target_c log softmax(scores)_c, the mean over the examples.
func (r *reproduction) classWeights() {
	weights, smoothing := []float64{1, .5, 4}, .1
	labels := models.Labels{ClassWeights: weights, Smoothing: smoothing}
	for _, c := range []struct {
		name      string
		loss      train.Loss[*models.Output]
		weights   []float64
		smoothing float64
	}{
		{"classes can have weights in a loss", models.SumSoftmax{Labels: models.Labels{ClassWeights: weights}}, weights, 0},
		{"labels can be smoothed", models.SumSoftmax{Labels: models.Labels{Smoothing: smoothing}}, []float64{1, 1, 1}, smoothing},
		{"weights and smoothing", models.MeanOverTime{Labels: labels}, weights, smoothing},
		{"weights and smoothing in a loss of one's own", softer{weights, smoothing}, weights, smoothing},
	} {
		loss, want := r.weighted(c.loss, c.weights, c.smoothing)
		r.check(c.name, math.Abs(loss-want) < 1e-9*want, "loss %v, want %v", loss, want)
	}
}

// weighted is the loss of a network on random sequences, and what the formula makes of its scores.
func (r *reproduction) weighted(loss train.Loss[*models.Output], weights []float64, smoothing float64) (got, want float64) {
	data := random{count: 30, shortest: 12, longest: 12}.sequences()
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float64, 3)
	r.must(err)
	net, err := train.NewNetwork(train.Task[*models.Output]{Model: classifier(models.Integrator), Loss: loss}, p, data.Spec(), 1)
	r.must(err)
	defer net.Close()
	rep, err := net.Evaluate(r.Context(), data, train.Evaluation{Batch: 8})
	r.must(err)
	predictions, err := net.Predict(r.Context(), data)
	r.must(err)
	for i, p := range predictions {
		var norm float64
		for _, s := range p.Scores[0] {
			norm += math.Exp(s)
		}
		for c, s := range p.Scores[0] {
			target := smoothing / float64(len(p.Scores[0]))
			if c == data.Y.([]int)[i] {
				target += 1 - smoothing
			}
			want -= weights[c] * target * (s - math.Log(norm)) / float64(data.Len())
		}
	}
	return rep.Loss, want
}

// ownLoop is the control: a loop of one's own. The target is a ramp, which the readout's potential is to follow.
func (r *reproduction) ownLoop() {
	g := gorgonia.NewGraph()
	c := follower()
	c.Seed = 1
	net, err := models.NewSRNN(g, c)
	r.must(err)
	x := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(50, 1, 1), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	y := gorgonia.NewTensor(g, tensor.Float32, 3, gorgonia.WithShape(50, 1, 1), gorgonia.WithName("y"), gorgonia.WithInit(gorgonia.RangedFrom(0)))
	out, err := net.Forward(x)
	r.must(err)
	loss, err := graph.Of(out.Membrane).Sub(graph.Of(y).Times(.02)).Square().Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mean(n) }).Node()
	r.must(err)
	grads, err := gorgonia.Grad(loss, net.Learnables()...)
	r.must(err)
	vm, err := graph.NewMachine(append(grads, loss)...)
	r.must(err)
	defer vm.Close()
	solver := optim.New(optim.Adam(optim.Constant(.01)), optim.AtLeast{Names: optim.Names{"*.tau_*"}, Min: .1})
	var first, last []float64
	for i := range 100 {
		r.must(vm.RunAll())
		last, err = graph.Float64s(loss.Value())
		r.must(err)
		if i == 0 {
			first = last
		}
		r.must(solver.Step(gorgonia.NodesToValueGrads(net.Learnables())))
	}
	r.check("control: a loop of one's own learns a ramp", last[0] < first[0]/2, "squared error %.4f, then %.4f", first[0], last[0])
}
