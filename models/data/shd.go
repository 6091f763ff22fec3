package data

import (
	"math"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
)

// The sizes of the Heidelberg data sets.
const (
	shdUnits   = 700
	shdClasses = 20 // the digits in English and in German
	sscClasses = 35 // words
)

// SHD reads shd_train.h5 and shd_test.h5 from dir: the Spiking Heidelberg Digits (Cramer, Stradmann,
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

// SSC reads ssc_train.h5, ssc_valid.h5 and ssc_test.h5 from dir: the Spiking Speech Commands, 35
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

// ReadSHD reads one HDF5 file of the Spiking Heidelberg Digits: spikes/times, for each example a
// sequence of 16-bit floats in seconds, spikes/units, as many 16-bit integers, labels and, if it is
// there, extra/speaker. Errors name the path, the dataset and the example, or the offset.
func ReadSHD(path string) (*Events, error) {
	e, err := readHeidelberg(path, shdClasses)
	return e, errors.Wrapf(err, "data: SHD: %s", path)
}

// ReadSSC reads one HDF5 file of the Spiking Speech Commands, see [ReadSHD].
func ReadSSC(path string) (*Events, error) {
	e, err := readHeidelberg(path, sscClasses)
	return e, errors.Wrapf(err, "data: SSC: %s", path)
}

func readHeidelberg(path string, classes int) (*Events, error) {
	f, err := openHDF5(path)
	if err != nil {
		return nil, err
	}
	defer f.close()
	labels, err := f.integers("labels")
	if err != nil {
		return nil, err
	}
	var speakers []int
	if _, ok := f.checker.datasets["extra/speaker"]; ok {
		if speakers, err = f.integers("extra/speaker"); err != nil {
			return nil, err
		}
	}
	times, err := f.ragged("spikes/times", float16Element)
	if err != nil {
		return nil, err
	}
	units, err := f.ragged("spikes/units", uint16Element)
	if err != nil {
		return nil, err
	}
	if len(units) != len(times) || len(labels) != len(times) || speakers != nil && len(speakers) != len(times) {
		return nil, errors.Errorf("has %d spikes/times, %d spikes/units, %d labels and %d extra/speaker: they differ",
			len(times), len(units), len(labels), len(speakers))
	}
	e, err := NewEvents(shdUnits, classes)
	if err != nil {
		return nil, err
	}
	for i := range times {
		speaker := noSpeaker
		if speakers != nil {
			speaker = speakers[i]
		}
		ms := millisecondsOf(times[i])
		if k := slices.IndexFunc(ms, func(t float64) bool { return t < 0 }); k >= 0 {
			return nil, errors.Errorf("example %d: event %d is at %v ms, want a time that is not negative", i, k, ms[k])
		}
		if err := e.Append(ms, unitsOf(units[i]), labels[i], speaker); err != nil {
			return nil, errors.Wrapf(err, "example %d", i)
		}
		times[i], units[i] = nil, nil
	}
	return e, nil
}

// millisecondsOf decodes times in seconds. A 16-bit float has 11 digits, so that a thousand of it is exact.
func millisecondsOf(b []byte) []float64 {
	out := make([]float64, len(b)/2)
	for k := range out {
		out[k] = 1000 * float64(float16(little.Uint16(b[2*k:])))
	}
	return out
}

func unitsOf(b []byte) []uint32 {
	out := make([]uint32, len(b)/2)
	for k := range out {
		out[k] = uint32(little.Uint16(b[2*k:]))
	}
	return out
}

// float16 decodes a 16-bit float of IEEE 754, exactly.
func float16(bits uint16) float32 {
	sign, exponent, mantissa := uint32(bits>>15), uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0: // zero, or subnormal
		x := float32(mantissa) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign<<31)
	case 31: // infinite, or not a number
		exponent = 255
	default:
		exponent += 127 - 15
	}
	return math.Float32frombits(sign<<31 | exponent<<23 | mantissa<<13)
}
