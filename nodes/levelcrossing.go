package nodes

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LevelCrossing codes a signal by its changes (send-on-delta; Miskowicz 2006, "Send-On-Delta Concept:
// An Event-Based Data Reporting Strategy"). A reference level starts at the first sample. A sample
// that lies Delta or more above it makes an up event and raises it by Delta; one that lies Delta or
// more below makes a down event and lowers it by Delta. There is at most one event per step.
//
// So the reference stays within Delta of a signal that moves by Delta or less per step, and catches up
// later with a faster one. With Hysteresis, noise of less than that does not make events to and fro,
// and the reference stays within Delta + Hysteresis.
//
// It has no gradient with respect to the signal; that of its decoder is exact.
type LevelCrossing struct {
	Delta      float64 // height of a level, in units of the signal; positive
	Hysteresis float64 // how much farther it is to an event that goes the other way than the last one
}

var (
	_ Encoder = LevelCrossing{}
	_ Decoder = LevelCrossing{}
)

// Encode gives events, 0 or 1, [T, batch, 2·features], of x [T, batch, features]: channel 2f has the
// up events of feature f, and 2f+1 the down events.
func (c LevelCrossing) Encode(x *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(levelCrossing{c}, x)
}

// Decode gives the reference level after every step, above the first sample, [T, batch, features], of
// events [T, batch, 2·features].
func (c LevelCrossing) Decode(events *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(levelCrossingDecoder{c, accumulated{c.Delta}}, events)
}

func (c LevelCrossing) check() error {
	if err := wantPositive("the level's height", c.Delta); err != nil {
		return err
	}
	return wantAtLeastZero("the hysteresis", c.Hysteresis)
}

// String is how errors call the encoder.
func (LevelCrossing) String() string { return "level crossing" }

type levelCrossing struct{ LevelCrossing }

func (levelCrossing) shape(in tensor.Shape) (tensor.Shape, error) { return channelPairs(in) }

func (c levelCrossing) forward(in tensor.Shape, x, y []float64) error {
	seriesOf(in, func(first, stride int) {
		level := 0. // how many times Delta the reference lies above the first sample
		last := 0.  // the direction of the last event
		for at := first; at < len(x); at += stride {
			distance := x[at] - x[first] - level*c.Delta
			up, down := c.Delta, c.Delta
			if last > 0 {
				down += c.Hysteresis
			} else if last < 0 {
				up += c.Hysteresis
			}
			switch {
			case distance >= up:
				y[2*at], last = 1, 1
			case distance <= -down:
				y[2*at+1], last = 1, -1
			default:
				continue
			}
			level += last
		}
	})
	return nil
}

type levelCrossingDecoder struct {
	LevelCrossing
	accumulated
}

func (levelCrossingDecoder) String() string { return "level crossing decoder" }

var _ linearCoding = levelCrossingDecoder{}
