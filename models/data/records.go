package data

import (
	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// Wave is a part of the heart beat: a class of the electrocardiogram sets.
type Wave int

// The waves, in the order in which they follow one another. P is the contraction of the atria,
// from P to S that of the ventricles, and T their recovery.
const (
	WaveP  Wave = iota // onset to end of P
	WavePQ             // end of P to onset of the QRS complex
	WaveQR             // onset of the QRS complex to the peak of R
	WaveRS             // peak of R to end of the QRS complex
	WaveST             // end of the QRS complex to end of T
	WaveTP             // end of T to onset of the next P
)

// waves is the number of waves.
const waves = 6

// String implements [fmt.Stringer].
func (w Wave) String() string {
	if w < 0 || w >= waves {
		return "unlabelled"
	}
	return [waves]string{"P", "PQ", "QR", "RS", "ST", "TP"}[w]
}

// The channels of an electrocardiogram: events of two leads.
const (
	leads    = 2
	channels = 2 * leads // lead 1 up, lead 1 down, lead 2 up, lead 2 down
)

// unlabelled marks a step without a label in Records.labels.
const unlabelled = 255

// Records are recordings of one length with a class for each step: electrocardiograms, coded as events in
// {−1, 0, 1} in four channels (lead 1 up and down, lead 2 up and down), whose classes are [Wave]s, or those
// of [ReadRecords]. They implement [train.Dataset].
type Records struct {
	// Unlabelled is the class of a step that has no label, or [train.Ignore].
	Unlabelled int

	// Signal holds the two leads of each record in mV, [record][lead][step], where they are
	// known: with [ECGSyn], not with [QTDB].
	Signal [][2][]float32

	steps, channels, classes int

	events []int8  // [record, step, channel]
	labels []uint8 // [record, step]
}

var _ train.Checked = (*Records)(nil)

// newRecords returns n electrocardiograms of the given length without events, of class P.
func newRecords(n, steps int) *Records { return newRecordsOf(n, steps, channels, waves) }

// newRecordsOf returns n recordings of the given shape without events, of class 0.
func newRecordsOf(n, steps, channels, classes int) *Records {
	return &Records{
		steps: steps, channels: channels, classes: classes,
		events: make([]int8, n*steps*channels), labels: make([]uint8, n*steps),
	}
}

// Len implements [train.Dataset].
func (r *Records) Len() int {
	if r.steps == 0 {
		return 0
	}
	return len(r.labels) / r.steps
}

// Spec implements [train.Dataset].
func (r *Records) Spec() train.Spec {
	return train.Spec{Steps: r.steps, Features: r.channels, Classes: r.classes, PerStep: true}
}

// Check implements [train.Checked].
func (r *Records) Check() error {
	if r.Unlabelled != train.Ignore && (r.Unlabelled < 0 || r.Unlabelled >= r.classes) {
		return errors.Errorf("data: Unlabelled is %d, want a class (0 to %d) or %d", r.Unlabelled, r.classes-1, train.Ignore)
	}
	return nil
}

// Read implements [train.Dataset].
func (r *Records) Read(i int, e *train.Example) error {
	if err := wantExample(i, r.Len()); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return err
	}
	n := r.steps * r.channels
	for k, v := range r.events[i*n : (i+1)*n] {
		e.X[k] = float32(v)
	}
	for t, v := range r.labels[i*r.steps : (i+1)*r.steps] {
		e.Classes[t] = int(v)
		if v == unlabelled {
			e.Classes[t] = r.Unlabelled
		}
	}
	return nil
}

// wantExample reports an error unless there is an example of that index.
func wantExample(i, examples int) error {
	if i < 0 || i >= examples {
		return errors.Errorf("data: example %d of %d does not exist", i, examples)
	}
	return nil
}
