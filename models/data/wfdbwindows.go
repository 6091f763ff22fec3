package data

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

var _ train.Dataset = (*WFDB)(nil)

// cut adds the windows of a record.
func (w *WFDB) cut(record int) {
	s := &w.records[record]
	if !s.labels {
		// Equally long, so that none is too short to be of use.
		n := (s.steps + int64(w.o.Window) - 1) / int64(w.o.Window)
		for k := range n {
			from, to := k*s.steps/n, (k+1)*s.steps/n
			w.windows = append(w.windows, wfdbWindow{record, from, int(to - from)})
		}
		return
	}
	at, labelled := int64(wfdbUnknown), int64(0)
	finish := func() {
		steps := min(int64(w.o.Window), s.steps-at)
		if at >= 0 && labelled >= wfdbLeast {
			w.windows = append(w.windows, wfdbWindow{record, at, int(steps)})
		}
		labelled = 0
	}
	for k := range max(len(s.borders)-1, 0) {
		frame, wave := s.borders.at(k)
		next, _ := s.borders.at(k + 1)
		from, to := s.step(frame), min(s.step(next), s.steps)
		if wave == wfdbNoWave {
			continue
		}
		for from < to {
			if end := at + int64(w.o.Window); at < 0 || from >= end {
				finish()
				if at < 0 || from-wfdbLeadIn > end {
					at = max(0, from-wfdbLeadIn)
				} else {
					at = end
				}
				continue
			}
			n := min(to, at+int64(w.o.Window)) - from
			labelled += n
			from += n
		}
	}
	finish()
}

// step is the first one whose time is that of a frame or later.
func (s *wfdbSource) step(frame int64) int64 { return int64(math.Ceil(float64(frame)/s.ratio - 1e-9)) }

// Len implements [train.Dataset].
func (w *WFDB) Len() int { return len(w.windows) }

// Spec implements [train.Dataset].
func (w *WFDB) Spec() train.Spec {
	return train.Spec{Steps: w.longest, Features: channels, Varying: w.varying, Classes: waves, PerStep: true}
}

// Read implements [train.Dataset]. It reads the window's samples from their files.
func (w *WFDB) Read(i int, e *train.Example) error {
	signal, err := w.Leads(i)
	if err != nil {
		return err
	}
	x := w.windows[i]
	for l := range signal {
		up, down, err := LevelCross{Delta: w.o.Delta}.Encode(signal[l])
		if err != nil {
			return errors.Wrap(err, w.records[x.record].path)
		}
		for t := range up {
			if up[t] {
				e.X[t*channels+2*l] = 1
			}
			if down[t] {
				e.X[t*channels+2*l+1] = 1
			}
		}
	}
	w.classes(x, e.Classes)
	if w.varying {
		e.Steps = x.steps
	}
	return nil
}

// classes fills in the labels of a window.
func (w *WFDB) classes(x wfdbWindow, into []int) {
	for t := range into {
		into[t] = train.Ignore
	}
	s := &w.records[x.record]
	first := sort.Search(len(s.borders), func(k int) bool { frame, _ := s.borders.at(k); return s.step(frame) > x.from })
	for k := max(first-1, 0); k+1 < len(s.borders); k++ {
		frame, wave := s.borders.at(k)
		next, _ := s.borders.at(k + 1)
		from, to := max(s.step(frame)-x.from, 0), min(s.step(next)-x.from, int64(x.steps))
		if from >= int64(x.steps) {
			return
		}
		if wave == wfdbNoWave {
			continue
		}
		for t := from; t < to; t++ {
			into[t] = int(wave)
		}
	}
}

// Leads are the two signals of example i, one value per step: mV or, with Normalise, standard deviations. A lead that
// is not there is 0.
func (w *WFDB) Leads(i int) (signal [2][]float32, err error) {
	if err := wantExample(i, w.Len()); err != nil {
		return signal, err
	}
	x := w.windows[i]
	s := &w.records[x.record]
	for l := range signal {
		if signal[l], err = s.resample(&s.leads[l], x); err != nil {
			return signal, errors.Wrap(err, "data: WFDB")
		}
	}
	return signal, nil
}

// resample gives a lead's values at the steps of a window.
func (s *wfdbSource) resample(l *wfdbLead, x wfdbWindow) ([]float32, error) {
	out := make([]float32, x.steps)
	if l.signal == wfdbUnknown {
		return out, nil
	}
	n := s.perFrame(l.signal)
	r := newResampler(s.ratio*float64(n), x)
	from, to := r.samples(s.frames * n)
	hold := newHold(r.add)
	err := s.eachSample(l.signal, from, to, func(v int32, sig *wfdbSignal, valid bool) {
		value := float64(v) - l.mean
		if !l.norm {
			value = (float64(v) - sig.baseline) / sig.gain
		}
		hold.next(value*l.scale, valid)
	})
	if err != nil {
		return nil, err
	}
	hold.end()
	for k := range out {
		out[k] = r.value(k)
	}
	return out, nil
}

// hold passes values on, and for one that is invalid the valid one before it or, at the beginning, the first there is.
type hold struct {
	to      func(float64)
	pending int
	last    float64
	any     bool
}

func newHold(to func(float64)) *hold { return &hold{to: to} }

func (h *hold) next(v float64, valid bool) {
	switch {
	case valid:
		h.last, h.any = v, true
		h.flush(v)
		h.to(v)
	case h.any:
		h.to(h.last)
	default:
		h.pending++
	}
}

func (h *hold) flush(v float64) {
	for ; h.pending > 0; h.pending-- {
		h.to(v)
	}
}

// end is where no value comes any more: where none was valid, all are 0.
func (h *hold) end() { h.flush(0) }

// Place says which record example i is of, and when in it its first step is, ms.
func (w *WFDB) Place(i int) (record string, fromMS float64) {
	x := w.windows[i]
	return w.records[x.record].name, float64(x.from) * w.o.StepMS
}

// StepMS is the length of a step, ms.
func (w *WFDB) StepMS() float64 { return w.o.StepMS }

// Annotated says whether any example has labels.
func (w *WFDB) Annotated() bool {
	return slices.ContainsFunc(w.windows, func(x wfdbWindow) bool { return w.records[x.record].labels })
}

// Notes are what happened to recordings on the way: samples that were invalid, leads without events, frequencies that
// were changed. Of those on single records there are 20, and how many more.
func (w *WFDB) Notes() []string { return slices.Clone(w.notes) }

// Split draws a share of the records from the seed, at least one, and holds out all their windows, see
// [train.SplitGroups].
func (w *WFDB) Split(seed uint64, share float64) (rest, held *WFDB, err error) {
	groups := make([]int, len(w.windows))
	for i, x := range w.windows {
		groups[i] = x.record
	}
	r, h, err := train.SplitGroups(groups, seed, share)
	if err != nil {
		return nil, nil, errors.Wrap(err, "data: WFDB: records")
	}
	return w.some(r), w.some(h), nil
}

// some are examples of w.
func (w *WFDB) some(indices []int) *WFDB {
	other := *w
	other.windows = make([]wfdbWindow, len(indices))
	for k, i := range indices {
		other.windows[k] = w.windows[i]
	}
	return &other
}

// Normalised says whether leads are in standard deviations, and not in mV.
func (w *WFDB) Normalised() bool { return w.o.Normalise }

// Records is how many records the examples are of.
func (w *WFDB) Records() int {
	distinct := map[int]bool{}
	for _, x := range w.windows {
		distinct[x.record] = true
	}
	return len(distinct)
}

// String tells the sizes.
func (w *WFDB) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d windows of %d records", w.Len(), w.Records())
	if !w.Annotated() {
		b.WriteString(", without annotations")
	}
	return b.String()
}
