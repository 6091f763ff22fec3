package matfile_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/matfile"
	"github.com/srnn-go/srnn/internal/memlimit"
)

// values are all numbers of one array.
func values(a *matfile.Array) (out []float64, err error) {
	err = a.Each(func(_ int, v float64) error { out = append(out, v); return nil })
	return out, err
}

// Files of SciPy, by testdata/written.py, hold x[i, j, k] = 12i + 4j + k − 12 in all types, beside variables
// of all other classes.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		file   string
		shape  []int
		signed []string
		others []string
	}{
		{"level5.mat", []int{2, 3, 4}, []string{"int8", "int16", "int32", "int64", "float32", "float64"}, []string{"uint8", "uint16", "uint32", "uint64"}},
		{"level5_compressed.mat", []int{2, 3, 4}, []string{"int8", "int16", "int32", "int64", "float32", "float64"}, []string{"uint8", "uint16", "uint32", "uint64"}},
		{"level4.mat", []int{3, 4}, []string{"int16", "int32", "float32", "float64"}, []string{"uint8", "uint16"}},
	} {
		b, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, names := range [][]string{c.signed, c.others} {
			arrays, err := matfile.Find(bytes.NewReader(b), int64(len(b)), names...)
			if err != nil {
				t.Fatalf("%s: %v", c.file, err)
			}
			for i, a := range arrays {
				var want []float64 // the first index moves fastest
				records := 1
				if len(c.shape) == 3 {
					records = c.shape[0]
				}
				for k := range 4 {
					for j := range 3 {
						for i := range records {
							want = append(want, float64(12*i+4*j+k-12))
						}
					}
				}
				if names[0] == "uint8" {
					for i := range want {
						want[i] += 12
					}
				}
				for range 2 { // again gives the same
					if got, err := values(a); err != nil || !slices.Equal(got, want) || !slices.Equal(a.Shape, c.shape) {
						t.Errorf("%s: %s %v is %v, want %v: %v", c.file, names[i], a.Shape, got, want, err)
					}
				}
			}
		}
		for name, want := range map[string]string{"cplx": "complex double", "text": "char", "sparse": "sparse", "no": "no variable no; it has"} {
			if _, err := matfile.Find(bytes.NewReader(b), int64(len(b)), name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s gives %v, want an error with %q", c.file, name, err, want)
			}
		}
	}
}

// MATLAB writes whole numbers narrower than their class, in a tag where there are few.
func TestSmallElements(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		b := file(compressed, matrix(6, []uint32{1, 3}, "a", append(u32(3<<16|1), 1, 0xff, 3, 0)))
		a, err := matfile.Find(bytes.NewReader(b), int64(len(b)), "a")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := values(a[0]); err != nil || a[0].Class != "double" || !slices.Equal(got, []float64{1, -1, 3}) {
			t.Errorf("compressed %v: %s %v, %v", compressed, a[0].Class, got, err)
		}
	}
}

func u32(v ...uint32) (b []byte) {
	for _, v := range v {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func element(kind uint32, b []byte) []byte {
	b = append(u32(kind, uint32(len(b))), b...)
	for kind != 15 && len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// matrix is a variable; rest follows its name.
func matrix(class uint32, dims []uint32, name string, rest []byte) []byte {
	body := slices.Concat(element(6, u32(class, 0)), element(5, u32(dims...)), element(1, []byte(name)), rest)
	return element(14, body)
}

// file is a MAT-file of level 5.
func file(compressed bool, matrices ...[]byte) []byte {
	b := append([]byte("MATLAB 5.0 MAT-file"), bytes.Repeat([]byte{' '}, 105)...)
	b = append(b, 0, 1, 'I', 'M')
	for _, m := range matrices {
		if compressed {
			m = element(15, deflated(m, 0))
		}
		b = append(b, m...)
	}
	return b
}

// deflated compresses b and so many bytes of zero.
func deflated(b []byte, zeros int) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	for chunk := make([]byte, 1<<20); zeros > 0; zeros -= len(chunk) {
		w.Write(chunk[:min(zeros, len(chunk))])
	}
	w.Close()
	return out.Bytes()
}

// nested is a cell in a cell, so many deep.
func nested(depth int) []byte {
	head := slices.Concat(element(6, u32(1, 0)), element(5, u32(1, 1)), element(1, []byte("c")))
	b := make([]byte, 0, depth*(8+len(head)))
	for i := range depth {
		b = append(append(b, u32(14, uint32((depth-i)*(8+len(head))-8))...), head...)
	}
	return b
}

// What a file declares and what it inflates to take no memory.
func TestHostile(t *testing.T) {
	const zeros = 1 << 26
	a := matrix(9, []uint32{1, 4}, "a", element(2, []byte{1, 2, 3, 4}))
	long := func(declared uint32) []byte { // a matrix of that many uint8 behind a
		b := matrix(9, []uint32{declared, 1}, "b", u32(2, declared))
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8)+declared)
		return b
	}
	many := make([][]byte, 100000)
	for i := range many {
		many[i] = matrix(9, []uint32{0, 0}, "n", nil)
	}
	for _, c := range []struct {
		name string
		file func() []byte
		ask  string
		want string // in the error, none if empty
	}{
		{"other variables inflate", func() []byte { return append(file(true, a), element(15, deflated(long(zeros), zeros))...) }, "a", ""},
		{"a large array", func() []byte { return append(file(true), element(15, deflated(long(zeros), zeros))...) }, "b", ""},
		{"an array that is cut", func() []byte { return append(file(true), element(15, deflated(long(zeros), zeros/1000))...) }, "b", "cannot inflate"},
		{"an array that is cut late", func() []byte { return append(file(true), element(15, deflated(long(zeros), zeros-1<<16))...) }, "b", "unexpected EOF"},
		{"an array that goes on", func() []byte { return append(file(true), element(15, deflated(a, zeros))...) }, "a", "goes on"},
		{"cells a million deep", func() []byte { return append(file(false, a), nested(1e6)...) }, "a", ""},
		{"such cells asked for", func() []byte { return append(file(false, a), nested(1e6)...) }, "c", "is of class cell"},
		{"many variables", func() []byte { return file(false, append(many, a)...) }, "b", "99989 more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.file()
			peak, err := memlimit.Run(t, 16<<20, func() error {
				a, err := matfile.Find(bytes.NewReader(b), int64(len(b)), c.ask)
				if err != nil {
					return err
				}
				return a[0].Each(func(int, float64) error { return nil })
			})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			t.Logf("%.1f MiB", float64(peak)/(1<<20))
		})
	}
}

func FuzzFind(f *testing.F) {
	for _, name := range []string{"level5.mat", "level5_compressed.mat", "level4.mat"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(file(true, matrix(6, []uint32{1, 3}, "int16", append(u32(3<<16|1), 1, 0xff, 3, 0))))
	f.Fuzz(func(t *testing.T, b []byte) {
		arrays, err := matfile.Find(bytes.NewReader(b), int64(len(b)), "int16")
		if err != nil {
			return
		}
		n := 0
		if err := arrays[0].Each(func(i int, _ float64) error { n++; return nil }); err == nil && n != arrays[0].Len() {
			t.Errorf("%d numbers of %v", n, arrays[0].Shape)
		} else if err != nil && arrays[0].Exact() {
			t.Error(err)
		}
		if n > 1100*len(b) {
			t.Errorf("%d numbers in %d bytes", n, len(b))
		}
	})
}
