package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

// npy is a .npy file with a header's text.
func npy(version byte, header string, data string) string {
	length := string(binary.LittleEndian.AppendUint16(nil, uint16(len(header))))
	if version > 1 {
		length = string(binary.LittleEndian.AppendUint32(nil, uint32(len(header))))
	}
	return npyMagic + string([]byte{version, 0}) + length + header + data
}

// described is a .npy file of version 1.
func described(descr, fortran, shape, data string) string {
	return npy(1, fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, fortran, shape), data)
}

// content opens a file that is in memory.
func content(in string) (*File, error) {
	f := &File{path: "in/a.npy", r: strings.NewReader(in), size: int64(len(in)), close: func() error { return nil }}
	return f, f.open(math.MaxInt64)
}

// read reads all arrays of a file that is in memory.
func read(in string) ([]Tensor, error) {
	f, err := content(in)
	if err != nil {
		return nil, err
	}
	return f.tensors()
}

// The numbers 1 and −2, or what comes near, in all types.
func TestNPYTypes(t *testing.T) {
	for _, c := range []struct {
		descr, dtype, data string
		want               []float64
	}{
		{"<f8", "F64", le64(0x3ff0000000000000) + "\x00\x00\x00\x00\x00\x00\x00\xc0", []float64{1, -2}},
		{">f8", "F64", "\x3f\xf0\x00\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x00", []float64{1, -2}},
		{"<f4", "F32", "\x00\x00\x80\x3f\x00\x00\x00\xc0", []float64{1, -2}},
		{">f4", "F32", "\x3f\x80\x00\x00\xc0\x00\x00\x00", []float64{1, -2}},
		{"<f2", "F16", "\x00\x3c\x00\xc0", []float64{1, -2}},
		{">f2", "F16", "\x3c\x00\xc0\x00", []float64{1, -2}},
		{"<i8", "I64", le64(1) + le64(-2), []float64{1, -2}},
		{">i8", "I64", "\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xfe", []float64{1, -2}},
		{"=i4", "I32", "\x01\x00\x00\x00\xfe\xff\xff\xff", []float64{1, -2}},
		{">i4", "I32", "\x00\x00\x00\x01\xff\xff\xff\xfe", []float64{1, -2}},
		{"i2", "I16", "\x01\x00\xfe\xff", []float64{1, -2}},
		{">i2", "I16", "\x00\x01\xff\xfe", []float64{1, -2}},
		{"|i1", "I8", "\x01\xfe", []float64{1, -2}},
		{"<i1", "I8", "\x01\xfe", []float64{1, -2}},
		{"<u8", "U64", le64(1) + le64(2), []float64{1, 2}},
		{">u4", "U32", "\x00\x00\x00\x01\xff\xff\xff\xfe", []float64{1, 1<<32 - 2}},
		{"<u2", "U16", "\x01\x00\xfe\xff", []float64{1, 1<<16 - 2}},
		{"|u1", "U8", "\x01\xfe", []float64{1, 254}},
		{"|b1", "BOOL", "\x01\x00", []float64{1, 0}},
		{"?", "BOOL", "\x01\x00", []float64{1, 0}},
		{"float32", "F32", "\x00\x00\x80\x3f\x00\x00\x00\xc0", []float64{1, -2}},
		{"int64", "I64", le64(1) + le64(-2), []float64{1, -2}},
		{"e", "F16", "\x00\x3c\x00\xc0", []float64{1, -2}},
	} {
		got, err := read(described(c.descr, "False", "(2,)", c.data))
		if err != nil {
			t.Errorf("%s: %v", c.descr, err)
			continue
		}
		if d := cmp.Diff([]decoded{{"a", []int{2}, c.dtype, c.want}}, decode(t, got)); d != "" {
			t.Errorf("%s: %s", c.descr, d)
		}
	}
}

// Headers as different versions of NumPy, and others, write them.
func TestNPYHeaders(t *testing.T) {
	const six = "\x00\x01\x02\x03\x04\x05"
	for _, c := range []struct {
		in    string
		shape []int
		first []float64 // the elements 1 and 2
	}{
		{npy(2, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n", six), []int{2, 3}, []float64{1, 2}},
		{npy(3, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", six), []int{2, 3}, []float64{1, 2}},
		{npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }          \n", six), []int{2, 3}, []float64{2, 4}},
		{npy(1, "  {\"shape\":(6,),\"descr\":\"|u1\",\"fortran_order\":True}", six), []int{6}, []float64{1, 2}},
		{npy(1, "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '|u1'}", six), []int{2, 3}, []float64{1, 2}},
		{npy(1, "{u'shape': (6L,),\n 'fortran_order' : False ,\t'descr': u'|u1',}", six), []int{6}, []float64{1, 2}},
		{npy(1, "{'descr':'|u1','fortran_order':False,'shape':(  3 , 2 , 1 , )}", six), []int{3, 2, 1}, []float64{1, 2}},
	} {
		got, err := read(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if v := floats(t, got[0]); !slices.Equal(got[0].Shape, c.shape) || !slices.Equal(v[1:3], c.first) {
			t.Errorf("%q: %v, %v", c.in, got[0].Shape, v)
		}
	}
	for shape, data := range map[string]string{"()": "\x07", "( )": "\x07", "(0,)": "", "(3, 0, 2)": ""} {
		for _, fortran := range []string{"False", "True"} {
			got, err := read(described("|u1", fortran, shape, data))
			if err != nil || got[0].Len() != len(data) {
				t.Errorf("%s: %v, %v", shape, got, err)
			}
		}
	}
}

func TestNPYRejects(t *testing.T) {
	header := func(s string) string { return npy(1, s, "\x00") }
	good := described("|u1", "False", "(1,)", "\x00")
	for _, c := range []struct{ name, in, want string }{
		{"short", npyMagic, "not a .npy file"},
		{"version 4", npy(4, "", ""), "format version 4.0, want 1.0, 2.0 or 3.0"},
		{"version 1.1", npyMagic + "\x01\x01\x00\x00\x00", "format version 1.1"},
		{"cut", good[:20], "byte 8: the header ends at byte"},
		{"header of 4 GB", npyMagic + "\x02\x00\xff\xff\xff\xff" + strings.Repeat(" ", 1000), "it is cut"},
		{"huge header", npy(2, strings.Repeat(" ", maxNPYHeader+1), ""), "want at most 65536"},
		{"data cut", good[:len(good)-1], "0 bytes of elements, want 1 for shape [1] of type U8"},
		{"data too long", good + "\x00", "2 bytes of elements, want 1"},
		{"2⁶² elements", described("<f8", "False", "(4611686018427387904,)", "x"), "is too large"},
		{"2⁶² bytes", described("|u1", "False", "(4611686018427387904,)", "x"), "want 4611686018427387904"},
		{"product overflows", described("|u1", "False", "(4294967296, 4294967296, 4294967296)", "x"), "is too large"},
		{"product overflows to 1", described("|u1", "False", "(18446744073709551617,)", "x"), "want a length"},
		{"negative", described("|u1", "False", "(-1, -1)", "x"), `shape: "-1, -1)`},
		{"float", described("|u1", "False", "(1.0,)", "x"), `".0,)`},
		{"no tuple", described("|u1", "False", "1", "x"), "want a tuple"},
		{"list", described("|u1", "False", "[1]", "x"), "want a tuple"},
		{"nested", described("|u1", "False", "("+strings.Repeat("(", 60_000), "x"), "want a length"},
		{"65 axes", described("|u1", "False", "("+strings.Repeat("1,", 65)+")", "x"), "more than 64 axes"},
		{"order", described("|u1", "Yes", "(1,)", "x"), "want True or False"},
		{"structured", header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "structured type"},
		{"array in a dict", header("{'descr': {}, 'fortran_order': False, 'shape': (1,)}"), "structured type"},
		{"no dict", header("['descr']"), "want a Python dict"},
		{"empty", header(""), "want a Python dict"},
		{"spaces", header("   "), "want a Python dict"},
		{"no end", header("{'descr': '|u1'"), "want a comma or }"},
		{"no descr", header("{'fortran_order': False, 'shape': (1,)}"), "want entries descr, fortran_order and shape"},
		{"twice", header("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}"), `two entries are named "descr"`},
		{"another entry", header("{'descr': '|u1', 'extra': 1}"), `entry "extra"`},
		{"no key", header("{1: 2}"), "want a string"},
		{"no colon", header("{'descr' '|u1'}"), "want a colon"},
		{"open string", header("{'descr"), "does not end"},
		{"escape", header(`{'descr': '\x66', 'fortran_order': False, 'shape': (1,)}`), "escapes"},
		{"after the end", header("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} and more"), `"and more" after the dict`},
		{"objects", described("|O", "False", "()", "x"), "np.savez(path, **d)"},
		{"complex", described("<c8", "False", "(1,)", "x"), "complex"},
		{"long double", described("<f16", "False", "(1,)", "x"), "long doubles"},
		{"text", described("<U3", "False", "(1,)", "x"), "text"},
		{"bytes", described("|S3", "False", "(1,)", "x"), "text"},
		{"date", described("<M8[ns]", "False", "(1,)", "x"), "dates"},
		{"bfloat16", described("<V2", "False", "(1,)", "x"), "bfloat16"},
		{"order without meaning", described("|f4", "False", "(1,)", "x"), `"|f4"`},
		{"24 bits", described("<i3", "False", "(1,)", "x"), `"<i3"`},
		{"no type", described("", "False", "(1,)", "x"), `""`},
		{"only an order", described("<", "False", "(1,)", "x"), `"<"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
				t.Errorf("%v, %v, want an error with %q", got, err, c.want)
			}
		})
	}
}

// TestArrayRows compares reading by rows with indexing by definition.
func TestArrayRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 1, 4).Draw(t, "shape")
		column, big := rapid.Bool().Draw(t, "column"), rapid.Bool().Draw(t, "big")
		n, _ := elements(shape)
		var raw []byte
		for i := range n { // element i of the file is i
			b := []byte{byte(i), byte(i >> 8)}
			if big {
				slices.Reverse(b)
			}
			raw = append(raw, b...)
		}
		a := &Array{Name: "a", Shape: shape, DType: "U16", big: big, column: column, r: bytes.NewReader(raw)}
		var want []float64
		stride := columnStrides(shape)
		for i := range n { // of row-major order
			at, rest := i, i
			if column {
				at = 0
				for axis := len(shape) - 1; axis >= 0; axis-- {
					at += rest % shape[axis] * stride[axis]
					rest /= shape[axis]
				}
			}
			want = append(want, float64(at))
		}
		whole, err := a.Tensor()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := whole.Float64s(); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, want %v: %v", got, want, err)
		}
		if _, err := a.Hold(1 << 20); err != nil {
			t.Fatal(err)
		}
		row := n / shape[0]
		i := rapid.IntRange(0, shape[0]-1).Draw(t, "row")
		got := make([]float32, rapid.IntRange(0, (shape[0]-i)*row).Draw(t, "elements"))
		if err := ReadRows(a, i, got); err != nil {
			t.Fatal(err)
		}
		for k, v := range got {
			if float64(v) != want[i*row+k] {
				t.Fatalf("from row %d: %v, want %v", i, got, want[i*row:])
			}
		}
		if err := ReadRows(a, i, make([]float32, (shape[0]-i)*row+1)); err == nil {
			t.Fatal("reads beyond the end")
		}
	})
}

func TestNPZ(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		got, err := read(zipped(t, method, "b/w.npy", described(">i2", "True", "(2, 2)", "\x00\x01\x00\x03\x00\x02\x00\x04"),
			"a.npy", described("<f4", "False", "()", "\x00\x00\x80\x3f"), "text.npy", described("<U1", "False", "()", "x\x00\x00\x00"), "README", "read me"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]decoded{{"a", []int{}, "F32", []float64{1}}, {"b/w", []int{2, 2}, "I16", []float64{1, 2, 3, 4}}}, decode(t, got)); d != "" {
			t.Error(d)
		}
	}
}

func TestNPZRejects(t *testing.T) {
	one := described("|u1", "False", "(1,)", "\x01")
	zeros := described("|u1", "False", "(100000000,)", strings.Repeat("\x00", 100_000_000))
	stored := zipped(t, zip.Store, "a.npy", one)
	change := func(in, old, new string) string {
		if !strings.Contains(in, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.ReplaceAll(in, old, new)
	}
	for _, c := range []struct{ name, in, want string }{
		{"cut", stored[:len(stored)-1], "zip archive"},
		{"two of a name", zipped(t, zip.Store, "a.npy", one, "a.npy", one), `two arrays are named "a"`},
		{"an object", zipped(t, zip.Store, "a.npy", one, "b.npy", described("|O", "False", "()", "x")), `array "b": elements of type "|O"`},
		{"text alone", zipped(t, zip.Store, "b.npy", described("<U1", "False", "()", "x\x00\x00\x00")), "text"},
		{"member cut", zipped(t, zip.Store, "a.npy", one[:len(one)-1]), "0 bytes of elements"},
		{"checksum", change(stored, one, one[:len(one)-1]+"\x02"), "checksum"},
		{"checksum of a compressed one", change(zipped(t, zip.Deflate, "a.npy", one), le32(int(crc32.ChecksumIEEE([]byte(one)))), le32(0)), "checksum"},
		{"method", change(zipped(t, zip.Store, "a.npy", one), "PK\x01\x02\x14\x00\x14\x00\x08\x00\x00\x00", "PK\x01\x02\x14\x00\x14\x00\x08\x00\x09\x00"), "method 9"},
		{"encrypted", change(zipped(t, zip.Store, "a.npy", one), "PK\x01\x02\x14\x00\x14\x00\x08\x00", "PK\x01\x02\x14\x00\x14\x00\x09\x00"), "encrypted"},
		{"bomb", zipped(t, zip.Deflate, "a.npy", zeros), "would take 95.4 MiB of memory, want at most 64.0 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
				t.Errorf("%v, %v, want an error with %q", got, err, c.want)
			}
		})
	}
}

func FuzzReadArrays(f *testing.F) {
	one := described(">i2", "True", "(2, 2)", "\x00\x01\x00\x03\x00\x02\x00\x04")
	f.Add([]byte(one))
	f.Add([]byte(npy(3, "{'descr': '<f2', 'fortran_order': False, 'shape': (1L, 2)}", "\x00\x3c\x00\xc0")))
	f.Add([]byte(zipped(f, zip.Store, "a.npy", one, "b.npy", one)))
	f.Add([]byte(zipped(f, zip.Deflate, "a.npy", one, "b.npy", one)))
	f.Add([]byte(container(`{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}`, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := content(string(b))
		if err != nil {
			return
		}
		tensors, err := file.tensors()
		if err != nil && tensors != nil {
			t.Error("tensors and an error")
		}
		for _, x := range tensors {
			checkTensor(t, x)
			if err := checkRows(file, x); err != nil {
				t.Error(err)
			}
		}
	})
}

// checkRows wants the rows of an array to be those of its tensor.
func checkRows(file *File, x Tensor) error {
	a, err := file.Array(x.Name)
	if err != nil || len(x.Shape) == 0 || x.Len() == 0 {
		return err
	}
	if _, err := a.Hold(1 << 30); err != nil {
		return err
	}
	want, errWhole := x.Float64s()
	got := make([]float64, x.Len())
	if err := ReadRows(a, 0, got); (err != nil) != (errWhole != nil) {
		return errors.Errorf("%v by rows, and %v of the whole", err, errWhole)
	}
	for i, v := range want {
		if got[i] != v && v == v {
			return errors.Errorf("element %d is %v by rows, and %v of the whole", i, got[i], v)
		}
	}
	return nil
}
