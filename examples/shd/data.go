package main

import (
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/data"
)

// sets are what a training needs. The best epoch is chosen on the validation set, which is a part of
// the training set; the test set is looked at once, at the end.
type sets struct {
	train, validation, test *data.Binned
	name                    string
}

const (
	held        = .1 // share of the training set, or of its speakers, for validation
	durationSHD = 1000
	seedTest    = 1 << 32 // is added to the seed of synthetic spike trains for testing
)

func (f *flags) sets() (*sets, error) {
	all, test, name, err := f.events(0)
	if err != nil {
		return nil, err
	}
	split := all.Split
	if f.Validation == "speakers" {
		split = all.SplitSpeakers
	}
	kept, validation, err := split(f.Seed, held)
	if err != nil {
		return nil, err
	}
	s := &sets{name: name}
	b := f.binning()
	b.Only = validation
	if s.validation, err = all.Bin(b); err != nil {
		return nil, err
	}
	b.Only = kept
	if f.Augment {
		b.Augment = data.Augmentation{TimeJitter: 5, UnitJitter: float64(all.Units()) / 100, UnitShift: all.Units() / 70, Seed: f.Seed}
	}
	if s.train, err = all.Bin(b); err != nil {
		return nil, err
	}
	s.test, err = test.Bin(f.binning())
	return s, err
}

// testSet is the test set alone. Synthetic spike trains get as many channels as the network has inputs.
func (f *flags) testSet(inputs int) (*data.Binned, string, error) {
	_, test, name, err := f.events(inputs)
	if err != nil {
		return nil, "", err
	}
	b, err := test.Bin(f.binning())
	return b, name, err
}

// events are the spike trains to train and to test on. With -eval there are none to train on.
func (f *flags) events(channels int) (train, test *data.Events, name string, err error) {
	if f.Data == "" {
		name = "synthetic spoken digits"
		if f.Dt == 0 {
			f.Dt = 10
		}
		if !f.Eval {
			if train, err = (data.Cochlea{Examples: f.Examples, Channels: channels}).Generate(f.Seed); err != nil {
				return nil, nil, "", err
			}
		}
		test, err = data.Cochlea{Examples: f.Examples / 3, Channels: channels}.Generate(f.Seed + seedTest)
		return train, test, name, err
	}
	name = "Spiking Heidelberg Digits in " + f.Data
	if f.Dt == 0 {
		f.Dt = 4
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
	return train, test, name, nil
}

func (f *flags) binning() data.Binning {
	b := data.Binning{Dt: f.Dt, Counts: f.Counts, Duration: durationSHD}
	if f.Data == "" {
		b.Duration = durationSynthetic
	}
	return b
}

const durationSynthetic = 800 // ms, that of data.Cochlea
