package tensorfile

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawTensors draws tensors that WriteSafetensors accepts, sorted by name.
func drawTensors(t *rapid.T) []Tensor {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z<&"\\é.]{1,6}`), 0, 5, rapid.ID[string]).Draw(t, "names")
	slices.Sort(names)
	tensors := make([]Tensor, len(names))
	for i, name := range names {
		shape := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "shape")
		n, _ := elements(shape)
		dtype := rapid.SampledFrom(slices.Sorted(maps.Keys(dtypes))).Filter(func(s string) bool { return !strings.HasPrefix(s, "F8") }).Draw(t, "type")
		bytes := n * dtypes[dtype].size
		x, err := NewTensor(name, shape, dtype, rapid.SliceOfN(rapid.Byte(), bytes, bytes).Draw(t, "elements"))
		if err != nil {
			t.Fatal(err)
		}
		tensors[i] = x
	}
	return tensors
}

func TestSafetensorsRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	rapid.Check(t, func(t *rapid.T) {
		tensors := drawTensors(t)
		metadata := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "metadata")
		if err := WriteSafetensors(path, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		first, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, gotMetadata, err := ReadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tensors, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(Tensor{})); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(metadata, gotMetadata, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}

		slices.Reverse(tensors)
		if err := WriteSafetensors(path, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Error("another order made other bytes")
		}
	})
}

func TestWriteSafetensorsSpecialValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}
	var singles []float32
	for _, x := range special {
		singles = append(singles, float32(x))
	}
	for dtype, in := range map[string]Tensor{"F32": FromFloats("w", []int{4}, singles), "F64": FromFloats("w", []int{4}, special)} {
		if err := WriteSafetensors(path, []Tensor{in}, nil); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		v := floats(t, got[0])
		if !math.IsNaN(v[0]) || !math.IsInf(v[1], 1) || !math.IsInf(v[2], -1) || !math.Signbit(v[3]) {
			t.Errorf("%q: %v", dtype, v)
		}
	}
}

func TestWriteSafetensorsRejects(t *testing.T) {
	one := func(name string, shape ...int) []Tensor {
		return []Tensor{FromFloats(name, shape, []float32{1})}
	}
	for _, c := range []struct {
		name     string
		tensors  []Tensor
		metadata map[string]string
		want     string
	}{
		{"no name", one(""), nil, "name"},
		{"name of the metadata", one("__metadata__"), nil, "name"},
		{"name not UTF-8", one("\xff"), nil, "name"},
		{"same names", append(one("w"), one("w")...), nil, `two tensors are named "w"`},
		{"shape too large", one("w", 2), nil, "shape [2] does not fit 1"},
		{"shape too small", one("w", 0), nil, "shape [0]"},
		{"shape negative", one("w", -1, -1), nil, "shape [-1 -1]"},
		{"shape overflows", one("w", math.MaxInt, math.MaxInt), nil, "does not fit"},
		{"metadata not UTF-8", nil, map[string]string{"k": "\xff"}, "UTF-8"},
		{"type that the library cannot write", []Tensor{{"w", nil, "F8_E4M3", []byte{0}}}, nil, "F8_E4M3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.safetensors")
			if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := WriteSafetensors(path, c.tensors, c.metadata)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want one about %s with %q", err, path, c.want)
			}
			if b, _ := os.ReadFile(path); string(b) != "before" {
				t.Errorf("the file has become %q", b)
			}
		})
	}
}

func TestWriteSafetensorsLeavesNoRest(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.safetensors")
	if err := os.Mkdir(path, 0o755); err != nil { // cannot be replaced by a file
		t.Fatal(err)
	}
	if err := WriteSafetensors(path, nil, nil); err == nil {
		t.Error("wrote over a folder")
	}
	if err := WriteSafetensors(filepath.Join(dir, "none", "w"), nil, nil); err == nil {
		t.Error("wrote into no folder")
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("left %v", files)
	}
}

// container is a safetensors file with the header and as many bytes of data.
func container(header string, data int) string {
	return le64(len(header)) + header + strings.Repeat("\x00", data)
}

func TestParseSafetensorsRejects(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "not a safetensors file"},
		{"text", "hello, world", "not a safetensors file"},
		{"huge length", "\xff\xff\xff\xff\xff\xff\xff\x7f{}", "length 9223372036854775807"},
		{"length with a sign", "\xff\xff\xff\xff\xff\xff\xff\xff{}", "length 18446744073709551615"},
		{"length beyond the end", le64(3) + "{}", "length 3 at byte 0"},
		{"not JSON", container("{x}", 0), "header"},
		{"more after the JSON", container("{}}", 0), "header"},
		{"not an object", container(" []", 0), "not a safetensors file"},
		{"not UTF-8", container(`{"`+"\xff"+`":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0), "UTF-8"},
		{"truncated", container(`{`+a+`}`, 7), "incomplete"},
		{"too long", container(`{`+a+`}`, 9), "incomplete"},
		{"shape too large", container(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "does not fit"},
		{"shape overflows", container(`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}`, 0), "shape"},
		{"bytes overflow", container(`{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}`, 0), "does not fit"},
		{"axis too long", container(`{"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, 0), "shape"},
		{"negative shape", container(`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8), "shape"},
		{"broken shape", container(`{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}`, 8), "shape"},
		{"no shape", container(`{"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}`, 8), "shape"},
		{"negative offset", container(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, 8), "data_offsets"},
		{"offsets swapped", container(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), "offset"},
		{"overlap", container(`{`+a+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "offset"},
		{"same bytes", container(`{`+a+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), "offset"},
		{"gap", container(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "offset"},
		{"offset beyond the end", container(`{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,9223372036854775808]}}`, 0), "shape"},
		{"bytes beyond the end", container(`{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, 8), "incomplete"},
		{"numbers too many", container(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}`, 1), "data_offsets"},
		{"numbers too few", container(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1]}}`, 1), "data_offsets"},
		{"leading zero", container(`{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}`, 1), "shape"},
		{"another field", container(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"b":{}}}`, 1), `entry "b"`},
		{"no comma", container(`{`+a+`"b":{}}`, 8), "want ','"},
		{"no end", container(`{"a`, 0), "does not end"},
		{"nested", container(`{"a":`+strings.Repeat("[", 100_000), 0), "want '{'"},
		{"too many axes", container(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("1,", 64)+`1],"data_offsets":[0,1]}}`, 1), "64 axes"},
		{"two metadata", container(`{"__metadata__":{},"__metadata__":{}}`, 0), "two entries"},
		{"type complex", container(`{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}`, 8), `type "C64"`},
		{"type unknown", container(`{"a":{"dtype":"F8","shape":[2],"data_offsets":[0,2]}}`, 2), `"F8"`},
		{"type missing", container(`{"a":{"shape":[2],"data_offsets":[0,2]}}`, 2), "keys"},
		{"same names", container(`{`+a+`,`+a+`}`, 8), `two entries are named "a"`},
		{"same names, escaped", container(`{`+a+`,"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), "two entries"},
		{"same fields", container(`{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), `two entries are named "dtype"`},
		{"metadata of numbers", container(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},
		{"same metadata", container(`{"__metadata__":{"a":"1","a":"2"}}`, 0), "two entries"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors, _, err := parseSafetensors([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v, want an error with %q", tensors, err, c.want)
			}
		})
	}
}

func TestHeaderLen(t *testing.T) {
	first := []byte(le64(maxHeader+1) + "{")
	if _, err := headerLen(first, 1<<40); err == nil {
		t.Error("the limit of the format is not kept")
	}
	if n, err := headerLen([]byte(le64(maxHeader)+"{"), 1<<40); n != maxHeader || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// What serializers of other languages write: white space, keys in another order, escapes, padding.
func TestParseSafetensorsAsOthersWrite(t *testing.T) {
	in := container(" {\n \"b\\u0022\\n\" : {\"shape\" : [ ] , \"data_offsets\":[4 , 8], \"dtype\":\"F32\"},\t\"ä\":{\"data_offsets\":[0,4],\"dtype\":\"I16\",\"shape\":[2,1]} } \r\n  "[1:], 8)
	got, metadata, err := parseSafetensors([]byte(in))
	if err != nil || metadata != nil {
		t.Fatal(metadata, err)
	}
	want := []decoded{{"b\"\n", []int{}, "F32", []float64{0}}, {"ä", []int{2, 1}, "I16", []float64{0, 0}}}
	if d := cmp.Diff(want, decode(t, got)); d != "" {
		t.Error(d)
	}
}

func TestReadRejects(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, []byte(container(`{"`+strings.Repeat("x", 10_000)+`":1}`, 0)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "none"), long} {
		_, err := Read(path)
		if err == nil || !strings.Contains(err.Error(), path) || len(err.Error()) > 1000 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func FuzzReadSafetensors(f *testing.F) {
	b, err := encodeSafetensors([]Tensor{
		FromFloats("w", []int{2, 2}, []float32{1, 2, 3, 4}), FromFloats("b", nil, []float64{.1}),
	}, map[string]string{"format": "pt"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(container(`{"a":{"dtype":"I64","shape":[0,7],"data_offsets":[0,0]}}`, 0)))
	f.Add([]byte(container(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		tensors, _, err := parseSafetensors(b)
		if err != nil && tensors != nil {
			t.Error("tensors and an error")
		}
		for _, x := range tensors {
			checkTensor(t, x)
		}
	})
}
