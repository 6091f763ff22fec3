package data

import (
	"path/filepath"

	"github.com/pkg/errors"
)

// The sizes of the Heidelberg data sets.
const (
	shdUnits   = 700
	shdClasses = 20 // the digits in English and in German
	sscClasses = 35 // words
)

// SHD opens shd_train.h5 and shd_test.h5 in dir: the Spiking Heidelberg Digits (Cramer, Stradmann,
// Schemmel & Zenke, "The Heidelberg spiking data sets for the systematic evaluation of spiking neural
// networks", 2020), 8156 and 2264 spoken digits as spikes of 700 channels of an artificial inner
// ear, unpacked as they are published at zenkelab.org/datasets. Two of the twelve speakers are in the
// test set alone.
func SHD(dir string) (train, test *Events, err error) {
	if train, err = ReadSHD(filepath.Join(dir, "shd_train.h5")); err != nil {
		return nil, nil, err
	}
	test, err = ReadSHD(filepath.Join(dir, "shd_test.h5"))
	return train, test, err
}

// SSC opens ssc_train.h5, ssc_valid.h5 and ssc_test.h5 in dir: the Spiking Speech Commands, 35
// words, from the same authors in the same form.
func SSC(dir string) (train, validation, test *Events, err error) {
	if train, err = ReadSSC(filepath.Join(dir, "ssc_train.h5")); err != nil {
		return nil, nil, nil, err
	}
	if validation, err = ReadSSC(filepath.Join(dir, "ssc_valid.h5")); err != nil {
		return nil, nil, nil, err
	}
	test, err = ReadSSC(filepath.Join(dir, "ssc_test.h5"))
	return train, validation, test, err
}

// ReadSHD opens one HDF5 file of the Spiking Heidelberg Digits, as they are published or saved again: [OpenSpikes] with
// 700 units and 20 classes. The events stay in the file, which is closed when they are no longer used.
func ReadSHD(path string) (*Events, error) {
	f, err := SpikesFile{Units: shdUnits, Classes: shdClasses}.open(path)
	if err != nil {
		return nil, errors.Wrap(err, "data: SHD")
	}
	return f.Events(), nil
}

// ReadSSC opens one HDF5 file of the Spiking Speech Commands, see [ReadSHD].
func ReadSSC(path string) (*Events, error) {
	f, err := SpikesFile{Units: shdUnits, Classes: sscClasses}.open(path)
	if err != nil {
		return nil, errors.Wrap(err, "data: SSC")
	}
	return f.Events(), nil
}
