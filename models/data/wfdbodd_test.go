package data

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/internal/wfdbtest"
)

// square is a signal that goes from 0 to height and back.
func square(format, height, n int, gain, description string) wfdbtest.Signal {
	s := wfdbtest.Signal{Format: format, Gain: gain, Description: description, Samples: make([]int32, n)}
	for k := range s.Samples {
		s.Samples[k] = int32(k / 10 % 2 * height)
	}
	return s
}

// Files of different formats make one record, of which any two leads are read.
func TestWFDBMixedFormats(t *testing.T) {
	dir := t.TempDir()
	var all []wfdbtest.Signal
	for k := range 12 {
		all = append(all, square([]int{16, 212, 80, 24}[k%4], 100, 301, fmt.Sprintf("%d/mV", k+1), fmt.Sprint("V", k+1)))
	}
	wfdbtest.Record{Name: "r", Frequency: "250", Signals: all}.Write(t, dir)
	w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Leads: []string{"v6", "3"}})
	if err != nil {
		t.Fatal(err)
	}
	leads, err := w.Leads(0)
	if err != nil || leads[0][10] != float32(100./6) || leads[1][10] != float32(100./3) || leads[1][300] != 0 {
		t.Errorf("leads are %v and %v, %v", leads[0][:11], leads[1][:11], err)
	}
}

// What nothing can be learned from is told, by its units: no level is crossed in a signal of some nV.
func TestWFDBSilent(t *testing.T) {
	for gain, silent := range map[string]bool{"1/mV": false, "1/uV": true, "1/µV": true, "1/nV": true, "0.001/uV": false, "-1/mV": false, "-1/uV": true} {
		dir := t.TempDir()
		wfdbtest.Record{Name: "r", Frequency: "250", Signals: []wfdbtest.Signal{square(16, 50, 300, gain, "I"), square(16, 50, 300, "1", "II")}}.Write(t, dir)
		w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true})
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(w.Notes(), "\n"); strings.Contains(notes, "less than Delta") != silent || strings.Contains(notes, "signal 2") {
			t.Errorf("%s: notes are %s", gain, notes)
		}
		events := 0
		for k, v := range exampleOf(t, w, 0).X {
			if v != 0 && k%4 < 2 {
				events++
			}
		}
		if (events == 0) != silent {
			t.Errorf("%s: %d events", gain, events)
		}
	}
}

// A header that lacks a signal of its file, whose others would be read as something else, is told by what the file has left.
func TestWFDBLeftOver(t *testing.T) {
	for n, told := range map[int]bool{2: true, 1: false} {
		dir := t.TempDir()
		const header = "r 1 250 101\nr.dat 212 200\n"
		writeFile(t, filepath.Join(dir, "r.hea"), header)
		writeFile(t, filepath.Join(dir, "r.dat"), strings.Repeat("\x00", 3*51*n))
		w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Single: true})
		if err != nil || strings.Contains(strings.Join(w.Notes(), "\n"), "r.dat: goes on for 103 samples") != told {
			t.Errorf("notes are %v, %v", w.Notes(), err)
		}
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "r.hea"), "r 2 250\na.dat 16\nb.dat 16\n")
	writeFile(t, filepath.Join(dir, "a.dat"), strings.Repeat("\x00", 200))
	writeFile(t, filepath.Join(dir, "b.dat"), strings.Repeat("\x00", 120))
	w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true})
	if err != nil || !strings.Contains(strings.Join(w.Notes(), "\n"), "a.dat: goes on for 40 samples") {
		t.Errorf("notes are %v, %v", w.Notes(), err)
	}
}

// A record of one sample is one of one step.
func TestWFDBOneSample(t *testing.T) {
	dir := t.TempDir()
	wfdbtest.Record{Name: "r", Frequency: "250", Signals: []wfdbtest.Signal{square(212, 1, 1, "1", "I"), square(16, 1, 1, "1", "II")}}.Write(t, dir)
	w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true})
	if err != nil || w.Len() != 1 || w.Spec().Steps != 1 {
		t.Fatalf("%v, %v", w, err)
	}
	exampleOf(t, w, 0)
}

// What could be read in two ways, or as something else, is refused.
func TestWFDBRefusesOdd(t *testing.T) {
	const header = "r 3 250 100\na.dat 16 200 12 0 0 0 0 I\n%s 16 200 12 0 0 0 0 II\n%s 16 200 12 0 0 0 0 %s\n"
	word := func(code, value int) string { return string([]byte{byte(value), byte(code<<2 | value>>8)}) }
	mixed := word(39, 1) + word(24, 1) + word(40, 1) + word(39, 1) + word(62, 1) + "\x00\x00"
	for _, c := range []struct {
		header, list, annotations string
		leads                     []string
		want                      string
	}{
		{fmt.Sprintf(header, "b.dat", "a.dat", "III"), "", "", nil, `line 4: the signals of "a.dat" do not follow one another`},
		{fmt.Sprintf(header, "b.dat", "./a.dat", "III"), "", "", nil, "do not follow one another"},
		{fmt.Sprintf(header, "a.dat", "a.dat", "i"), "", "", []string{"I"}, `lead "I" is there twice: choose by its number`},
		{fmt.Sprintf(header, "a.dat", "a.dat", "V"), "r\r\n./r\r\n", "", nil, "line 2: record \"./r\" is there twice"},
		{fmt.Sprintf(header, "a.dat", "a.dat", "V"), "r\r\nx/../r", "", nil, "line 2: record \"x/../r\" is there twice"},
		{fmt.Sprintf(header, "a.dat", "a.dat", "V"), "../r", "", nil, "is not a record in this folder"},
		{fmt.Sprintf(header, "a.dat", "a.dat", "V"), "/r", "", nil, "is not a record in this folder"},
		{fmt.Sprintf(header, "a.dat", "a.dat", "V"), "", mixed, nil, "byte 10: annotation ( is of channel 1, those of waves before it of 0"},
		{"r 0 250\n" + strings.Repeat("# x\n", 1<<20), "", "", nil, "is longer than 1048576 bytes"},
	} {
		dir := filepath.Join(t.TempDir(), "a[1]*")
		wfdbtest.Record{Name: "b", Frequency: "250", Signals: []wfdbtest.Signal{square(16, 1, 1, "1", "I")}}.Write(t, dir)
		writeFile(t, filepath.Join(dir, "r.hea"), c.header)
		writeFile(t, filepath.Join(dir, "a.dat"), strings.Repeat("\x00", 600))
		writeFile(t, filepath.Join(dir, "b.dat"), strings.Repeat("\x00", 600))
		path := filepath.Join(dir, "r")
		if c.list != "" {
			writeFile(t, filepath.Join(dir, "RECORDS"), c.list)
			path = dir
		}
		if c.annotations != "" {
			writeFile(t, filepath.Join(dir, "r.q1c"), c.annotations)
		}
		_, err := ReadWFDB(path, WFDBOptions{Unannotated: c.annotations == "", Leads: c.leads})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %.300v, want one with %q", err, c.want)
		}
	}
}

// A folder of many records, as of an archive, takes little memory for each.
func TestWFDBManyRecords(t *testing.T) {
	dir := t.TempDir()
	const n = 3000
	writeFile(t, filepath.Join(dir, "x.dat"), string(bytes.Repeat([]byte{1, 2}, 200)))
	for k := range n {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%05d.hea", k)), fmt.Sprintf("%05d 2 250 100\nx.dat 16 200 12 0 0 0 0 I\nx.dat 16 200 12 0 0 0 0 II\n", k))
	}
	peak, err := memlimit.Run(t, 3*n*500+64<<20, func() error {
		w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, SkipChecksums: true})
		if err == nil && (w.Len() != n || len(w.Notes()) > 30) {
			err = fmt.Errorf("%v, %d notes", w, len(w.Notes()))
		}
		return err
	})
	t.Logf("%.1f MiB", float64(peak)/(1<<20))
	if err != nil {
		t.Error(err)
	}
}
