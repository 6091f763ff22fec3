package data_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// sharedQTDB finds the real files, or skips the test.
func sharedQTDB(t *testing.T) string { return shared.Path(t, "data", "qtdb") }

// The sums come from another reader of MAT files, over all elements in row-major order.
func TestQTDB(t *testing.T) {
	training, test, err := data.QTDB(sharedQTDB(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name            string
		r               *data.Records
		records         int
		sumX, sumLabels uint32
		unlabelled      int
		classes         [6]int
		ups             [4]int
		firstX, lastX   [][2]int // [step, channel] of the first and last events
		changes         []int    // steps at which the label of the first record changes
		changedTo       []int
	}{
		{
			name: "train", r: training, records: 618, sumX: 0xe168de45, sumLabels: 0x980e10bf,
			unlabelled: 65785, classes: [6]int{100530, 49485, 46503, 35776, 242792, 263147},
			ups:     [4]int{66336, 54313, 69749, 58374},
			firstX:  [][2]int{{1, 1}, {1, 3}, {2, 1}, {2, 3}, {3, 1}, {3, 3}, {158, 0}, {168, 2}},
			lastX:   [][2]int{{1025, 3}, {1026, 1}, {1026, 3}, {1028, 2}},
			changes: []int{19, 169, 194, 213, 227, 231}, changedTo: []int{train.Ignore, 0, 1, 2, 3, 4},
		},
		{
			name: "test", r: test, records: 141, sumX: 0x66a2a2ca, sumLabels: 0xd5c03f8a,
			unlabelled: 19056, classes: [6]int{24153, 10145, 9840, 9065, 55885, 55297},
			ups:     [4]int{15968, 12650, 14923, 14356},
			firstX:  [][2]int{{1, 0}, {1, 2}, {2, 0}, {2, 2}, {3, 0}, {3, 2}, {159, 2}, {160, 0}},
			lastX:   [][2]int{{232, 3}, {233, 2}, {234, 0}, {234, 2}},
			changes: []int{19, 169, 204, 224, 238, 249}, changedTo: []int{train.Ignore, 0, 1, 2, 3, 4},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.r
			if r.Len() != c.records || r.Spec() != (train.Spec{Steps: 1301, Features: 4, Classes: 6, PerStep: true}) {
				t.Fatalf("%d records of %+v", r.Len(), r.Spec())
			}
			_, published := example(t, r, 0)
			if published[c.changes[0]] != int(data.WaveP) {
				t.Errorf("a step without a label is %v, want P", data.Wave(published[c.changes[0]]))
			}

			r.Unlabelled = train.Ignore
			defer func() { r.Unlabelled = 0 }()
			sumX, sumLabels := crc32.NewIEEE(), crc32.NewIEEE()
			unlabelled, classes, ups := 0, [6]int{}, [4]int{}
			for i := range r.Len() {
				x, labels := example(t, r, i)
				row := make([]byte, len(x))
				for k, v := range x {
					row[k] = byte(int8(v))
					if v == 1 {
						ups[k%4]++
					}
				}
				sumX.Write(row)
				row = row[:len(labels)]
				for k, v := range labels {
					row[k] = byte(int8(v))
					if v == train.Ignore {
						unlabelled++
					} else {
						classes[v]++
					}
				}
				sumLabels.Write(row)
			}
			if unlabelled != c.unlabelled || classes != c.classes || ups != c.ups {
				t.Errorf("%d unlabelled, %v of each class, %v events of each channel, want %d, %v, %v",
					unlabelled, classes, ups, c.unlabelled, c.classes, c.ups)
			}
			if sumX.Sum32() != c.sumX || sumLabels.Sum32() != c.sumLabels {
				t.Errorf("sums are %#x of x and %#x of the labels, want %#x and %#x", sumX.Sum32(), sumLabels.Sum32(), c.sumX, c.sumLabels)
			}

			x, labels := example(t, r, 0)
			if got := events(x); !slices.Equal(got[:len(c.firstX)], c.firstX) {
				t.Errorf("first events are at %v, want %v", got[:len(c.firstX)], c.firstX)
			}
			for k, at := range c.changes {
				if labels[at] != c.changedTo[k] || labels[at-1] == labels[at] {
					t.Errorf("label changes from %d to %d at %d, want a change to %d", labels[at-1], labels[at], at, c.changedTo[k])
				}
			}
			x, _ = example(t, r, r.Len()-1)
			if got := events(x); !slices.Equal(got[len(got)-len(c.lastX):], c.lastX) {
				t.Errorf("last events are at %v, want %v", got[len(got)-len(c.lastX):], c.lastX)
			}
			if x[1300*4] != -1 {
				t.Errorf("x[1300, 0] is %v, want -1, the mark of the end", x[1300*4])
			}
		})
	}
	traintest.Dataset(t, test)
}

// events lists [step, channel] of the elements that are 1.
func events(x []float32) (at [][2]int) {
	for k, v := range x {
		if v == 1 {
			at = append(at, [2]int{k / 4, k % 4})
		}
	}
	return at
}

// variable is a MATLAB array to be written.
type variable struct {
	name  string
	dims  []uint32
	class uint32 // of the array
	kind  uint32 // of its elements
	data  []byte
}

const (
	kindInt8, kindUint8, kindInt16 = 1, 2, 3
	kindInt32, kindUint32          = 5, 6
	kindDouble                     = 9
	kindMatrix, kindCompressed     = 14, 15
)

// volumeOf makes an array [dims…] of int8 elements, row-major as values are.
func volumeOf(name string, dims [3]uint32, values []int8) variable {
	v := variable{name: name, dims: dims[:], class: 8, kind: kindInt8, data: make([]byte, len(values))}
	n, t, c := int(dims[0]), int(dims[1]), int(dims[2])
	for k, value := range values {
		record, step, channel := k/(t*c), k/c%t, k%c
		v.data[record+n*(step+t*channel)] = byte(value)
	}
	return v
}

// small is a valid pair of variables: two records of three steps.
func small() (x, y variable) {
	x = volumeOf("x", [3]uint32{2, 3, 4}, []int8{
		0, 1, 0, 0 /**/, 1, 0, 0, 1 /**/, -1, 0, 1, 0,
		0, 0, 0, 0 /**/, 0, 1, 0, 0 /**/, 0, 0, 0, 1,
	})
	y = volumeOf("y", [3]uint32{2, 3, 6}, []int8{
		1, 0, 0, 0, 0, 0 /**/, 0, 1, 0, 0, 0, 0 /**/, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0 /**/, 0, 0, 0, 1, 0, 0 /**/, 0, 0, 0, 0, 1, 0,
	})
	return x, y
}

// matFile writes MAT files.
type matFile struct {
	order      binary.AppendByteOrder
	compressed bool
}

func (m matFile) element(b []byte, kind uint32, data []byte) []byte {
	b = m.order.AppendUint32(b, kind)
	b = m.order.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	if kind == kindCompressed {
		return b
	}
	return append(b, make([]byte, (8-len(data)%8)%8)...)
}

func (m matFile) matrix(v variable) []byte {
	flags := m.order.AppendUint32(m.order.AppendUint32(nil, v.class), 0)
	var dims []byte
	for _, d := range v.dims {
		dims = m.order.AppendUint32(dims, d)
	}
	body := m.element(nil, kindUint32, flags)
	body = m.element(body, kindInt32, dims)
	body = m.element(body, kindInt8, []byte(v.name))
	body = m.element(body, v.kind, v.data)
	return m.element(nil, kindMatrix, body)
}

func (m matFile) bytes(variables ...variable) []byte {
	b := append([]byte("MATLAB 5.0 MAT-file"), bytes.Repeat([]byte{' '}, 124-19)...)
	b = m.order.AppendUint16(b, 0x0100)
	b = m.order.AppendUint16(b, 0x4d49)
	for _, v := range variables {
		matrix := m.matrix(v)
		if m.compressed {
			var z bytes.Buffer
			w := zlib.NewWriter(&z)
			w.Write(matrix)
			w.Close()
			matrix = m.element(nil, kindCompressed, z.Bytes())
		}
		b = append(b, matrix...)
	}
	return b
}

var little = matFile{order: binary.LittleEndian}

// write puts a file into a folder of the test.
func write(t testing.TB, b []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "some.mat")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadQTDB(t *testing.T) {
	x, y := small()
	for name, m := range map[string]matFile{
		"little-endian": little,
		"big-endian":    {order: binary.BigEndian},
		"compressed":    {order: binary.LittleEndian, compressed: true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := data.ReadQTDB(write(t, m.bytes(y, x)))
			if err != nil {
				t.Fatal(err)
			}
			traintest.Dataset(t, r)
			gotX, gotLabels := example(t, r, 0)
			if want := []float32{0, 1, 0, 0, 1, 0, 0, 1, -1, 0, 1, 0}; !slices.Equal(gotX, want) {
				t.Errorf("x is %v, want %v", gotX, want)
			}
			if want := []int{0, 1, 5}; !slices.Equal(gotLabels, want) {
				t.Errorf("labels are %v, want %v", gotLabels, want)
			}
			r.Unlabelled = train.Ignore
			if _, got := example(t, r, 1); !slices.Equal(got, []int{train.Ignore, 3, 4}) {
				t.Errorf("labels are %v, want %v", got, []int{train.Ignore, 3, 4})
			}
			r.Unlabelled = 6
			if _, err := train.ReadExample(r, 1); err == nil || r.Check() == nil {
				t.Error("Unlabelled of 6 gives no error")
			}
		})
	}
}

// wide gives the elements of v sixteen bits.
func wide(v variable) variable {
	b := make([]byte, 0, 2*len(v.data))
	for _, e := range v.data {
		b = binary.LittleEndian.AppendUint16(b, uint16(int8(e)))
	}
	v.class, v.kind, v.data = 10, kindInt16, b
	return v
}

func TestReadQTDBOfWiderElements(t *testing.T) {
	x, y := small()
	r, err := data.ReadQTDB(write(t, little.bytes(wide(x), wide(y))))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := example(t, r, 0); got[8] != -1 {
		t.Errorf("x[0, 2, 0] is %v, want -1", got[8])
	}
}

func TestReadQTDBRefuses(t *testing.T) {
	x, y := small()
	valid := little.bytes(x, y)
	compressed := matFile{order: binary.LittleEndian, compressed: true}.bytes(x, y)

	changed := func(v variable, change func(*variable)) variable {
		v.dims, v.data = slices.Clone(v.dims), slices.Clone(v.data)
		change(&v)
		return v
	}
	set := func(v variable, at int, value byte) variable {
		return changed(v, func(v *variable) { v.data[at] = value })
	}
	reshape := func(v variable, dims ...uint32) variable {
		return changed(v, func(v *variable) { v.dims = dims })
	}
	patch := func(b []byte, at int, bytes ...byte) []byte {
		b = slices.Clone(b)
		copy(b[at:], bytes)
		return b
	}
	bomb := func() []byte {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(make([]byte, 8<<20))
		w.Close()
		return little.element(little.bytes(), kindCompressed, z.Bytes())
	}

	for _, c := range []struct {
		name string
		file []byte
		want string // in the error, besides the path
	}{
		{"empty", nil, "header"},
		{"text", []byte(strings.Repeat("not a MAT file\n", 20)), "offset 126"},
		{"header alone", valid[:128], "no variable x"},
		{"MATLAB 7.3", patch(valid, 124, 0, 2), "HDF5"},
		{"another version", patch(valid, 124, 0, 3), "offset 124"},
		{"cut in the tag", valid[:132], "offset 128"},
		{"cut in x", valid[:200], "offset 128"},
		{"cut in y", valid[:len(valid)-9], "declares"},
		{"cut in compressed", compressed[:len(compressed)-3], "declares"},
		{"broken compressed", patch(compressed, 140, 0xff, 0xff, 0xff, 0xff), "compressed"},
		{"absurd size", patch(valid, 132, 0xff, 0xff, 0xff, 0x7f), "declares 2147483647 bytes"},
		{"absurd size within", patch(valid, 140, 0xff, 0xff, 0xff, 0x7f), "byte 0 of a matrix"},
		{"inflates beyond measure", bomb(), "inflates"},
		{"no x", little.bytes(y), "no variable x"},
		{"no y", little.bytes(x), "no variable y"},
		{"x of rank 2", little.bytes(reshape(x, 6, 4), y), "x has shape [6 4] and y [2 3 6]"},
		{"y of rank 4", little.bytes(x, reshape(y, 2, 3, 3, 2)), "y has shape"},
		{"x with 3 channels", little.bytes(changed(x, func(v *variable) { v.dims[2], v.data = 3, v.data[:18] }), y), "x has 3 channels"},
		{"y with 4 classes", little.bytes(x, changed(y, func(v *variable) { v.dims[2], v.data = 4, make([]byte, 24) })), "y 4 classes"},
		{"x twice", little.bytes(x, y, x), "two variables \"x\""},
		{"no records", little.bytes(reshape(changed(x, func(v *variable) { v.data = nil }), 0, 3, 4), y), "x has shape"},
		{"no steps", little.bytes(reshape(changed(x, func(v *variable) { v.data = nil }), 2, 0, 4), y), "x has shape"},
		{"x too short", little.bytes(reshape(x, 2, 4, 4), y), "holds 24 numbers"},
		{"dimensions overflow", little.bytes(reshape(x, 1<<30, 1<<30, 1<<30), y), "no array can have"},
		{"shapes disagree", little.bytes(x, reshape(y, 3, 2, 6)), "differ"},
		{"x of 2", little.bytes(set(x, 5, 2), y), "x[1, 2, 0] is 2"},
		{"x of −2", little.bytes(set(x, 0, 0xfe), y), "x[0, 0, 0] is -2"},
		{"x of doubles", little.bytes(changed(x, func(v *variable) { v.class, v.kind, v.data = 6, kindDouble, bytes.Repeat([]byte{0x3f}, 24*8) }), y), "x[0, 0, 0] is 0.0004"},
		{"y of 2", little.bytes(x, set(y, 0, 2)), "y[0, 0, 0] is 2"},
		{"y of two classes", little.bytes(x, set(y, 6, 1)), "y[0, 0] is of classes 0 and 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.file)
			_, err := data.ReadQTDB(path)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{path, c.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
		})
	}
}

// labelled is y of small as labels, counted from first; none has no label.
func labelled(first int8, none int8) variable {
	return volumeOf("labels", [3]uint32{2, 3, 1}, []int8{first, first + 1, first + 5, none, first + 3, first + 4})
}

// Files of one's own have other names, channels and classes, and labels instead of ones.
func TestReadRecords(t *testing.T) {
	x, y := small()
	x.name = "events"
	narrow := volumeOf("events", [3]uint32{2, 3, 1}, []int8{0, 1, -1, 5, 0, -7})
	narrow.dims = narrow.dims[:2] // as MATLAB has it
	for name, c := range map[string]struct {
		file    []byte
		options data.RecordOptions
		x       []float32
		want    []int
		spec    train.Spec
	}{
		"one-hot": {little.bytes(x, y), data.RecordOptions{X: "events"}, []float32{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, []int{train.Ignore, 3, 4},
			train.Spec{Steps: 3, Features: 4, Classes: 6, PerStep: true}},
		"labels from 0": {little.bytes(narrow, labelled(0, -1)), data.RecordOptions{X: "events", Y: "labels", Labels: true}, []float32{5, 0, -7},
			[]int{train.Ignore, 3, 4}, train.Spec{Steps: 3, Features: 1, Classes: 6, PerStep: true}},
		"labels from 1": {little.bytes(narrow, labelled(1, -1)), data.RecordOptions{X: "events", Y: "labels", Labels: true, FirstClass: 1, Classes: 9},
			[]float32{5, 0, -7}, []int{train.Ignore, 3, 4}, train.Spec{Steps: 3, Features: 1, Classes: 9, PerStep: true}},
	} {
		r, err := data.ReadRecords(write(t, c.file), c.options)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		traintest.Dataset(t, r)
		gotX, got := example(t, r, 1)
		if !slices.Equal(gotX, c.x) || !slices.Equal(got, c.want) || r.Spec() != c.spec {
			t.Errorf("%s: x is %v, labels %v, spec %+v, want %v, %v, %+v", name, gotX, got, r.Spec(), c.x, c.want, c.spec)
		}
	}
}

func TestReadRecordsRefuses(t *testing.T) {
	x, y := small()
	labels := data.RecordOptions{Y: "labels", Labels: true}
	wide := volumeOf("y", [3]uint32{1, 1, 256}, make([]int8, 256))
	for _, c := range []struct {
		name    string
		file    []byte
		options data.RecordOptions
		want    string
	}{
		{"labels that may count from 1", little.bytes(x, labelled(1, -1)), labels, "set FirstClass to 1"},
		{"labels below the first", little.bytes(x, labelled(1, 0)), data.RecordOptions{Y: "labels", Labels: true, FirstClass: 1}, "labels[1, 0]: label is 0"},
		{"one-hot for labels", little.bytes(x, y), data.RecordOptions{Labels: true}, "want [2, 3] for labels"},
		{"labels for one-hot", little.bytes(x, labelled(0, -1)), data.RecordOptions{Y: "labels"}, "option Labels"},
		{"FirstClass of one-hot", little.bytes(x, y), data.RecordOptions{FirstClass: 1}, "FirstClass with Labels alone"},
		{"other classes", little.bytes(x, y), data.RecordOptions{Classes: 5}, "want 5 classes"},
		{"256 classes", little.bytes(volumeOf("x", [3]uint32{1, 1, 1}, make([]int8, 1)), wide), data.RecordOptions{}, "at most 255 classes"},
		{"one name", little.bytes(x, y), data.RecordOptions{Y: "x"}, "both"},
	} {
		if _, err := data.ReadRecords(write(t, c.file), c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
	}
	if _, err := data.ReadRecords(t.TempDir(), data.RecordOptions{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder gives %v", err)
	}
}

// Doubles of a compressed file become a byte each, and none is held longer than that.
func TestReadQTDBMemory(t *testing.T) {
	const n, steps = 1000, 1300
	zeros := func(name string, width int) variable {
		return variable{name: name, dims: []uint32{n, steps, uint32(width)}, class: 6, kind: kindDouble, data: make([]byte, n*steps*width*8)}
	}
	path := filepath.Join(t.TempDir(), "some.mat")
	if err := os.WriteFile(path, matFile{order: binary.LittleEndian, compressed: true}.bytes(zeros("x", 4), zeros("y", 6)), 0o600); err != nil {
		t.Fatal(err)
	}
	peak, err := memlimit.Run(t, 5*n*steps+8<<20, func() error {
		_, err := data.ReadQTDB(path)
		return err
	})
	t.Logf("%.1f MiB for %.1f of records: %v", float64(peak)/(1<<20), 5*n*steps/float64(1<<20), err)
	if err != nil {
		t.Error(err)
	}
}

func TestQTDBRefusesMissingFiles(t *testing.T) {
	dir := t.TempDir()
	x, y := small()
	for _, missing := range []string{"QTDB_train.mat", "QTDB_test.mat"} {
		_, _, err := data.QTDB(dir)
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, missing)) {
			t.Errorf("error is %v, want one that names %s", err, missing)
		}
		if err := os.WriteFile(filepath.Join(dir, missing), little.bytes(x, y), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := data.QTDB(dir); err != nil {
		t.Error(err)
	}
}

func FuzzReadQTDB(f *testing.F) {
	x, y := small()
	valid := little.bytes(x, y)
	f.Add(valid)
	f.Add(valid[:150])
	f.Add(matFile{order: binary.BigEndian}.bytes(x, y))
	f.Add(matFile{order: binary.LittleEndian, compressed: true}.bytes(x, y))
	f.Add(little.bytes(wide(x), wide(y)))
	if b, err := os.ReadFile(filepath.Join("testdata", "records73.mat")); err != nil {
		f.Fatal(err)
	} else {
		f.Add(b)
	}
	path := filepath.Join(f.TempDir(), "some.mat")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := data.ReadQTDB(path)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 20<<20+2000*uint64(len(b)) {
			t.Errorf("allocated %d bytes for a file of %d", n, len(b))
		}
		if (r == nil) == (err == nil) {
			t.Fatalf("records %v and error %v", r, err)
		}
		if err == nil {
			example(t, r, r.Len()-1)
		}
	})
}

// testdata/records73.mat is a file of MATLAB's form, by h5py:
//
//	x = (np.arange(24).reshape(2, 3, 4) % 3 - 1).astype('f8')
//	y = np.eye(6)[[[0, 1, 5], [2, 3, 4]]]
//	with h5py.File('records73.mat', 'w', userblock_size=512) as f:
//	    for name, a, c in (('x', x, 'double'), ('y', y.astype('u1'), 'logical'),
//	                       ('labels', np.array([[1, 2, 6], [3, 4, 5.]]), 'double'), ('text', np.array([[104], [105]], 'u2'), 'char')):
//	        d = f.create_dataset(name, data=a.T, compression='gzip' if name == 'x' else None)
//	        d.attrs['MATLAB_class'] = np.bytes_(c)
//	    f.create_group('settings').attrs['MATLAB_class'] = np.bytes_('struct')
//	with open('records73.mat', 'r+b') as f:
//	    f.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(116) + bytes(8) + b'\x00\x02IM')
func TestReadRecordsOfMATLAB73(t *testing.T) {
	path := filepath.Join("testdata", "records73.mat")
	qtdb, err := data.ReadQTDB(path)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := data.ReadRecords(path, data.RecordOptions{Y: "labels", Labels: true, FirstClass: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*data.Records{qtdb, labels} {
		traintest.Dataset(t, r)
		x, classes := example(t, r, 1)
		for k, v := range x {
			if want := float32((12+k)%3 - 1); v != want {
				t.Errorf("x[1, %d, %d] is %v, want %v", k/4, k%4, v, want)
			}
		}
		if want := []int{2, 3, 4}; !slices.Equal(classes, want) {
			t.Errorf("classes are %v, want %v", classes, want)
		}
	}
	for y, want := range map[string]string{"text": "class char", "no": "has no array no; it has labels, text, x, y", "settings": "settings"} {
		if _, err := data.ReadRecords(path, data.RecordOptions{Y: y}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("y of %s gives %v, want an error with %q", y, err, want)
		}
	}
}
