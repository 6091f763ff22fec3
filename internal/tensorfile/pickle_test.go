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
