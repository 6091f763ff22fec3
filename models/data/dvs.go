package data

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// DVSOptions say how recordings of event cameras become [Events].
type DVSOptions struct {
	// Width and Height are those of the sensor in pixels, for files that do not say it. In [ReadNMNIST] they are 34 by
	// default.
	Width, Height int

	// Camera is that of AEDAT 2 files, whose addresses each camera has its own way of writing: "dvs128", "davis240" or
	// "davis346". Default: what the file's header says.
	Camera string

	// Pool makes one unit of Pool × Pool pixels. Default 1.
	Pool int

	// OnePolarity makes no difference between events of more and of less light.
	OnePolarity bool

	// Window cuts each recording into examples of so many ms, which begin where it begins. Default: a recording is one
	// example. The last one is as long as the others, and may have no events.
	Window float64
}

// dvsEvent is an event of a camera.
type dvsEvent struct {
	us   int64 // microseconds
	x, y int32
	on   bool // more light
}

// dvsMark is a place in a recording from which it can be read on.
type dvsMark struct {
	at   int64 // byte
	time int64 // µs, of the last event before, where the format needs it
}

// dvsFormat is an opened recording.
type dvsFormat interface {
	// sensor is the size in pixels, 0 where it is not known.
	sensor() (width, height int)

	// start is where the events begin.
	start() dvsMark

	// block reads the events of a part of the recording, in their order, and says where the next part begins. At the
	// end there is none: ok is false.
	block(m dvsMark, f func(dvsEvent) error) (next dvsMark, ok bool, err error)
}

// dvsSpan is an example: the events of a recording from ≤ µs < to, which lie from the block at first to that at last.
type dvsSpan struct {
	recording   int
	from, to    int64
	first       dvsMark
	last        int64
	events      int64 // dvsUncounted where nobody has counted
	wholeRecord bool  // times count from its first event
}

const (
	dvsUncounted = -1

	// dvsLatest is the latest time of an event, µs: up to here, whole numbers are exact in floating point.
	dvsLatest = 1 << 53
)

// dvsReader reads examples from recordings. It is an [EventReader].
type dvsReader struct {
	o             DVSOptions
	paths         []string
	spans         []dvsSpan
	width, height int // of the sensor
	open          func(path string, o DVSOptions) (dvsFormat, func() error, error)
	absolute      bool // times stay those of the file
}

func (o DVSOptions) withDefaults() DVSOptions {
	o.Pool = or(o.Pool, 1)
	return o
}

// maxSensor is the largest width and height of a sensor.
const maxSensor = 1 << 15

func (o DVSOptions) check() error {
	switch {
	case o.Width < 0 || o.Height < 0 || o.Width > maxSensor || o.Height > maxSensor || (o.Width == 0) != (o.Height == 0):
		return errors.Errorf("Width is %d and Height %d, want both from 1 to %d, or none", o.Width, o.Height, maxSensor)
	case o.Pool < 1 || o.Pool > maxSensor:
		return errors.Errorf("Pool is %d, want 1 to %d", o.Pool, maxSensor)
	case !(o.Window >= 0 && o.Window <= 1e12):
		return errors.Errorf("Window is %v ms, want 0 to 1e12", o.Window)
	case o.Window > 0 && o.Window < .001:
		return errors.Errorf("Window is %v ms, want at least 0.001", o.Window)
	}
	if _, ok := davisCameras[o.Camera]; o.Camera != "" && !ok {
		return errors.Errorf("Camera is %s, want %s", quoteShort(o.Camera), strings.Join(cameraNames(), ", "))
	}
	return nil
}

// size is that of the sensor of a file, from the file or from the options, which must agree.
func (o DVSOptions) size(f dvsFormat) (width, height int, err error) {
	width, height = f.sensor()
	switch {
	case width == 0 && o.Width == 0:
		return 0, 0, errors.New("does not say how many pixels the sensor has: Width and Height must")
	case width == 0:
		return o.Width, o.Height, nil
	case o.Width != 0 && (o.Width != width || o.Height != height):
		return 0, 0, errors.Errorf("the sensor has %d × %d pixels, not %d × %d", width, height, o.Width, o.Height)
	}
	return width, height, nil
}

// units is the number of input units, and across that in a row.
func (r *dvsReader) units() (units, across, down int) {
	across, down = (r.width+r.o.Pool-1)/r.o.Pool, (r.height+r.o.Pool-1)/r.o.Pool
	units = across * down
	if !r.o.OnePolarity {
		units *= 2
	}
	return units, across, down
}

// add checks a recording, and adds its examples.
func (r *dvsReader) add(path string, spans func(dvsFormat) ([]dvsSpan, error)) (int, error) {
	f, done, err := r.open(path, r.o)
	if err != nil {
		return 0, errors.Wrap(err, path)
	}
	defer done()
	width, height, err := r.o.size(f)
	if err != nil {
		return 0, errors.Wrap(err, path)
	}
	if r.width == 0 {
		r.width, r.height = width, height
	}
	if width != r.width || height != r.height {
		return 0, errors.Errorf("%s: the sensor has %d × %d pixels, that of %s %d × %d", path, width, height, r.paths[0], r.width, r.height)
	}
	all, err := spans(f)
	if err != nil {
		return 0, errors.Wrap(err, path)
	}
	for _, s := range all {
		s.recording = len(r.paths)
		r.spans = append(r.spans, s)
	}
	r.paths = append(r.paths, path)
	return len(all), nil
}

// whole is a recording as one example.
func whole(f dvsFormat) []dvsSpan {
	return []dvsSpan{{from: math.MinInt64, to: math.MaxInt64, first: f.start(), last: math.MaxInt64, events: dvsUncounted, wholeRecord: true}}
}

// ReadEvents implements [EventReader].
func (r *dvsReader) ReadEvents(i int) (times []float64, units []uint32, err error) {
	if err := wantExample(i, len(r.spans)); err != nil {
		return nil, nil, err
	}
	s := &r.spans[i]
	path := r.paths[s.recording]
	f, done, err := r.open(path, r.o)
	if err != nil {
		return nil, nil, errors.Wrap(err, path)
	}
	defer done()
	times, units, err = r.read(f, s)
	return times, units, errors.Wrap(err, path)
}

func (r *dvsReader) read(f dvsFormat, s *dvsSpan) (times []float64, units []uint32, err error) {
	n := s.events
	if n == dvsUncounted {
		n = 0
		err := eachDVS(f, f.start(), math.MaxInt64, func(dvsMark, dvsEvent) error { n++; return nil })
		if err != nil {
			return nil, nil, err
		}
	}
	_, across, down := r.units()
	times, units = make([]float64, 0, n), make([]uint32, 0, n)
	err = eachDVS(f, s.first, s.last, func(_ dvsMark, e dvsEvent) error {
		if e.us < s.from || e.us >= s.to {
			return nil
		}
		if int64(len(times)) == n {
			return errors.New("has more events than when it was opened")
		}
		if err := r.inside(e); err != nil {
			return err
		}
		unit := int(e.y)/r.o.Pool*across + int(e.x)/r.o.Pool
		if e.on && !r.o.OnePolarity {
			unit += across * down
		}
		times, units = append(times, float64(e.us)), append(units, uint32(unit))
		return nil
	})
	if err == nil && int64(len(times)) < n {
		err = errors.Errorf("has %d events of an example that had %d when it was opened", len(times), n)
	}
	if err == nil && n == 0 && s.wholeRecord {
		err = errors.New("has no events")
	}
	if err != nil || len(times) == 0 {
		return nil, nil, err
	}
	zero := float64(s.from)
	switch {
	case r.absolute:
		zero = 0
	case s.wholeRecord:
		zero = slices.Min(times)
	}
	for k, t := range times {
		times[k] = (t - zero) / 1000 // the difference is a whole number of µs
	}
	return times, units, nil
}

// inside checks that a pixel is one of the sensor's.
func (r *dvsReader) inside(e dvsEvent) error {
	if e.x < 0 || e.y < 0 || int(e.x) >= r.width || int(e.y) >= r.height {
		return errors.Errorf("an event is at pixel (%d, %d), want less than (%d, %d)", e.x, e.y, r.width, r.height)
	}
	return nil
}

// eachDVS calls f for the events of the blocks from m on, up to that which begins at byte last, with the mark of each's
// block.
func eachDVS(format dvsFormat, m dvsMark, last int64, f func(dvsMark, dvsEvent) error) error {
	for m.at <= last {
		next, ok, err := format.block(m, func(e dvsEvent) error {
			if e.us < 0 || e.us > dvsLatest {
				return errors.Errorf("an event is at %d µs, want 0 to 2⁵³", e.us)
			}
			return f(m, e)
		})
		if err != nil {
			return errors.Wrapf(err, "byte %d", m.at)
		}
		if !ok {
			return nil
		}
		m = next
	}
	return nil
}

// spansOf finds the blocks of examples. Which says in which of so many examples a time lies, or −1. It reads the recording
// once.
func (r *dvsReader) spansOf(f dvsFormat, spans []dvsSpan, which func(us int64) int) error {
	return eachDVS(f, f.start(), math.MaxInt64, func(m dvsMark, e dvsEvent) error {
		k := which(e.us)
		if k < 0 {
			return nil
		}
		s := &spans[k]
		if s.events == 0 {
			s.first = m
		}
		s.last = m.at
		s.events++
		return nil
	})
}

// windows cuts a recording into examples of equal length.
func (r *dvsReader) windows(f dvsFormat) ([]dvsSpan, error) {
	if r.o.Window == 0 {
		return whole(f), nil
	}
	first, last, events := int64(math.MaxInt64), int64(math.MinInt64), int64(0)
	err := eachDVS(f, f.start(), math.MaxInt64, func(_ dvsMark, e dvsEvent) error {
		first, last = min(first, e.us), max(last, e.us)
		events++
		return nil
	})
	if err == nil && events == 0 {
		err = errors.New("has no events")
	}
	if err != nil {
		return nil, err
	}
	length := r.o.Window * 1000
	border := func(k int) int64 { return first + firstWhole(float64(k)*length) }
	n := math.Floor(float64(last-first)/length) + 1
	if !(n <= float64(events)/4+1000) {
		return nil, errors.Errorf("has %v windows of %v ms, from %d µs to %d, but %d events: are its times right?", n, r.o.Window, first, last, events)
	}
	spans := make([]dvsSpan, windowOf(border, int(n)-1, last)+1)
	for k := range spans {
		spans[k] = dvsSpan{from: border(k), to: border(k + 1), last: -1}
	}
	return spans, r.spansOf(f, spans, func(us int64) int {
		return windowOf(border, int(float64(us-first)/length), us)
	})
}

// firstWhole is the least whole number that is not below v ≥ 0, rounding set aside: an event at so many µs is the first
// that a window which begins at v may have.
func firstWhole(v float64) int64 {
	if k := math.Round(v); math.Abs(v-k) <= v*timePrecision {
		return int64(k)
	}
	return int64(math.Ceil(v))
}

// windowOf is the window k with border(k) ≤ us < border(k+1), which is near a guess.
func windowOf(border func(k int) int64, guess int, us int64) int {
	k := guess
	for k > 0 && us < border(k) {
		k--
	}
	for us >= border(k+1) {
		k++
	}
	return k
}

// events makes Events of what was added. An example with a beginning and an end is that long; a window is as long as
// all others, whose borders need not be whole microseconds.
func (r *dvsReader) events(labels []int, classes int, speakers []int) (*Events, error) {
	units, _, _ := r.units()
	e, err := EventsFrom(r, units, classes, labels, speakers)
	if err != nil {
		return nil, err
	}
	for i, s := range r.spans {
		if s.wholeRecord {
			continue
		}
		end := r.o.Window
		if end == 0 {
			end = float64(s.to-s.from) / 1000
		}
		if err := e.SetEnd(i, end); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// ReadDVS opens recordings of event cameras: one file, or a folder with a folder for each class. Files are of the
// formats AEDAT 2 (.aedat, of jAER), AEDAT 3.1 (.aedat, of caer) and AEDAT 4 (.aedat4, of DV, not compressed). It gives the
// names of the classes, in their order; an example of a single file has the class [train.Ignore].
//
// The event of a pixel (x, y) as the file has it is of unit (p·H + y)·W + x, where W × H are the sensor's pixels, divided
// by Pool and rounded up, and p is 1 for more light and 0 for less. The times of an example begin at its first event, or
// where its window begins, and have the microseconds of the file. Frames, inertial measurements and other things that
// cameras record are left out.
//
// Events stay in their files, and are read from there each time that they are asked for: opening reads the headers
// and, with Window, all events once. Errors name the path and the byte.
func ReadDVS(path string, o DVSOptions) (e *Events, classes []string, err error) {
	r := &dvsReader{o: o.withDefaults(), open: openAEDAT}
	e, classes, err = r.readClasses(path, ".aedat", ".aedat4")
	return e, classes, errors.Wrap(err, "data: DVS")
}

// readClasses adds a file, or those of folders of classes.
func (r *dvsReader) readClasses(path string, extensions ...string) (*Events, []string, error) {
	if err := r.o.check(); err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		n, err := r.add(path, r.windows)
		if err != nil {
			return nil, nil, err
		}
		e, err := r.events(slices.Repeat([]int{train.Ignore}, n), 1, nil)
		return e, nil, err
	}
	classes, err := foldersIn(path)
	if err != nil {
		return nil, nil, err
	}
	var labels []int
	for class, name := range classes {
		files, err := filesIn(filepath.Join(path, name), extensions)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			n, err := r.add(file, r.windows)
			if err != nil {
				return nil, nil, err
			}
			labels = append(labels, slices.Repeat([]int{class}, n)...)
		}
	}
	e, err := r.events(labels, len(classes), nil)
	return e, classes, err
}

// foldersIn lists the folders of a folder, in the order of their names.
func foldersIn(path string) (names []string, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if isFolder(path, e) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, errors.Errorf("%s: has no folders, want one for each class", path)
	}
	return names, nil
}

// isFolder reports whether an entry of the folder at path is a folder, or a link to one.
func isFolder(path string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(path, e.Name()))
	return err == nil && info.IsDir()
}

// filesIn lists the files of a folder that have one of some extensions, in the order of their names.
func filesIn(path string, extensions []string) (paths []string, err error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && slices.Contains(extensions, strings.ToLower(filepath.Ext(e.Name()))) {
			paths = append(paths, filepath.Join(path, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, errors.Errorf("%s: has no files of the kind %s", path, strings.Join(extensions, " or "))
	}
	return paths, nil
}
