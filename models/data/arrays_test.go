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
		a, err := ReadNPY(write(t, "x.npy", x), write(t, "y.npy", y), ArrayOptions{Classes: 3})
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
	a, err := ReadArrays(write(t, "xy.npz", npzFile(t, map[string][]byte{"x.npy": x, "y.npy": y})), ArrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, a)
	e, err := train.ReadExample(a, 1)
	if err != nil || a.Len() != 2 || a.Spec() != (train.Spec{Steps: 1, Features: 2, Classes: 6}) || !slices.Equal(e.X, []float32{3, 4}) || e.Classes[0] != 5 {
		t.Errorf("%d examples, %+v, %v, %v", a.Len(), a.Spec(), e, err)
	}
	for want, raw := range map[string][]byte{
		"has no array \"y\"; it has x":     npzFile(t, map[string][]byte{"x.npy": x}),
		"array \"x\": byte 128":            npzFile(t, map[string][]byte{"x.npy": x[:len(x)-1], "y.npy": y}),
		"has no array \"x\"; it has wrong": x,
	} {
		path := write(t, "wrong.npz", raw)
		if _, err := ReadArrays(path, ArrayOptions{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
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
			[2][]float32{{1, 2, 3, 4}, {5, 6, 0, 0}}},
		{npyFile("<f2", "(2,)", false, le, []uint16{0x3c00, 0x4000}), train.Spec{Steps: 2, Features: 1, Numbers: 1, Varying: true}, [2][]float32{{1}, {2}}},
		{npyFile("<i2", "(2, 1, 2)", false, le, []int16{1, 2, 3, 4}), train.Spec{Steps: 2, Features: 1, Numbers: 2, Varying: true}, [2][]float32{{1, 2}, {3, 4}}},
	} {
		a, err := ReadArrays(write(t, "xy.npz", npzFile(t, map[string][]byte{"x.npy": x, "y.npy": c.y, "lengths.npy": lengths})), ArrayOptions{Numbers: true})
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
		{"want [2, n] or [2, 2, n]", npyFile("<f8", "(3,)", false, le, []float64{1, 2, 3}), lengths, ArrayOptions{Numbers: true}},
		{"[2, 1, 2], or as [2, 2, 1]", npyFile("<f8", "(2, 2)", false, le, []float64{1, 2, 3, 4}), lengths, ArrayOptions{Numbers: true}},
		{"want [2, n] or [2, 2, n]", npyFile("<f8", "(2, 0)", false, le, []float64{}), lengths, ArrayOptions{Numbers: true}},
		{"neither OneHot nor Classes", y, lengths, ArrayOptions{Numbers: true, Classes: 3}},
		{"Classes is -1", y, lengths, ArrayOptions{Classes: -1}},
		{"lengths has shape [3]", y, npyFile("<i4", "(3,)", false, le, []int32{2, 1, 1}), ArrayOptions{Numbers: true}},
		{"sequence 1 has 0 steps, want 1 to 2", y, npyFile("<i4", "(2,)", false, le, []int32{2, 0}), ArrayOptions{Numbers: true}},
		{"sequence 0 has 3 steps", y, npyFile("<i4", "(2,)", false, le, []int32{3, 1}), ArrayOptions{Numbers: true}},
		{"sequence 0 has 1.5 steps", y, npyFile("<f4", "(2,)", false, le, []float32{1.5, 1}), ArrayOptions{Numbers: true}},
	} {
		_, err := ReadArrays(write(t, "xy.npz", npzFile(t, map[string][]byte{"x.npy": x, "y.npy": c.y, "lengths.npy": c.lengths})), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}

// What NumPy writes reads as it is.
func TestAsNumPy(t *testing.T) {
	a, err := ReadArrays(filepath.Join(written(t), "xy.npz"), ArrayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Spec() != (train.Spec{Steps: 3, Features: 4, Classes: 3, PerStep: true}) {
		t.Errorf("%+v", a.Spec())
	}
	for i, want := range [][]int{{0, 1, 2}, {2, -1, 0}} {
		e, err := train.ReadExample(a, i)
		if err != nil || !slices.Equal(e.Classes, want) {
			t.Fatalf("labels are %v, want %v: %v", e.Classes, want, err)
		}
		for k, v := range e.X {
			if v != float32(12*i+k)/8 {
				t.Fatalf("x is %v", e.X)
			}
		}
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
		{"nor a .npy, .npz or safetensors file: it begins with \"something else alto", []byte("something else altogether"), y},
		{"nor a .npy, .npz or safetensors file", nil, y},
		{"it is cut", long[:100], y},
		{"want 8 for shape [2 1 1] of type F32", x[:len(x)-1], y},
		{"want 8 for shape [2 1 1] of type F32", append(bytes.Clone(x), 0), y},
		{"is too large", npyFile("<f4", "(2, 1000000000000, 1000000000000)", false, le, []float32{1}), y},
		{"three axes", npyFile("<f4", "(2,)", false, le, []float32{1, 2}), y},
		{"three axes", npyFile("<f4", "(2, 0, 1)", false, le, []float32{}), y},
		{"three axes", npyFile("<f4", "()", false, le, []float32{1}), y},
		{`type "<c8"`, npyFile("<c8", "(1, 1, 1)", false, le, []float32{1, 2}), y},
		{"type", npyFile("<U2", "(1, 1, 1)", false, le, []float32{1, 2}), y},
		{"want [2] or [2, 1]", x, npyFile("<i8", "(3,)", false, le, []int64{0, 1, 2})},
		{"want [2] or [2, 1]", x, npyFile("<i8", "(2, 2)", false, le, []int64{0, 1, 2, 3})},
		{"example 1: y: label is 0.5", x, npyFile("<f4", "(2,)", false, le, []float32{0, .5})},
		{"example 0: y: label is -2", x, npyFile("<i4", "(2,)", false, le, []int32{-2, 0})},
		{"label is 7, want at most 2 of 3 classes", x, npyFile("<i4", "(2,)", false, le, []int32{7, 0})},
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

// Values are looked at when they are read; the error says where they are.
func TestArraysReadErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	labels := npyFile("|u1", "(2,)", false, le, []uint8{0, 1})
	for _, c := range []struct {
		want string
		x, y []byte
		o    ArrayOptions
	}{
		{"example 1, step 1, feature 0 is NaN", npyFile("<f4", "(2, 2, 2)", false, le, []float32{1, 2, 3, 4, 5, 6, nan, 8}), labels, ArrayOptions{}},
		{"example 1, step 0, feature 1 is -Inf", npyFile("<f4", "(2, 2, 2)", false, le, []float32{1, 2, 3, 4, 5, 6, inf, 8}), labels, ArrayOptions{FeaturesFirst: true}},
		{"example 1, step 1, feature 0 is NaN", npyFile("<f4", "(2, 2, 2)", true, le, []float32{1, 2, 3, nan, 5, 6, 7, 8}), labels, ArrayOptions{}},
		{"example 1, step 0, feature 1 of type F64 is 1e+300", npyFile(">f8", "(2, 1, 2)", false, be, []float64{1, 2, 3, 1e300}), labels, ArrayOptions{}},
		{"example 1, step 0, feature 0 of type BOOL is 2", npyFile("|b1", "(2, 1, 1)", false, le, []uint8{1, 2}), labels, ArrayOptions{}},
		{"example 1, number 0 of type F64 is 1e+300", npyFile("|b1", "(2, 1, 1)", false, le, []uint8{1, 1}), npyFile("<f8", "(2,)", false, le, []float64{1, 1e300}), ArrayOptions{Numbers: true}},
		{"example 1, step 1, number 0 is NaN", npyFile("|b1", "(2, 2, 1)", false, le, []uint8{1, 1, 0, 0}), npyFile("<f4", "(2, 2, 1)", false, le, []float32{1, 2, 3, nan}), ArrayOptions{Numbers: true}},
	} {
		path := write(t, "x.npy", c.x)
		a, err := ReadNPY(path, write(t, "y.npy", c.y), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.ReadExample(a, 0); err != nil {
			t.Error(err)
		}
		if _, err := train.ReadExample(a, 1); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ".npy") {
			t.Errorf("error is %v, want one with %q and the path", err, c.want)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if _, err := train.ReadExample(a, 0); err == nil {
			t.Error("reads a closed file")
		}
	}
}

// What lies beyond a sequence's end is padding, whatever it is.
func TestArraysPadding(t *testing.T) {
	nan := float32(math.NaN())
	for name, x := range map[string][]byte{
		"steps first":    npyFile("<f4", "(2, 3, 2)", false, le, []float32{1, 2, 3, 4, nan, nan, 5, 6, nan, nan, nan, nan}),
		"features first": npyFile("<f4", "(2, 2, 3)", false, le, []float32{1, 3, nan, 2, 4, nan, 5, nan, nan, 6, nan, nan}),
	} {
		a, err := ReadArrays(write(t, "xy.npz", npzFile(t, map[string][]byte{"x.npy": x, "lengths.npy": npyFile(">u2", "(1, 2)", false, be, []uint16{2, 1}),
			"y.npy": npyFile("<f4", "(2, 3, 2)", false, le, []float32{1, 0, 0, 1, nan, nan, 0, 0, nan, nan, nan, nan})})),
			ArrayOptions{FeaturesFirst: name == "features first", OneHot: true})
		if err != nil {
			t.Fatal(err)
		}
		traintest.Dataset(t, a)
		for i, want := range []train.Example{{X: []float32{1, 2, 3, 4, 0, 0}, Classes: []int{0, 1, -1}}, {X: []float32{5, 6, 0, 0, 0, 0}, Classes: []int{-1, -1, -1}}} {
			if e, err := train.ReadExample(a, i); err != nil || e.Steps != 2-i || !slices.Equal(e.X, want.X) || !slices.Equal(e.Classes, want.Classes) {
				t.Errorf("%s: %+v, want %+v: %v", name, e, want, err)
			}
		}
	}
}

// An array that would be too large for one example is refused, whatever is in it.
func TestArraysHugeExample(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	sparseNPY(t, path, 1, 1<<20, 1<<8)
	_, err := ReadNPY(path, write(t, "y.npy", npyFile("|u1", "(1,)", false, le, []uint8{0})), ArrayOptions{})
	if err == nil || !strings.Contains(err.Error(), "268435456 numbers for an example") {
		t.Error(err)
	}
	swapped := npyFile("|u1", "(3, 2, 1)", false, le, []uint8{1, 2, 3, 4, 5, 6})
	_, err = ReadNPY(write(t, "x.npy", swapped), write(t, "y.npy", npyFile("|u1", "(2,)", false, le, []uint8{0, 1})), ArrayOptions{})
	if err == nil || !strings.Contains(err.Error(), "x.swapaxes(0, 1)") {
		t.Error(err)
	}
}

// Targets of two examples of two steps.
func TestTargets(t *testing.T) {
	x := npyFile("|u1", "(2, 2, 1)", false, le, []uint8{1, 2, 3, 4})
	for _, c := range []struct {
		shape  string
		y      []float32
		o      ArrayOptions
		want   [2][]int // or an error
		number int      // of classes
		err    string
	}{
		{"(2,)", []float32{1, 0}, ArrayOptions{}, [2][]int{{1}, {0}}, 2, ""},
		{"(2, 1)", []float32{1, 0}, ArrayOptions{}, [2][]int{{1}, {0}}, 2, ""},
		{"(1, 2)", []float32{1, 0}, ArrayOptions{}, [2][]int{{1}, {0}}, 2, ""},
		{"(2,)", []float32{1, 3}, ArrayOptions{FirstClass: 1}, [2][]int{{0}, {2}}, 3, ""},
		{"(2,)", []float32{1, 2}, ArrayOptions{}, [2][]int{}, 0, "set FirstClass to 1"},
		{"(2,)", []float32{1, 2}, ArrayOptions{Classes: 2}, [2][]int{}, 0, "set FirstClass to 1"},
		{"(2, 2)", []float32{0, 2, 1, -1}, ArrayOptions{}, [2][]int{{0, 2}, {1, -1}}, 3, ""},
		{"(2, 2, 1)", []float32{0, 1, 1, 0}, ArrayOptions{}, [2][]int{{0, 1}, {1, 0}}, 2, ""},
		{"(2, 2)", []float32{0, 1, 1, 0}, ArrayOptions{}, [2][]int{}, 0, "set OneHot; else give it as [2, 2, 1]"},
		{"(2, 2)", []float32{0, 1, 1, 0}, ArrayOptions{Classes: 2}, [2][]int{}, 0, "set OneHot"},
		{"(2, 2)", []float32{0, 1, 1, 0}, ArrayOptions{OneHot: true}, [2][]int{{1}, {0}}, 2, ""},
		{"(2, 3)", []float32{0, 0, 1, 1, 0, 0}, ArrayOptions{OneHot: true, Classes: 3}, [2][]int{{2}, {0}}, 3, ""},
		{"(2, 3)", []float32{0, 0, 1, 1, 0, 0}, ArrayOptions{}, [2][]int{}, 0, "one-hot need OneHot"},
		{"(2, 2, 3)", []float32{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}, ArrayOptions{OneHot: true}, [2][]int{{2, 0}, {-1, 1}}, 3, ""},
		{"(2, 2, 3)", []float32{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}, ArrayOptions{}, [2][]int{}, 0, "one-hot need OneHot"},
		{"(2, 2)", []float32{0, 1, 0, 0}, ArrayOptions{OneHot: true}, [2][]int{}, 0, "example 1: y: the row is not one-hot"},
		{"(2, 2)", []float32{0, 1, .5, .5}, ArrayOptions{OneHot: true}, [2][]int{}, 0, "not one-hot"},
		{"(2, 2)", []float32{0, 1, 1, 0}, ArrayOptions{OneHot: true, Classes: 3}, [2][]int{}, 0, "rows of 2 classes, and Classes is 3"},
		{"(2, 2)", []float32{0, 1, 1, 0}, ArrayOptions{OneHot: true, FirstClass: 1}, [2][]int{}, 0, "FirstClass is 1"},
		{"(2, 1)", []float32{0, 1}, ArrayOptions{OneHot: true}, [2][]int{}, 0, "at least 2 classes"},
		{"(2,)", []float32{0, 1}, ArrayOptions{OneHot: true}, [2][]int{}, 0, "want [2, C] or [2, 2, C]"},
		{"(1, 4)", []float32{0, 1, 0, 1}, ArrayOptions{}, [2][]int{}, 0, "want [2] or [2, 2]"},
		{"(4,)", []float32{0, 1, 0, 1}, ArrayOptions{}, [2][]int{}, 0, "want [2] or [2, 2]"},
		{"()", []float32{0}, ArrayOptions{}, [2][]int{}, 0, "want [2] or [2, 2]"},
		{"()", []float32{0}, ArrayOptions{OneHot: true}, [2][]int{}, 0, "want [2, C]"},
		{"()", []float32{0}, ArrayOptions{Numbers: true}, [2][]int{}, 0, "want [2, n]"},
		{"(2,)", []float32{0, 1}, ArrayOptions{Memory: -1}, [2][]int{}, 0, "Memory is -1"},
	} {
		a, err := ReadNPY(write(t, "x.npy", x), write(t, "y.npy", npyFile("<f4", c.shape, false, le, c.y)), c.o)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s, %+v: error is %v, want one with %q", c.shape, c.o, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s, %+v: %v", c.shape, c.o, err)
			continue
		}
		traintest.Dataset(t, a)
		if a.Spec().Classes != c.number || a.Spec().PerStep != (len(c.want[0]) == 2) {
			t.Errorf("%s, %+v: %+v, want %d classes", c.shape, c.o, a.Spec(), c.number)
		}
		for i, want := range c.want {
			if e, err := train.ReadExample(a, i); err != nil || !slices.Equal(e.Classes, want) {
				t.Errorf("%s, %+v: classes %v, want %v: %v", c.shape, c.o, e.Classes, want, err)
			}
		}
	}
}

// Tensors that PyTorch saved: cube [4, 2, 3] has the elements (i, j, k) = i + 12·j + 4·k, and transposed [4, 3] has k + i/4.
func TestArraysPTH(t *testing.T) {
	path := filepath.Join("..", "..", "internal", "tensorfile", "testdata", "views.pth")
	a, err := ReadArrays(path, ArrayOptions{X: "cube", Y: "transposed", Numbers: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	traintest.Dataset(t, a)
	e, err := train.ReadExample(a, 3)
	if err != nil || a.Len() != 4 || !slices.Equal(e.X, []float32{3, 7, 11, 15, 19, 23}) || !slices.Equal(e.Y, []float32{.75, 1.75, 2.75}) {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := ReadArrays(path, ArrayOptions{X: "cube", Y: "transposed", Numbers: true, Memory: 1000}); err == nil || !strings.Contains(err.Error(), "held in memory") {
		t.Error(err)
	}
}
