package data

import (
	"math"

	"github.com/pkg/errors"
)

// wfdbBorders are where the waves of a record begin: of each, its frame and the wave, or wfdbNoWave. They are in
// ascending order of frames, and no two are at the same.
type wfdbBorders []uint64

const wfdbNoWave = 7

func newWFDBBorder(frame int64, w Wave) uint64 { return uint64(frame)<<3 | uint64(w) }

// at is the frame and the wave of a border.
func (b wfdbBorders) at(i int) (frame int64, w Wave) { return int64(b[i] >> 3), Wave(b[i] & 7) }

// wfdbLongest is the longest wave in s. What lies between two marks that are farther apart is no wave: there are
// heart beats between them that nobody has marked.
const wfdbLongest = 2

// wfdbComplex is a complex of the heart beat as it is marked: '(', its peak, ')'. What is missing is wfdbUnknown.
type wfdbComplex struct {
	kind           int
	on, peak, last int64
}

const (
	complexNone = iota // not known yet, or of no interest
	complexP
	complexQRS
	complexT
	complexU
)

// wfdbLabeller turns the annotations of waveform boundaries into waves: P from '(' to ')' round p, PQ to '(' of the
// QRS complex, QR to its peak, RS to its ')', ST to ')' of T and TP to '(' of the next P. What has not all of its
// marks has no label.
type wfdbLabeller struct {
	longest int64 // frames
	emit    func(from, to int64, w Wave)
	beats   int

	before wfdbComplex
	open   wfdbComplex
	isOpen bool
	next   bool // whether another one begins at nextOn, if the one that is open ends there
	nextOn int64
}

// kindOf is the complex that a peak's code is of.
func kindOf(code string) int {
	switch code {
	case "p":
		return complexP
	case "t":
		return complexT
	case "u":
		return complexU
	case "N", "L", "R", "a", "V", "F", "J", "A", "S", "E", "j", "/", "Q", "B", "?", "e", "n", "f", "r":
		return complexQRS
	}
	return complexNone
}

// add takes an annotation at a frame.
func (l *wfdbLabeller) add(frame int64, a wfdbAnnotation) {
	if l.next {
		// At one sample, the end of a complex may come after the beginning of the next.
		l.next = false
		if a.code == ")" && frame == l.nextOn {
			l.open.last = frame
		}
		l.close()
		l.begin(l.nextOn)
		if a.code == ")" && frame == l.nextOn {
			return
		}
	}
	switch kind := kindOf(a.code); {
	case a.code == "(" && l.isOpen && l.open.peak != wfdbUnknown:
		l.next, l.nextOn = true, frame
	case a.code == "(":
		l.begin(frame)
	case a.code == ")":
		l.open.last = frame
		l.close()
	case kind != complexNone:
		if kind == complexQRS {
			l.beats++
		}
		if l.isOpen && l.open.kind == kind && (kind != complexQRS || l.open.on != wfdbUnknown) {
			return // a second peak of the same, as of a T of two phases
		}
		if l.isOpen && l.open.peak != wfdbUnknown {
			l.close()
		}
		if !l.isOpen {
			l.begin(wfdbUnknown)
		}
		l.open.kind, l.open.peak = kind, frame
	}
}

// begin opens a complex.
func (l *wfdbLabeller) begin(on int64) {
	l.open, l.isOpen = wfdbComplex{on: on, peak: wfdbUnknown, last: wfdbUnknown}, true
}

// close ends the complex that is open, and labels what lies between it and the one before, and in itself.
func (l *wfdbLabeller) close() {
	if !l.isOpen {
		return
	}
	l.isOpen = false
	c, b := l.open, l.before
	switch c.kind {
	case complexNone, complexU:
		return
	case complexP:
		if b.kind == complexT {
			l.wave(b.last, c.on, WaveTP)
		}
		l.wave(c.on, c.last, WaveP)
	case complexQRS:
		if b.kind == complexP {
			l.wave(b.last, c.on, WavePQ)
		}
		l.wave(c.on, c.peak, WaveQR)
		l.wave(c.peak, c.last, WaveRS)
	case complexT:
		if b.kind == complexQRS {
			l.wave(b.last, c.last, WaveST)
		}
	}
	l.before = c
}

// wave gives a wave whose ends are both marked.
func (l *wfdbLabeller) wave(from, to int64, w Wave) {
	if from >= 0 && to > from && to-from <= l.longest {
		l.emit(from, to, w)
	}
}

// labels reads the borders from an annotation file of the record, and the number of heart beats that are marked.
// It reads the file twice, to hold no more than it returns.
func (r *wfdbRecord) labels(path string) (wfdbBorders, int, error) {
	count := 0
	if _, err := r.eachBorder(path, func(int64, Wave) { count++ }); err != nil {
		return nil, 0, err
	}
	borders := make(wfdbBorders, 0, count)
	beats, err := r.eachBorder(path, func(frame int64, w Wave) { borders = append(borders, newWFDBBorder(frame, w)) })
	return borders, beats, err
}

// eachBorder calls emit for the borders of the waves that an annotation file marks. As its marks are in the order of
// time, no wave begins before the end of another.
func (r *wfdbRecord) eachBorder(path string, emit func(frame int64, w Wave)) (beats int, err error) {
	end := int64(wfdbUnknown)
	beats, err = r.eachWave(path, func(from, to int64, w Wave) {
		if end != wfdbUnknown && from > end {
			emit(end, wfdbNoWave)
		}
		emit(from, w)
		end = to
	})
	if end != wfdbUnknown {
		emit(end, wfdbNoWave)
	}
	return beats, err
}

// eachWave calls emit for the waves that an annotation file of the record marks.
func (r *wfdbRecord) eachWave(path string, emit func(from, to int64, w Wave)) (beats int, err error) {
	l := wfdbLabeller{longest: int64(math.Ceil(wfdbLongest * r.frequency)), emit: emit}
	last, channel := int64(0), wfdbUnknown
	err = eachWFDBAnnotation(path, func(a wfdbAnnotation, resolution float64) error {
		if a.code == "" || kindOf(a.code) == complexNone && a.code != "(" && a.code != ")" {
			return nil
		}
		if kindOf(a.code) != complexQRS { // beats are those of all signals
			if channel == wfdbUnknown {
				channel = a.channel
			}
			if a.channel != channel {
				return errors.Errorf("annotation %s is of channel %d, those of waves before it of %d: want those of one channel", a.code, a.channel, channel)
			}
		}
		frame := a.time
		if resolution > 0 {
			at := math.Round(float64(a.time) / resolution * r.frequency)
			if at > float64(r.frames) {
				at = float64(r.frames)
			}
			frame = int64(at)
		}
		if frame < last {
			return errors.Errorf("annotation %s is at sample %d, before the one before it, which is at %d", a.code, frame, last)
		}
		if frame >= r.frames {
			return errors.Errorf("annotation %s is at sample %d, but the record has %d", a.code, frame, r.frames)
		}
		last = frame
		l.add(frame, a)
		return nil
	})
	l.close()
	return l.beats, err
}
