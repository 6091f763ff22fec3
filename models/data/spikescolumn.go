package data

import (
	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
)

// spikeForm is how a dataset has the numbers of each example.
type spikeForm int

const (
	formSequences spikeForm = iota
	formCells               // references to vectors
	formRows                // of an array that is padded
	formColumns
	formVector // of all examples, one behind the other
)

// spikeColumn is the times or the units of all examples.
type spikeColumn struct {
	d      *hdf5.Dataset
	form   spikeForm
	number *hdf5.Type // of each number, nil if there is none
	most   int        // numbers of an example, of arrays
	starts []int      // of each example and the end, in a vector of all
	size   int64      // bytes of the file
}

// findColumns finds the times and units of so many examples.
func (s *Spikes) findColumns(examples int) error {
	times, err := s.needed("spikes/times", "times")
	if err != nil {
		return err
	}
	units, err := s.needed("spikes/units", "units")
	if err != nil {
		return err
	}
	for _, d := range []*hdf5.Dataset{times, units} {
		if err := unpacked(d); err != nil {
			return err
		}
	}
	if err := s.findCounts(times, examples); err != nil {
		return err
	}
	if s.times, err = s.column(times, examples); err != nil {
		return err
	}
	if s.units, err = s.column(units, examples); err != nil {
		return err
	}
	if s.times.form.padded() != s.units.form.padded() {
		return errors.Errorf("%s has shape %v of %v, but %s %v of %v: want both in one form", times.Path(), times.Shape(), times.Type(),
			units.Path(), units.Shape(), units.Type())
	}
	if s.times.form.padded() && s.times.most != s.units.most {
		return errors.Errorf("%s has shape %v, but %s %v", times.Path(), times.Shape(), units.Path(), units.Shape())
	}
	if s.timeFill, err = fillOf(times); err != nil {
		return err
	}
	if s.unitFill, err = fillOf(units); err != nil {
		return err
	}
	return s.compareLengths(examples)
}

// unpacked reports an error if a dataset has numbers that stand for others, as netCDF packs them.
func unpacked(d *hdf5.Dataset) error {
	for _, name := range []string{"scale_factor", "add_offset"} {
		a, err := d.Attribute(name)
		if err != nil {
			return err
		}
		if a != nil {
			return errors.Errorf("%s has an attribute %s: its numbers are packed; save it unpacked", d.Path(), name)
		}
	}
	return nil
}

func (f spikeForm) padded() bool { return f == formRows || f == formColumns }

// findCounts reads the number of events of each example. Those that are found by their name are for arrays alone.
func (s *Spikes) findCounts(times *hdf5.Dataset, examples int) error {
	var d *hdf5.Dataset
	var err error
	switch {
	case s.o.Lengths != "":
		d, err = s.needed(s.o.Lengths)
	case times.Type().Number():
		var paths []string
		for _, name := range []string{"lengths", "length", "n_spikes", "num_spikes", "n_events", "num_events", "counts"} {
			paths = append(paths, "spikes/"+name, name, "extra/"+name)
		}
		d, err = s.dataset(paths...)
	}
	if err != nil || d == nil {
		return err
	}
	s.counts, err = wholes(d, s.h.Size(), examples)
	for i, n := range s.counts {
		if n < 0 {
			return errors.Errorf("%s: example %d has %d events", d.Path(), i, n)
		}
	}
	return err
}

// column finds out how a dataset has the numbers of so many examples.
func (s *Spikes) column(d *hdf5.Dataset, examples int) (*spikeColumn, error) {
	c := &spikeColumn{d: d, size: s.h.Size()}
	shape := squeezed(d.Shape())
	if t := d.Type(); t.Numbers() || t.Class == hdf5.Reference {
		if t.Class == hdf5.Reference {
			c.form = formCells
		}
		if len(shape) > 1 {
			return nil, errors.Errorf("%s: has shape %v, want one sequence for each example", d.Path(), d.Shape())
		}
		if d.Len() != examples {
			return nil, errors.Errorf("has %d labels, but %d %s", examples, d.Len(), d.Path())
		}
		return c, c.sequences()
	}
	if !d.Type().Number() {
		return nil, errors.Errorf("%s: holds %v, want sequences of numbers, or an array", d.Path(), d.Type())
	}
	c.number = d.Type()
	if s.counts != nil && len(shape) < 2 {
		c.form, c.starts = formVector, make([]int, 1, examples+1)
		for _, n := range s.counts {
			c.starts = append(c.starts, c.starts[len(c.starts)-1]+n)
		}
		if total := c.starts[examples]; total != d.Len() {
			return nil, errors.Errorf("%s: has %d elements, but the examples have %d events together", d.Path(), d.Len(), total)
		}
		return c, nil
	}
	return c, c.array(examples)
}

// sequences finds the type of the numbers of sequences, or of what cells refer to, of which the first is looked at.
func (c *spikeColumn) sequences() error {
	if c.form == formSequences {
		c.number = c.d.Type().Base
		return nil
	}
	if c.d.Len() == 0 {
		return nil
	}
	first, err := c.d.Referenced(0)
	if err == nil {
		c.number = first.Type()
	}
	return err
}

// array finds out which dimension of an array is that of the examples.
func (c *spikeColumn) array(examples int) error {
	shape := c.d.Shape()
	if len(shape) > 2 {
		shape = squeezed(shape)
	}
	v, err := c.d.Variable()
	if err != nil {
		return err
	}
	if len(shape) == 1 && examples == 1 {
		shape = []int{1, shape[0]}
	}
	switch {
	case len(shape) != 2 || len(c.d.Shape()) > 2:
		return errors.Errorf("%s: has shape %v, want a sequence for each of %d examples, or an array of two dimensions", c.d.Path(), c.d.Shape(), examples)
	case shape[0] == examples && (shape[1] != examples || v.Class == ""):
		c.form, c.most = formRows, shape[1]
	case shape[1] == examples:
		c.form, c.most = formColumns, shape[0]
	default:
		return errors.Errorf("%s: has shape %v, but there are %d labels", c.d.Path(), c.d.Shape(), examples)
	}
	return c.few(c.most)
}

// few reports an error if an example has so many numbers that a small file cannot mean it.
func (c *spikeColumn) few(n int) error {
	if int64(n) > max(fewExamples, c.size) {
		return errors.Errorf("%s: an example has %d numbers, in a file of %d bytes", c.d.Path(), n, c.size)
	}
	return nil
}

// precision is how far the numbers are off, relative to each. Half precision, as published, counts as exact: its times
// are on no grid of their own.
func (c *spikeColumn) precision() float64 {
	if t := c.number; t != nil && t.Class == hdf5.Float && t.Size == 4 {
		return 0x1p-24
	}
	return 0
}

// compareLengths compares the numbers of times and units of all examples where they are told without the events.
func (s *Spikes) compareLengths(examples int) error {
	if s.times.form != formSequences || s.units.form != formSequences {
		return nil
	}
	var times, units [4096]int
	for first := 0; first < examples; first += len(times) {
		n := min(len(times), examples-first)
		if err := s.times.d.Lengths(first, times[:n]); err != nil {
			return err
		}
		if err := s.units.d.Lengths(first, units[:n]); err != nil {
			return err
		}
		for i := range n {
			if times[i] != units[i] {
				return errors.Errorf("example %d: %d times, but %d units", first+i, times[i], units[i])
			}
		}
	}
	return nil
}

// spikeRow reads the numbers of example i.
func spikeRow[T hdf5.Number](c *spikeColumn, i int) ([]T, error) {
	switch c.form {
	case formSequences:
		return hdf5.ReadSequence[T](c.d, i, nil)
	case formRows:
		out := make([]T, c.most)
		return out, hdf5.Read(c.d, i*c.most, out)
	case formColumns:
		out := make([]T, c.most)
		return out, hdf5.ReadColumn(c.d, i, out)
	case formVector:
		out := make([]T, c.starts[i+1]-c.starts[i])
		return out, hdf5.Read(c.d, c.starts[i], out)
	}
	d, err := c.d.Referenced(i)
	if err != nil {
		return nil, err
	}
	v, err := d.Variable()
	if err != nil {
		return nil, err
	}
	if v.Len() > 0 && len(squeezed(v.Dims)) > 1 {
		return nil, errors.Errorf("%s: element %d has shape %v, want a vector", c.d.Path(), i, v.Dims)
	}
	if err := c.few(v.Len()); err != nil {
		return nil, err
	}
	out := make([]T, v.Len())
	return out, errors.Wrapf(hdf5.Read(v.Dataset, 0, out), "%s: element %d", c.d.Path(), i)
}
