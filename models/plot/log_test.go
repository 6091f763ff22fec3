package plot

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// labelled are the labels of marks, and how many have none.
func labelled(t LogTicks, low, high float64) string {
	var names []string
	without := 0
	for _, tick := range t.Ticks(low, high) {
		if tick.Label == "" {
			without++
			continue
		}
		names = append(names, tick.Label)
	}
	return fmt.Sprintf("%s and %d", strings.Join(names, " "), without)
}

func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		ticks     LogTicks
		low, high float64
		want      string
	}{
		{LogTicks{}, .01, 100, "0.01 0.1 1 10 100 and 32"},
		{LogTicks{}, .05, 30, "0.1 1 10 and 23"},
		{LogTicks{N: 3}, 1, 1e4, "1 100 10000 and 34"},
		{LogTicks{}, 2, 6, "2 3 4 5 6 and 0"},
		{LogTicks{}, 1e-12, 1e12, "1e−12 1e−7 0.01 1000 1e8 and 20"},
		{LogTicks{}, 0, 10, " and 0"},
		{LogTicks{}, -1, 10, " and 0"},
		{LogTicks{}, 10, 1, " and 0"},
		{LogTicks{}, math.NaN(), 1, " and 0"},
		{LogTicks{}, 1, math.Inf(1), " and 0"},
	} {
		if got := labelled(c.ticks, c.low, c.high); got != c.want {
			t.Errorf("%v from %v to %v: marks are %q, want %q", c.ticks, c.low, c.high, got, c.want)
		}
	}
}

// A panel with logarithmic axes is drawn; a value that has no logarithm is an error, not a panic.
func TestLogarithmic(t *testing.T) {
	for low, wantError := range map[float64]bool{.01: false, 0: true, -1: true} {
		p := NewPanel("Over decades", "x", "y")
		Logarithmic(&p.X)
		Logarithmic(&p.Y)
		if err := p.Line("curve", []float64{low, 1, 100}, []float64{1, 10, 5}, Solid(Blue)); err != nil {
			t.Fatal(err)
		}
		err := (&Figure{Panels: Row(p)}).Save(filepath.Join(t.TempDir(), "log.png"))
		if (err != nil) != wantError {
			t.Errorf("from %v on: the error is %v", low, err)
		}
	}
}
