package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/models/train"
)

// sparseNPY makes a .npy file of so many examples of bytes, of which the disk holds nothing: an element is 1 where it is
// the first of an example, and else 0.
func sparseNPY(t testing.TB, path string, examples, steps, features int) {
	t.Helper()
	header := npyFile("|u1", fmt.Sprintf("(%d, %d, %d)", examples, steps, features), false, le, []uint8{})
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(header); err != nil {
		t.Fatal(err)
	}
	example := int64(steps * features)
	for i := range int64(examples) {
		if _, err := f.WriteAt([]byte{1}, int64(len(header))+i*example); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(int64(len(header)) + int64(examples)*example); err != nil {
		t.Fatal(err)
	}
}

// labelsNPY makes a .npy file of the labels 0 to 34, again and again.
func labelsNPY(t testing.TB, path string, examples int) {
	t.Helper()
	labels := make([]uint8, examples)
	for i := range labels {
		labels[i] = uint8(i % 35)
	}
	if err := os.WriteFile(path, npyFile("|u1", fmt.Sprintf("(%d,)", examples), false, le, labels), 0o644); err != nil {
		t.Fatal(err)
	}
}

// folder is one that the process of memlimit uses, too, and which goes with the test.
func folder(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("SRNN_TEST_FOLDER"); dir != "" {
		return dir
	}
	dir := t.TempDir()
	t.Setenv("SRNN_TEST_FOLDER", dir)
	return dir
}

// A set as large as Spiking Speech Commands is read without being held.
func TestArraysOnDisk(t *testing.T) {
	dir := folder(t)
	x, y := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	const examples = 2000
	sparseNPY(t, x, examples, 250, 700)
	labelsNPY(t, y, examples)
	peak, err := memlimit.Run(t, 24<<20, func() error {
		a, err := ReadNPY(x, y, ArrayOptions{})
		if err != nil {
			return err
		}
		defer a.Close()
		for i := 0; i < examples; i += 19 {
			e, err := train.ReadExample(a, i)
			if err != nil || e.X[0] != 1 || e.X[1] != 0 || e.Classes[0] != i%35 {
				return errors.Errorf("example %d: %v, class %v, %v", i, e.X[:2], e.Classes, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%.1f MiB for 350 MB of bytes", float64(peak)/(1<<20))
}

// deflated is a compressed .npz file with x of so many examples of zeros, 1 MB each.
func deflated(t *testing.T, examples int, y []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("x.npy")
	if err == nil {
		_, err = f.Write(npyFile("|b1", fmt.Sprintf("(%d, 1000, 1000)", examples), false, le, []bool{}))
	}
	for block := make([]byte, 1_000_000); examples > 0 && err == nil; examples-- {
		_, err = f.Write(block)
	}
	if err == nil {
		if f, err = z.Create("y.npy"); err == nil {
			_, err = f.Write(y)
		}
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is compressed takes as much memory as it has bytes when it is inflated, and none when it is refused.
func TestArraysCompressed(t *testing.T) {
	labels := make([]uint8, 40)
	good := npyFile("|u1", "(40,)", false, le, labels)
	for _, c := range []struct {
		name  string
		y     []byte
		o     ArrayOptions
		limit int64
		want  string
	}{
		{"read", good, ArrayOptions{}, 54 << 20, ""},
		{"more than allowed", good, ArrayOptions{Memory: 39_000_000}, 8 << 20, "x: ArrayOptions.Memory: BOOL of shape [40 1000 1000] would take 38.1 MiB of memory"},
		{"other labels", npyFile("|u1", "(39,)", false, le, labels[:39]), ArrayOptions{}, 8 << 20, "y has shape [39]"},
		{"labels that are not whole", npyFile("<f4", "(40,)", false, le, append(make([]float32, 39), .5)), ArrayOptions{}, 8 << 20, "label is 0.5"},
		{"labels that are text", npyFile("<U1", "(40,)", false, le, make([]uint32, 40)), ArrayOptions{}, 8 << 20, "text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(folder(t), "xy.npz")
			if err := os.WriteFile(path, deflated(t, 40, c.y), 0o644); err != nil {
				t.Fatal(err)
			}
			runtime.GC()
			peak, err := memlimit.Run(t, c.limit, func() error {
				a, err := ReadArrays(path, c.o)
				if err != nil {
					return err
				}
				defer a.Close()
				_, err = train.ReadExample(a, 39)
				return err
			})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
			t.Logf("%.1f MiB", float64(peak)/(1<<20))
		})
	}
}

// Other formats are read by the same call: x and y of a safetensors file, under names of one's own.
func TestArraysSafetensors(t *testing.T) {
	header := `{"data":{"dtype":"BF16","shape":[2,1,2],"data_offsets":[0,8]},"labels":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}}`
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for _, v := range []uint16{0x3f80, 0x4000, 0x4040, 0x4080} { // 1, 2, 3, 4
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, 2), 1)
	path := write(t, "set.safetensors", b)
	a, err := ReadArrays(path, ArrayOptions{X: "data", Y: "labels", FirstClass: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	e, err := train.ReadExample(a, 1)
	if err != nil || a.Len() != 2 || e.X[0] != 3 || e.X[1] != 4 || e.Classes[0] != 0 || a.Spec().Classes != 2 {
		t.Errorf("%+v of %+v: %v", e, a.Spec(), err)
	}
	for want, o := range map[string]ArrayOptions{
		`data: ` + path + ` has no array "x"; it has data, labels: ArrayOptions.X names it, by its path where it lies deeper`: {},
		`no array "y"`: {X: "data"}, `no array "l"`: {X: "data", Y: "labels", Lengths: "l"},
	} {
		if _, err := ReadArrays(path, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func FuzzArrays(f *testing.F) {
	x := npyFile("<f4", "(2, 1, 2)", false, le, []float32{1, 2, 3, 4})
	y := npyFile("<i8", "(2,)", false, le, []int64{0, 5})
	hot := npyFile(">f2", "(2, 1, 2)", true, be, []uint16{0x3c00, 0, 0, 0x3c00})
	f.Add(npzFile(f, map[string][]byte{"x.npy": x, "y.npy": y}), byte(0))
	f.Add(npzFile(f, map[string][]byte{"x.npy": x, "y.npy": hot, "lengths.npy": npyFile("|u1", "(2,)", false, le, []uint8{1, 1})}), byte(3))
	f.Add(npzFile(f, map[string][]byte{"x.npy": hot, "y.npy": x}), byte(4))
	f.Fuzz(func(t *testing.T, raw []byte, flags byte) {
		path := filepath.Join(t.TempDir(), "xy.npz")
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		a, err := ReadArrays(path, ArrayOptions{FeaturesFirst: flags&1 != 0, OneHot: flags&2 != 0, Numbers: flags&4 != 0, FirstClass: int(flags >> 3 & 1), Memory: 64 << 20})
		if err != nil {
			return
		}
		defer a.Close()
		s := a.Spec()
		if s.Steps*s.Features > 1<<24 {
			return
		}
		for _, i := range []int{0, a.Len() - 1} {
			e, err := train.ReadExample(a, i)
			if err != nil {
				continue // what it says is tested elsewhere
			}
			for _, c := range e.Classes {
				if c < train.Ignore || c >= s.Classes {
					t.Errorf("class %d of %d", c, s.Classes)
				}
			}
		}
	})
}

// BenchmarkArrays reads batches of a set as large as Spiking Speech Commands in steps of 4 ms: 75,466 examples of
// 250×700 bytes, 13 GB, of which the disk holds nothing but a page for each. It reports the memory that the process
// has from the system.
func BenchmarkArrays(b *testing.B) {
	dir := b.TempDir()
	x, y := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	const examples, batch = 75_466, 128
	sparseNPY(b, x, examples, 250, 700)
	labelsNPY(b, y, examples)
	a, err := ReadNPY(x, y, ArrayOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	e := train.Example{X: make([]float32, 250*700), Classes: make([]int, 1)}
	next := 0
	for b.Loop() {
		for range batch {
			if err := a.Read(next, &e); err != nil {
				b.Fatal(err)
			}
			next = (next + 7919) % examples
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB")
	b.SetBytes(batch * 250 * 700)
}
