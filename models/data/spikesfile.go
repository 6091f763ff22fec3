package data

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/hdf5"
)

// SpikesFile says what an HDF5 file of spike trains does not say itself. The file is one in the form of the Spiking
// Heidelberg Digits, as they are published or as h5py, MATLAB 7.3 or netCDF-4 save them again:
//
//   - spikes/times, or times: for each example a sequence of numbers of any type, or a cell of MATLAB with a vector, or a
//     row of an array that is padded (a column where the other dimension has the length of labels, as MATLAB and
//     Fortran write arrays);
//   - spikes/units, or units: as many whole numbers, of any type, in the same form;
//   - labels, or label: one for each example, in a vector of any orientation; −1 is [train.Ignore];
//   - extra/speaker, speaker or speakers, if there: as labels;
//   - for arrays, if there, the number of events of each example: lengths, n_spikes, num_spikes, n_events, num_events
//     or counts, beside times or at the top. With them, times and units may also be vectors of all events, one
//     example behind the other.
//
// In an array without these numbers, what stands at the end of a row is padding where the time or the unit is not a
// number, infinite, negative, a unit before FirstUnit, or has the fill value that the file declares; and so are zeros at the end, of both time and
// unit, behind which nothing else comes: in a row of ascending times, an event at 0 cannot stand behind others, and a
// row of zeros alone is an example without events. In a row whose times do not ascend, zeros at the end may be
// either: that is an error unless Padding says what they are.
type SpikesFile struct {
	// Units is the number of input units. 0: the highest unit of all examples and one, for which all are read once.
	Units int

	// Classes is the number of classes. 0: what the labels tell.
	Classes int

	// FirstClass is the label of class 0: 1 where labels count from 1, as in MATLAB.
	FirstClass int

	// FirstUnit is the number of unit 0: 1 where units count from 1, as in MATLAB.
	FirstUnit int

	// TimeUnit is that of the times: "s", "ms", "us" or "ns". Default: what an attribute units of the times says,
	// or seconds, as published; times that are whole numbers, or all beyond 100 s, are then refused.
	TimeUnit string

	// Lengths is the path of the dataset with the number of events of each example. Default: the names above.
	Lengths string

	// Padding says what zeros at the end of rows are, if nothing else in the file does.
	Padding Padding
}

// Spikes is a file of spike trains that is open, see [OpenSpikes].
type Spikes struct {
	o            SpikesFile
	path         string
	examples     int
	closed       atomic.Bool
	file         *os.File
	h            *hdf5.File
	times, units *spikeColumn
	counts       []int // of the events of each example, nil: not known
	toMS         func(float64) float64
	timeFill     func(float64) bool
	unitFill     func(float64) bool
	events       *Events
}

// OpenSpikes opens an HDF5 file of spike trains, see [SpikesFile]. Labels and speakers are read; the events stay in the
// file, and each example is read and checked when it is asked for. Memory: one example, one chunk of the file, and
// some 50 bytes an example. Errors name the path, the dataset and the example.
func OpenSpikes(path string, o SpikesFile) (*Spikes, error) {
	s, err := o.open(path)
	return s, errors.Wrap(err, "data: spikes")
}

// Events are the spike trains. They need the file to be open.
func (s *Spikes) Events() *Events { return s.events }

// Close closes the file. Without it, the file is closed when nothing uses it any more.
func (s *Spikes) Close() error {
	s.closed.Store(true)
	return errors.Wrap(s.file.Close(), "data: spikes")
}

// open opens a file. Its errors begin with the path.
func (o SpikesFile) open(path string) (*Spikes, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Spikes{o: o, path: path, file: file}
	if err := s.start(); err != nil {
		file.Close()
		return nil, errors.Wrap(err, path)
	}
	return s, nil
}

// start reads all but the events.
func (s *Spikes) start() error {
	if s.o.Units < 0 || s.o.Padding < PaddingFound || s.o.Padding > PaddingNone {
		return errors.Errorf("Units is %d and Padding %d, want units of 0 or more and one of the paddings", s.o.Units, s.o.Padding)
	}
	classes := labelReader{FirstClass: s.o.FirstClass, Classes: s.o.Classes}
	if err := classes.check(); err != nil {
		return err
	}
	if err := s.openHDF5(); err != nil {
		return err
	}
	labels, err := s.readLabels(&classes)
	if err != nil {
		return err
	}
	speakers, err := s.readSpeakers(len(labels))
	if err != nil {
		return err
	}
	s.examples = len(labels)
	if err := s.findColumns(s.examples); err != nil {
		return err
	}
	if err := s.findTimeUnit(); err != nil {
		return err
	}
	if s.o.Units == 0 {
		if s.o.Units, err = s.countUnits(); err != nil {
			return err
		}
	}
	n, err := classes.classes()
	if err != nil {
		return errors.Wrap(err, "labels")
	}
	if s.events, err = EventsFrom(s, s.o.Units, n, labels, speakers); err != nil {
		return err
	}
	return s.events.SetTimePrecision(s.times.precision())
}

// openHDF5 opens the file as HDF5.
func (s *Spikes) openHDF5() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	var start [4]byte
	if _, err := s.file.ReadAt(start[:], 0); err != nil && err != io.EOF {
		return err
	}
	for magic, how := range map[string]string{"\x1f\x8b": "gzip", "PK\x03\x04": "unzip"} {
		if bytes.HasPrefix(start[:], []byte(magic)) {
			return errors.Errorf("is compressed as a whole by %s: unpack it first", how)
		}
	}
	s.h, err = hdf5.Open(s.file, info.Size())
	return err
}

// dataset opens the first dataset that there is of some paths; nil if there is none.
func (s *Spikes) dataset(paths ...string) (*hdf5.Dataset, error) {
	for _, p := range paths {
		d, err := s.h.Dataset(p)
		var missing *hdf5.NotFound
		if !errors.As(err, &missing) {
			return d, err
		}
	}
	return nil, nil
}

// needed is dataset, and an error that tells what there is instead of none.
func (s *Spikes) needed(paths ...string) (*hdf5.Dataset, error) {
	d, err := s.dataset(paths...)
	if err != nil || d != nil {
		return d, err
	}
	return nil, errors.Errorf("has no dataset %s; it has %s", strings.Join(paths, " or "), list(s.h.List()))
}

// fewExamples is how many examples any file may have, and how many elements one: so that a small file that says that it
// has 10⁹ does not take all memory. Larger files may have as many as they have bytes.
const fewExamples = 1 << 20

// readLabels reads the label of each example, as its class.
func (s *Spikes) readLabels(r *labelReader) ([]int, error) {
	d, err := s.needed("labels", "label")
	if err != nil {
		return nil, err
	}
	labels, err := vector(d, s.h.Size())
	if err != nil {
		return nil, err
	}
	classes := make([]int, len(labels))
	for i, l := range labels {
		if classes[i], err = r.class(l); err != nil {
			return nil, errors.Wrapf(err, "%s: example %d", d.Path(), i)
		}
	}
	return classes, nil
}

// readSpeakers reads who speaks, nil if the file does not say.
func (s *Spikes) readSpeakers(examples int) ([]int, error) {
	d, err := s.dataset("extra/speaker", "speaker", "speakers")
	if err != nil || d == nil {
		return nil, err
	}
	return wholes(d, s.h.Size(), examples)
}

// wholes reads one whole number for each example.
func wholes(d *hdf5.Dataset, size int64, examples int) ([]int, error) {
	if d.Len() != examples {
		return nil, errors.Errorf("has %d labels, but %d %s", examples, d.Len(), d.Path())
	}
	v, err := vector(d, size)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(v))
	for i := range v {
		out[i] = int(v[i])
		if float64(out[i]) != v[i] || out[i] > 1<<31-1 || out[i] < -1<<31 {
			return nil, errors.Errorf("%s: example %d is %v, want a whole number of 32 bits", d.Path(), i, v[i])
		}
	}
	return out, nil
}

// vector reads the numbers of a dataset with at most one dimension that is not 1.
func vector(d *hdf5.Dataset, size int64) ([]float64, error) {
	if !d.Type().Number() {
		return nil, errors.Errorf("%s: holds %v, want numbers", d.Path(), d.Type())
	}
	if shape := d.Shape(); len(squeezed(shape)) > 1 {
		return nil, errors.Errorf("%s: has shape %v, want one number for each example", d.Path(), shape)
	}
	if int64(d.Len()) > max(fewExamples, size/8) {
		return nil, errors.Errorf("%s: has %d elements in a file of %d bytes", d.Path(), d.Len(), size)
	}
	v := make([]float64, d.Len())
	return v, hdf5.Read(d, 0, v)
}

// squeezed is a shape without dimensions of 1.
func squeezed(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 1 })
}
