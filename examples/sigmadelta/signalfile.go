package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// maxFile bounds the bytes of a file with a signal.
const maxFile = 16 << 20

// readSignal takes the signal from a file, to train on and to test on: the neuron has four numbers to
// learn, which do not hold a signal.
func (s *settings) readSignal(f *flags) error {
	if err := s.load(f); err != nil {
		return errors.WithMessage(err, f.Signal)
	}
	return nil
}

func (s *settings) load(f *flags) error {
	file, err := os.Open(f.Signal)
	if err != nil {
		return err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return err
	}
	if len(raw) > maxFile {
		return errors.Errorf("the file has more than %d bytes", maxFile)
	}
	interval := f.Interval
	if interval == 0 {
		interval = f.Dt
	}
	times, values, err := parseSignal(raw, interval)
	if err != nil {
		return err
	}
	if steps := (times[len(times)-1] - times[0]) / f.Dt; !(steps < maxSteps) {
		return errors.Errorf("the signal has %.0f steps of -dt %v ms, want at most %d", steps, f.Dt, maxSteps)
	}
	w := resample(times, values, f.Dt)
	if len(w) <= s.settle+1 {
		return errors.Errorf("the signal has %d steps of %v ms, and the first %d are not measured: want at least two more, or another -settle", len(w), f.Dt, s.settle)
	}
	for t, v := range w {
		if v < 0 && !s.Signed {
			return errors.Errorf("the signal is %v at %v ms: with negative values, want -signed", v, float64(t)*f.Dt)
		}
	}
	s.Unit = peakOf(w)
	if s.Unit == 0 {
		return errors.New("the signal is zero")
	}
	for t := range w {
		w[t] /= s.Unit
	}
	s.Duration = float64(len(w)-s.settle) * f.Dt
	s.train, s.test = [][]float64{w}, [][]float64{w}
	return s.check(w)
}

// parseSignal reads values, one a line, an interval apart, or times in ms and values. The first line may
// name the columns. Times ascend.
func parseSignal(raw []byte, interval float64) (times, values []float64, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.TrimLeadingSpace, r.ReuseRecord, r.FieldsPerRecord = true, true, -1
	columns := 0
	for first := true; ; first = false {
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := r.FieldPos(0)
		if first {
			columns = len(fields)
			if columns > 2 {
				return nil, nil, errors.Errorf("line %d has %d columns, want one of values, or two: time in ms, and value", line, columns)
			}
			if named(fields) {
				continue
			}
		}
		if len(fields) != columns {
			return nil, nil, errors.Errorf("line %d has %d columns, want %d as the first line", line, len(fields), columns)
		}
		var row [2]float64
		for k, text := range fields {
			// No number is larger than what single precision has room for, with the test range.
			if row[k], err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil || !graph.Finite(row[k]) || math.Abs(row[k]) > 1e18 {
				return nil, nil, errors.Errorf("line %d, column %d is %q, want a finite number within ±1e18", line, k+1, text)
			}
		}
		time, value := float64(len(values))*interval, row[0]
		if columns == 2 {
			time, value = row[0], row[1]
			if n := len(times); n > 0 && !(time > times[n-1]) {
				return nil, nil, errors.Errorf("line %d: the time is %v ms after one of %v ms, want ascending times", line, time, times[n-1])
			}
		}
		times, values = append(times, time), append(values, value)
	}
	if len(values) == 0 {
		return nil, nil, errors.New("the file has no values")
	}
	return times, values, nil
}

// named says whether a first line has the names of columns: none of its fields is a number.
func named(fields []string) bool {
	for _, text := range fields {
		if _, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return false
		}
	}
	return true
}

// resample gives the values at steps of dt from the first time on, on the straight lines between those
// that are there.
func resample(times, values []float64, dt float64) []float64 {
	last := times[len(times)-1]
	steps := int(math.Floor((last-times[0])/dt+1e-6)) + 1
	out := make([]float64, steps)
	k := 0
	for t := range out {
		at := math.Min(times[0]+float64(t)*dt, last)
		for k+2 < len(times) && times[k+1] <= at {
			k++
		}
		if len(times) == 1 {
			out[t] = values[0]
			continue
		}
		share := (at - times[k]) / (times[k+1] - times[k])
		out[t] = values[k] + share*(values[k+1]-values[k])
	}
	return out
}
