package plot

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRows(t *testing.T) {
	// Two steps of a batch of three records with two units.
	values := []int16{0, 1, 10, 11, 20, 21, 2, 3, 12, 13, 22, 23}
	got, err := Rows(values, 3, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float64{{10, 11}, {12, 13}}, got); diff != "" {
		t.Errorf("record 1 (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		name            string
		batch, units, b int
		want            string
	}{
		{"no batch", 0, 2, 0, "record 0 of a batch of 0 with 2 units"},
		{"no units", 3, 0, 0, "0 units"},
		{"record after the last", 3, 2, 3, "record 3 of a batch of 3"},
		{"record before the first", 3, 2, -1, "record -1"},
		{"part of a step", 3, 5, 0, "12 values are not a whole number of steps of shape (3, 5)"},
		{"overflow", math.MaxInt, math.MaxInt, 0, "12 values are not a whole number of steps"},
	} {
		if _, err := Rows(values, c.batch, c.units, c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestRowsAreTheTensor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps, batch, units := rapid.IntRange(0, 5).Draw(t, "T"), rapid.IntRange(1, 4).Draw(t, "batch"), rapid.IntRange(1, 4).Draw(t, "units")
		values := make([]float32, steps*batch*units)
		for i := range values {
			values[i] = float32(i)
		}
		b := rapid.IntRange(0, batch-1).Draw(t, "b")
		rows, err := Rows(values, batch, units, b)
		if err != nil || len(rows) != steps {
			t.Fatalf("%d rows of %d steps (%v)", len(rows), steps, err)
		}
		for step, row := range rows {
			for u, v := range row {
				if want := float64((step*batch+b)*units + u); v != want {
					t.Errorf("[%d, %d, %d] is %v, want %v", step, b, u, v, want)
				}
			}
		}
	})
}

// TestHistogramCountsAll checks that every value is in a bar that covers it.
func TestHistogramCountsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Histogram{Values: rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 1, 200).Draw(t, "values")}
		low, high := bounds(h.Values)
		bars, most := h.bars(1.2*(high-low) + 1)
		sum, highest := 0.0, 0.0
		for _, b := range bars.of {
			sum += b.top
			highest = math.Max(highest, b.top)
			inside := 0.0
			gap := 0.03 * (b.right - b.left) // and rounding at its edges
			for _, v := range h.Values {
				if v >= b.left-gap && v <= b.right+gap {
					inside++
				}
			}
			if inside < b.top {
				t.Errorf("a bar from %v to %v has height %v over %v values", b.left, b.right, b.top, inside)
			}
		}
		if sum != float64(len(h.Values)) || highest != float64(most) {
			t.Errorf("the bars hold %v of %d values, the highest %v, want %d", sum, len(h.Values), highest, most)
		}
	})
}

// TestRecordLabels checks the bands and the title: unlabelled steps are neither drawn nor counted.
func TestRecordLabels(t *testing.T) {
	d := RecordData{Step: 4, Classes: []string{"a", "b"}, True: []int{-1, 0, 0, 1, 1}, Predicted: []int{1, 0, 1, 1, 1}}
	want := []box{{2, 10, 1.6, 2.4}}
	if diff := cmp.Diff(want, runs(d.True, 0, 2, d.Step), cmp.AllowUnexported(box{})); diff != "" {
		t.Errorf("steps of class a (-want +got):\n%s", diff)
	}
	f, err := d.figure()
	if err != nil {
		t.Fatal(err)
	}
	if title := f.Panels[0][0].title; title != "Labels, 75.0 % correct" {
		t.Errorf("title %q", title)
	}
}

func TestConfusionTitleAndCells(t *testing.T) {
	f, err := ConfusionData{Title: "test", Classes: []string{"a", "b"}, Counts: [][]int{{3, 1}, {0, 4}}}.figure()
	if err != nil {
		t.Fatal(err)
	}
	if title := f.Panels[0][0].title; title != "test: accuracy 87.5 %" {
		t.Errorf("title %q", title)
	}
	for share, want := range map[float64]string{0: "0", 1: "100", 0.5: "50.0", 0.0001: "<0.1", 0.0007: "0.1", 0.99949: "99.9", 0.9999: ">99.9"} {
		if got := shareText(share); got != want {
			t.Errorf("%v is written %q, want %q", share, got, want)
		}
	}
}

// TestColours checks that the text of a cell can be read whatever the cell's share, and that a
// greater share is darker.
func TestColours(t *testing.T) {
	before := math.Inf(1)
	for i := range 101 {
		background := heat(float64(i) / 100)
		light := luminance(background)
		if light > before {
			t.Errorf("%d %% is lighter than %d %%", i, i-1)
		}
		before = light
		if got := contrast(background, readableOn(background)); got < 3.8 {
			t.Errorf("text on %d %% has a contrast of %.1f, want 3.8 or more", i, got)
		}
	}
	seen := map[any]int{}
	for i := range 2 * len(classColours) {
		c := rgba(ClassColour(i))
		if j, ok := seen[c]; ok {
			t.Errorf("classes %d and %d have one colour", i, j)
		}
		seen[c] = i
	}
	if ClassColour(-1) != ClassColour(2*len(classColours)-1) {
		t.Error("class −1 is not the last")
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "figure.PNG")
	d := LearningCurvesData{TrainLoss: []float64{2, 1}}
	if err := os.WriteFile(path, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := LearningCurves(path, d); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's permissions became %v", info.Mode())
	}
	onlyFile(t, path)

	taken := filepath.Join(dir, "folder.png")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{taken, filepath.Join(dir, "missing", "figure.png"), filepath.Join(dir, "figure.svg"), ""} {
		if err := LearningCurves(bad, d); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: error %v, want one that names it", bad, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".figure-*")); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}
