package data

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/internal/wfdbtest"
	"github.com/srnn-go/srnn/models/train"
)

// A recording of a day is never held: its samples are read window by window, and of its annotations there are borders.
func TestWFDBDay(t *testing.T) {
	dir := t.TempDir()
	const frames, beat = 24 * 3600 * 250, 220
	writeFile(t, filepath.Join(dir, "day.hea"), fmt.Sprintf("day 2 250 %d\nday.dat 212 200 12 0 0 0 0 I\nday.dat 212 200 12 0 0 0 0 II\n", frames))
	var marks []wfdbtest.Annotation
	for at := 20; at < frames-beat; at += beat {
		for _, m := range []struct {
			at   int
			code string
		}{{0, "("}, {10, "p"}, {20, ")"}, {30, "("}, {40, "N"}, {50, ")"}, {100, "t"}, {120, ")"}} {
			marks = append(marks, wfdbtest.Annotation{Sample: at + m.at, Code: m.code})
		}
	}
	writeFile(t, filepath.Join(dir, "day.q1c"), string(wfdbtest.EncodeAnnotations(marks)))
	sparse(t, filepath.Join(dir, "day.dat"), frames*3)
	marks = nil
	peak, err := memlimit.Run(t, 40<<20, func() error {
		w, err := ReadWFDB(dir, WFDBOptions{})
		if err != nil {
			return err
		}
		e := train.Example{X: make([]float32, 4*1301), Classes: make([]int, 1301)}
		for i := 0; i < w.Len(); i += w.Len() / 100 {
			if err := w.Read(i, &e); err != nil {
				return err
			}
		}
		if n := w.Len(); n < frames/1301-2 {
			return fmt.Errorf("%d windows", n)
		}
		return nil
	})
	t.Logf("%.1f MiB", float64(peak)/(1<<20))
	if err != nil {
		t.Error(err)
	}
}

// sparse makes a file of zeros that takes no room.
func sparse(t testing.TB, path string, size int64) {
	t.Helper()
	writeFile(t, path, "")
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// Files that ask for more than they are.
func TestWFDBBombs(t *testing.T) {
	long := strings.Repeat("9", 1<<19)
	var segments strings.Builder
	segments.WriteString("x/200000 1 250\n")
	for k := range 100000 {
		fmt.Fprintf(&segments, "%d 9\n", k)
	}
	for name, c := range map[string]struct{ header, annotations string }{
		"signals":            {"x 2147483647 250 10\nx.dat 16\n", ""},
		"lines":              {"x 65536 250\n" + strings.Repeat("a 0\n", 65000), ""},
		"samples":            {"x 2 250 9223372036854775807\nx.dat 16\nx.dat 16\n", ""},
		"samples per frame":  {"x 2 250 1\nx.dat 16x65536\nx.dat 16x65536\n", ""},
		"frequency":          {"x 2 1e300\nx.dat 16\nx.dat 16\n", ""},
		"slow":               {"x 2 1e-300\nx.dat 16\nx.dat 16\n", ""},
		"gain":               {"x 2 250\nx.dat 16 1e-300\nx.dat 16 1e300\n", ""},
		"long":               {strings.Repeat("# a comment\n", 200000), ""},
		"long number":        {"x " + long + "\n", ""},
		"long format":        {"x 1\nx.dat " + long + "\n", ""},
		"long name":          {"x 1\n" + long + " 16\n", ""},
		"segments":           {segments.String(), ""},
		"segment again":      {"x/3 2 250\ny 9\ny 9\ny 9\n", ""},
		"itself":             {"x/1 2 250\nx 9\n", ""},
		"texts":              {"x 2 250\nx.dat 16\nx.dat 16\n", strings.Repeat("\xff\xff"+strings.Repeat("a", 1024), 2000)},
		"numbers":            {"x 2 250\nx.dat 16\nx.dat 16\n", strings.Repeat("\x00\xf0", 1<<22)},
		"notes":              {"x 2 250\nx.dat 16\nx.dat 16\n", strings.Repeat("\x00\x58", 1<<22)},
		"marks at one place": {"x 2 250\nx.dat 16\nx.dat 16\n", strings.Repeat("\x00\x9c\x00\x60\x00\xa0", 1<<21) + "\x00\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "x.hea"), c.header)
			sparse(t, filepath.Join(dir, "x.dat"), 1<<21)
			if c.annotations != "" {
				writeFile(t, filepath.Join(dir, "x.q1c"), c.annotations)
			}
			peak, err := memlimit.Run(t, 64<<20, func() error {
				w, err := ReadWFDB(filepath.Join(dir, "x.hea"), WFDBOptions{Unannotated: true})
				if err == nil {
					s := w.Spec()
					e := train.Example{X: make([]float32, 4*s.Steps), Classes: make([]int, s.Steps)}
					err = w.Read(0, &e)
				}
				return err
			})
			t.Logf("%.1f MiB: %.200v", float64(peak)/(1<<20), err)
			if err != nil && len(err.Error()) > 500 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// FuzzWFDB reads a record of any header, samples and annotations.
func FuzzWFDB(f *testing.F) {
	f.Add([]byte("x 2 250 9\nx.dat 212 200(0)/mV 12 0 0 0 0 I\nx.dat 212\n"), bytes.Repeat([]byte{0}, 27), []byte("\x01\x9c\x02\x60\x02\xa0\x02\x9c\x03\x04\x02\xa0\x00\x00"))
	f.Add([]byte("x 2 360/9(1) 9\nx.dat 16x2:1+2 200/uV 12 0 0\ny.dat 80\n"), bytes.Repeat([]byte{1, 2, 3}, 27), []byte("\x01\x58\x17\xfc## time resolution: 721\x00\x00\x00"))
	f.Add([]byte("x/1 2 250\ny 9"), []byte("0123"), []byte("\x00\xec\xff\xff\xff\xff\x01\x9c"))
	f.Fuzz(func(t *testing.T, header, samples, annotations []byte) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "x.hea"), string(header))
		writeFile(t, filepath.Join(dir, "x.dat"), string(samples))
		writeFile(t, filepath.Join(dir, "y.dat"), string(samples))
		writeFile(t, filepath.Join(dir, "y.hea"), "y 2 250\ny.dat 16\ny.dat 16\n")
		writeFile(t, filepath.Join(dir, "x.q1c"), string(annotations))
		w, err := ReadWFDB(filepath.Join(dir, "x"), WFDBOptions{Window: 60, SkipChecksums: true, Single: true})
		if err != nil {
			if !strings.Contains(err.Error(), dir) {
				t.Errorf("the error %q has no path", err)
			}
			return
		}
		s := w.Spec()
		for i := range min(w.Len(), 5) {
			e := train.Example{X: make([]float32, 4*s.Steps), Classes: make([]int, s.Steps)}
			if err := w.Read(i, &e); err != nil && !strings.Contains(err.Error(), dir) {
				t.Errorf("example %d: the error %q has no path", i, err)
			}
		}
	})
}

// FuzzWFDBAnnotations writes annotations, and reads back what was written.
func FuzzWFDBAnnotations(f *testing.F) {
	f.Add(uint64(3), []byte{1, 5, 200, 7})
	f.Fuzz(func(t *testing.T, seed uint64, steps []byte) {
		codes := []string{"N", "p", "t", "(", ")", "u", "~", "+", `"`}
		var want []wfdbtest.Annotation
		at := 0
		for k, s := range steps {
			if at += int(s) << (seed >> (k % 50) & 15); k == 0 {
				at++ // the texts at the very beginning may be of the file itself
			}
			want = append(want, wfdbtest.Annotation{Sample: at, Code: codes[(int(s)+k)%len(codes)], Num: int(s % 4), Aux: strings.Repeat("x", int(s)/16)})
		}
		path := filepath.Join(t.TempDir(), "x.atr")
		writeFile(t, path, string(wfdbtest.EncodeAnnotations(want)))
		k := 0
		err := eachWFDBAnnotation(path, func(a wfdbAnnotation, _ float64) error {
			if k >= len(want) || a.time != int64(want[k].Sample) || a.code != want[k].Code {
				return fmt.Errorf("annotation %d is %+v", k, a)
			}
			k++
			return nil
		})
		if err != nil || k != len(want) {
			t.Errorf("%d of %d annotations, %v", k, len(want), err)
		}
	})
}
