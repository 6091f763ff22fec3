package data

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/wfdbtest"
)

// samplesOf reads samples of a signal, in ADC units; those that are not valid are noSample.
func samplesOf(t *testing.T, r *wfdbRecord, signal int, from, to int64) (out []int32) {
	t.Helper()
	err := r.eachSample(signal, from, to, func(v int32, _ *wfdbSignal, valid bool) {
		if !valid {
			v = noSample
		}
		out = append(out, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const noSample = 1<<31 - 1

// The files of testdata/wfdb are written by the package wfdb 4.3.1 of PyPI:
//
//	i, c = np.mgrid[0:41, 0:3]
//	x = (i * 7919 * most // 1000 + c * 104729) % (2 * most + 1) - most
//	wfdb.wrsamp("f" + fmt, fs=360.5, units=["mV", "uV", "V"], sig_name=["MLII", "V5", "long name"], d_signal=x,
//		fmt=[fmt] * 3, adc_gain=[200.0, 1000.5, 7.0], baseline=[0, -5, 1024])
func TestWFDBOfPython(t *testing.T) {
	for format, most := range map[int]int64{16: 32767, 24: 8388607, 32: 2147483647, 80: 127, 212: 2047} {
		r, err := openWFDB(filepath.Join("testdata", "wfdb", fmt.Sprintf("f%d.hea", format)), "f")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.check(true); err != nil {
			t.Error(err)
		}
		for c := range int64(3) {
			var want []int32
			for i := range int64(41) {
				want = append(want, int32((i*7919*most/1000+c*104729)%(2*most+1)-most))
			}
			for _, part := range [][2]int64{{0, 41}, {5, 6}, {17, 40}, {40, 41}} {
				if got := samplesOf(t, r, int(c), part[0], part[1]); !slices.Equal(got, want[part[0]:part[1]]) {
					t.Errorf("format %d, signal %d, samples %v: %v, want %v", format, c, part, got, want[part[0]:part[1]])
				}
			}
		}
		s := r.pieces[0].signals
		if r.frequency != 360.5 || s[0].gain != 200 || s[1].gain != 1000.5 || s[1].baseline != -5 || s[2].units != "V" || s[2].description != "long name" {
			t.Errorf("format %d: %v Hz, %+v", format, r.frequency, s)
		}
	}
}

// The annotations, too:
//
//	wfdb.wrann("f212", "man", np.array([3, 10, 17, 30, 40, 52, 54, 55, 60, 1100, 70000, 70001]), symbol=["(", "p", ")",
//		"(", "N", ")", "t", "t", ")", "+", "V", "u"], num=…, chan=…, aux_note=[""] * 9 + ["(AFIB"] + [""] * 2)
//	wfdb.wrann("f212", "res", np.array([6, 20, 34]), symbol=["(", "p", ")"], fs=721)
func TestWFDBAnnotationsOfPython(t *testing.T) {
	for file, want := range map[string]string{
		"f212.man": "3( 10p 17) 30( 40N 52) 54t 55t 60) 1100+ 70000V 70001u",
		"f212.res": "0\"@721 0@721 6(@721 20p@721 34)@721",
	} {
		var got []string
		err := eachWFDBAnnotation(filepath.Join("testdata", "wfdb", file), func(a wfdbAnnotation, resolution float64) error {
			s := fmt.Sprint(a.time, a.code)
			if s = strings.ReplaceAll(s, " ", ""); resolution > 0 {
				s += fmt.Sprint("@", resolution)
			}
			got = append(got, s)
			return nil
		})
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s: %s, %v; want %s", file, s, err, want)
		}
	}
}

// All formats and layouts that are read give back what was written.
func TestWFDBSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for format, most := range map[int]int32{16: 32767, 24: 1<<23 - 1, 32: 1<<31 - 1, 61: 32767, 80: 127, 160: 32767, 212: 2047} {
		for _, together := range []bool{false, true} {
			perFrame, skews := []int{1, 4, 2}, []int64{0, 0, 3}
			rec := wfdbtest.Record{Name: "r", Frequency: "250/360(12.5)", Together: together}
			const frames = 20011 // more than a block
			for k, n := range perFrame {
				s := wfdbtest.Signal{Format: format, PerFrame: n, Gain: "200", Mark: fmt.Sprintf(":%d+7", skews[k]), Offset: 7, Description: fmt.Sprint("S", k)}
				for range frames * n {
					s.Samples = append(s.Samples, int32(rng.Int64N(2*int64(most)+1)-int64(most)))
				}
				s.Samples[5] = -most - 1
				rec.Signals = append(rec.Signals, s)
			}
			dir := t.TempDir()
			rec.Write(t, dir)
			r, err := openWFDB(filepath.Join(dir, "r.hea"), "r")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.check(true); err != nil {
				t.Error(err)
			}
			for k, s := range rec.Signals {
				want := append(slices.Clone(s.Samples[skews[k]:]), slices.Repeat([]int32{noSample}, int(skews[k]))...)
				want[5-skews[k]] = noSample
				n := int64(len(want))
				for _, part := range [][2]int64{{0, n}, {n / 3, n/3 + 17}, {n - 2, n}} {
					if got := samplesOf(t, r, k, part[0], part[1]); !slices.Equal(got, want[part[0]:part[1]]) {
						t.Errorf("format %d, together %v, signal %d: samples %v differ", format, together, k, part)
					}
				}
			}
		}
	}
}

// Segments of one layout are one recording.
func TestWFDBSegments(t *testing.T) {
	dir := t.TempDir()
	for k, n := range []int{5, 3} {
		s := wfdbtest.Signal{Format: 212, Gain: "100(1)/mV", Description: "I"}
		for i := range n {
			s.Samples = append(s.Samples, int32(10*k+i))
		}
		wfdbtest.Record{Name: fmt.Sprint("s", k), Frequency: "100", Together: true, Signals: []wfdbtest.Signal{s, s}}.Write(t, dir)
	}
	writeFile(t, filepath.Join(dir, "m.hea"), "m/2 2 100 8\ns0 5\ns1 3\n")
	r, err := openWFDB(filepath.Join(dir, "m.hea"), "m")
	if err != nil {
		t.Fatal(err)
	}
	if got := samplesOf(t, r, 1, 1, 8); !slices.Equal(got, []int32{1, 2, 3, 4, 10, 11, 12}) {
		t.Errorf("samples are %v", got)
	}
	if _, names, err := wfdbNames(dir); err != nil || !slices.Equal(names, []string{"m"}) {
		t.Errorf("records are %v, %v, want m without its segments", names, err)
	}
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWFDBHeader(t *testing.T) {
	h, err := parseWFDBHeader([]byte("# a comment\r\n\r\nsel102 2 250/360 225000 12:30:00 01/02/2003\r\nsel102.dat 212 200(0) 11 1024 962 22865 0 V5\r\n" +
		"sel102.dat 212 0/uV 11 1024 1262 -15193 0 a  long description \n# 84 F\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := h.signals[0], h.signals[1]
	if h.frequency != 250 || h.frames != 225000 || a.baseline != 0 || a.gain != 200 || a.units != "mV" || a.checksum != 22865 || !a.checked ||
		b.baseline != 1024 || b.gain != 200 || b.units != "uV" || b.checksum != -15193 || b.description != "a  long description" {
		t.Errorf("header is %+v", h)
	}
	h, err = parseWFDBHeader([]byte("x 1\nx.dat 16"))
	if err != nil || h.frequency != 250 || h.frames != wfdbUnknown || h.signals[0].gain != 200 || h.signals[0].units != "mV" || h.signals[0].checked {
		t.Errorf("header of defaults is %+v, %v", h, err)
	}
}

func TestWFDBHeaderRefuses(t *testing.T) {
	for header, want := range map[string]string{
		"":                              "no record line",
		"# only\n":                      "no record line",
		"x":                             "line 1: record line \"x\" has no number of signals",
		"x 2147483648":                  "line 1: number of signals is \"2147483648\"",
		"x 65536\nx.dat 16":             "ends after 1 of 65536 signal lines",
		"x 0":                           "no signals",
		"x -1":                          "line 1: number of signals",
		"x 1 0":                         "line 1: sampling frequency is 0",
		"x 1 NaN":                       "line 1: sampling frequency",
		"x 1 250/x":                     "line 1: counter frequency",
		"x 1 250/360(1":                 "line 1: base counter value",
		"x 1 250 1e3":                   "line 1: number of samples",
		"x 1 250 -3":                    "line 1: number of samples",
		"x 1 250 9\nx.dat":              "line 2: signal line",
		"x 1 250 9\nx.dat 310":          "line 2: signals of format \"310\" are not read, only those of 16, 24, 32, 61, 80, 160, 212",
		"x 1 250 9\nx.dat 8":            "line 2: signals of format \"8\"",
		"x 1 250 9\nx.dat 508":          "line 2: signals of format \"508\"",
		"x 1 250 9\nx.dat 16x0":         "line 2: samples per frame",
		"x 1 250 9\nx.dat 16x99999":     "line 2: samples per frame",
		"x 1 250 9\nx.dat 16:-1":        "line 2: skew",
		"x 1 250 9\nx.dat 16+":          "line 2: byte offset",
		"x 1 250 9\nx.dat 16 2(3":       "line 2: baseline",
		"x 1 250 9\nx.dat 16 a/mV":      "line 2: gain",
		"x 1 250 9\nx.dat 16 1 b":       "line 2: ADC resolution",
		"x 1 250 9\nx.dat 16 1 1 1 1 z": "line 2: checksum",
		"x 1 250 9\n/etc/passwd 16":     "line 2: signal file \"/etc/passwd\" lies outside",
		"x 1 250 9\n../x.dat 16":        "line 2: signal file",
		"x 1 250 9\nx.dat 16\nx.dat 16": "line 3: more lines",
		"x/2 1 250 9\na 4":              "ends after 1 of 2 segment lines",
		"x/2 1 250 9\nx_layout 0\na 4":  "line 2: segment \"x_layout\": a record of variable layout",
		"x/1 1 250 9\n../a 9":           "line 2: segment",
		"x 1 250 9\n" + strings.Repeat("y", 900) + " 77": "signals of format \"77\"",
	} {
		_, err := parseWFDBHeader([]byte(header))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("%.60q: error is %v, want one with %q", header, err, want)
		}
	}
}

func TestWFDBRecordRefuses(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "x.dat"), "0123456789")
	path := filepath.Join(dir, "x.hea")
	for header, want := range map[string]string{
		"x 1 250 6\nx.dat 16":                                  "x.dat: has 10 bytes, 5 samples of each signal, but the header says 6",
		"x 1 250 9223372036854775807\nx.dat 212":               "6 samples of each signal",
		"x 1 250\nx.dat 16+10":                                 "no samples",
		"x 1 250\nx.dat 16+9223372036854775807":                "no samples",
		"x 1 250\ny.dat 16":                                    "y.dat",
		"x 2 250\nx.dat 16\nx.dat 212":                         "line 3: format is 212, but 16",
		"x 2 250\nx.dat 16+2\nx.dat 16+4":                      "line 3: byte offset",
		"x/2 1 250\nx 1\nx 1":                                  "segment \"x\": has segments itself",
		"x/2 1 250\ny 1\ny 1":                                  "line 2: segment \"y\"",
		"x 1 250 5\nx.dat 16 200 12 0 0 7 0 lead":              "line 2: signal 1 (\"lead\"): the checksum is 7, but the samples in x.dat have the sum",
		"x 1 250 5\nx.dat 16 200 12 0 0 0 0 lead":              "the checksum is 0",
		"x 2 250 1\nx.dat 16x5 200\nx.dat 16x1 200 1 1 1 1 1 ": "has 10 bytes, 0 samples",
	} {
		writeFile(t, path, header)
		r, err := openWFDB(path, "x")
		if err == nil {
			_, err = r.check(true)
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%q: error is %v, want one with %q", header, err, want)
		}
	}
}
