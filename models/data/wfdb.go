package data

import (
	"bufio"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// WFDBOptions say how [ReadWFDB] makes sequences of recordings.
type WFDBOptions struct {
	// Annotator is the extension of the annotation files with the boundaries of the waves. Default "q1c", the manual
	// annotations of the QT Database. A record that has no such file is an error, unless Unannotated.
	Annotator string

	// Unannotated admits records without annotations, as of somebody whose electrocardiogram is only to be read by a
	// network: all their steps have the class [train.Ignore].
	Unannotated bool

	// Leads are the two signals, by their descriptions in the header ("MLII") or their numbers from 1. Default: the
	// first two. One lead alone leaves the channels of the second silent.
	Leads []string

	// Single admits records that have one signal only, when Leads is empty: the channels of the second are silent.
	Single bool

	// Delta is the level of [LevelCross] in mV or, with Normalise, in standard deviations. Default 0.11 mV, which
	// gives about as many events as the QT Database as published has; with Normalise there is no default.
	Delta float64

	// StepMS is the length of a step. Default 4 ms, 250 steps per second, at which the QT Database is sampled.
	StepMS float64

	// Window is the length of an example in steps. Default 1301, as in [QTDB].
	Window int

	// Normalise takes the mean of each signal off and divides by its standard deviation, both over the whole record.
	// Without it, signals must be in units of volts.
	Normalise bool

	// SkipChecksums does without a comparison of the samples with the header's checksums.
	SkipChecksums bool
}

// WFDB are recordings of PhysioNet's WFDB format as sequences of events in four channels (lead 1 up and down, lead 2
// up and down, as in [Records]), with a [Wave] or [train.Ignore] for each step. Samples stay in their files until
// [WFDB.Read] reads those of a window. It implements [train.Dataset].
type WFDB struct {
	o       WFDBOptions
	records []wfdbSource
	windows []wfdbWindow
	notes   []string
	more    int // notes of single records that there were besides

	frequencies map[float64]int // records of sampling frequencies, Hz, that are changed

	longest int // window, steps
	varying bool
}

// wfdbSource is a record with all that is made of it.
type wfdbSource struct {
	*wfdbRecord
	leads   [leads]wfdbLead
	ratio   float64 // frames per step
	steps   int64
	borders wfdbBorders
	labels  bool // whether it has annotations
}

// wfdbLead is a signal of a record. Its value is (sample − mean)·scale.
type wfdbLead struct {
	signal int // none: wfdbUnknown
	norm   bool
	mean   float64
	scale  float64
}

// wfdbWindow is an example.
type wfdbWindow struct {
	record int
	from   int64 // step
	steps  int
}

const (
	wfdbAnnotator = "q1c"
	wfdbDelta     = .11 // mV
	wfdbStepMS    = 1000. / sampleRate
	wfdbWindowLen = 1301
	wfdbRecords   = "RECORDS"
	wfdbMaxNotes  = 20 // on single records

	wfdbLeadIn = 150 // steps before the first wave with which its window begins, as in the QT Database as published
	wfdbLeast  = 25  // labelled steps that a window must have
)

// ReadWFDB opens recordings of PhysioNet's WFDB format: a folder with a file RECORDS or with headers (.hea), or one
// record by the path of its header, with or without .hea. Signals of the formats 16, 24, 32, 61, 80, 160 and 212
// are read, several in one file or in several, records of segments with a fixed layout among them. All samples are read
// once, to compare them with the header's checksums, and never held.
//
// A lead is in mV: (sample − baseline)/gain, with the gain 200 where the header has none. A sample that is marked as
// invalid has the value before it. Leads are brought to StepMS: at 250 Hz and 4 ms each sample stays as it is, where
// samples are rarer they are interpolated, and where there are more, a straight line is fitted to those within a step of
// each time, so that nothing is aliased. Then [LevelCross] codes each window, from its own first sample on.
//
// Labels come from annotations '(' p ')' '(' N ')' '(' t ')', any beat for N: P from its '(' to its ')', PQ to the '(' of
// the QRS complex, QR to its peak, RS to its ')', ST to the ')' of T, TP to the '(' of the next P. What lacks one of its
// marks, or is longer than 2 s, has no label ([train.Ignore], where [QTDB] counts it as P). Windows follow one another
// from 150 steps before the first wave that has a label; those with hardly any labels are left out. A record without
// annotations is cut in windows that are equally long.
//
// Errors name the path and the line or the byte.
func ReadWFDB(path string, o WFDBOptions) (*WFDB, error) {
	w, err := readWFDB(path, o)
	return w, errors.Wrap(err, "data: WFDB")
}

func readWFDB(path string, o WFDBOptions) (*WFDB, error) {
	w := &WFDB{o: o.withDefaults(), frequencies: map[float64]int{}}
	if err := w.o.check(); err != nil {
		return nil, err
	}
	dir, names, err := wfdbNames(path)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		header := filepath.Join(dir, name+".hea")
		if err := w.add(header, name); errors.As(err, new(noAnnotations)) {
			missing = append(missing, name)
		} else if err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		return nil, w.missing(dir, names, missing)
	}
	if len(w.windows) == 0 {
		return nil, errors.Errorf("%s: the annotations .%s mark no wave from its beginning to its end, as '(' p ')' '(' N ')' '(' t ')' do: "+
			"there is nothing to learn from", path, w.o.annotator())
	}
	w.noteAll()
	for _, x := range w.windows {
		w.varying = w.varying || w.longest > 0 && x.steps != w.longest
		w.longest = max(w.longest, x.steps)
	}
	return w, nil
}

func (o WFDBOptions) withDefaults() WFDBOptions {
	if o.Delta == 0 && !o.Normalise {
		o.Delta = wfdbDelta
	}
	o.StepMS, o.Window = or(o.StepMS, wfdbStepMS), or(o.Window, wfdbWindowLen)
	return o
}

// annotator is the extension of the annotations.
func (o WFDBOptions) annotator() string {
	if o.Annotator == "" {
		return wfdbAnnotator
	}
	return o.Annotator
}

func (o WFDBOptions) check() error {
	switch {
	case o.Delta == 0:
		return errors.New("Normalise needs Delta, in standard deviations")
	case !(o.Delta > 0) || math.IsInf(o.Delta, 0):
		return errors.Errorf("Delta is %v, want a positive number", o.Delta)
	case !(o.StepMS >= .01 && o.StepMS <= 100):
		return errors.Errorf("StepMS is %v, want .01 to 100 ms", o.StepMS)
	case o.Window < 2*wfdbLeast || o.Window > maxTrialSteps:
		return errors.Errorf("Window is %d, want %d to %d steps", o.Window, 2*wfdbLeast, maxTrialSteps)
	case len(o.Leads) > leads:
		return errors.Errorf("there are %d Leads, want at most %d", len(o.Leads), leads)
	}
	for _, c := range o.Annotator {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-') {
			return errors.Errorf("Annotator is %s, want letters and digits", quoteShort(o.Annotator))
		}
	}
	return nil
}

// wfdbNames lists the records at a path, and the folder that they are in.
func wfdbNames(path string) (dir string, names []string, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		header := strings.TrimSuffix(path, ".hea")
		if _, err2 := os.Stat(header + ".hea"); err2 != nil {
			if err == nil {
				err = errors.Errorf("%s: is neither a folder nor a header (.hea)", path)
			}
			return "", nil, err
		}
		return filepath.Dir(header), []string{filepath.Base(header)}, nil
	}
	list := filepath.Join(path, wfdbRecords)
	if names, err = wfdbList(list); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, names, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", nil, err
	}
	segments := map[string]bool{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".hea")
		if !ok || e.IsDir() {
			continue
		}
		names = append(names, name)
		if h, err := readWFDBHeader(filepath.Join(path, e.Name())); err == nil {
			for _, s := range h.segments {
				segments[s.name] = true
			}
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return segments[name] })
	if len(names) == 0 {
		return "", nil, errors.Errorf("%s: has neither a file %s nor headers (.hea)", path, wfdbRecords)
	}
	return path, names, nil
}

// wfdbList reads a file RECORDS, which has a record a line.
func wfdbList(path string) (names []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seen, line := map[string]bool{}, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line++
		name := strings.TrimSpace(lines.Text())
		switch {
		case name == "":
		case !filepath.IsLocal(name) || strings.HasSuffix(name, "/"):
			return nil, errors.Errorf("%s: line %d: %s is not a record in this folder", path, line, quoteShort(name))
		case seen[filepath.Clean(name)]: // by another name as well: it must not be trained on and held out
			return nil, errors.Errorf("%s: line %d: record %s is there twice", path, line, quoteShort(name))
		default:
			seen[filepath.Clean(name)] = true
			names = append(names, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "%s: line %d", path, line+1)
	}
	if len(names) == 0 {
		return nil, errors.Errorf("%s: names no records", path)
	}
	return names, nil
}

// noAnnotations is the error of a record without an annotation file.
type noAnnotations struct{ error }

// Unwrap is for [errors.Is].
func (e noAnnotations) Unwrap() error { return e.error }

// missing is the error where records have no annotations.
func (w *WFDB) missing(dir string, all, missing []string) error {
	first := filepath.Join(dir, missing[0])
	entries, _ := os.ReadDir(filepath.Dir(first))
	var have []string
	for _, e := range entries {
		switch extension, ok := strings.CutPrefix(e.Name(), filepath.Base(first)+"."); extension {
		case "hea", "dat", "mat", "":
		default:
			if ok && len(have) < 20 {
				have = append(have, quoteShort(extension))
			}
		}
	}
	there := "there are no other annotations"
	if len(have) > 0 {
		there = "there are " + strings.Join(have, ", ")
	}
	return errors.Errorf("%d of %d records have no annotations .%s of the waves, without which there is nothing to learn; the first is %s, for which %s",
		len(missing), len(all), w.o.annotator(), first, there)
}

// add opens a record, and cuts it into windows.
func (w *WFDB) add(header, name string) error {
	r, err := openWFDB(header, name)
	if err != nil {
		return err
	}
	for _, p := range r.pieces {
		for _, g := range p.groups {
			if g.more > 1 { // one is what fills up the last bytes of format 212
				w.note("%s: goes on for %d samples of each of %d signals after the %d of the record, as where the header lacks a signal or another file is cut: they are left out",
					g.path, g.more, len(g.signals), p.frames)
			}
		}
	}
	chosen, err := w.choose(r)
	if err != nil {
		return errors.Wrap(err, header)
	}
	s := wfdbSource{wfdbRecord: r, ratio: r.frequency * w.o.StepMS / 1000}
	n := float64(r.perFrame(chosen[0]))
	if s.ratio*n < .1 {
		return errors.Errorf("%s: sampling frequency is %v Hz, want at least a tenth of %v steps per second", header, r.frequency*n, 1000/w.o.StepMS)
	}
	steps := math.Floor((float64(r.frames)*n-1)/(s.ratio*n)) + 1
	if steps > math.MaxInt32 {
		return errors.Errorf("%s: has %v steps of %v ms, want at most %d", header, steps, w.o.StepMS, math.MaxInt32)
	}
	s.steps = int64(steps)
	annotations := strings.TrimSuffix(header, ".hea") + "." + w.o.annotator()
	switch borders, beats, err := r.labels(annotations); {
	case err == nil:
		s.borders, s.labels = borders, true
		if len(borders) == 0 {
			w.note("%s: marks %d heart beats, but no wave from its beginning to its end", annotations, beats)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case !w.o.Unannotated || w.o.Annotator != "":
		return noAnnotations{err}
	}
	scans, err := r.check(!w.o.SkipChecksums)
	if err != nil {
		return err
	}
	for k, signal := range chosen {
		if s.leads[k], err = w.lead(r, signal, scans); err != nil {
			return errors.Wrap(err, header)
		}
	}
	r.keep(chosen[:])
	kept := 0
	for k := range s.leads {
		if s.leads[k].signal != wfdbUnknown {
			s.leads[k].signal = kept
			kept++
		}
	}
	if s.ratio*n != 1 {
		w.frequencies[r.frequency*n]++
	}
	w.records = append(w.records, s)
	w.cut(len(w.records) - 1)
	return nil
}

// choose finds the signals that are the leads.
func (w *WFDB) choose(r *wfdbRecord) (chosen [leads]int, err error) {
	signals := r.pieces[0].signals
	chosen = [leads]int{wfdbUnknown, wfdbUnknown}
	if len(w.o.Leads) == 0 {
		if len(signals) < leads && !w.o.Single {
			return chosen, errors.Errorf("has one signal, want %d, or that the second is to be silent (Single)", leads)
		}
		for k := range min(leads, len(signals)) {
			chosen[k] = k
		}
		return chosen, nil
	}
	for k, name := range w.o.Leads {
		named := func(s wfdbSignal) bool { return strings.EqualFold(s.description, name) }
		at := slices.IndexFunc(signals, named)
		if at >= 0 && slices.ContainsFunc(signals[at+1:], named) {
			return chosen, errors.Errorf("lead %s is there twice: choose by its number", quoteShort(name))
		}
		if n, err := strconv.Atoi(name); at < 0 && err == nil && n >= 1 && n <= len(signals) {
			at = n - 1
		}
		if at < 0 || at == chosen[0] {
			var have []string
			for _, s := range signals[:min(len(signals), 20)] {
				have = append(have, quoteShort(s.description))
			}
			return chosen, errors.Errorf("lead %s is not there, or there twice; there are %d signals: %s", quoteShort(name), len(signals), strings.Join(have, ", "))
		}
		chosen[k] = at
	}
	return chosen, nil
}

// volts are units in mV.
var volts = map[string]float64{"v": 1e3, "mv": 1, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "nv": 1e-6}

// lead says how a signal becomes numbers, and checks that it can.
func (w *WFDB) lead(r *wfdbRecord, signal int, scans []wfdbScan) (wfdbLead, error) {
	l := wfdbLead{signal: signal, scale: 1}
	if signal == wfdbUnknown {
		return l, nil
	}
	s := &r.pieces[0].signals[signal]
	for k := range r.pieces {
		if r.pieces[k].place[signal].group < 0 {
			return l, errors.Errorf("signal %d (%s) has no samples", signal+1, quoteShort(s.description))
		}
	}
	c := scans[signal]
	if c.invalid > 0 {
		w.note("%s: %d of %d samples of signal %d (%s) are marked as invalid: the value before is kept", r.path, c.invalid, c.samples, signal+1, s.description)
	}
	if c.invalid == c.samples {
		return l, errors.Errorf("all samples of signal %d (%s) are marked as invalid", signal+1, quoteShort(s.description))
	}
	if w.o.Normalise {
		if len(r.pieces) > 1 {
			return l, errors.New("Normalise is for records without segments, whose gains may differ")
		}
		if c.deviation == 0 {
			return l, errors.Errorf("signal %d (%s) is constant and cannot be normalised", signal+1, quoteShort(s.description))
		}
		l.norm, l.mean, l.scale = true, c.mean, 1/c.deviation
		w.noteSilent(r, signal, (c.high-c.low)*math.Abs(s.gain)*l.scale)
		return l, nil
	}
	var ok bool
	if l.scale, ok = volts[strings.ToLower(s.units)]; !ok {
		return l, errors.Errorf("signal %d (%s) is in %s, want mV, µV or V; choose the leads, or normalise them", signal+1, quoteShort(s.description), quoteShort(s.units))
	}
	w.noteSilent(r, signal, (c.high-c.low)*l.scale)
	return l, nil
}

// noteSilent notes a signal that stays within a range which no level crosses, so that its channels have no events: its
// electrode was off, or its units are others than the header says.
func (w *WFDB) noteSilent(r *wfdbRecord, signal int, within float64) {
	if within < w.o.Delta {
		w.note("%s: signal %d (%s) varies by %.3g, less than Delta, which is %v: it has no events", r.path, signal+1,
			quoteShort(r.pieces[0].signals[signal].description), within, w.o.Delta)
	}
}

// noteAll notes what there is to say of all records together.
func (w *WFDB) noteAll() {
	note := func(format string, args ...any) { w.notes = append(w.notes, fmt.Sprintf(format, args...)) }
	if w.more > 0 {
		note("and %d more notes on single records", w.more)
	}
	if len(w.frequencies) > wfdbMaxNotes {
		note("records of %d different frequencies are brought to %v Hz", len(w.frequencies), 1000/w.o.StepMS)
		clear(w.frequencies)
	}
	for _, f := range slices.Sorted(maps.Keys(w.frequencies)) {
		note("%d of %d records: %v Hz, brought to %v", w.frequencies[f], len(w.records), f, 1000/w.o.StepMS)
	}
	without := 0
	for _, s := range w.records {
		if !s.labels {
			without++
		}
	}
	if without > 0 {
		note("%d of %d records have no annotations .%s", without, len(w.records), w.o.annotator())
	}
}

// note notes what happened to a single record.
func (w *WFDB) note(format string, args ...any) {
	if len(w.notes) == wfdbMaxNotes {
		w.more++
		return
	}
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}
