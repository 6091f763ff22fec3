package coding

import "github.com/srnn-go/srnn/models/train"

// A Bench is a [train.Dataset] of its signals at its amplitudes, each of which is to be reconstructed, for a [Coder].
// The target of a step is what a squared error counts there: nothing where it is not measured, and then one over the
// power of the signal, so that an amplitude that is a hundred times smaller counts as much as any other.
var _ train.Dataset = (*Bench)(nil)

// Len implements [train.Dataset].
func (b *Bench) Len() int { return len(b.Amplitudes) * len(b.Signals) }

// Spec implements [train.Dataset].
func (b *Bench) Spec() train.Spec {
	return train.Spec{Steps: len(b.Signals[0]), Features: 1, Numbers: 1, PerStep: true}
}

// Read implements [train.Dataset].
func (b *Bench) Read(i int, e *train.Example) error {
	amplitude, k := b.Amplitudes[i/len(b.Signals)], i%len(b.Signals)
	weight := float32(1 / b.Power(k, amplitude))
	for t, v := range b.Signals[k] {
		e.X[t] = float32(amplitude * v)
		if t >= b.Settle {
			e.Y[t] = weight
		}
	}
	return nil
}
