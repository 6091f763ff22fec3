package data

import (
	"math"

	"github.com/pkg/errors"
)

// LevelCross codes a signal by its changes (send-on-delta, Miskowicz 2006). A reference level
// starts at the first sample. A sample that lies Delta or more above it makes an up event and
// raises it by Delta; one that lies Delta or more below makes a down event and lowers it. There
// is at most one event per step, so the reference stays within Delta of a signal that moves by
// Delta or less per step, and catches up later with a faster one.
type LevelCross struct {
	// Delta is the height of a level, in units of the signal. It must be positive.
	Delta float64
}

// Encode returns the up and down events of signal, one of each per step.
func (c LevelCross) Encode(signal []float32) (up, down []bool, err error) {
	if !(c.Delta > 0) || math.IsInf(c.Delta, 0) {
		return nil, nil, errors.Errorf("data: level crossing: Delta is %v, want a positive number", c.Delta)
	}
	up, down = make([]bool, len(signal)), make([]bool, len(signal))
	level := 0 // how many times Delta the reference lies above the first sample
	for t, s := range signal {
		v := float64(s) - float64(signal[0])
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, errors.Errorf("data: level crossing: signal[%d] is %v, want a finite number", t, s)
		}
		switch distance := v - float64(level)*c.Delta; {
		case distance >= c.Delta:
			up[t] = true
			level++
		case distance <= -c.Delta:
			down[t] = true
			level--
		}
	}
	return up, down, nil
}

// Decode returns the reference level after every step, given the first sample: what is left of
// the signal in its events. The two lengths must be the same.
func (c LevelCross) Decode(first float32, up, down []bool) ([]float32, error) {
	if len(up) != len(down) {
		return nil, errors.Errorf("data: level crossing: %d steps of up events, %d of down events", len(up), len(down))
	}
	signal := make([]float32, len(up))
	level := 0
	for t := range signal {
		if up[t] {
			level++
		}
		if down[t] {
			level--
		}
		signal[t] = float32(float64(first) + float64(level)*c.Delta)
	}
	return signal, nil
}
