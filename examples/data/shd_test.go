package data

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/conform"
)

// The files in testdata were written by h5py: 10 examples, contiguous, and in chunks of 4 with gzip.
var shdFiles = []string{"testdata/shd_contiguous.h5", "testdata/shd_chunked.h5"}

func TestSHD(t *testing.T) {
	for _, path := range shdFiles {
		e, err := ReadSHD(path)
		if err != nil {
			t.Fatal(err)
		}
		if e.Len() != 10 || e.Units() != 700 || e.Classes() != 20 {
			t.Fatalf("%s: %v", path, e)
		}
		for i := range 10 {
			times, units := e.Example(i)
			if len(times) != i*5%13 || len(units) != len(times) || e.Label(i) != i*7%20 || e.Speaker(i) != i%3 {
				t.Fatalf("%s: example %d: %d times, %d units, label %d, speaker %d", path, i, len(times), len(units), e.Label(i), e.Speaker(i))
			}
			for k := range times {
				bits := uint16((k*977 + i*31) % 15361)
				if want := float32(1000 * ieeeHalf(bits)); times[k] != want || int(units[k]) != (i*37+k*113)%700 {
					t.Errorf("%s: example %d: event %d is at %v ms of unit %d, want %v and %d", path, i, k, times[k], units[k], want, (i*37+k*113)%700)
				}
			}
		}
		d, err := e.Bin(Binning{Dt: 4, Duration: 1000})
		if err != nil {
			t.Fatal(err)
		}
		conform.Dataset(t, d)
	}
}

// ieeeHalf is the definition: (−1)^s · 2^(e−15) · 1.m, and 2^−14 · 0.m where e is 0.
func ieeeHalf(bits uint16) float64 {
	sign, e, m := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)/1024
	if e == 0 {
		return sign * m * math.Pow(2, -14)
	}
	return sign * (1 + m) * math.Pow(2, float64(e-15))
}

func TestFloat16(t *testing.T) {
	for bits := range 1 << 16 {
		got := float64(float16(uint16(bits)))
		switch e, m := bits>>10&31, bits&1023; {
		case e == 31 && m != 0:
			if !math.IsNaN(got) {
				t.Fatalf("%#04x is %v, want NaN", bits, got)
			}
		case e == 31:
			if !math.IsInf(got, 1-2*(bits>>15)) {
				t.Fatalf("%#04x is %v, want an infinity", bits, got)
			}
		default:
			want := ieeeHalf(uint16(bits))
			if got != want || math.Signbit(got) != (bits>>15 == 1) {
				t.Fatalf("%#04x is %v, want %v", bits, got, want)
			}
			if ms := float64(1000 * float16(uint16(bits))); ms != 1000*want {
				t.Fatalf("%#04x is %v ms, want %v", bits, ms, 1000*want)
			}
		}
	}
}

// python runs a script with arguments, and skips the test where its modules are missing.
func python(t *testing.T, modules, script string, args ...string) []byte {
	t.Helper()
	const interpreter = "/usr/bin/python3"
	if err := exec.Command(interpreter, "-c", "import "+modules).Run(); err != nil {
		t.Skipf("%s with %s is not there: %v", interpreter, modules, err)
	}
	var stderr bytes.Buffer
	c := exec.Command(interpreter, append([]string{"-c", script}, args...)...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return out
}

const writeH5py = `
import sys, json, h5py, numpy as np
path, variant = sys.argv[1:]
rng = np.random.default_rng(7)
n = 40
with h5py.File(path, 'w', **(dict(libver='latest') if variant == 'latest' else {})) as f:
    how = {}
    if variant in ('chunked', 'compressed'):
        how = dict(chunks=(3,), maxshape=(None,))
    if variant == 'compressed':
        how.update(compression='gzip')
    g = f.create_group('spikes')
    t = g.create_dataset('times', (n,), dtype=h5py.vlen_dtype(np.float16), **how)
    u = g.create_dataset('units', (n,), dtype=h5py.vlen_dtype(np.uint16), **how)
    for i in range(n):
        k = int(rng.integers(0, 3000)) if i % 5 else 0
        bits = np.sort(rng.integers(0, 0x3c00 + 1, k)).astype(np.uint16)
        t[i], u[i] = bits.view(np.float16), rng.integers(0, 700, k).astype(np.uint16)
    f['labels'] = rng.integers(0, 20, n).astype(np.uint16)
    e = f.create_group('extra')
    e['speaker'] = rng.integers(0, 12, n).astype(np.uint16)
    e['keys'] = np.array([b'zero', b'one'])
    e.create_group('meta_info')['age'] = np.arange(12)
    f.attrs['text'] = 'an attribute'
with h5py.File(path) as f:
    print(json.dumps(dict(
        times=[[float(v) for v in x] for x in f['spikes/times'][:]],
        units=[[int(v) for v in x] for x in f['spikes/units'][:]],
        labels=f['labels'][:].tolist(), speakers=f['extra/speaker'][:].tolist())))
`

// What h5py writes reads to the events that h5py gives back, to the last bit.
func TestSHDAsH5py(t *testing.T) {
	for _, variant := range []string{"default", "latest", "chunked", "compressed"} {
		t.Run(variant, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shd.h5")
			var want struct {
				Times            [][]float64 // s
				Units            [][]uint16
				Labels, Speakers []int
			}
			if err := json.Unmarshal(python(t, "h5py, numpy", writeH5py, path, variant), &want); err != nil {
				t.Fatal(err)
			}
			e, err := ReadSHD(path)
			if err != nil {
				t.Fatal(err)
			}
			if e.Len() != len(want.Labels) || e.Len() == 0 {
				t.Fatalf("%d examples, want %d", e.Len(), len(want.Labels))
			}
			events := 0
			for i := range e.Len() {
				times, units := e.Example(i)
				if len(times) != len(want.Times[i]) || len(units) != len(want.Units[i]) || e.Label(i) != want.Labels[i] || e.Speaker(i) != want.Speakers[i] {
					t.Fatalf("example %d: %d times, %d units, label %d, speaker %d", i, len(times), len(units), e.Label(i), e.Speaker(i))
				}
				for k := range times {
					if float64(times[k]) != 1000*want.Times[i][k] || units[k] != want.Units[i][k] {
						t.Fatalf("example %d: event %d is at %v ms of unit %d, want %v s and %d", i, k, times[k], units[k], want.Times[i][k], want.Units[i][k])
					}
				}
				events += len(times)
			}
			if events < 1000 {
				t.Errorf("only %d events were compared", events)
			}
		})
	}
}

const writeWrongH5py = `
import sys, os, h5py, numpy as np
for case in sys.argv[2:]:
    path = os.path.join(sys.argv[1], case + '.h5')
    times, units, labels, speaker = np.float16, np.uint16, [3, 4], [0, 1]
    t, u = [[.1, .2], [.3]], [[5, 6], [7]]
    if case == 'times are float32': times = np.float32
    if case == 'times are big-endian': times = np.dtype('>f2')
    if case == 'times are integers': times = np.uint16
    if case == 'units are int16': units = np.int16
    if case == 'units are uint32': units = np.uint32
    if case == 'unit 700': u[1] = [700]
    if case == 'negative time': t[0] = [-.1, .2]
    if case == 'time is infinite': t[1] = [np.inf]
    if case == 'times and units differ': u[1] = [1, 2]
    if case == 'label 20': labels = [3, 20]
    if case == 'three labels': labels = [1, 2, 3]
    if case == 'labels are floats': labels = [1., 2.]
    if case == 'labels in two dimensions': labels = [[1, 2]]
    if case == 'one speaker': speaker = [1]
    with h5py.File(path, 'w') as f:
        if case != 'no times':
            d = f.create_dataset('spikes/times', (2,), dtype=h5py.vlen_dtype(times))
            for i in range(2): d[i] = np.array(t[i]).astype(times)
        if case == 'units are not sequences':
            f['spikes/units'] = np.arange(2).astype(np.uint16)
        elif case == 'units in two dimensions':
            f.create_dataset('spikes/units', (2, 1), dtype=h5py.vlen_dtype(units))
        elif case == 'units are strings':
            f['spikes/units'] = ['a', 'b']
        else:
            d = f.create_dataset('spikes/units', (2,), dtype=h5py.vlen_dtype(units))
            for i in range(2): d[i] = np.array(u[i]).astype(units)
        f['labels'] = np.array(labels)
        f['extra/speaker'] = np.array(speaker)
        if case == 'a circle of groups': f['extra/again'] = f['/']
        if case == 'many links':
            f.close(); f = h5py.File(path, 'a', libver='latest'); g = f.create_group('more')
            for k in range(20): g.create_group('g%d' % k)
        if case in ('compressed by LZF', 'shuffled'):
            del f['spikes/times']
            f.create_dataset('spikes/times', (2,), dtype=h5py.vlen_dtype(times), chunks=(2,), **(dict(shuffle=True) if case == 'shuffled' else dict(compression='lzf')))[:] = np.array([np.array([.1, .2], times), np.array([.3], times)], object)
        f.close()
`

func TestSHDWrong(t *testing.T) {
	cases := []struct{ name, want string }{
		{"times are float32", "spikes/times: holds sequences of something else than little-endian 16-bit floats"},
		{"times are big-endian", "spikes/times: holds sequences of something else"},
		{"times are integers", "spikes/times: holds sequences of something else"},
		{"units are int16", "spikes/units: holds sequences of something else than little-endian unsigned 16-bit integers"},
		{"units are uint32", "spikes/units: holds sequences of something else"},
		{"units are not sequences", "spikes/units: does not hold sequences"},
		{"units are strings", "spikes/units: does not hold sequences"},
		{"units in two dimensions", "spikes/units: has 2 dimensions"},
		{"unit 700", "example 1: event 0 is of unit 700"},
		{"negative time", "example 0: event 0 is at -"},
		{"time is infinite", "example 1: event 0 is at +Inf"},
		{"times and units differ", "example 1: 1 times, but 2 units"},
		{"label 20", "example 1: label is 20"},
		{"three labels", "3 labels"},
		{"labels are floats", "labels: does not hold integers"},
		{"labels in two dimensions", "labels: has 2 dimensions"},
		{"one speaker", "1 extra/speaker"},
		{"no times", "has no dataset spikes/times"},
		{"a circle of groups", "is reached twice"},
		{"many links", "links in a fractal heap"},
		{"compressed by LZF", "filter 32000"},
		{"shuffled", "a shuffle filter"},
	}
	dir := t.TempDir()
	args := []string{dir}
	for _, c := range cases {
		args = append(args, c.name)
	}
	python(t, "h5py, numpy", writeWrongH5py, args...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name+".h5")
			if _, err := ReadSHD(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one with %q and the path", err, c.want)
			}
		})
	}
}

// A file that is cut anywhere is an error.
func TestSHDCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.h5")
	for _, whole := range shdFiles {
		raw, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(raw); n += 1 + n/37 {
			if err := os.WriteFile(path, raw[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadSHD(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Fatalf("%s: the first %d of %d bytes: error is %v", whole, n, len(raw), err)
			}
		}
	}
	if _, err := ReadSHD(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
	if _, _, err := SHD(t.TempDir()); err == nil || !strings.Contains(err.Error(), "shd_train.h5") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, _, _, err := SSC(t.TempDir()); err == nil || !strings.Contains(err.Error(), "ssc_train.h5") {
		t.Errorf("an empty folder: %v", err)
	}
}

// A file that declares more than it has is an error, and takes no memory.
func TestSHDDeclaresTooMuch(t *testing.T) {
	raw, err := os.ReadFile("testdata/shd_chunked.h5")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "large.h5")
	for _, c := range []struct {
		signature string
		at        int
		value     []byte
	}{
		{"GCOL", 8, []byte{0, 0, 0, 0, 0, 1, 0, 0}}, // size
		{"GCOL", 24, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
		{"GCOL", 24, []byte{0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, // of an object: −16
		{"HEAP", 8, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
		{"SNOD", 6, []byte{0xff, 0xff}}, // number of symbols
		{"TREE", 6, []byte{0xff, 0xff}}, // number of children
		{"\x89HDF", 40, []byte{0, 0, 0, 0, 0, 1, 0, 0}},
	} {
		found := 0
		for from := 0; ; found++ {
			i := bytes.Index(raw[from:], []byte(c.signature))
			if i < 0 {
				break
			}
			from += i + 1
			changed := bytes.Clone(raw)
			copy(changed[from-1+c.at:], c.value)
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadSHD(path)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s at %d: error is %v", c.signature, from-1, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("%s at %d: reading takes %d bytes", c.signature, from-1, n)
			}
		}
		if found == 0 {
			t.Errorf("the file has no %s", c.signature)
		}
	}
}

// Each byte of the small file that is changed gives an error or events, but no panic, and no end of it.
func TestSHDChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changed.h5")
	for _, whole := range shdFiles {
		raw, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		for at := range raw {
			if raw[at] == 0 && at%64 != 0 {
				continue // much of a file is empty
			}
			changed := bytes.Clone(raw)
			changed[at] = 0xff
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				t.Fatal(err)
			}
			_, _ = ReadSHD(path)
		}
	}
}

func FuzzSHD(f *testing.F) {
	for _, path := range shdFiles {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	path := filepath.Join(f.TempDir(), "fuzz.h5")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		e, err := ReadSHD(path)
		if err != nil {
			return
		}
		for i := range e.Len() {
			times, units := e.Example(i)
			if len(times) != len(units) {
				t.Fatalf("example %d: %d times, %d units", i, len(times), len(units))
			}
		}
	})
}
