package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// npyFile is a .npy file of format version 1.
func npyFile(descr, shape string, fortran bool, order binary.ByteOrder, values any) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, map[bool]string{false: "False", true: "True"}[fortran], shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := bytes.NewBufferString("\x93NUMPY\x01\x00")
	for _, v := range []any{uint16(len(header)), []byte(header)} {
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	if err := binary.Write(b, order, values); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// write puts a file into a new folder.
func write(t testing.TB, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

var le, be = binary.LittleEndian, binary.BigEndian

// x of shape [2, 3, 2] with the values 0 to 11, in every type and order, and labels 2 and 1.
func TestNPY(t *testing.T) {
	const shape = "(2, 3, 2)"
	column := []int16{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11} // the first index is the fastest
	y := npyFile("<i8", "(2,)", false, le, []int64{2, 1})
	for name, x := range map[string][]byte{
		"u1":           npyFile("|u1", shape, false, le, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"i1":           npyFile("|i1", shape, false, le, []int8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"u2":           npyFile("<u2", shape, false, le, []uint16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"i2":           npyFile(">i2", shape, false, be, []int16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"i4":           npyFile("<i4", shape, false, le, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"u4":           npyFile("<u4", shape, false, le, []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"u8":           npyFile("<u8", shape, false, le, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"f4":           npyFile("<f4", shape, false, le, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"f8":           npyFile(">f8", shape, false, be, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}),
		"column order": npyFile("<i2", shape, true, le, column),
	} {
		a, err := ReadNPY(write(t, "x.npy", x), write(t, "y.npy", y), ArrayOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := a.Spec(); a.Len() != 2 || d != (train.Spec{Steps: 3, Features: 2, Classes: 3}) {
			t.Errorf("%s: %d examples, %+v", name, a.Len(), d)
		}
		for i, want := range [][]float32{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}} {
			if e, err := train.ReadExample(a, i); err != nil || !slices.Equal(e.X, want) || !slices.Equal(e.Classes, []int{2 - i}) {
				t.Errorf("%s: example %d is %v, %v", name, i, e, err)
			}
		}
		traintest.Dataset(t, a)
	}

	// The features first, and a label for each step.
	x := npyFile("|b1", shape, false, le, []bool{true, false, true, false, false, false, true, true, true, true, false, true})
	steps := npyFile("<f4", "(2, 2)", true, le, []float32{0, -1, 3, 1})
	a, err := ReadNPY(write(t, "x.npy", x), write(t, "y.npy", steps), ArrayOptions{FeaturesFirst: true, Classes: 9})
	if err != nil {
		t.Fatal(err)
	}
	if d := a.Spec(); d != (train.Spec{Steps: 2, Features: 3, Classes: 9, PerStep: true}) {
		t.Fatalf("%+v", d)
	}
	for i, want := range []train.Example{{X: []float32{1, 1, 0, 0, 0, 0}, Classes: []int{0, 3}}, {X: []float32{1, 1, 0, 1, 1, 1}, Classes: []int{-1, 1}}} {
		if e, err := train.ReadExample(a, i); err != nil || !slices.Equal(e.X, want.X) || !slices.Equal(e.Classes, want.Classes) {
			t.Errorf("example %d is %v, want %v: %v", i, e, want, err)
		}
	}
	traintest.Dataset(t, a)
}

// npzFile is a .npz file.
func npzFile(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, raw := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNPZ(t *testing.T) {
	x := npyFile("<f4", "(2, 1, 2)", false, le, []float32{1, 2, 3, 4})
	y := npyFile("<i8", "(2,)", false, le, []int64{0, 5})
	a, err := ReadNPZ(write(t, "xy.npz", npzFile(t, map[string][]byte{"x.npy": x, "y.npy": y})), ArrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != 2 || a.Spec() != (train.Spec{Steps: 1, Features: 2, Classes: 6}) || !slices.Equal(a.x, []float32{1, 2, 3, 4}) {
		t.Errorf("%d examples, %+v, %v", a.Len(), a.Spec(), a.x)
	}
	for want, raw := range map[string][]byte{
		"has no array y":  npzFile(t, map[string][]byte{"x.npy": x}),
		"array x: offset": npzFile(t, map[string][]byte{"x.npy": x[:len(x)-1], "y.npy": y}),
		"zip":             x,
	} {
		path := write(t, "wrong.npz", raw)
		if _, err := ReadNPZ(path, ArrayOptions{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v, want one with %q and the path", err, want)
		}
	}
}

// Numbers to learn instead of classes, in either order, and sequences of different lengths.
func TestNPZNumbersAndLengths(t *testing.T) {
	x := npyFile("<f4", "(2, 2, 1)", false, le, []float32{1, 2, 3, 4})
	lengths := npyFile("<i4", "(2,)", false, le, []int32{2, 1})
	for _, c := range []struct {
		y    []byte
		spec train.Spec
		want [2][]float32
	}{
		{npyFile("<f8", "(2, 3)", false, le, []float64{1, 2, 3, 4, 5, .5}), train.Spec{Steps: 2, Features: 1, Numbers: 3, Varying: true},
			[2][]float32{{1, 2, 3}, {4, 5, .5}}},
		{npyFile("<f8", "(2, 3)", true, le, []float64{1, 4, 2, 5, 3, .5}), train.Spec{Steps: 2, Features: 1, Numbers: 3, Varying: true},
			[2][]float32{{1, 2, 3}, {4, 5, .5}}},
		{npyFile("<i2", "(2, 2, 2)", false, le, []int16{1, 2, 3, 4, 5, 6, 7, 8}), train.Spec{Steps: 2, Features: 1, Numbers: 2, PerStep: true, Varying: true},
			[2][]float32{{1, 2, 3, 4}, {5, 6, 7, 8}}},
	} {
		a, err := ArrayOptions{Numbers: true}.parseNPZ(npzFile(t, map[string][]byte{"x.npy": x, "y.npy": c.y, "lengths.npy": lengths}))
		if err != nil {
			t.Fatal(err)
		}
		if a.Spec() != c.spec || a.Len() != 2 {
			t.Errorf("%d examples, %+v, want %+v", a.Len(), a.Spec(), c.spec)
		}
		traintest.Dataset(t, a)
		for i, want := range c.want {
			e, err := train.ReadExample(a, i)
			if err != nil || e.Steps != 2-i || !slices.Equal(e.Y, want) {
				t.Errorf("example %d is %+v, want %v of %d steps: %v", i, e, want, 2-i, err)
			}
		}
	}
	y := npyFile("<f8", "(2, 1)", false, le, []float64{1, 2})
	for _, c := range []struct {
		want       string
		y, lengths []byte
		o          ArrayOptions
	}{
		{"want [2, n] or [2, 2, n]", npyFile("<f8", "(2,)", false, le, []float64{1, 2}), lengths, ArrayOptions{Numbers: true}},
		{"want [2, n] or [2, 2, n]", npyFile("<f8", "(2, 0)", false, le, []float64{}), lengths, ArrayOptions{Numbers: true}},
		{"number 1 is 1e+300", npyFile("<f8", "(2, 1)", false, le, []float64{1, 1e300}), lengths, ArrayOptions{Numbers: true}},
		{"Classes is 3", y, lengths, ArrayOptions{Numbers: true, Classes: 3}},
		{"Classes is -1", y, lengths, ArrayOptions{Classes: -1}},
		{"lengths has shape [3]", y, npyFile("<i4", "(3,)", false, le, []int32{2, 1, 1}), ArrayOptions{Numbers: true}},
		{"sequence 1 has 0 steps, want 1 to 2", y, npyFile("<i4", "(2,)", false, le, []int32{2, 0}), ArrayOptions{Numbers: true}},
		{"sequence 0 has 3 steps", y, npyFile("<i4", "(2,)", false, le, []int32{3, 1}), ArrayOptions{Numbers: true}},
		{"sequence 0 has 1.5 steps", y, npyFile("<f4", "(2,)", false, le, []float32{1.5, 1}), ArrayOptions{Numbers: true}},
	} {
		_, err := c.o.parseNPZ(npzFile(t, map[string][]byte{"x.npy": x, "y.npy": c.y, "lengths.npy": c.lengths}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}

// What NumPy writes reads as it is.
func TestAsNumPy(t *testing.T) {
	path := filepath.Join(written(t), "xy.npz")
	a, err := ReadNPZ(path, ArrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range a.x {
		if v != float32(i)/8 {
			t.Fatalf("x is %v", a.x)
		}
	}
	if !slices.Equal(a.labels, []int32{0, 1, 2, 2, -1, 0}) || a.Spec() != (train.Spec{Steps: 3, Features: 4, Classes: 3, PerStep: true}) {
		t.Errorf("labels are %v, %+v", a.labels, a.Spec())
	}
}

func TestNPYErrors(t *testing.T) {
	x := npyFile("<f4", "(2, 1, 1)", false, le, []float32{1, 2})
	y := npyFile("<i8", "(2,)", false, le, []int64{0, 1})
	long := bytes.Clone(x)
	long[8] = 0xff
	for _, c := range []struct {
		want string
		x, y []byte
	}{
		{"offset 0", []byte("something else altogether"), y},
		{"offset 0", nil, y},
		{"it is cut", long[:100], y},
		{"want 8 of type <f4", x[:len(x)-1], y},
		{"want 8 of type <f4", append(bytes.Clone(x), 0), y},
		{"only", npyFile("<f4", "(2, 1000000000000, 1000000000000)", false, le, []float32{1}), y},
		{"three dimensions", npyFile("<f4", "(2,)", false, le, []float32{1, 2}), y},
		{"three dimensions", npyFile("<f4", "(2, 0, 1)", false, le, []float32{}), y},
		{"three dimensions", npyFile("<f4", "()", false, le, []float32{1}), y},
		{`type "<f2"`, npyFile("<f2", "(2, 1, 1)", false, le, []int16{1, 2}), y},
		{`type "<c8"`, npyFile("<c8", "(1, 1, 1)", false, le, []float32{1, 2}), y},
		{"type", npyFile("<U2", "(1, 1, 1)", false, le, []float32{1, 2}), y},
		{"element 1 is NaN", npyFile("<f4", "(2, 1, 1)", false, le, []float32{1, float32(math.NaN())}), y},
		{"element 0 is 1e+300", npyFile("<f8", "(2, 1, 1)", false, le, []float64{1e300, 1}), y},
		{"element 1 is 2, want a boolean", npyFile("|b1", "(2, 1, 1)", false, le, []uint8{1, 2}), y},
		{"want [2] or [2, 1]", x, npyFile("<i8", "(3,)", false, le, []int64{0, 1, 2})},
		{"want [2] or [2, 1]", x, npyFile("<i8", "(2, 2)", false, le, []int64{0, 1, 2, 3})},
		{"label 1 is 0.5", x, npyFile("<f4", "(2,)", false, le, []float32{0, .5})},
		{"label 0 is -2", x, npyFile("<i4", "(2,)", false, le, []int32{-2, 0})},
		{"label 0 is 7, want a class from 0 on and below 3", x, npyFile("<i4", "(2,)", false, le, []int32{7, 0})},
	} {
		xPath, yPath := write(t, "x.npy", c.x), write(t, "y.npy", c.y)
		if _, err := ReadNPY(xPath, yPath, ArrayOptions{Classes: 3}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
	if _, err := ReadNPY("/no/such.npy", "/no/such.npy", ArrayOptions{}); err == nil || !strings.Contains(err.Error(), "/no/such.npy") {
		t.Errorf("error is %v", err)
	}
}

func FuzzNPY(f *testing.F) {
	f.Add(npyFile("<f4", "(2, 1, 1)", false, le, []float32{1, 2}))
	f.Add(npyFile(">i2", "(1, 2, 3)", true, be, []int16{1, 2, 3, 4, 5, 6}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := parseNPY[float32](raw)
		if err != nil {
			return
		}
		if len(x.shape) != 3 || len(x.values) == 0 {
			return
		}
		y := &array[float64]{shape: x.shape[:1], values: make([]float64, x.shape[0])}
		a, err := ArrayOptions{FeaturesFirst: len(raw)%2 == 0}.arrays(x, y, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.ReadExample(a, a.Len()-1); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzNPZ(f *testing.F) {
	x := npyFile("<f4", "(2, 1, 2)", false, le, []float32{1, 2, 3, 4})
	y := npyFile("<i8", "(2,)", false, le, []int64{0, 5})
	f.Add(npzFile(f, map[string][]byte{"x.npy": x, "y.npy": y}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ArrayOptions{}.parseNPZ(raw)
		if err != nil {
			return
		}
		if _, err := train.ReadExample(a, a.Len()-1); err != nil {
			t.Fatal(err)
		}
	})
}
