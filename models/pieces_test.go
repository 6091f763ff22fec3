package models_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
	"gorgonia.org/gorgonia"
)

// idle is a solver that changes nothing.
type idle struct{ steps int }

func (s *idle) Step([]gorgonia.ValueGrad) error {
	s.steps++
	return nil
}

// While the parameters stay as they are, a training in pieces sees what one on whole sequences sees:
// the state is carried on, and the labels are those of the whole.
func TestPiecesAreTheWhole(t *testing.T) {
	c := toyNet(models.AdpMem, models.PerStep{Skip: 10})
	c.Hidden[0].Initial, c.Readout.Layer.Initial = nodes.Initial{}, nodes.Initial{}
	data := toy{n: 23, steps: 30, perStep: true}
	epoch := func(subSteps int) (models.Epoch, int) {
		solver := new(idle)
		net := newNet(t, c)
		history, err := net.Fit(t.Context(), data, models.Fit{Epochs: 1, Batch: 8, Solver: solver, SubSteps: subSteps, Validation: -1})
		if err != nil {
			t.Fatal(err)
		}
		return history[0], solver.steps
	}
	whole, steps := epoch(0)
	if steps != 3 {
		t.Errorf("the solver made %d steps, want 3", steps)
	}
	for _, subSteps := range []int{7, 10, 13, 29} {
		e, steps := epoch(subSteps)
		if math.Abs(e.Loss-whole.Loss) > 1e-6*whole.Loss || e.Accuracy != whole.Accuracy {
			t.Errorf("in pieces of %d, loss and accuracy are %v and %v, want %v and %v", subSteps, e.Loss, e.Accuracy, whole.Loss, whole.Accuracy)
		}
		if want := 3 * ((30 + subSteps - 1) / subSteps); steps != want {
			t.Errorf("in pieces of %d, the solver made %d steps, want %d", subSteps, steps, want)
		}
	}
	for _, subSteps := range []int{30, 1000} { // one piece
		e, _ := epoch(subSteps)
		e.Seconds, whole.Seconds = 0, 0
		if fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", whole) {
			t.Errorf("with one piece of up to %d steps, the epoch is %+v, want %+v", subSteps, e, whole)
		}
	}
}

// A network learns from pieces, for labels of steps and of sequences, from random initial states.
func TestLearnsInPieces(t *testing.T) {
	for _, perStep := range []bool{true, false} {
		var loss models.Loss = models.SumSoftmax{}
		if perStep {
			loss = models.PerStep{}
		}
		net := newNet(t, toyNet(models.AdpMem, loss))
		history, err := net.Fit(t.Context(), toy{60, 24, perStep}, models.Fit{Epochs: 25, Batch: 16, Solver: adam(.01), SubSteps: 8})
		if err != nil {
			t.Fatal(err)
		}
		if first, last := history[0].Loss, history[len(history)-1].Loss; !(last < .9*first) {
			t.Errorf("per step %v: the loss is %v, at first %v", perStep, last, first)
		}
	}
}

func TestPiecesErrors(t *testing.T) {
	c := toyNet(models.AdpMem, models.SumSoftmax{})
	_, err := newNet(t, c).Fit(t.Context(), toy{n: 20, steps: 12}, models.Fit{Epochs: 1, Solver: adam(.01), SubSteps: -1})
	if err == nil || !strings.Contains(err.Error(), "pieces of -1 steps") {
		t.Errorf("error is %v", err)
	}
	c.Hidden[0].Bidirectional = true
	_, err = newNet(t, c).Fit(t.Context(), toy{n: 20, steps: 12}, models.Fit{Epochs: 1, Solver: adam(.01), SubSteps: 4})
	if err == nil || !strings.Contains(err.Error(), "bidirectional") {
		t.Errorf("error is %v", err)
	}
}
