package data

import (
	"bufio"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// spikesWriter writes a file in the form of the Spiking Speech Commands as large as is wanted, without holding it: heaps of
// sequences, datasets that refer to them, and a group of these, each with an object header of version 2.
type spikesWriter struct {
	*bufio.Writer
	at uint64
}

func (w *spikesWriter) put(parts ...any) (address uint64) {
	address = w.at
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			w.WriteByte(byte(p))
			w.at++
		case string:
			w.WriteString(p)
			w.at += uint64(len(p))
		default:
			_ = binary.Write(w, binary.LittleEndian, p)
			w.at += uint64(binary.Size(p))
		}
	}
	return address
}

const (
	u2Type   = "\x10\x00\x00\x00\x02\x00\x00\x00\x00\x00\x10\x00"
	f2Type   = "\x11\x20\x0f\x00\x02\x00\x00\x00\x00\x00\x10\x00\x0a\x05\x00\x0a\x0f\x00\x00\x00"
	vlenType = "\x19\x00\x00\x00\x10\x00\x00\x00"
)

// array puts the object header of a dataset of any shape, whose data are at an address.
func (w *spikesWriter) array(kind string, data uint64, shape ...uint64) (address uint64) {
	space := 4 + 8*len(shape)
	size := uint32(3*4 + len(kind) + space + 18)
	return w.put("OHDR\x02\x02", size, 3, uint16(len(kind)), 0, kind, 1, uint16(space), 0, 2, len(shape), "\x00\x01", shape,
		8, uint16(18), 0, "\x03\x01", data, uint64(0), uint32(0))
}

func (w *spikesWriter) group(names string, addresses ...uint64) (address uint64) {
	var links []any
	size := 0
	for i, name := range strings.Fields(names) {
		links = append(links, 6, uint16(11+len(name)), 0, 1, 0, len(name), name, addresses[i])
		size += 4 + 11 + len(name)
	}
	return w.put(append(append([]any{"OHDR\x02\x02", uint32(size)}, links...), uint32(0))...)
}

// writeSpikes writes so many examples of so many events each: event k of example i is at k/events s, of unit (i + k) modulo
// 700.
func writeSpikes(t testing.TB, examples, events int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ssc_train.h5")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := &spikesWriter{Writer: bufio.NewWriterSize(f, 1<<20)}
	w.put(make([]byte, 48))
	refs := [2][]byte{}
	row := make([]uint16, (events+3)/4*4)
	for i := range examples {
		for kind := range refs {
			for k := range events {
				row[k] = uint16((i + k) % 700)
				if kind == 0 { // half of powers of 2: 2⁻ᵏ
					row[k] = uint16(k*14/events+1) << 10
				}
			}
			heap := w.put("GCOL\x01\x00\x00\x00", uint64(32+2*len(row)), uint16(1), uint16(1), uint32(0), uint64(2*events), row)
			r := binary.LittleEndian.AppendUint32(refs[kind], uint32(events))
			r = binary.LittleEndian.AppendUint64(r, heap)
			refs[kind] = binary.LittleEndian.AppendUint32(r, 1)
		}
	}
	n := uint64(examples)
	times := w.array(vlenType+f2Type, w.put(refs[0]), n)
	units := w.array(vlenType+u2Type, w.put(refs[1]), n)
	spikes := w.group("times units", times, units)
	labels := w.array(u2Type, w.put(make([]uint16, n)), n)
	root := w.group("labels spikes", labels, spikes)
	w.end(f, root)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// end puts the superblock at the start.
func (w *spikesWriter) end(f *os.File, root uint64) {
	end := w.at
	w.Flush()
	_, _ = f.Seek(0, 0)
	w.put("\x89HDF\r\n\x1a\n\x02\x08\x08\x00", uint64(0), ^uint64(0), end, root, uint32(0))
}

// readSpikes reads all examples twice, the second time backwards.
func readSpikes(path string, examples, events int) error {
	e, err := ReadSSC(path)
	if err != nil {
		return err
	}
	for i := range 2 * examples {
		times, units, err := e.Example(min(i, 2*examples-1-i))
		if err != nil {
			return err
		}
		if len(times) != events || units[events-1] != uint32(min(i, 2*examples-1-i)+events-1)%700 {
			return os.ErrInvalid
		}
	}
	return nil
}

// The memory does not grow with the file: this one has 64 MB.
func TestSpikesMemory(t *testing.T) {
	const examples, events = 4000, 4000
	const where = "SRNN_TEST_SPIKES" // tells the other process, which ends without clearing up
	path := os.Getenv(where)
	if path == "" {
		path = writeSpikes(t, examples, events)
		t.Setenv(where, path)
	}
	peak, err := memlimit.Run(t, 40<<20, func() error { return readSpikes(path, examples, events) })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("peak %.1f MiB", float64(peak)/(1<<20))
}

// BenchmarkSpikes reads a small file. With SRNN_SSC set it has the 75,000 examples of the Spiking Speech Commands, of 1500
// events each, which is 450 MB.
func BenchmarkSpikes(b *testing.B) {
	examples, events := 500, 1500
	if os.Getenv("SRNN_SSC") != "" {
		examples = 75000
	}
	path := writeSpikes(b, examples, events)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if err := readSpikes(path, examples, events); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(b.N*2*examples*events)/b.Elapsed().Seconds()/1e6, "Mevents/s")
	b.ReportMetric(float64(after.Sys)/(1<<20), "MiB-of-system")
}
