package models_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
)

// spiking gives the toy task as events.
type spiking struct {
	toy
	wrong int // how many spikes lie outside
}

func (d spiking) Events(i int, labels []int, spike func(step, feature int)) error {
	x := make([]float32, 2*d.steps)
	if err := d.Example(i, x, labels); err != nil {
		return err
	}
	for k, v := range x {
		if v == 1 {
			spike(k/2, k%2)
			spike(k/2, k%2) // twice is once
		}
	}
	for range d.wrong {
		spike(d.steps, 1)
	}
	return nil
}

// A training on events is that on the same spikes as numbers, to the last bit, and so is an evaluation.
func TestEventsAreExamples(t *testing.T) {
	run := func(data models.Dataset) (history []models.Epoch, report *models.Report) {
		net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
		history, err := net.Fit(t.Context(), data, models.Fit{Epochs: 3, Batch: 9, Solver: adam(.01)})
		if err != nil {
			t.Fatal(err)
		}
		if report, err = net.Evaluate(t.Context(), data, models.Evaluation{Batch: 7}); err != nil {
			t.Fatal(err)
		}
		for i := range history {
			history[i].Seconds = 0
		}
		report.Seconds = 0
		return history, report
	}
	numbers := toy{n: 40, steps: 15}
	history, report := run(numbers)
	again, events := run(spiking{toy: numbers})
	if fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", history) {
		t.Errorf("history on events is %+v, on numbers %+v", again, history)
	}
	if !reflect.DeepEqual(events, report) {
		t.Errorf("report on events is %+v, on numbers %+v", events, report)
	}
	net := newNet(t, toyNet(models.AdpMem, models.SumSoftmax{}))
	_, err := net.Evaluate(t.Context(), spiking{numbers, 1}, models.Evaluation{})
	if err == nil || !strings.Contains(err.Error(), "example 0: a spike of feature 1 at step 15, want 0 to 1 and 0 to 14") {
		t.Errorf("error is %v", err)
	}
}
