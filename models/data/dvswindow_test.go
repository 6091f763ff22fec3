package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
)

// everyMicrosecond writes a recording of an event each µs.
func everyMicrosecond(t testing.TB, path string, n int) []dvsEvent {
	t.Helper()
	events := make([]dvsEvent, n)
	for k := range events {
		events[k] = dvsEvent{us: int64(17 + k), x: int32(k % 128)}
	}
	writeFile(t, path, string(encodeAEDAT2("", "dvs128", events)))
	return events
}

// Each event is in one window, whatever the length of windows and where the recording ends: that at u µs in window k of
// num/den ms where k·num·1000 ≤ u·den < (k+1)·num·1000. A window has the steps of its length.
func TestDVSWindowBorders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.aedat")
	for _, c := range []struct{ num, den int }{{1, 10}, {1, 1}, {1, 3}, {5, 1}, {2, 3}, {1, 7}, {3, 2000}, {1, 1000}} {
		for _, n := range []int{1, 2, 143, 334, 1000, 1001} {
			events := everyMicrosecond(t, path, n)
			e, _, err := ReadDVS(path, DVSOptions{Camera: "dvs128", Window: float64(c.num) / float64(c.den)})
			if err != nil {
				t.Fatal(err)
			}
			at := 0
			for k := range e.Len() {
				from := at
				for at < n && at*c.den < (k+1)*c.num*1000 {
					at++
				}
				border := (k*c.num*1000 + c.den - 1) / c.den
				wantEvents(t, e, k, events[from:at], int64(17+border), 128, 128)
			}
			d, err := e.Bin(Binning{Dt: float64(c.num) / float64(c.den)})
			if at != n || err != nil || d.Spec().Steps != 1 {
				t.Errorf("windows of %d/%d ms have %d of %d events, and %v, %v", c.num, c.den, at, n, d, err)
			}
		}
	}
}

// An event at u µs after the first is in step ⌊u·den/(num·1000)⌋ of num/den ms.
func TestDVSSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.aedat")
	const n = 12000
	everyMicrosecond(t, path, n)
	e, _, err := ReadDVS(path, DVSOptions{Camera: "dvs128", Pool: 128, OnePolarity: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ num, den int }{{1, 10}, {1, 1}, {1, 3}, {5, 1}} {
		d, err := e.Bin(Binning{Dt: float64(c.num) / float64(c.den)})
		if err != nil {
			t.Fatal(err)
		}
		x := train.Example{Classes: make([]int, 1)}
		if err := d.Read(0, &x); err != nil || len(x.Events) != n {
			t.Fatalf("%d events, %v", len(x.Events), err)
		}
		for u, v := range x.Events {
			if want := u * c.den / (c.num * 1000); v.Step != want {
				t.Fatalf("%d µs is in step %d of %d/%d ms, want %d", u, v.Step, c.num, c.den, want)
			}
		}
	}
}

// A recording that was cut after it was opened is no shorter example.
func TestDVSCutLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.aedat")
	everyMicrosecond(t, path, 9000)
	e, _, err := ReadDVS(path, DVSOptions{Camera: "dvs128", Window: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 14+8*5000); err != nil {
		t.Fatal(err)
	}
	for i := range e.Len() {
		_, _, err := e.Example(i)
		if i > 0 && (err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "when it was opened")) {
			t.Errorf("example %d: %v", i, err)
		}
	}
}

// Addresses with the low byte first are refused, and not those of other pixels; so are compressed packets.
func TestDVSOfOtherForms(t *testing.T) {
	little := encodeAEDAT2("", "dvs128", randomEvents(5, 128, 128, 0))
	for k := len("#!AER-DAT2.0\r\n"); k < len(little); k += 8 {
		slices.Reverse(little[k : k+4])
	}
	serialized := strings.Replace(string(encodeAEDAT3("DVS128", randomEvents(5, 128, 128, 0))), "RAW", "SerializedTS", 1)
	for want, content := range map[string]string{"is at pixel": string(little), `format "SerializedTS"`: serialized} {
		path := filepath.Join(t.TempDir(), "x.aedat")
		writeFile(t, path, content)
		e, _, err := ReadDVS(path, DVSOptions{Camera: "dvs128", Width: 128, Height: 128})
		if err == nil {
			_, _, err = e.Example(0)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

// A recording without an event is none, whatever the format.
func TestDVSWithoutEvents(t *testing.T) {
	info := aedat4Info(128, 128, "EVTS", "TRIG")
	for name, content := range map[string][]byte{
		"2": encodeAEDAT2("", "dvs128", nil), "3": encodeAEDAT3("DVS128", nil), "4": encodeAEDAT4(info, nil),
	} {
		for _, window := range []float64{0, 10} {
			o := DVSOptions{Window: window}
			if name == "2" {
				o.Camera = "dvs128"
			}
			if name == "3" {
				o.Width, o.Height = 128, 128
			}
			path := filepath.Join(t.TempDir(), "x.aedat")
			writeFile(t, path, string(content))
			e, _, err := ReadDVS(path, o)
			if err == nil {
				_, _, err = e.Example(0)
			}
			if err == nil || !strings.Contains(err.Error(), "has no events") || !strings.Contains(err.Error(), path) {
				t.Errorf("version %s, windows of %v ms: error is %v", name, window, err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "x.bin")
	writeFile(t, path, "")
	if _, _, err := openNMNIST(path, DVSOptions{}); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("error is %v", err)
	}
	writeFile(t, path, string(append(aedat4Header(0, -1, info), aedat4Packet(7, "EVTS", randomEvents(3, 128, 128, 0))...)))
	if _, _, err := ReadDVS(path, DVSOptions{Window: 10}); err == nil || !strings.Contains(err.Error(), "packet is of stream 7") {
		t.Errorf("error is %v", err)
	}
}

// Folders of classes may be links to folders.
func TestDVSLinkedFolders(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "elsewhere")
	for _, name := range []string{"elsewhere", "set"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	everyMicrosecond(t, filepath.Join(real, "a.aedat"), 3)
	for _, class := range []string{"0", "1"} {
		if err := os.Symlink(real, filepath.Join(dir, "set", class)); err != nil {
			t.Fatal(err)
		}
	}
	e, classes, err := ReadDVS(filepath.Join(dir, "set"), DVSOptions{Camera: "dvs128"})
	if err != nil || fmt.Sprint(classes) != "[0 1]" || e.Len() != 2 || e.Label(1) != 1 {
		t.Errorf("%v of %v, %v", e, classes, err)
	}
}
