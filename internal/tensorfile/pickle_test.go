package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// The functions below write pickles as torch.save does.

func pickled(body string) string { return "\x80\x02" + body + "." }

func le32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func le64(n int) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(n))) }

func text(s string) string { return "X" + le32(len(s)) + s }

func number(n int) string { return "J" + le32(n) }

func tuple(items ...string) string { return "(" + strings.Join(items, "") + "t" }

func pydict(keysAndValues ...string) string { return "}(" + strings.Join(keysAndValues, "") + "u" }

func pylist(items ...string) string { return "](" + strings.Join(items, "") + "e" }

func global(module, name string) string { return "c" + module + "\n" + name + "\n" }

func call(function string, args ...string) string { return function + tuple(args...) + "R" }

func numbers(n ...int) string {
	items := make([]string, len(n))
	for i := range n {
		items[i] = number(n[i])
	}
	return tuple(items...)
}

func pystorage(class, key string, count int) string {
	return tuple(text("storage"), global("torch", class), text(key), text("cpu"), number(count)) + "Q"
}

func pytensor(storage string, offset int, shape, stride string) string {
	return call(global("torch._utils", "_rebuild_tensor_v2"), storage, number(offset), shape, stride, "\x89", "N")
}

// legacy is a file of the older format. storages are bytes as they stand in the file.
func legacy(value, keys string, storages ...string) string {
	return pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") + pickled("M\xe9\x03") +
		pickled(pydict(text("little_endian"), "\x88")) + pickled(value) + pickled(keys) + strings.Join(storages, "")
}

// four is a legacy file with a tensor in a storage of the elements 0, 1, 2, 3, of type int8.
func four(offset int, shape, stride string) string {
	v := pytensor(pystorage("CharStorage", "0", 4), offset, shape, stride)
	return legacy(pydict(text("w"), v), pylist(text("0")), le64(4)+"\x00\x01\x02\x03")
}

// zipped is a zip archive of pairs of name and content.
func zipped(t testing.TB, method uint16, namesAndContents ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: namesAndContents[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(namesAndContents[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pyobject is an instance of a class with a state.
func pyobject(class, state string) string { return class + ")\x81" + state + "b" }

// pymodule is a torch.nn.Module of a class that nobody knows.
func pymodule(parameters, buffers, modules string, more ...string) string {
	attributes := append([]string{
		text("_parameters"), parameters, text("_buffers"), buffers, text("_modules"), modules,
	}, more...)
	return pyobject(global("__main__", "Net"), pydict(attributes...))
}

func TestCutPickle(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string // empty for an error
	}{
		{"all of it", pickled(text("abc")), pickled(text("abc"))},
		{"more follows", pickled("N") + "rest", pickled("N")},
		{"every kind of argument", pickled("K\x01M\x01\x01U\x02ab\x8a\x01\x05" + global("a", "b")), pickled("K\x01M\x01\x01U\x02ab\x8a\x01\x05" + global("a", "b"))},
		{"frame", "\x80\x04\x95\x01\x00\x00\x00\x00\x00\x00\x00N.", "\x80\x04K\x000K\x000K\x000N."},
		{"stop inside an argument", "X\x01\x00\x00\x00.", ""},
		{"length beyond the end", "X\xff\xff\xff\xff.", ""},
		{"half a length", "X\x01", ""},
		{"half a frame", "\x80\x04\x95\x01\x00.", ""},
		{"one line of two", "ca\nb.", ""},
		{"opcode of protocol 1", "I1\n.", ""},
		{"opcode of protocol 5", "\x80\x05\x97.", ""},
		{"opcode 255", "\xff.", ""},
		{"no end", "NNN", ""},
		{"nothing", "", ""},
		{"too long", strings.Repeat("N", maxIndex) + ".", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := []byte(c.in)
			b, err := cutPickle(in, 0)
			if (err != nil) != (c.want == "") || string(b) != c.want {
				t.Errorf("%q, %v, want %q", b, err, c.want)
			}
			if string(in) != c.in {
				t.Error("the file has changed")
			}
		})
	}
}
