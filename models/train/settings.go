package train

import (
	"io"
	"math"
	"os"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Settings are those of a training. Zero is zero, where nothing else is said.
type Settings struct {
	Epochs int             // in all, at least 1
	Batch  int             // examples in a step, at least 1
	Solver gorgonia.Solver // for trainings that can be resumed, one with State and Restore

	// Validation are data that choose the best epoch, and are asked when to stop early. Without them, Share
	// of the training data is held out for that, at random, but of several examples at least one, and none
	// of a single one; 0 holds nothing out. Where nothing is, the last epoch is taken for the best unless
	// Select says otherwise. Data for testing have no place here.
	Validation Dataset
	Share      float64

	// Select says which epoch is the best, in the validation or, without one, in training. The zero value
	// is the one with the lowest loss of the validation.
	Select Criterion

	// Ordered takes the examples in the order of the dataset, for data that are in a random order or made
	// anew for each epoch. Otherwise each epoch has an order of its own, drawn from Seed.
	Ordered bool

	// Piece cuts sequences into pieces of so many steps, for sequences that are too long to be
	// differentiated whole: truncated backpropagation through time. After each piece the solver moves the
	// parameters, and the state is carried on as a constant. A target of a whole sequence counts for each
	// of its pieces. 0 leaves sequences whole. Validation does in any case.
	Piece int

	// Seed makes a training repeatable bit for bit: it decides on what is held out, the order of the
	// examples, random initial states, and the initial parameters unless Params are given.
	Seed uint64

	// Params, if given, are where the model declares its parameters: those that are there keep their values.
	// Nil stands for new ones of Dtype, drawn from Seed.
	Params *graph.Params

	// Dtype is tensor.Float32 or tensor.Float64, and stands for Float32 if it is not set. With Params it
	// is theirs.
	Dtype tensor.Dtype

	Callbacks []Callback

	// Log is where the progress is printed, a line for each epoch, and warnings. Nil stands for the standard
	// error output; io.Discard is for none.
	Log io.Writer
}

// check refuses settings that train nothing, and fills in what is nil.
func (s *Settings) check(p *plan, data Dataset) (err error) {
	switch {
	case s.Epochs < 1:
		return errors.Errorf("srnn: there are %d epochs, want at least 1", s.Epochs)
	case s.Batch < 1:
		return errors.Errorf("srnn: batch is %d, want at least 1", s.Batch)
	case s.Solver == nil:
		return errors.New("srnn: there is no solver")
	case s.Epochs > most:
		return errors.Errorf("srnn: there are %d epochs, want at most %d", s.Epochs, most)
	case s.Batch > most:
		return errors.Errorf("srnn: batch is %d, want at most %d", s.Batch, most)
	case s.Piece < 0 || s.Piece > most:
		return errors.Errorf("srnn: pieces of %d steps, want 0 to %d", s.Piece, most)
	case !(s.Share >= 0 && s.Share < 1):
		return errors.Errorf("srnn: the share that is held out is %v, want 0 to less than 1", s.Share)
	case s.Share > 0 && s.Validation != nil:
		return errors.Errorf("srnn: there are data for validation, and a share of %v is to be held out: want one of the two", s.Share)
	}
	for i, c := range s.Callbacks {
		if c == nil {
			return errors.Errorf("srnn: callback %d is nil", i)
		}
	}
	if err := p.checkData(data); err != nil {
		return err
	}
	if s.Validation != nil {
		if err := p.checkData(s.Validation); err != nil {
			return graph.Wrapf(err, "validation")
		}
	}
	if s.Log == nil {
		s.Log = os.Stderr
	}
	return s.checkParams()
}

// checkParams makes parameters where none are given.
func (s *Settings) checkParams() (err error) {
	unset := s.Dtype == tensor.Dtype{}
	switch {
	case s.Params == nil && unset:
		s.Dtype = tensor.Float32
	case s.Params != nil && unset:
		s.Dtype = s.Params.Dtype()
	case s.Params != nil && s.Params.Dtype() != s.Dtype:
		return errors.Errorf("srnn: dtype is %v, and the parameters are of %v", s.Dtype, s.Params.Dtype())
	}
	if s.Params == nil {
		s.Params, err = graph.NewParams(gorgonia.NewGraph(), s.Dtype, s.Seed)
	}
	return err
}

// split divides examples into those to train on and those that are held out.
func (s *Settings) split(examples int) (train, held []int, err error) {
	idx := graph.Stream(s.Seed, "split").Perm(examples)
	n := 0
	if s.Share > 0 && examples > 1 {
		n = max(1, int(math.Round(s.Share*float64(examples))))
	}
	if n >= examples {
		return nil, nil, errors.Errorf("srnn: a share of %v of %s leaves none for training", s.Share, count(examples, "example"))
	}
	held, train = idx[:n], idx[n:]
	slices.Sort(held)
	return train, held, nil
}

// most is the largest number of epochs, of examples in a batch and of steps in a piece: products of two of them are
// counted without overflow.
const most = math.MaxInt32

// Steps is the number of batches in an epoch on a dataset of so many examples, of which some may be held
// out. Each is a step of the solver, or with Piece one for every piece; schedules count those.
func (s Settings) Steps(examples int) int {
	train, _, err := s.split(examples)
	if err != nil || s.Batch < 1 {
		return 0 // New refuses it
	}
	return batches(len(train), s.Batch)
}

// batches is how many batches of at most so many examples there are.
func batches(examples, batch int) int {
	n := examples / batch
	if examples%batch > 0 {
		n++
	}
	return n
}
