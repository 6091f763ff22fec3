package nodes

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// DeltaCode codes a signal by its changes from one step to the next (delta modulation with a
// threshold): a sample that lies Threshold or more above the one before makes an up event, and one
// that lies as far below a down event. Slower changes are not seen at all, however long they last, and
// of faster ones nothing but the direction, so that the decoder drifts; [LevelCrossing] is for
// signals that are to be followed.
//
// It has no gradient with respect to the signal; that of its decoder is exact.
type DeltaCode struct {
	Threshold float64 // the least change, in units of the signal; positive
}

var (
	_ Encoder = DeltaCode{}
	_ Decoder = DeltaCode{}
)

// Encode gives events, 0 or 1, [T, batch, 2·features], of x [T, batch, features]: channel 2f has the
// up events of feature f, and 2f+1 the down events. The first step has none.
func (c DeltaCode) Encode(x *gorgonia.Node) (*gorgonia.Node, error) { return apply(deltaCode{c}, x) }

// Decode gives the sum of the changes up to every step, each taken for one of Threshold, [T, batch,
// features], of events [T, batch, 2·features]: the signal above its first sample.
func (c DeltaCode) Decode(events *gorgonia.Node) (*gorgonia.Node, error) {
	return apply(deltaDecoder{c, accumulated{c.Threshold}}, events)
}

func (c DeltaCode) check() error { return wantPositive("the threshold", c.Threshold) }

// String is how errors call the encoder.
func (DeltaCode) String() string { return "delta code" }

type deltaCode struct{ DeltaCode }

func (deltaCode) shape(in tensor.Shape) (tensor.Shape, error) { return channelPairs(in) }

func (c deltaCode) forward(in tensor.Shape, x, y []float64) error {
	seriesOf(in, func(first, stride int) {
		for at := first + stride; at < len(x); at += stride {
			switch change := x[at] - x[at-stride]; {
			case change >= c.Threshold:
				y[2*at] = 1
			case change <= -c.Threshold:
				y[2*at+1] = 1
			}
		}
	})
	return nil
}

type deltaDecoder struct {
	DeltaCode
	accumulated
}

func (deltaDecoder) String() string { return "delta code decoder" }

var _ linearCoding = deltaDecoder{}
