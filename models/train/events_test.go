package train_test

import (
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

// spiking gives the toy task as events.
type spiking struct {
	toy
	wrong int // how many spikes lie outside
}

func (d spiking) Spec() train.Spec {
	s := d.toy.Spec()
	s.Events = true
	return s
}

func (d spiking) Read(i int, e *train.Example) error {
	numbers := train.Example{X: make([]float32, 2*d.steps), Classes: e.Classes}
	if err := d.toy.Read(i, &numbers); err != nil {
		return err
	}
	for k, v := range numbers.X {
		if v == 1 { // twice is once
			e.Events = append(e.Events, train.Event{Step: k / 2, Feature: k % 2}, train.Event{Step: k / 2, Feature: k % 2})
		}
	}
	for range d.wrong {
		e.Events = append(e.Events, train.Event{Step: d.steps, Feature: 1})
	}
	return nil
}

// A training on events is that on the same spikes as numbers, to the last bit, and so is an evaluation.
func TestEventsAreNumbers(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	k.Metrics = append(k.Metrics, models.Inputs{})
	numbers := toy{n: 40, steps: 15}
	for _, piece := range []int{0, 6} {
		fit := func(data train.Dataset) (*train.Trainer, *train.Report) {
			tr := ran(t, k, data, train.Settings{Epochs: 3, Batch: 9, Solver: adam(.01), Piece: piece})
			return tr, evaluate(t, tr.Network, data, 7)
		}
		a, want := fit(numbers)
		b, got := fit(spiking{toy: numbers})
		sameHistories(t, "events", b.History(), a.History())
		sameReports(t, "evaluation of events", got, want)
		if got.Detail("inputs") != want.Detail("inputs") || !want.Detail("inputs").(models.InputStats).Spikes {
			t.Errorf("inputs are %+v, as numbers %+v", got.Detail("inputs"), want.Detail("inputs"))
		}
		if !same(params(a.Network), params(b.Network)) {
			t.Error("events gave other parameters")
		}
		for i := range 3 {
			x, err := a.Record(t.Context(), numbers, i)
			if err != nil {
				t.Fatal(err)
			}
			y, err := b.Record(t.Context(), spiking{toy: numbers}, i)
			if err != nil {
				t.Fatal(err)
			}
			if !same(x.Scores[0], y.Scores[0]) || len(x.Inputs) != len(y.Inputs) {
				t.Errorf("example %d has scores %v, as events %v", i, x.Scores, y.Scores)
			}
			for k, v := range x.Inputs {
				if y.Inputs[k] != v {
					t.Errorf("input %d of example %d is %v, want %v", k, i, y.Inputs[k], v)
				}
			}
		}
	}
	tr := newTrainer(t, k, numbers, train.Settings{Epochs: 1, Batch: 9, Solver: adam(.01)})
	_, err := tr.Evaluate(t.Context(), spiking{numbers, 1}, train.Evaluation{})
	wantError(t, "an event outside", err, "example 0: an event of feature 1 at step 15, want 0 to 1 and 0 to 14")
}
