package cases

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Sequences of different lengths, filled up with zeros to the longest: fangwei123456/spikingjelly#565, #130,
// jeshraghian/snntorch#343. Right: what is filled up changes neither loss nor prediction nor firing rates.
func TestCase15VariableLength(t *testing.T) {
	r := begin(t, "15")
	for _, c := range []struct {
		name string
		kind models.ReadoutKind
		loss train.Loss[*models.Output]
	}{
		{"softmax summed over time", models.Integrator, models.SumSoftmax{}},
		{"spike counts", models.AdpSpike, models.SpikeCount{}},
		{"control: a label at each step", models.Integrator, models.PerStep{}},
		{"the last step", models.Integrator, models.LastStep{}},
		{"the mean over time", models.Integrator, models.MeanOverTime{}},
	} {
		_, perStep := c.loss.(models.PerStep)
		task := train.Task[*models.Output]{Model: classifier(c.kind), Loss: c.loss, Metrics: []train.Metric{models.Accuracy{}}}
		r.padded(c.name, task, perStep)
		r.mixed(c.name, task, perStep)
	}
}

// classifier is a network of 5 inputs and 3 classes.
func classifier(kind models.ReadoutKind) models.SRNN {
	return models.SRNN{In: 5, Hidden: []nodes.Layer{{Units: 20, Cell: nodes.ALIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: kind, Layer: nodes.Layer{Units: 3}}}
}

// real is how many steps the sequences have.
const real = 40

// padded are 200 sequences of 40 steps in steps steps.
type padded struct {
	steps   int
	perStep bool
}

func (p padded) Len() int { return 200 }
func (p padded) Spec() train.Spec {
	return train.Spec{Steps: p.steps, Features: 5, Classes: 3, PerStep: p.perStep, Varying: p.steps > real}
}
func (p padded) Read(i int, e *train.Example) error {
	rng := rand.New(rand.NewPCG(uint64(i), 1))
	for k := range real * 5 {
		if rng.Float64() < .2 {
			e.X[k] = 1
		}
	}
	e.Steps = real
	for t := range e.Classes {
		e.Classes[t] = train.Ignore
		if !p.perStep || t < real {
			e.Classes[t] = i % 3
		}
	}
	return nil
}

// stretched is padded with a first sequence of the greatest length, so that all others of its batch are filled up.
// It has no class.
type stretched struct{ padded }

func (s stretched) Read(i int, e *train.Example) error {
	if i > 0 {
		return s.padded.Read(i, e)
	}
	e.Steps = s.steps
	for t := range e.Classes {
		e.Classes[t] = train.Ignore
	}
	return nil
}

// padded compares sequences of 40 steps with the same filled up to 160.
func (r *reproduction) padded(name string, task train.Task[*models.Output], perStep bool) {
	net := r.network(task, padded{real, perStep}, tensor.Float32)
	defer net.Close()
	short, long := r.evaluate(net, padded{real, perStep}), r.evaluate(net, padded{160, perStep})
	r.check(name+": loss and accuracy", math.Abs(short.loss-long.loss) < 1e-6 && short.accuracy == long.accuracy,
		"40 steps: loss %.4f, accuracy %.3f; filled up to 160: %.4f, %.3f", short.loss, short.accuracy, long.loss, long.accuracy)
	r.check(name+": firing rate", short.rate > 0 && math.Abs(short.rate-long.rate) < .01*short.rate, "%.4f, filled up %.4f", short.rate, long.rate)

	want, err := net.Predict(r.Context(), padded{real, perStep})
	r.must(err)
	got, err := net.Predict(r.Context(), stretched{padded{160, perStep}})
	r.must(err)
	worst := 0.
	for i := 1; i < len(want); i++ {
		worst = max(worst, distance(got[i], want[i]))
	}
	r.check(name+": predictions beside a longer sequence", worst < 1e-5, "differ by up to %v", worst)
}

// mixed compares sequences of 20 to 200 steps in batches with the same one by one.
func (r *reproduction) mixed(name string, task train.Task[*models.Output], perStep bool) {
	data := random{count: 24, shortest: 20, longest: 200, perStep: perStep}.sequences()
	net := r.network(task, data, tensor.Float64)
	defer net.Close()
	all, err := net.Evaluate(r.Context(), data, train.Evaluation{Batch: 8})
	r.must(err)
	predicted, err := net.Predict(r.Context(), data)
	r.must(err)
	var loss, targets, spikes, steps, worst float64
	for i := range data.Len() {
		one, err := train.Subset(data, []int{i})
		r.must(err)
		rep, err := net.Evaluate(r.Context(), one, train.Evaluation{})
		r.must(err)
		n := float64(data.Spec().Targets(len(data.X[i])))
		loss, targets = loss+n*rep.Loss, targets+n
		rate, _ := rep.Number("firing_rate")
		spikes, steps = spikes+rate*float64(len(data.X[i])), steps+float64(len(data.X[i]))
		p, err := net.PredictOne(r.Context(), data.X[i])
		r.must(err)
		worst = max(worst, distance(predicted[i], p))
	}
	want := loss / targets
	r.check(name+": loss of mixed lengths, and one by one", math.Abs(all.Loss-want) < 1e-6*want, "%v, want %v", all.Loss, want)
	rate, _ := all.Number("firing_rate")
	r.check(name+": firing rate of mixed lengths", math.Abs(rate-spikes/steps) < 1e-6*rate, "%v, want %v", rate, spikes/steps)
	r.check(name+": predictions of mixed lengths", worst < 1e-9, "differ by up to %v", worst)
}

// random are sequences of 5 features and 3 classes.
type random struct {
	count, shortest, longest int
	perStep                  bool
}

func (s random) sequences() train.Sequences {
	rng := rand.New(rand.NewPCG(9, 1))
	var out train.Sequences
	var classes []int
	var perStep [][]int
	for i := range s.count {
		x := make([][]float32, s.shortest+rng.IntN(s.longest-s.shortest+1))
		y := make([]int, len(x))
		for t := range x {
			x[t], y[t] = make([]float32, 5), rng.IntN(3)
			for k := range x[t] {
				if rng.Float64() < .2 {
					x[t][k] = 1
				}
			}
		}
		out.X, classes, perStep = append(out.X, x), append(classes, i%3), append(perStep, y)
	}
	if out.Y = classes; s.perStep {
		out.Y = perStep
	}
	return out
}

// network is a task with the parameters of a seed.
func (r *reproduction) network(task train.Task[*models.Output], data train.Dataset, dt tensor.Dtype) *train.Network {
	r.Helper()
	p, err := graph.NewParams(gorgonia.NewGraph(), dt, 2)
	r.must(err)
	net, err := train.NewNetwork(task, p, data.Spec(), 1)
	r.must(err)
	return net
}

type evaluated struct{ loss, accuracy, rate float64 }

func (r *reproduction) evaluate(net *train.Network, data train.Dataset) (e evaluated) {
	r.Helper()
	rep, err := net.Evaluate(r.Context(), data, train.Evaluation{})
	r.must(err)
	var has, fires bool
	e.loss = rep.Loss
	e.accuracy, has = rep.Number("accuracy")
	if e.rate, fires = rep.Number("firing_rate"); !has || !fires {
		r.Fatal("the report has no accuracy or firing rate")
	}
	return e
}

// distance is the largest difference of two predictions' scores.
func distance(a, b train.Prediction) (d float64) {
	if len(a.Scores) != len(b.Scores) {
		return math.Inf(1)
	}
	for t := range a.Scores {
		for c := range a.Scores[t] {
			d = max(d, math.Abs(a.Scores[t][c]-b.Scores[t][c]))
		}
	}
	return d
}
