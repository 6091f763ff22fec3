package data

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/wfdbtest"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// exampleOf reads example i.
func exampleOf(t testing.TB, d train.Dataset, i int) train.Example {
	t.Helper()
	s := d.Spec()
	e := train.Example{X: make([]float32, s.Steps*s.Features), Classes: make([]int, s.Steps)}
	if err := d.Read(i, &e); err != nil {
		t.Fatal(err)
	}
	if e.Steps == 0 {
		e.Steps = s.Steps
	}
	return e
}

// writeHearts writes synthetic electrocardiograms as the QT Database has real ones, and gives what was written:
// the two leads in mV and the labels of each record.
func writeHearts(t testing.TB, dir string, n, steps int, annotator string) (signal [][2][]float32, labels [][]int) {
	t.Helper()
	r, err := ECGSyn{Records: n, Steps: steps}.Generate(5)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		rec := wfdbtest.Record{Name: fmt.Sprintf("syn%02d", i), Frequency: "250/360", Together: true, Annotator: annotator}
		var leads [2][]float32
		for l, s := range r.Signal[i] {
			x := wfdbtest.Signal{Format: 212, Gain: "200(0)", Zero: 1024, Description: fmt.Sprint("lead", l)}
			for _, v := range s {
				adc := math.Round(float64(v) * 200)
				x.Samples = append(x.Samples, int32(adc))
				leads[l] = append(leads[l], float32(adc/200))
			}
			rec.Signals = append(rec.Signals, x)
		}
		e := exampleOf(t, r, i)
		rec.Annotations = wfdbtest.Waves(e.Classes)
		rec.Write(t, dir)
		signal, labels = append(signal, leads), append(labels, e.Classes)
	}
	return signal, labels
}

// What is written comes back: each lead bit for bit, the events of its windows, the label of each step.
func TestWFDB(t *testing.T) {
	dir := t.TempDir()
	const steps = 4000
	signal, labels := writeHearts(t, dir, 3, steps, "q1c")
	w, err := ReadWFDB(dir, WFDBOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i := range w.Len() {
		name, ms := w.Place(i)
		record, from := int(name[4]-'0'), int(ms/4)
		seen[name]++
		leads, err := w.Leads(i)
		if err != nil {
			t.Fatal(err)
		}
		e := exampleOf(t, w, i)
		if e.Steps != len(leads[0]) || e.Steps > 1301 {
			t.Errorf("%s: %d steps", name, e.Steps)
		}
		for l := range leads {
			want := signal[record][l][from : from+e.Steps]
			if !slices.Equal(leads[l], want) {
				t.Errorf("%s: lead %d differs", name, l)
			}
			up, down, err := LevelCross{Delta: .11}.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			for k := range want {
				if e.X[k*4+2*l] == 1 != up[k] || e.X[k*4+2*l+1] == 1 != down[k] {
					t.Fatalf("%s: lead %d: events of step %d differ", name, l, k)
				}
			}
		}
		for k := range e.Steps {
			want := labels[record][from+k]
			if got := e.Classes[k]; got != want && (got != train.Ignore || from+k > 400 && from+k < steps-400) {
				t.Fatalf("%s: class of step %d is %d, want %d", name, from+k, got, want)
			}
		}
	}
	if len(seen) != 3 || w.Len() < 9 || !w.Annotated() || len(w.Notes()) != 0 {
		t.Errorf("%v of %v, annotated %v, notes %v", w, seen, w.Annotated(), w.Notes())
	}
	traintest.Dataset(t, w)

	one, err := ReadWFDB(filepath.Join(dir, "syn01.hea"), WFDBOptions{Leads: []string{"2", "lead0"}, Window: 500})
	if err != nil {
		t.Fatal(err)
	}
	leads, err := one.Leads(0)
	if _, ms := one.Place(0); err != nil || !slices.Equal(leads[0], signal[1][1][int(ms/4):int(ms/4)+500]) || one.Spec().Steps != 500 {
		t.Errorf("leads that are chosen are others: %v", err)
	}
}

// Records are held out whole, and the same seed holds out the same.
func TestWFDBSplit(t *testing.T) {
	dir := t.TempDir()
	writeHearts(t, dir, 5, 2000, "q1c")
	writeFile(t, filepath.Join(dir, "RECORDS"), "syn00\nsyn03\r\nsyn01\n\nsyn04\n")
	w, err := ReadWFDB(dir, WFDBOptions{Window: 300})
	if err != nil {
		t.Fatal(err)
	}
	rest, held, err := w.Split(0, .25)
	if err != nil {
		t.Fatal(err)
	}
	names := func(w *WFDB) (names []string) {
		for i := range w.Len() {
			name, _ := w.Place(i)
			names = append(names, name)
		}
		return slices.Compact(names)
	}
	a, b := names(rest), names(held)
	if len(a) != 3 || len(b) != 1 || slices.Contains(a, b[0]) || rest.Len()+held.Len() != w.Len() || slices.Contains(append(a, b...), "syn02") {
		t.Errorf("records are split in %v and %v", a, b)
	}
}

// marks turns "3( 10p …" into annotations.
func marks(text string) (out []wfdbtest.Annotation) {
	for _, s := range strings.Fields(text) {
		var a wfdbtest.Annotation
		fmt.Sscanf(s, "%d%s", &a.Sample, &a.Code)
		out = append(out, a)
	}
	return out
}

// Labels follow from the marks: each wave between two that are there, and none where one is missing.
func TestWFDBLabels(t *testing.T) {
	for _, c := range []struct{ name, marks, want string }{
		{"a beat", "2( 4p 6) 9( 11N 13) 20( 22t 25) 30( 31p 33)", "2P 6PQ 9QR 11RS 13ST 25TP 30P 33."},
		{"T without its beginning", "2( 4p 6) 9( 11V 13) 22t 25) 30( 31p 33)", "2P 6PQ 9QR 11RS 13ST 25TP 30P 33."},
		{"no P", "9( 11N 13) 22t 25) 39( 41N 43)", "9QR 11RS 13ST 25. 39QR 41RS 43."},
		{"U wave", "9( 11N 13) 22t 25) 27( 28u 29) 33( 34p 35)", "9QR 11RS 13ST 25TP 33P 35."},
		{"no T", "2( 4p 6) 9( 11N 13) 30( 31p 33)", "2P 6PQ 9QR 11RS 13. 30P 33."},
		{"QRS without its end", "2( 4p 6) 9( 11N 22t 25) 30( 31p 33)", "2P 6PQ 9QR 11. 25TP 30P 33."},
		{"beats only", "11N 31N 51V", ""},
		{"other marks between", "2( 4p 5+ 6) 7~ 9( 11N 13) 14\" 22t 25)", "2P 6PQ 9QR 11RS 13ST 25."},
		{"beats that nobody marked", "9( 11N 13) 22t 25) 600( 601p 603)", "9QR 11RS 13ST 25. 600P 603."},
		{"T that P cuts off", "9( 11N 13) 22t 30( 33p 35)", "9QR 11RS 13. 30P 35."},
		{"T of two phases", "9( 11N 13) 18( 19t 22t 25) 30( 31p 33)", "9QR 11RS 13ST 25TP 30P 33."},
		{"two phases, no beginning", "9( 11N 13) 19t 22t 25) 30( 31p 33)", "9QR 11RS 13ST 25TP 30P 33."},
		{"R of two peaks", "9( 11N 12N 13) 22t 25)", "9QR 11RS 13ST 25."},
		{"ends where the next begins", "2( 4p 6) 6( 11N 13) 13( 22t 25) 25( 31p 33)", "2P 6QR 11RS 13ST 25P 33."},
		{"the next begins before the end", "2( 4p 6( 6) 11N 13( 13) 22t 25( 25) 31p 33)", "2P 6QR 11RS 13ST 25P 33."},
		{"ends alone", "2) 4) 9( 11N 13) 22t 25) 26)", "9QR 11RS 13ST 25."},
		{"beginnings alone", "2( 3( 4p 6) 7( 9( 11N 13) 22t 25)", "3P 6PQ 9QR 11RS 13ST 25."},
		{"nothing", "", ""},
	} {
		dir := t.TempDir()
		wfdbtest.Record{Name: "r", Frequency: "250", Signals: []wfdbtest.Signal{{Format: 16, Gain: "200", Samples: make([]int32, 1000)}},
			Annotator: "q1c", Annotations: marks(c.marks)}.Write(t, dir)
		r, err := openWFDB(filepath.Join(dir, "r.hea"), "r")
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := r.labels(filepath.Join(dir, "r.q1c"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for k := range b {
			at, w := b.at(k)
			name := "."
			if w != wfdbNoWave {
				name = w.String()
			}
			got = append(got, fmt.Sprint(at)+name)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// A ramp stays the ramp that it is at every sampling frequency, and its marks stay at their times.
func TestWFDBFrequencies(t *testing.T) {
	for _, frequency := range []float64{100, 128, 250, 257.3, 360, 500, 1000} {
		for _, perFrame := range []int{1, 3} {
			dir := t.TempDir()
			frames := int(4 * frequency)
			s := wfdbtest.Signal{Format: 24, PerFrame: perFrame, Gain: "1000(5)/uV"}
			for j := range frames * perFrame { // 1000 µV a second, from 0
				s.Samples = append(s.Samples, int32(math.Round(1e6*float64(j)/(frequency*float64(perFrame))))+5)
			}
			at := func(ms float64) int { return int(math.Ceil(ms * frequency / 1000)) }
			wfdbtest.Record{Name: "r", Frequency: fmt.Sprint(frequency), Signals: []wfdbtest.Signal{s, s}, Annotator: "man", Annotations: []wfdbtest.Annotation{
				{Sample: at(1000), Code: "("}, {Sample: at(1100), Code: "p"}, {Sample: at(1200), Code: ")"}}}.Write(t, dir)
			w, err := ReadWFDB(dir, WFDBOptions{Annotator: "man", Window: 400})
			if err != nil {
				t.Fatal(err)
			}
			leads, err := w.Leads(0)
			if err != nil {
				t.Fatal(err)
			}
			_, from := w.Place(0)
			for k, v := range leads[1] {
				ms := from + 4*float64(k)
				if ms < 3900 && math.Abs(float64(v)-ms/1000) > 2e-6 {
					t.Errorf("%v Hz: %v mV at %v ms", frequency, v, ms)
					break
				}
			}
			first := slices.Index(exampleOf(t, w, 0).Classes, int(WaveP))
			if ms := from + 4*float64(first); math.Abs(ms-1000) > 1000/frequency+4 {
				t.Errorf("%v Hz: P begins at %v ms, want 1000", frequency, ms)
			}
			if notes := w.Notes(); (frequency*float64(perFrame) == 250) != (len(notes) == 0) {
				t.Errorf("%v Hz: notes are %v", frequency, notes)
			}
		}
	}
}

// A recording without annotations is read whole, in windows that are equally long, if that is asked for.
func TestWFDBUnannotated(t *testing.T) {
	dir := t.TempDir()
	writeHearts(t, dir, 1, 2500, "")
	if _, err := ReadWFDB(dir, WFDBOptions{}); err == nil || !strings.Contains(err.Error(), "1 of 1 records have no annotations .q1c") {
		t.Errorf("error is %v", err)
	}
	w, err := ReadWFDB(filepath.Join(dir, "syn00"), WFDBOptions{Unannotated: true})
	if err != nil {
		t.Fatal(err)
	}
	if w.Len() != 2 || w.Annotated() || w.Spec().Steps != 1250 || w.Spec().Varying {
		t.Errorf("%v of %+v", w, w.Spec())
	}
	for _, c := range exampleOf(t, w, 1).Classes {
		if c != train.Ignore {
			t.Fatalf("a class is %d", c)
		}
	}
	if _, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Annotator: "atr"}); err == nil {
		t.Error("annotations that were asked for are passed over")
	}
}

// Samples that are marked as invalid keep the value before them, and this is told.
func TestWFDBInvalid(t *testing.T) {
	dir := t.TempDir()
	s := wfdbtest.Signal{Format: 212, Gain: "1/mV", Description: "I", Samples: make([]int32, 300)}
	for k := range s.Samples {
		s.Samples[k] = int32(k)
	}
	for _, k := range []int{0, 1, 100, 101, 299} {
		s.Samples[k] = -2048
	}
	wfdbtest.Record{Name: "r", Frequency: "250", Signals: []wfdbtest.Signal{s}}.Write(t, dir)
	if _, err := ReadWFDB(dir, WFDBOptions{Unannotated: true}); err == nil || !strings.Contains(err.Error(), "has one signal") {
		t.Errorf("error is %v", err)
	}
	w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Single: true})
	if err != nil {
		t.Fatal(err)
	}
	leads, err := w.Leads(0)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[int]float32{0: 2, 1: 2, 2: 2, 99: 99, 100: 99, 101: 99, 102: 102, 299: 298} {
		if leads[0][k] != want {
			t.Errorf("step %d is %v, want %v", k, leads[0][k], want)
		}
	}
	if notes := w.Notes(); len(notes) != 2 || !strings.Contains(notes[0], "5 of 300 samples of signal 1 (I)") || slices.Max(leads[1]) != 0 {
		t.Errorf("notes are %v", notes)
	}
}

func TestWFDBNormalise(t *testing.T) {
	dir := t.TempDir()
	s := wfdbtest.Signal{Format: 80, Gain: "3/bpm", Samples: []int32{}}
	for k := range 200 {
		s.Samples = append(s.Samples, 50+int32(k%2)*20)
	}
	wfdbtest.Record{Name: "r", Frequency: "250", Signals: []wfdbtest.Signal{s, s}}.Write(t, dir)
	if _, err := ReadWFDB(dir, WFDBOptions{Unannotated: true}); err == nil || !strings.Contains(err.Error(), `is in "bpm", want mV`) {
		t.Errorf("error is %v", err)
	}
	if _, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Normalise: true}); err == nil || !strings.Contains(err.Error(), "Delta") {
		t.Errorf("error is %v", err)
	}
	w, err := ReadWFDB(dir, WFDBOptions{Unannotated: true, Normalise: true, Delta: .5})
	if err != nil {
		t.Fatal(err)
	}
	leads, err := w.Leads(0)
	if err != nil || leads[0][0] != -1 || leads[1][1] != 1 {
		t.Errorf("leads are %v, %v", leads[0][:4], err)
	}
}

func TestWFDBRefuses(t *testing.T) {
	dir := t.TempDir()
	writeHearts(t, dir, 2, 1400, "q1c")
	for _, c := range []struct {
		file, content string
		o             WFDBOptions
		want          string
	}{
		{"RECORDS", "syn00\nsyn00\n", WFDBOptions{}, "RECORDS: line 2: record \"syn00\" is there twice"},
		{"RECORDS", "syn00\n../x\n", WFDBOptions{}, "RECORDS: line 2"},
		{"RECORDS", "syn00\nsyn77\n", WFDBOptions{}, "syn77.hea"},
		{"RECORDS", "\n", WFDBOptions{}, "names no records"},
		{"", "", WFDBOptions{Annotator: "atr"}, "2 of 2 records have no annotations .atr"},
		{"", "", WFDBOptions{Annotator: "atr"}, `for which there are "q1c"`},
		{"", "", WFDBOptions{Annotator: "../q1c"}, "Annotator is"},
		{"", "", WFDBOptions{Delta: -1}, "Delta is -1"},
		{"", "", WFDBOptions{Delta: math.NaN()}, "Delta is NaN"},
		{"", "", WFDBOptions{StepMS: 1e9}, "StepMS"},
		{"", "", WFDBOptions{Window: 1 << 40}, "Window is"},
		{"", "", WFDBOptions{Leads: []string{"V9"}}, `lead "V9" is not there, or there twice; there are 2 signals: "lead0", "lead1"`},
		{"", "", WFDBOptions{Leads: []string{"1", "lead0"}}, "or there twice"},
		{"", "", WFDBOptions{Leads: []string{"1", "2", "2"}}, "at most 2"},
		{"syn00.q1c", "", WFDBOptions{}, "syn00.q1c: byte 0: ends without its end mark"},
		{"syn00.q1c", "\x01\x9c", WFDBOptions{}, "syn00.q1c: byte 2: ends without"},
		{"syn00.q1c", "\x01\x9c\xff", WFDBOptions{}, "ends within an annotation"},
		{"syn00.q1c", "\x01\x9c\xff\xff", WFDBOptions{}, "ends within a text of 1023 bytes"},
		{"syn00.q1c", "\x01\x58\x00\xdc\x00\x00", WFDBOptions{}, "has the code 55"},
		{"syn00.q1c", "\x00\xec\x00\x00\xff\xff\x01\x9c\x00\x00", WFDBOptions{}, `annotation ( is at sample 65536, but the record has 1400`},
		{"syn00.q1c", "\x00\xec\xff\xff\x00\x00\x01\x9c\x00\x00", WFDBOptions{}, "before the record"},
		{"syn00.q1c", "\x05\x9c\x00\xec\xff\xff\xfe\xff\x00\xa0\x00\x00", WFDBOptions{}, "annotation ) is at sample 3, before the one before it"},
		{"syn00.dat", "", WFDBOptions{}, "syn00.dat: has 0 bytes"},
	} {
		var old []byte
		path := filepath.Join(dir, c.file)
		if c.file != "" {
			old, _ = os.ReadFile(path)
			writeFile(t, path, c.content)
		}
		_, err := ReadWFDB(dir, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %+v: error is %v, want one with %q", c.content, c.o, err, c.want)
		}
		if old != nil {
			writeFile(t, path, string(old))
		} else if c.file != "" {
			os.Remove(path)
		}
	}
	if _, err := ReadWFDB(filepath.Join(dir, "nowhere"), WFDBOptions{}); err == nil {
		t.Error("a folder that there is not gives no error")
	}
	if _, err := ReadWFDB(t.TempDir(), WFDBOptions{}); err == nil || !strings.Contains(err.Error(), "has neither a file RECORDS nor headers") {
		t.Errorf("an empty folder: %v", err)
	}
}
