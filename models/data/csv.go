package data

import (
	"math"
	"sort"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// CSVOptions say of a text file of events what it does not tell itself.
type CSVOptions struct {
	Dialect
	Clock

	Units   int // input units; default: the highest unit and one, or those of Width and Height
	Classes int // default: the highest label and one

	// FirstClass is the label of class 0: 1 where labels count from 1.
	FirstClass int

	// ClassNames are the classes of a file whose labels are words, in the order of their numbers.
	ClassNames []string

	// Label is the name of the column of labels, where it is none of those that [ReadEventsCSV] knows.
	Label string

	// OneHot are the names of columns of which one is 1, or True, in each line, and the others are 0: the classes in their
	// order. There is no column of labels then.
	OneHot []string

	// Width and Height are those of the camera of events with columns x, y and perhaps polarity, which is 0 or 1, or
	// −1 or 1: they are of unit (polarity·Height + y)·Width + x.
	Width, Height int
}

// ReadEventsCSV reads spikes, one a line, from a text file with columns, see [Dialect]. They go by their names, in
// any order:
//
//   - example (or sample, trial, sequence, recording): a whole number. Without it, the file is one example.
//   - time (or t, timestamp, spike_time), perhaps with its unit, as time_s, t_us or "time [ms]".
//   - unit (or channel, neuron, address, sender): a whole number; or x, y and p of a camera.
//   - label (or class, target), if there are any: the same in all lines of an example. Without them it is
//     [train.Ignore], as is −1.
//   - speaker (or subject), if there are any: a whole number.
//
// In a file without names, three or four columns are example, time in ms, unit, and label. Any other column is an error
// unless Ignore has it. The examples of the result are those that occur, in ascending order of their numbers. A
// line with neither time nor unit, as "7,,,3", stands for an example that may have no spikes.
//
// The file is read twice: no more memory is taken than for the events, and 64 KB.
func ReadEventsCSV(path string, o CSVOptions) (*Events, error) {
	e, err := o.parse(func() (*tableFile, error) { return o.open(path) })
	return e, errors.Wrapf(err, "data: CSV file %s", path)
}

// eventTable reads the lines of a file of events.
type eventTable struct {
	o       CSVOptions
	labels  classReader
	clock   clockReader
	columns map[role]int // those that the file has
	width   int          // their number
	highest int          // unit

	at       map[uint32]int32 // where an example of a number is in the following, where they are not in order
	examples csvExamples
	next     []int     // place of each example's next event in the second reading
	times    []float64 // of it, example by example
	units    []uint32
}

// csvEvent is a line of the file.
type csvEvent struct {
	example        uint32
	label, speaker int32
	spike          bool // false: only the example and its label
	unit           uint32
	time           float64
	at             instant // for FromFirst
}

func (o CSVOptions) parse(open func() (*tableFile, error)) (*Events, error) {
	e := &eventTable{o: o, clock: clockReader{Clock: o.Clock}, labels: classReader{
		labelReader: labelReader{FirstClass: o.FirstClass, Classes: o.Classes}, label: o.Label, names: o.ClassNames, oneHot: o.OneHot}}
	if err := e.check(); err != nil {
		return nil, err
	}
	if err := eachRow(open, e.begin, e.count); err != nil {
		return nil, err
	}
	if e.examples.Len() == 0 {
		return nil, errors.New("has no events")
	}
	all, err := e.empty()
	if err != nil {
		return nil, err
	}
	e.at = nil
	sort.Sort(e.examples)
	var total int
	e.next, total = e.examples.starts()
	e.times, e.units = make([]float64, total), make([]uint32, total)
	if err := eachRow(open, sameColumns(e.width), e.fill); err != nil {
		return nil, err
	}
	if err := e.hold(all); err != nil {
		return nil, err
	}
	return all, nil
}

// hold gives the events of the second reading away.
func (e *eventTable) hold(all *Events) error {
	n := e.examples.Len()
	all.labels, all.speakers = make([]int32, 0, n), make([]int32, 0, n)
	for i := range n {
		x := e.examples.at(i)
		if x.events != 0 {
			return errChanged
		}
		if err := all.appendLabel(int(x.label), int(x.speaker)); err != nil {
			return errors.Wrapf(err, "line %d: example %d", x.line, x.number)
		}
	}
	// Behind its last event, each example ends.
	all.held.ends, all.held.blocks = e.next, []heldBlock{{times: e.times, units: e.units}}
	return all.checkEvents(e.times, e.units)
}

var errChanged = errors.New("the file has changed while it was read")

// check finds out whether the options make sense.
func (e *eventTable) check() error {
	if err := e.labels.check(); err != nil {
		return err
	}
	if e.o.Units < 0 || e.o.Units > maxUnits {
		return errors.Errorf("Units is %d, want 1 to %d, or 0 for what the file tells", e.o.Units, maxUnits)
	}
	if w, h := e.o.Width, e.o.Height; w != 0 || h != 0 {
		if w < 1 || h < 1 || w > maxUnits || h > maxUnits || w*h > maxUnits/2 {
			return errors.Errorf("Width is %d and Height %d, want at least 1, and at most %d together", w, h, maxUnits/2)
		}
	}
	return e.clock.check()
}

// begin finds the columns of a file.
func (e *eventTable) begin(t *tableFile) (err error) {
	e.width = t.columns
	if t.names == nil {
		if t.columns != 3 && t.columns != 4 {
			return errors.Errorf("there are %d columns without names, want 3 or 4: example, time, unit and perhaps label; Columns gives other names", t.columns)
		}
		t.names, t.assumed = []string{"example", "time", "unit", "label"}[:t.columns], true
	}
	if err := e.labels.begin(t); err != nil {
		return err
	}
	if e.labels.none() && e.o.ClassNames != nil {
		return errors.New("there are ClassNames, but no column is named label or class")
	}
	if e.columns, err = t.roles(e.labels.has, exampleRole, timeRole, unitRole, speakerRole, xRole, yRole, polarityRole); err != nil {
		return err
	}
	if err = e.clock.begin(t, e.columns); err != nil {
		return err
	}
	_, unit := e.columns[unitRole]
	_, x := e.columns[xRole]
	_, y := e.columns[yRole]
	_, polarity := e.columns[polarityRole]
	_, time := e.columns[timeRole]
	switch {
	case !time || !unit && !x:
		return errors.New("no column is named time, or none unit: Columns gives other names")
	case unit && (x || y || polarity) || x != y:
		return errors.New("columns are named unit, x, y or polarity: want one for the unit, or x and y and perhaps polarity; Ignore takes out others")
	case x && e.o.Width == 0:
		return errors.New("columns x and y are those of a camera: Width and Height give its size")
	case !x && e.o.Width != 0:
		return errors.New("Width and Height are given, but there are no columns x and y")
	}
	return nil
}

// empty are Events of the units and classes that the first reading has found.
func (e *eventTable) empty() (*Events, error) {
	units, classes := e.o.Units, 1
	if units == 0 {
		units = e.highest + 1
		if e.o.Width != 0 {
			units = e.pixels()
		}
	}
	if e.highest >= units {
		return nil, errors.Errorf("the highest unit is %d, want 0 to %d", e.highest, units-1)
	}
	if !e.labels.none() {
		names, err := e.labels.list()
		if err != nil {
			return nil, err
		}
		classes = len(names)
	} else if e.o.Classes != 0 {
		classes = e.o.Classes
	}
	return NewEvents(units, classes)
}

// pixels is the number of units of a camera.
func (e *eventTable) pixels() int {
	n := e.o.Width * e.o.Height
	if _, ok := e.columns[polarityRole]; ok {
		n *= 2
	}
	return n
}

// count is the first reading of a row.
func (e *eventTable) count(t *tableFile) error {
	v, err := e.event(t)
	if err != nil {
		return err
	}
	i, known := e.find(v.example)
	if !known {
		if e.examples.Len() == math.MaxInt32 {
			return errors.Errorf("there are more than %d examples", math.MaxInt32)
		}
		i = e.examples.Len()
		if e.at != nil {
			e.at[v.example] = int32(i)
		}
		e.examples.add(csvExample{number: v.example, line: int32(min(t.line, math.MaxInt32)), label: v.label, speaker: v.speaker})
	}
	x := e.examples.at(i)
	if v.label != x.label {
		return errors.Errorf("example %d is of class %d, but %d in line %d", v.example, v.label, x.label, x.line)
	}
	if v.speaker != x.speaker {
		return errors.Errorf("example %d has speaker %d, but %d in line %d", v.example, v.speaker, x.speaker, x.line)
	}
	if !v.spike {
		return nil
	}
	if x.events == math.MaxUint32 {
		return errors.Errorf("example %d has more than %d events", v.example, uint32(math.MaxUint32))
	}
	x.events++
	e.highest = max(e.highest, int(v.unit))
	if x.events == 1 || v.at.before(x.origin) {
		x.origin = v.at
	}
	return nil
}

// find finds an example by its number. As long as new examples have come in the order of their numbers, no index is
// needed.
func (e *eventTable) find(number uint32) (i int, known bool) {
	if e.at != nil {
		i, known := e.at[number]
		return int(i), known
	}
	i, known = e.examples.find(number)
	if known || i == e.examples.Len() {
		return i, known
	}
	e.at = make(map[uint32]int32, e.examples.Len())
	for i := range e.examples.Len() {
		e.at[e.examples.at(i).number] = int32(i)
	}
	return 0, false
}

// fill is the second reading of a row.
func (e *eventTable) fill(t *tableFile) error {
	v, err := e.event(t)
	if err != nil || !v.spike {
		return err
	}
	i, known := e.find(v.example)
	if !known || e.examples.at(i).events == 0 || int(v.unit) > e.highest {
		return errChanged
	}
	e.examples.at(i).events--
	if e.o.FromFirst {
		v.time = e.clock.unit.ms(v.at.since(e.examples.at(i).origin))
	}
	at := e.next[i]
	e.times[at], e.units[at] = v.time, v.unit
	e.next[i]++
	return nil
}

// event reads a row.
func (e *eventTable) event(t *tableFile) (v csvEvent, err error) {
	number, err := e.whole(t, exampleRole, 0, 0, math.MaxUint32)
	if err != nil {
		return v, err
	}
	v.example = uint32(number)
	speaker, err := e.whole(t, speakerRole, noSpeaker, noSpeaker, math.MaxInt32)
	if err != nil {
		return v, err
	}
	v.speaker, v.label = int32(speaker), train.Ignore
	if !e.labels.none() {
		class, err := e.labels.read(t)
		if err != nil {
			return v, err
		}
		v.label = int32(class)
	}
	for _, role := range []role{timeRole, unitRole, xRole, yRole, polarityRole} {
		k, ok := e.columns[role]
		v.spike = v.spike || ok && len(t.fields[k]) > 0
	}
	if !v.spike {
		return v, nil
	}
	if v.unit, err = e.unitOf(t); err != nil {
		return v, err
	}
	v.time, v.at, err = e.clock.read(t, e.columns[timeRole])
	return v, err
}

// unitOf is the unit of the event of a row.
func (e *eventTable) unitOf(t *tableFile) (uint32, error) {
	if e.o.Width == 0 {
		most := maxUnits
		if e.o.Units != 0 {
			most = e.o.Units
		}
		unit, err := e.whole(t, unitRole, 0, 0, float64(most-1))
		return uint32(unit), err
	}
	x, err := e.whole(t, xRole, 0, 0, float64(e.o.Width-1))
	if err != nil {
		return 0, err
	}
	y, err := e.whole(t, yRole, 0, 0, float64(e.o.Height-1))
	if err != nil {
		return 0, err
	}
	k, ok := e.columns[polarityRole]
	if !ok {
		return uint32(y*float64(e.o.Width) + x), nil
	}
	polarity, err := t.flag(t.fields[k], -1)
	if err != nil {
		return 0, t.wrong(err, k, "polarity")
	}
	return uint32((max(polarity, 0)*float64(e.o.Height)+y)*float64(e.o.Width) + x), nil
}

// whole is the whole number of a row in the column of a role, or what stands for it in a file without that.
func (e *eventTable) whole(t *tableFile, r role, otherwise, low, high float64) (float64, error) {
	k, ok := e.columns[r]
	if !ok {
		return otherwise, nil
	}
	v, err := t.decimalMark.whole(t.fields[k], low, high)
	return v, t.wrong(err, k, roleNames[r])
}
