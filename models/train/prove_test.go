package train_test

import (
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// fading is a network of one's own whose currents are divided by the root of a time constant that nothing bounds.
type fading struct{ models.SRNN }

func (m fading) Forward(p *graph.Params, b train.Batch) (*models.Output, error) {
	tau, err := p.Declare("tau", "tau", graph.Constant(4), 2)
	if err != nil {
		return nil, err
	}
	x, err := graph.Of(b.X).Mul(graph.Of(tau).Map(gorgonia.Sqrt).Inverse()).Node()
	if err != nil {
		return nil, err
	}
	b.X = x
	return m.SRNN.Forward(p, b)
}

// leap is a solver whose step of that number makes a time constant negative.
type leap struct {
	*optim.Solver
	at   int
	done *int
}

func (l leap) Step(model []gorgonia.ValueGrad) error {
	if err := l.Solver.Step(model); err != nil {
		return err
	}
	if *l.done++; *l.done == l.at {
		for _, p := range model {
			if p.(gorgonia.Namer).Name() == "tau" {
				p.Value().Data().([]float32)[0] = -3
			}
		}
	}
	return nil
}

// A network that the last step of all has made unusable is nobody's: the training fails, also where nothing is
// validated, and the network and the checkpoint are those of the epoch before.
func TestLastStepIsProven(t *testing.T) {
	for name, change := range map[string]func(s *train.Settings){
		"plain":  func(*train.Settings) {},
		"pieces": func(s *train.Settings) { s.Piece = 4 },
		"share":  func(s *train.Settings) { s.Share = .2 },
		"select": func(s *train.Settings) { s.Select = train.Criterion{Number: "accuracy", Highest: true} },
		"patience": func(s *train.Settings) {
			s.Share, s.Callbacks = .2, append(s.Callbacks, train.Patience(9))
		},
		"stopped": func(s *train.Settings) {
			s.Epochs = 9
			s.Callbacks = append(s.Callbacks, train.EpochEnd(func(tr *train.Trainer, e train.Epoch) error {
				if e.Epoch == 2 {
					return train.ErrStop
				}
				return nil
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "checkpoint")
			s := train.Settings{Epochs: 2, Batch: 10, Callbacks: []train.Callback{train.Checkpoint(path)}}
			change(&s)
			k := task(models.AdpMem, models.SumSoftmax{})
			k.Model = fading{still(models.AdpMem)}
			steps := s.Steps(20)
			if s.Piece > 0 {
				steps *= 3
			}
			s.Solver = leap{adam(.01), 2 * steps, new(int)}
			tr := newTrainer(t, k, toy{20, 12, false}, s)
			wantError(t, name, tr.Run(t.Context()), "epoch 2")
			if n := len(tr.History()); n != 1 {
				t.Fatalf("%d epochs are told of, want 1", n)
			}
			allFinite(t, tr.Network)
			if _, err := tr.Evaluate(t.Context(), toy{20, 12, false}, train.Evaluation{}); err != nil {
				t.Error(err)
			}
			loaded, err := train.LoadTask(path, k)
			if err != nil {
				t.Fatal(err)
			}
			if !same(params(loaded), params(tr.Network)) {
				t.Error("the checkpoint is not the network of the epoch before")
			}
		})
	}
}
