package models_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
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

// ragged are sequences of 9 to 15 steps, or all of 15, with a target for each step; some classes do not count.
func ragged(varying, numbers bool) train.Sequences {
	rng := rand.New(rand.NewPCG(3, 8))
	s := train.Sequences{Classes: 3}
	var classes [][]int
	var values [][][]float32
	for i := range 7 {
		steps := 15
		if varying {
			steps = 9 + (5*i)%7
		}
		x, c, v := make([][]float32, steps), make([]int, steps), make([][]float32, steps)
		for t := range steps {
			x[t], v[t] = make([]float32, 4), make([]float32, 3)
			for k := range x[t] {
				x[t][k] = float32(rng.IntN(3) / 2)
			}
			c[t] = rng.IntN(4) - 1
			if i == 2 {
				c[t] = train.Ignore
			}
			for k := range v[t] {
				v[t][k] = rng.Float32()
			}
		}
		s.X, classes, values = append(s.X, x), append(classes, c), append(values, v)
	}
	if s.Y = classes; numbers {
		s.Y, s.Classes = values, 0
	}
	return s
}

// asEvents are sequences of 0 and 1 as events.
type asEvents struct{ train.Sequences }

func (d asEvents) Spec() train.Spec {
	s := d.Sequences.Spec()
	s.Events = true
	return s
}

func (d asEvents) Read(i int, e *train.Example) error {
	full := train.Example{X: make([]float32, d.Spec().Steps*4), Classes: e.Classes, Y: e.Y}
	if err := d.Sequences.Read(i, &full); err != nil {
		return err
	}
	for k := len(full.X) - 1; k >= 0; k-- { // in any order, some of them twice
		if full.X[k] == 1 {
			e.Events = append(e.Events, train.Event{Step: k / 4, Feature: k % 4}, train.Event{Step: k / 4, Feature: k % 4})
		}
	}
	e.Steps = full.Steps
	return nil
}

// An epoch by the rule moves the parameters as one by the gradients of graphs with the same estimators does, and
// reports the same loss. Batches of 3 do not divide the examples.
func TestOnlineRuleIsTheGraph(t *testing.T) {
	lsnn := nodes.LSNN{TauAdp: graph.Constant(60), Beta: new(.3)}
	weighted := models.Labels{ClassWeights: []float64{1, .5, 2}, Smoothing: .1}
	for name, x := range map[string]struct {
		online
		loss train.Loss[*models.Output]
		data train.Dataset
		rate models.RateTarget
	}{
		"classes":              {onlineOf(lsnn, false, .2), models.PerStep{}, ragged(false, false), models.RateTarget{}},
		"different lengths":    {onlineOf(lsnn, false, .2), models.PerStep{}, ragged(true, false), models.RateTarget{}},
		"weights and skipping": {onlineOf(lsnn, false, .2), models.PerStep{Skip: 10, Labels: weighted}, ragged(true, false), models.RateTarget{}},
		"numbers":              {onlineOf(lsnn, false, .2), models.SquaredError{Read: models.EachStep}, ragged(true, true), models.RateTarget{}},
		"events":               {onlineOf(lsnn, false, .2), models.PerStep{}, asEvents{ragged(true, false)}, models.RateTarget{}},
		"recurrent":            {onlineOf(lsnn, true, .2), models.PerStep{}, ragged(true, false), models.RateTarget{}},
		"local":                {onlineOf(lsnn, true, .2).local(), models.PerStep{}, ragged(true, false), models.RateTarget{}},
		"rates":                {onlineOf(lsnn, true, .2), models.PerStep{}, ragged(false, false), models.RateTarget{Target: .05, Weight: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			learn := func(rule train.Rule, terms ...train.Term) (map[string][]float64, train.Epoch) {
				k := task(x.SRNN, x.loss, terms...)
				k.Rule = rule
				net := x.declare(t)
				tr, err := prepare(t, k, x.data, train.Settings{Epochs: 1, Batch: 3, Seed: 5, Params: net.Params(), Solver: optim.New(optim.SGD(optim.Constant(.05)))})
				if err != nil {
					t.Fatal(err)
				}
				if err := tr.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				return x.values(net), tr.History()[0]
			}
			var terms []train.Term
			if x.rate.Weight > 0 {
				terms = append(terms, x.rate)
			}
			want, graphs := learn(nil, terms...)
			got, rule := learn(models.OnlineRule{Rate: x.rate})
			if math.Abs(rule.Training.Loss-graphs.Training.Loss) > 1e-9*graphs.Training.Loss {
				t.Errorf("the loss is %v, want %v", rule.Training.Loss, graphs.Training.Loss)
			}
			before := x.values(x.declare(t))
			for name := range want {
				for i := range want[name] {
					want[name][i] -= before[name][i]
					got[name][i] -= before[name][i]
				}
				if a, b := rule.Gradients[name], graphs.Gradients[name]; math.Abs(a-b) > 1e-9*b {
					t.Errorf("the gradient of %s has norm %v, want %v", name, a, b)
				}
			}
			sameGradients(t, got, want, 1e-9)
		})
	}
}

// countedSolver counts its steps.
type countedSolver struct {
	*optim.Solver
	steps int
}

func (s *countedSolver) Step(model []gorgonia.ValueGrad) error {
	s.steps++
	return s.Solver.Step(model)
}

// By the rule a network learns the toy task, from random initial states and with the parameters moving on the
// way. In two parts, the training is the same, bit by bit.
func TestOnlineRuleLearns(t *testing.T) {
	c := toyNet(models.Integrator)
	c.Hidden[0].Units, c.Hidden[0].Estimator = 30, ops.EProp{}
	c.Hidden[0].Cell = nodes.ALIF{TauM: graph.Constant(5), TauAdp: graph.Constant(30)}
	c.Readout.Layer.Cell = nodes.LI{TauM: graph.Constant(3)}
	data := toy{n: 60, steps: 25, perStep: true}
	path := filepath.Join(t.TempDir(), "toy.safetensors")
	for _, every := range []int{0, 10} {
		learn := func(epochs int, resume bool) (*train.Trainer, int) {
			k := task(c, models.PerStep{Skip: 5})
			k.Metrics, k.Rule = []train.Metric{models.Accuracy{}}, models.OnlineRule{Every: every}
			solver := &countedSolver{Solver: adam(.03)}
			tr, err := prepare(t, k, data, train.Settings{Epochs: epochs, Batch: 16, Share: .2, Seed: 3, Solver: solver})
			if err != nil {
				t.Fatal(err)
			}
			if resume {
				if err := tr.Resume(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := tr.Save(path); err != nil {
				t.Fatal(err)
			}
			return tr, solver.steps
		}
		whole, steps := learn(20, false)
		if want := map[int]int{0: 20 * 3, 10: 20 * 3 * 3}[every]; steps != want {
			t.Errorf("every %d: %d steps of the solver, want %d", every, steps, want)
		}
		h := whole.History()
		first, last := h[0], h[len(h)-1]
		accuracy, _ := last.Validation.Number("accuracy")
		if !(last.Training.Loss < .6*first.Training.Loss) || accuracy < .85 {
			t.Errorf("every %d: loss from %v to %v, accuracy %v", every, first.Training.Loss, last.Training.Loss, accuracy)
		}
		learn(7, false)
		if resumed, _ := learn(20, true); !same(params(resumed), params(whole)) {
			t.Errorf("every %d: in two parts, the training is another", every)
		}
		k := task(c, models.PerStep{Skip: 5})
		k.Rule = models.OnlineRule{Every: every + 1}
		other, err := prepare(t, k, data, train.Settings{Epochs: 20, Batch: 16, Share: .2, Seed: 3, Solver: adam(.01)})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Resume(path); err == nil || !strings.Contains(err.Error(), "rule") {
			t.Errorf("resumed by another rule: error is %v", err)
		}
	}
}

func TestOnlineRuleRefuses(t *testing.T) {
	type setting struct {
		task train.Task[*models.Output]
		data train.Dataset
		s    train.Settings
	}
	for name, x := range map[string]struct {
		change func(*setting)
		parts  []string
	}{
		"bptt": {func(x *setting) {
			c := toyNet(models.Integrator)
			x.task.Model = c
		}, []string{"layer0", "bptt", "ops.EProp{}"}},
		"another model": {func(x *setting) {
			x.task.Model = train.Forward[*models.Output](toyNet(models.Integrator).Forward)
		}, []string{"want an SRNN"}},
		"loss of a sequence":  {func(x *setting) { x.task.Loss, x.data = models.SumSoftmax{}, toy{8, 9, false} }, []string{"SumSoftmax", "Stepwise"}},
		"squared error":       {func(x *setting) { x.task.Loss, x.data = models.SquaredError{}, ends{} }, []string{`"steps"`}},
		"terms":               {func(x *setting) { x.task.Terms = []train.Term{models.SpikeL1{Weight: 1}} }, []string{"1 term", "OnlineRule"}},
		"pieces":              {func(x *setting) { x.s.Piece = 3 }, []string{"pieces of 3 steps", "OnlineRule"}},
		"every":               {func(x *setting) { x.task.Rule = models.OnlineRule{Every: -1} }, []string{"every is -1"}},
		"rate of the readout": {func(x *setting) { x.task.Rule = models.OnlineRule{Rate: models.RateTarget{Readout: true}} }, []string{"readout"}},
		"rates of different lengths": {func(x *setting) {
			x.task.Rule = models.OnlineRule{Rate: models.RateTarget{Weight: 1}}
			x.data = train.Sequences{X: [][][]float32{{{1, 0}}, {{1, 0}, {1, 1}}}, Y: [][]int{{0}, {0, 1}}}
		}, []string{"Varying"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := toyNet(models.Integrator)
			c.Hidden[0].Estimator = ops.EProp{}
			y := setting{task(c, models.PerStep{}), toy{8, 9, true}, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01), Seed: 3}}
			y.task.Rule = models.OnlineRule{}
			y.s.Params = must(graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 3))
			x.change(&y)
			_, err := prepare(t, y.task, y.data, y.s)
			wantError(t, err, x.parts...)
		})
	}
}

// ends are sequences with two numbers at their ends.
type ends struct{}

func (ends) Len() int                       { return 3 }
func (ends) Spec() train.Spec               { return train.Spec{Steps: 4, Features: 2, Numbers: 2} }
func (ends) Read(int, *train.Example) error { return nil }
