package cases

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// Events of a long recording, in ms: jniediek/combinato#14, DC-analysis/dclab#204. A CSV with times of a day of
// recording at a resolution of 1 ms, and one of µs resolution after a minute. Each time is its own, or the file is
// refused.
func TestCase08Float32Timestamps(t *testing.T) {
	r := begin(t, "08")
	r.ticks("1 ms apart, five hours into a recording", 5*3600e3, 1)
	r.ticks("0.1 ms apart, half an hour into a recording", 1800e3, .1)
	r.ticks("0.001 ms (a DVS camera's µs) apart, 20 s into a recording", 20e3, .001)
	r.ticks("1 ms apart, Unix time in ms", 1.7e12, 1)
	r.ticks("control: 1 ms apart, a minute into a recording", 60e3, 1)
}

// ticks writes one event every step from start on, with %.4f ms, and counts the times that are read.
func (r *reproduction) ticks(name string, start, dt float64) {
	const n = 64
	var b strings.Builder
	b.WriteString("example,time,unit,label\n")
	for k := range n {
		fmt.Fprintf(&b, "0,%.4f,0,0\n", start+(float64(k)+.5)*dt) // in the middle of a step
	}
	path := filepath.Join(r.TempDir(), "events.csv")
	r.must(os.WriteFile(path, []byte(b.String()), 0o644))
	e, err := data.ReadEventsCSV(path, data.CSVOptions{})
	if err != nil {
		r.check(name, true, "refused: %v", err)
		return
	}
	times, _, _ := e.Example(0)
	different := map[float64]bool{}
	for _, t := range times {
		different[float64(t)] = true
	}
	r.check(name, len(different) == n, "%d events, each %v ms after the one before, have %d different times once they are read", n, dt, len(different))
}
