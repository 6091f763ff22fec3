package train_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
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
	k := task(models.AdpMem, models.PerStep{Skip: 10})
	k.Model = still(models.AdpMem)
	for _, data := range []train.Dataset{toy{n: 23, steps: 30, perStep: true}, mixed{toy{n: 23, steps: 30, perStep: true}, 4}} {
		epoch := func(piece int) (train.Epoch, int) {
			solver := new(idle)
			tr := ran(t, k, data, train.Settings{Epochs: 1, Batch: 8, Solver: solver, Piece: piece})
			return tr.History()[0], solver.steps
		}
		whole, n := epoch(0)
		if n != 3 {
			t.Errorf("the solver made %d steps, want 3", n)
		}
		for _, piece := range []int{7, 10, 13, 29} {
			e, n := epoch(piece)
			if a := number(t, e.Training, "accuracy"); math.Abs(e.Training.Loss-whole.Training.Loss) > 1e-6*whole.Training.Loss || a != number(t, whole.Training, "accuracy") {
				t.Errorf("in pieces of %d, there are %v, want %v", piece, e.Training.Numbers(), whole.Training.Numbers())
			}
			if a, b := number(t, e.Training, "firing_rate"), number(t, whole.Training, "firing_rate"); math.Abs(a-b) > 1e-12 {
				t.Errorf("in pieces of %d, the firing rate is %v, want %v", piece, a, b)
			}
			if want := 3 * ((30 + piece - 1) / piece); n > want || !data.Spec().Varying && n != want {
				t.Errorf("in pieces of %d, the solver made %d steps, want %d", piece, n, want)
			}
		}
		for _, piece := range []int{30, 1000} { // one piece
			e, _ := epoch(piece)
			sameReports(t, fmt.Sprint("one piece of up to ", piece), e.Training, whole.Training)
		}
	}
}

// A term is reported as the mean over the pieces.
func TestTermsInPieces(t *testing.T) {
	k := task(models.AdpMem, models.PerStep{})
	k.Model = still(models.AdpMem)
	k.Terms = []train.Term{models.SpikeL1{Weight: 3}}
	tr := ran(t, k, toy{n: 10, steps: 30, perStep: true}, train.Settings{Epochs: 1, Batch: 4, Solver: new(idle), Piece: 10})
	r := tr.History()[0].Training
	if want := 3 * number(t, r, "firing_rate.layer0"); math.Abs(r.Terms-want) > 1e-6 {
		t.Errorf("terms are %v, want three times the firing rate, %v", r.Terms, want)
	}
}

// A network learns from pieces, for labels of steps and of sequences, from random initial states.
func TestLearnsInPieces(t *testing.T) {
	for _, perStep := range []bool{true, false} {
		var loss train.Loss[*models.Output] = models.SumSoftmax{}
		if perStep {
			loss = models.PerStep{}
		}
		tr := ran(t, task(models.AdpMem, loss), toy{60, 24, perStep}, train.Settings{Epochs: 25, Batch: 16, Solver: adam(.01), Piece: 8})
		h := tr.History()
		if first, last := h[0].Training.Loss, h[24].Training.Loss; !(last < .9*first) {
			t.Errorf("per step %v: the loss is %v, at first %v", perStep, last, first)
		}
	}
}

// A layer that reads a sequence from its end cannot do so piece by piece.
func TestBidirectionalPieces(t *testing.T) {
	k := task(models.AdpMem, models.SumSoftmax{})
	c := toyNet(models.AdpMem)
	c.Hidden[0].Bidirectional = true
	k.Model = c
	_, err := train.New(k, toy{n: 20, steps: 12}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01), Piece: 4})
	wantError(t, "bidirectional", err, "bidirectional")
}
