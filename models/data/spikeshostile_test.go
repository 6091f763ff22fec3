package data

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/memlimit"
)

const nowhere = ^uint64(0) // the address of data that were never written

// Small files that say that they have much take no memory, and no time to open.
func TestSpikesHostile(t *testing.T) {
	const examples = 200_000
	for _, c := range []struct {
		name, want string
		build      func(w *spikesWriter) (times, units, labels uint64)
	}{
		{"10⁹ labels", "labels: has 1000000000 elements in a file of", func(w *spikesWriter) (times, units, labels uint64) {
			x := w.array(vlenType+f2Type, nowhere, 1e9)
			return x, x, w.array(u2Type, nowhere, 1e9)
		}},
		{"rows of 10⁹", "spikes/times: an example has 1000000000 numbers, in a file of", func(w *spikesWriter) (times, units, labels uint64) {
			x := w.array(f2Type, nowhere, 2, 1e9)
			return x, x, w.array(u2Type, nowhere, 2)
		}},
		{"columns of 10⁹", "an example has 1000000000 numbers", func(w *spikesWriter) (times, units, labels uint64) {
			x := w.array(f2Type, nowhere, 1e9, 2)
			return x, x, w.array(u2Type, nowhere, 2)
		}},
		{"more elements than there are numbers", "more than 2⁶³ bytes", func(w *spikesWriter) (times, units, labels uint64) {
			x := w.array(f2Type, nowhere, 1<<40, 1<<40)
			return x, x, w.array(u2Type, nowhere, 2)
		}},
		{"all examples are one of 100,000 events", "", func(w *spikesWriter) (times, units, labels uint64) {
			events := make([]uint16, 100_000)
			heap := w.put("GCOL\x01\x00\x00\x00", uint64(32+2*len(events)), uint16(1), uint16(1), uint32(0), uint64(2*len(events)), events)
			refs := w.at
			for range examples {
				w.put(uint32(len(events)), heap, uint32(1))
			}
			return w.array(vlenType+f2Type, refs, examples), w.array(vlenType+u2Type, refs, examples), w.array(u2Type, nowhere, examples)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			peak, err := memlimit.Run(t, 64<<20, func() error {
				path, err := hostileSpikes(c.build)
				defer os.RemoveAll(filepath.Dir(path))
				if err != nil {
					return err
				}
				e, err := ReadSHD(path)
				for _, i := range []int{0, examples / 2, examples - 1} {
					if err == nil {
						_, _, err = e.Example(i)
					}
				}
				return err
			})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			t.Logf("peak %.1f MiB", float64(peak)/(1<<20))
		})
	}
}

// hostileSpikes writes a file into a folder of its own.
func hostileSpikes(build func(w *spikesWriter) (times, units, labels uint64)) (path string, err error) {
	dir, err := os.MkdirTemp("", "srnn-spikes-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "a.h5")
	f, err := os.Create(path)
	if err != nil {
		return path, err
	}
	defer f.Close()
	w := &spikesWriter{Writer: bufio.NewWriter(f)}
	w.put(make([]byte, 48))
	times, units, labels := build(w)
	w.end(f, w.group("labels spikes", labels, w.group("times units", times, units)))
	return path, errors.WithStack(w.Flush())
}
