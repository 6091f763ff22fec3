package data

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train/traintest"
)

// The files in testdata were written by h5py: 10 examples, contiguous, and in chunks of 4 with gzip.
var shdFiles = []string{"testdata/shd_contiguous.h5", "testdata/shd_chunked.h5"}

func TestSHD(t *testing.T) {
	for _, path := range shdFiles {
		e, err := ReadSHD(path)
		if err != nil {
			t.Fatal(err)
		}
		if e.Len() != 10 || e.Units() != 700 || e.Classes() != 20 {
			t.Fatalf("%s: %v", path, e)
		}
		for i := range 10 {
			times, units, err := e.Example(i)
			if err != nil {
				t.Fatal(err)
			}
			if len(times) != i*5%13 || len(units) != len(times) || e.Label(i) != i*7%20 || e.Speaker(i) != i%3 {
				t.Fatalf("%s: example %d: %d times, %d units, label %d, speaker %d", path, i, len(times), len(units), e.Label(i), e.Speaker(i))
			}
			for k := range times {
				bits := uint16((k*977 + i*31) % 15361)
				if want := 1000 * ieeeHalf(bits); times[k] != want || int(units[k]) != (i*37+k*113)%700 {
					t.Errorf("%s: example %d: event %d is at %v ms of unit %d, want %v and %d", path, i, k, times[k], units[k], want, (i*37+k*113)%700)
				}
			}
		}
		d, err := e.Bin(Binning{Dt: 4, Duration: 1000})
		if err != nil {
			t.Fatal(err)
		}
		traintest.Dataset(t, d)
	}
}

// ieeeHalf is the definition: (−1)^s · 2^(e−15) · 1.m, and 2^−14 · 0.m where e is 0.
func ieeeHalf(bits uint16) float64 {
	sign, e, m := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)/1024
	if e == 0 {
		return sign * m * math.Pow(2, -14)
	}
	return sign * (1 + m) * math.Pow(2, float64(e-15))
}

// written unpacks the files that testdata/written.py has h5py and numpy write, and returns their folder.
func written(t *testing.T) (dir string) {
	t.Helper()
	archive, err := zip.OpenReader("testdata/written.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	dir = t.TempDir()
	if err := os.CopyFS(dir, archive); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What h5py writes reads to the events that h5py gives back, to the last bit.
func TestSHDAsH5py(t *testing.T) {
	dir := written(t)
	for _, variant := range []string{"default", "latest", "chunked", "compressed"} {
		t.Run(variant, func(t *testing.T) {
			path := filepath.Join(dir, variant+".h5")
			var want struct {
				Times            [][]float64 // s
				Units            [][]uint32
				Labels, Speakers []int
			}
			events, err := os.ReadFile(filepath.Join(dir, variant+".json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(events, &want); err != nil {
				t.Fatal(err)
			}
			e, err := ReadSHD(path)
			if err != nil {
				t.Fatal(err)
			}
			if e.Len() != len(want.Labels) || e.Len() == 0 {
				t.Fatalf("%d examples, want %d", e.Len(), len(want.Labels))
			}
			compared := 0
			for i := range e.Len() {
				times, units, err := e.Example(i)
				if err != nil {
					t.Fatal(err)
				}
				if len(times) != len(want.Times[i]) || len(units) != len(want.Units[i]) || e.Label(i) != want.Labels[i] || e.Speaker(i) != want.Speakers[i] {
					t.Fatalf("example %d: %d times, %d units, label %d, speaker %d", i, len(times), len(units), e.Label(i), e.Speaker(i))
				}
				for k := range times {
					if times[k] != 1000*want.Times[i][k] || units[k] != want.Units[i][k] {
						t.Fatalf("example %d: event %d is at %v ms of unit %d, want %v s and %d", i, k, times[k], units[k], want.Times[i][k], want.Units[i][k])
					}
				}
				compared += len(times)
			}
			if compared < 1000 {
				t.Errorf("only %d events were compared", compared)
			}
		})
	}
}

// readAll reads a file, and all examples of it.
func readAll(path string) error {
	e, err := ReadSHD(path)
	for i := 0; err == nil && i < e.Len(); i++ {
		_, _, err = e.Example(i)
	}
	return err
}

func TestSHDWrong(t *testing.T) {
	cases := []struct{ name, want string }{
		{"times are integers", "spikes/times: holds unsigned 16-bit integers, which are hardly seconds: set TimeUnit"},
		{"units are not sequences", "spikes/units: has shape [2], want a sequence for each of 2 examples"},
		{"units are strings", "spikes/units: holds strings"},
		{"units in two dimensions", "example 0: 2 times, but 0 units"},
		{"unit 700", "example 1: spikes/units: event 0 is of unit 700, want a whole number from 0 to 699"},
		{"negative time", "example 0: spikes/times: event 0 is at -"},
		{"time is infinite", "example 1: spikes/times: event 0 is at +Inf"},
		{"times and units differ", "example 1: 1 times, but 2 units"},
		{"label 20", "labels: example 1: label is 20"},
		{"three labels", "has 3 labels, but 2 extra/speaker"},
		{"one speaker", "has 2 labels, but 1 extra/speaker"},
		{"no times", "has no dataset spikes/times or times; it has extra/speaker, labels, spikes/units"},
	}
	dir := written(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name+".h5")
			if err := readAll(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one with %q and the path", err, c.want)
			}
		})
	}
}

// What another script, library or version writes of the same numbers reads to the same.
func TestSHDSavedAgain(t *testing.T) {
	dir := written(t)
	for _, name := range []string{
		"times are float32", "times are big-endian", "units are int16", "units are uint32",
		"labels are floats", "labels in two dimensions", "a circle of groups", "many links", "compressed by LZF", "shuffled",
	} {
		e, err := ReadSHD(filepath.Join(dir, name+".h5"))
		if err != nil {
			t.Error(err)
			continue
		}
		for i, want := range []struct {
			times []float64
			units []uint32
		}{{[]float64{100, 200}, []uint32{5, 6}}, {[]float64{300}, []uint32{7}}} {
			times, units, err := e.Example(i)
			near := func(a, b float64) bool { return math.Abs(a-b) < .2 } // ms, of half precision
			if err != nil || !slices.EqualFunc(times, want.times, near) || !slices.Equal(units, want.units) {
				t.Errorf("%s: example %d is %v, %v (%v)", name, i, times, units, err)
			}
		}
	}
}

// A file that is cut anywhere is an error.
func TestSHDCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.h5")
	for _, whole := range shdFiles {
		raw, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(raw); n += 1 + n/37 {
			if err := os.WriteFile(path, raw[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			if err := readAll(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Fatalf("%s: the first %d of %d bytes: error is %v", whole, n, len(raw), err)
			}
		}
	}
	if _, err := ReadSHD(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
	if _, _, err := SHD(t.TempDir()); err == nil || !strings.Contains(err.Error(), "shd_train.h5") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, _, _, err := SSC(t.TempDir()); err == nil || !strings.Contains(err.Error(), "ssc_train.h5") {
		t.Errorf("an empty folder: %v", err)
	}
}

// A file that declares more than it has is an error, and takes no memory.
func TestSHDDeclaresTooMuch(t *testing.T) {
	raw, err := os.ReadFile("testdata/shd_chunked.h5")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "large.h5")
	for _, c := range []struct {
		signature string
		at        int
		value     []byte
	}{
		{"GCOL", 8, []byte{0, 0, 0, 0, 0, 1, 0, 0}}, // size
		{"GCOL", 24, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
		{"GCOL", 24, []byte{0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, // of an object: −16
		{"HEAP", 8, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
		{"SNOD", 6, []byte{0xff, 0xff}}, // number of symbols
		{"TREE", 6, []byte{0xff, 0xff}}, // number of children
		{"\x89HDF", 40, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
	} {
		found := 0
		for from := 0; ; found++ {
			i := bytes.Index(raw[from:], []byte(c.signature))
			if i < 0 {
				break
			}
			from += i + 1
			changed := bytes.Clone(raw)
			copy(changed[from-1+c.at:], c.value)
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := readAll(path)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s at %d: error is %v", c.signature, from-1, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("%s at %d: reading takes %d bytes", c.signature, from-1, n)
			}
		}
		if found == 0 {
			t.Errorf("the file has no %s", c.signature)
		}
	}
}

// Each byte of the small file that is changed gives an error or events, but no panic, and no end of it.
func TestSHDChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changed.h5")
	for _, whole := range shdFiles {
		raw, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		for at := range raw {
			if raw[at] == 0 && at%64 != 0 {
				continue // much of a file is empty
			}
			changed := bytes.Clone(raw)
			changed[at] = 0xff
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				t.Fatal(err)
			}
			_ = readAll(path)
		}
	}
}

func FuzzSHD(f *testing.F) {
	for _, path := range append(shdFiles, spikesFiles(f)...) {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	path := filepath.Join(f.TempDir(), "fuzz.h5")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenSpikes(path, SpikesFile{TimeUnit: "s"})
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Fatal(err)
			}
			return
		}
		defer s.Close()
		for i := range min(s.Events().Len(), 100) {
			times, units, err := s.Events().Example(i)
			if err == nil && len(times) != len(units) || err != nil && !strings.Contains(err.Error(), path) {
				t.Fatalf("example %d: %d times, %d units, error %v", i, len(times), len(units), err)
			}
		}
	})
}
