package data

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// CSVOptions say what a CSV file of events does not.
type CSVOptions struct {
	Units   int // input units; default: the highest unit and one
	Classes int // default: the highest label and one
}

// maxCSV bounds the bytes of a CSV file.
const maxCSV = 1 << 30

// ReadEventsCSV reads spikes, one a line: example, time in ms, unit and, if the file has them, label.
// The first line may name the columns. Examples and units are whole numbers; lines may be in any order.
// The examples of the result are those that occur, in ascending order. A line with neither time
// nor unit, as "7,,,3", stands for an example that may have no spikes. All lines of an example have
// one label; without labels it is [train.Ignore], as is −1.
func ReadEventsCSV(path string, o CSVOptions) (*Events, error) {
	raw, err := readBounded(path, maxCSV)
	if err != nil {
		return nil, errors.Wrap(err, "data: CSV file")
	}
	e, err := o.parse(raw)
	return e, errors.Wrapf(err, "data: CSV file %s", path)
}

// csvEvent is a line of the file.
type csvEvent struct {
	line, example, label int
	time                 float64
	unit                 uint32
	spike                bool // false: only the example and its label
}

func (o CSVOptions) parse(raw []byte) (*Events, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.TrimLeadingSpace, r.ReuseRecord = true, true
	var events []csvEvent
	units, classes := 1, 1
	for first := true; ; first = false {
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(fields) != 3 && len(fields) != 4 {
			return nil, errors.Errorf("line %d has %d columns, want 3 or 4: example, time, unit and perhaps label", line, len(fields))
		}
		for k := range fields {
			fields[k] = strings.TrimSpace(fields[k])
		}
		if _, err := strconv.ParseFloat(fields[0], 64); first && err != nil {
			continue // the names of the columns
		}
		e, err := parseEvent(fields)
		if err != nil {
			return nil, errors.Wrapf(err, "line %d", line)
		}
		e.line = line
		units, classes = max(units, int(e.unit)+1), max(classes, e.label+1)
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil, errors.New("has no events")
	}
	if o.Units != 0 {
		units = o.Units
	}
	if o.Classes != 0 {
		classes = o.Classes
	}
	all, err := NewEvents(units, classes)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(events, func(a, b csvEvent) int { return cmp.Compare(a.example, b.example) })
	var times []float64
	var of []uint32
	for start := 0; start < len(events); {
		head := events[start]
		times, of = times[:0], of[:0]
		for start < len(events) && events[start].example == head.example {
			e := events[start]
			if e.label != head.label {
				return nil, errors.Errorf("line %d: example %d has label %d, but %d in line %d", e.line, e.example, e.label, head.label, head.line)
			}
			if e.spike && int(e.unit) >= units {
				return nil, errors.Errorf("line %d: unit is %d, want 0 to %d", e.line, e.unit, units-1)
			}
			if e.spike {
				times, of = append(times, e.time), append(of, e.unit)
			}
			start++
		}
		if err := all.Append(times, of, head.label, noSpeaker); err != nil {
			return nil, errors.Wrapf(err, "line %d: example %d", head.line, head.example)
		}
	}
	return all, nil
}

func parseEvent(fields []string) (e csvEvent, err error) {
	if e.example, err = parseWhole("example", fields[0], 0, math.MaxInt32); err != nil {
		return e, err
	}
	e.label = train.Ignore
	if len(fields) == 4 {
		if e.label, err = parseWhole("label", fields[3], train.Ignore, math.MaxInt32-1); err != nil {
			return e, err
		}
	}
	if fields[1] == "" && fields[2] == "" {
		return e, nil
	}
	e.spike = true
	time, err := strconv.ParseFloat(fields[1], 64)
	if err != nil || !(time >= 0 && time <= math.MaxFloat64) {
		return e, errors.Errorf("time is %q, want a number of ms that is not negative", fields[1])
	}
	e.time = time
	unit, err := parseWhole("unit", fields[2], 0, maxUnits-1)
	e.unit = uint32(unit)
	return e, err
}

// parseWhole reads a whole number, which may be written as 3 or 3.0.
func parseWhole(name, text string, low, high int) (int, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != math.Trunc(v) || !(v >= float64(low) && v <= float64(high)) {
		return 0, errors.Errorf("%s is %q, want a whole number from %d to %d", name, text, low, high)
	}
	return int(v), nil
}
