package plot

import "github.com/pkg/errors"

// Number is an element of the data that tensors and datasets hold.
type Number interface {
	~float32 | ~float64 | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8
}

// Float64s returns a copy of values as float64, as the figures take them.
func Float64s[N Number](values []N) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// Rows returns record b of a batch, one row of units values per step, from the values of a tensor
// of shape [T, batch, units] in row-major order. It fails where there is no such record, or where
// the values are not a whole number of steps.
func Rows[N Number](values []N, batch, units, b int) ([][]float64, error) {
	if batch <= 0 || units <= 0 || b < 0 || b >= batch {
		return nil, errors.Errorf("plot: rows: record %d of a batch of %d with %d units", b, batch, units)
	}
	// Dividing twice cannot overflow, which the product batch*units could.
	if len(values)%batch != 0 || len(values)/batch%units != 0 {
		return nil, errors.Errorf("plot: rows: %d values are not a whole number of steps of shape (%d, %d)", len(values), batch, units)
	}
	rows := make([][]float64, len(values)/batch/units)
	for t := range rows {
		from := (t*batch + b) * units
		rows[t] = Float64s(values[from : from+units])
	}
	return rows, nil
}
