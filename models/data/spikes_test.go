package data

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// spikesFiles unpacks the files that testdata/spikes.py writes, all of one set of events.
func spikesFiles(t testing.TB) (paths []string) {
	t.Helper()
	archive, err := zip.OpenReader("testdata/spikes.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, archive); err != nil {
		t.Fatal(err)
	}
	paths, err = filepath.Glob(filepath.Join(dir, "*.h5"))
	if err != nil || len(paths) < 25 {
		t.Fatal(len(paths), err)
	}
	return paths
}

var (
	spikeTimes = [][]float64{{125, 250, 250}, {}, {500}, {0, 375}} // ms
	spikeUnits = [][]uint32{{5, 6, 699}, {}, {7}, {0, 0}}
	spikeLabel = []int{3, 4, 0, 19}
)

func wantSpikes(t *testing.T, e *Events, reversed bool) {
	t.Helper()
	if e.Len() != 4 || e.Units() != 700 || e.Classes() != 20 {
		t.Fatal(e)
	}
	for i := range 4 {
		times, units, err := e.Example(i)
		if err != nil {
			t.Fatal(err)
		}
		if reversed {
			slices.Reverse(times)
			slices.Reverse(units)
		}
		if !slices.Equal(times, spikeTimes[i]) || !slices.Equal(units, spikeUnits[i]) || e.Label(i) != spikeLabel[i] {
			t.Errorf("example %d: %v, %v, label %d", i, times, units, e.Label(i))
		}
		if s := e.Speaker(i); s != noSpeaker && s != []int{0, 1, 1, 0}[i] {
			t.Errorf("example %d: speaker %d", i, s)
		}
	}
}

func TestSpikes(t *testing.T) {
	for _, path := range spikesFiles(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".h5")
		if strings.HasPrefix(name, "!") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			e, err := ReadSHD(path)
			if err != nil {
				t.Fatal(err)
			}
			wantSpikes(t, e, strings.HasSuffix(name, "in any order"))
			// What is found in the file itself is the same.
			s, err := OpenSpikes(path, SpikesFile{Classes: 20})
			if err != nil {
				t.Fatal(err)
			}
			wantSpikes(t, s.Events(), strings.HasSuffix(name, "in any order"))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Events().Example(0); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("a file that is closed is read: %v", err)
			}
		})
	}
}

// What could be meant in two ways is refused, and read once it is said.
func TestSpikesSaid(t *testing.T) {
	o := SpikesFile{Units: 700, Classes: 20}
	ms, zeros, first, matlab, none := o, o, o, o, o
	ms.TimeUnit, zeros.Padding, none.Padding = "ms", PaddingZeros, PaddingNone
	first.FirstClass, matlab.FirstClass, matlab.FirstUnit = 1, 1, 1
	cases := map[string]struct {
		want string
		said SpikesFile
	}{
		"! milliseconds":                          {"hardly in seconds: set TimeUnit", ms},
		"! seconds by an attribute, but not":      {`times are in "fortnights", want s, ms, us or ns`, ms},
		"! padded by zeros, in any order":         {"zeros at its end may be padding, or events of unit 0 at time 0: Padding says which", zeros},
		"! labels from 1":                         {"label is 20, want at most 19 of 20 classes; where labels count from 1, set FirstClass to 1", first},
		"! MATLAB from 1, in any order":           {"where labels count from 1, set FirstClass to 1", matlab},
		"padded, no wider than needed":            {"", zeros},
		"milliseconds by an attribute":            {"", ms},
		"microseconds by a text of fixed length ": {"", ms},
	}
	for _, path := range spikesFiles(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".h5")
		c, ok := cases[name]
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if err := readAll(path); c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path)) {
				t.Errorf("error is %v, want one with %q and the path", err, c.want)
			}
			s, err := OpenSpikes(path, c.said)
			if err != nil {
				t.Fatal(err)
			}
			if c.said != zeros || !strings.HasSuffix(name, "in any order") {
				wantSpikes(t, s.Events(), strings.HasSuffix(name, "in any order"))
			} else if times, _, err := s.Events().Example(0); err != nil || !slices.Equal(times, []float64{250, 250, 125}) {
				t.Errorf("times %v (%v)", times, err)
			}
			if c.said == zeros {
				s, err := OpenSpikes(path, none)
				if err != nil {
					t.Fatal(err)
				}
				if times, _, err := s.Events().Example(1); err != nil || len(times) < 3 {
					t.Errorf("without padding, example 1 is %v (%v)", times, err)
				}
			}
		})
	}
}

func TestSpikesPacked(t *testing.T) {
	for _, path := range spikesFiles(t) {
		if err := readAll(path); strings.HasSuffix(path, "! packed.h5") && (err == nil || !strings.Contains(err.Error(), "spikes/times has an attribute scale_factor")) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestSpikesSettings(t *testing.T) {
	path := filepath.Join(filepath.Dir(spikesFiles(t)[0]), "at the top.h5")
	for want, o := range map[string]SpikesFile{
		"Units is -1":                 {Units: -1},
		"Classes is -1":               {Classes: -1},
		`times are in "fortnights"`:   {TimeUnit: "fortnights"},
		"has no dataset spikes/count": {Lengths: "spikes/count"},
		"the paddings":                {Padding: 3},
		"is of unit 5":                {FirstUnit: 6},
	} {
		s, err := OpenSpikes(path, o)
		if err == nil {
			_, _, err = s.Events().Example(0)
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%+v: error is %v, want %q", o, err, want)
		}
	}
}

// Examples are read at the same time by many.
func TestSpikesConcurrent(t *testing.T) {
	for _, path := range spikesFiles(t) {
		if name := filepath.Base(path); name != "padded, in chunks.h5" && name != "MATLAB cells.h5" && name != "netCDF sequences.h5" {
			continue
		}
		e, err := ReadSHD(path)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for k := range 400 {
					if times, _, err := e.Example(k % 4); err != nil || !slices.Equal(times, spikeTimes[k%4]) {
						t.Errorf("%s: example %d: %v (%v)", path, k%4, times, err)
						return
					}
				}
			})
		}
		all.Wait()
	}
}
