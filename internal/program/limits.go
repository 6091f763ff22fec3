package program

import (
	"math"
	"strings"

	"github.com/pkg/errors"
)

// Limits is one error of all limits that flags have broken, see [AtLeast], [Positive] and [NotNegative]; nil where
// there is none.
func Limits(broken ...error) error {
	var all []string
	for _, err := range broken {
		if err != nil {
			all = append(all, err.Error())
		}
	}
	if all == nil {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// Same is an error that names what differs between a checkpoint and what is asked for, with both values.
func Same(what string, there, here any) error {
	if there == here {
		return nil
	}
	return errors.Errorf("%s: %v in the checkpoint, %v asked for", what, there, here)
}

// AtLeast is an error that names a flag whose value is less than it may be.
func AtLeast(flag string, value, least int) error {
	if value >= least {
		return nil
	}
	return errors.Errorf("-%s is %d, want at least %d", flag, value, least)
}

// Positive is an error that names a flag whose value is not a positive number, of what is told in words, such as "a
// time in ms".
func Positive(flag string, value float64, of string) error {
	if value > 0 && !math.IsInf(value, 1) {
		return nil
	}
	return errors.Errorf("-%s is %v, want %s that is positive", flag, value, of)
}

// NotNegative is [Positive], where 0 is right as well.
func NotNegative(flag string, value float64, of string) error {
	if value == 0 {
		return nil
	}
	if err := Positive(flag, value, of); err != nil {
		return errors.Errorf("-%s is %v, want %s that is not negative", flag, value, of)
	}
	return nil
}
