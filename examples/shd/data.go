package main

import (
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

// sets are what a run needs. The best epoch is chosen on the validation set, which is a part of the training
// set that is not augmented; the test set is looked at once, at the end. With -eval there is only that.
type sets struct {
	train, validation train.Dataset
	test              *data.Binned
	name              string
}

const (
	held              = .1 // share of the training set, or of its speakers, for validation
	durationSHD       = 1000
	durationSynthetic = 800     // that of data.Cochlea
	seedTest          = 1 << 32 // is added to the seed of synthetic spike trains for testing
)

// kind is what the spike trains are, wherever they lie.
func (f *flags) kind() string {
	if f.Data == "" {
		return "synthetic spoken digits"
	}
	return program.SpokenDigits
}

// sets reads or makes the spike trains. Synthetic ones have so many channels; 0: as data.Cochlea has.
func (f *flags) sets(channels int) (*sets, error) {
	all, test, name, err := f.events(channels)
	if err != nil {
		return nil, err
	}
	s := &sets{name: name}
	b := data.Binning{Dt: f.Dt, Counts: f.Counts, Duration: durationSHD}
	if f.Data == "" {
		b.Duration = durationSynthetic
	}
	if s.test, err = test.Bin(b); err != nil || f.Eval {
		return s, err
	}
	split := all.Split
	if f.Validation == "speakers" {
		split = all.SplitSpeakers
	}
	kept, validation, err := split(f.Seed, held)
	if err != nil {
		return nil, err
	}
	if s.validation, err = part(all, b, validation); err != nil {
		return nil, err
	}
	if f.Augment {
		b.Augment = data.Augmentation{TimeJitter: 5, UnitJitter: float64(all.Units()) / 100, UnitShift: all.Units() / 70, Seed: f.Seed}
	}
	s.train, err = part(all, b, kept)
	return s, err
}

// part are some of the examples.
func part(all *data.Events, b data.Binning, indices []int) (train.Dataset, error) {
	d, err := all.Bin(b)
	if err != nil {
		return nil, err
	}
	return train.Subset(d, indices)
}

// events are the spike trains to train and to test on. With -eval there are none to train on.
func (f *flags) events(channels int) (train, test *data.Events, name string, err error) {
	if f.Data == "" {
		if !f.Eval {
			if train, err = (data.Cochlea{Examples: f.Examples, Channels: channels}).Generate(f.Seed); err != nil {
				return nil, nil, "", err
			}
		}
		test, err = data.Cochlea{Examples: f.Examples / 3, Channels: channels}.Generate(f.Seed + seedTest)
		return train, test, "synthetic spoken digits", err
	}
	if !f.Eval {
		if train, err = data.ReadSHD(filepath.Join(f.Data, "shd_train.h5")); err != nil {
			return nil, nil, "", err
		}
	}
	if test, err = data.ReadSHD(filepath.Join(f.Data, "shd_test.h5")); err != nil {
		return nil, nil, "", err
	}
	if test.Len() == 0 {
		return nil, nil, "", errors.Errorf("%s: the test set has no examples", f.Data)
	}
	return train, test, "Spiking Heidelberg Digits in " + f.Data, nil
}
