package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strconv"
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

// show writes a value of a machine. What was forgotten is a question mark.
func show(m *machine, r ref) string {
	join := func(word int) string {
		var out []string
		m.items(r, word, func(_ int, item ref) bool { out = append(out, show(m, item)); return true })
		return strings.Join(out, " ")
	}
	switch {
	case r.kind() == kindNone:
		return "None"
	case r.kind() == kindTrue, r.kind() == kindFalse:
		return strconv.FormatBool(r.kind() == kindTrue)
	case r.kind() == kindInt:
		n, _ := integerOf(r)
		return strconv.Itoa(n)
	case r.kind() == kindNumber:
		if v, ok := m.float(r); ok {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return "big"
	case r.kind() == kindText:
		s, _ := m.text(r, 1000)
		return strconv.Quote(s)
	case r.kind() == kindBytes:
		return "b" + strconv.Quote(string(m.content(r)))
	case r.kind() == kindEmpty:
		return "()"
	case m.is(r, typeTuple):
		return "(" + join(1) + ")"
	case m.is(r, typeList):
		return "[" + join(1) + "]"
	case m.is(r, typeSet), m.is(r, typeDict):
		return "{" + join(1) + "}"
	case m.is(r, typeObject):
		return m.className(m.part(r, 1)) + show(m, m.part(r, 2)) + ":" + show(m, m.part(r, 3)) + "[" + join(4) + "]{" + join(5) + "}"
	case m.is(r, typeStored):
		if m.count(r) == 2 {
			return "stored(" + show(m, m.part(r, 1)) + " " + show(m, m.part(r, 2)) + ")"
		}
		return "stored" + show(m, m.part(r, 1))
	case r.kind() == kindGlobal, m.is(r, typeClass):
		return m.className(r)
	}
	return "?"
}

// TestMachine has all instructions, in pickles as Python writes them and others; the values are
// those that Python's pickletools document.
func TestMachine(t *testing.T) {
	proto4 := "\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00"
	for in, want := range map[string]string{
		"N.":                                                "None",
		"\x80\x02\x88\x89\x86.":                             "(true false)",
		"(I01\nI00\nI-7\nI7\nt.":                            "(true false -7 7)",
		"(L12L\nL-3\nL99999999999999999999L\nt.":            "(12 -3 big)",
		"(K\xffM\xff\xffJ\xff\xff\xff\xfft.":                "(255 65535 -1)",
		"\x8a\x01\xff.":                                     "-1",
		"\x8a\x02\xff\x00.":                                 "255",
		"\x8b\x03\x00\x00\x00\x00\x00\x01.":                 "65536",
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.":     "big",
		"(F1.5\nG\x3f\xf8\x00\x00\x00\x00\x00\x00t.":        "(1.5 1.5)",
		"(S'it\\'s \\x41\\n'\nS\"two\"\nVa\\u00e4\\\\u\nt.": `("it's A\n" "two" "aä\\\\u")`,
		"(T\x02\x00\x00\x00abU\x01cX\x02\x00\x00\x00\xc3\xa4\x8c\x01d\x8d\x01\x00\x00\x00\x00\x00\x00\x00et.":   `("ab" "c" "ä" "d" "e")`,
		"(B\x01\x00\x00\x00aC\x01b\x8e\x01\x00\x00\x00\x00\x00\x00\x00c\x96\x01\x00\x00\x00\x00\x00\x00\x00dt.": `(b"a" b"b" b"c" b"d")`,
		"(lp0\nI1\naI2\na.":        "[1 2]",
		"(dp0\nS'a'\np1\nI1\ns.":   `{"a" 1}`,
		"(S'a'\nI1\nd.":            `{"a" 1}`,
		"(I1\nl.":                  "[1]",
		"](K\x01K\x02e.":           "[1 2]",
		"}(K\x01K\x02K\x03K\x04u.": "{1 2 3 4}",
		"\x8f(K\x01K\x02\x90.":     "{1 2}",
		"(K\x01K\x02\x91.":         "{1 2}",
		"(.":                       "",
		"K\x01K\x020.":             "1",
		"K\x01(K\x02K\x031.":       "1",
		"K\x012\x86.":              "(1 1)",
		"K\x01q\x00h\x00\x86.":     "(1 1)",
		"K\x01r\x00\x00\x00\x00j\x00\x00\x00\x00\x86.":   "(1 1)",
		"I1\np5\ng5\n\x86.":                              "(1 1)",
		proto4 + "K\x01\x94h\x00\x86.":                   "(1 1)",
		"K\x01r\xff\xff\xff\xffj\xff\xff\xff\xff\x86.":   "(1 1)",
		")K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87t.":  "",
		"()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87t.": "(() (1) (1 2) (1 2 3))",
		"ca\nB\n)R.":                         "a.B():None[]{}",
		"ca\nB\n)\x81}U\x01xK\x01sb.":        `a.B():{"x" 1}[]{}`,
		"\x8c\x01a\x8c\x01B\x93)\x81.":       "a.B():None[]{}",
		"ca\nB\n)}\x92.":                     "a.B(() {}):None[]{}",
		"(K\x01ia\nB\n.":                     "a.B(1):None[]{}",
		"(ca\nB\nK\x01o.":                    "a.B(1):None[]{}",
		"ca\nB\n)R(K\x01K\x02e(K\x03K\x04u.": "a.B():None[1 2]{3 4}",
		"ca\nB\n)RK\x01aK\x02K\x03s.":        "a.B():None[1]{2 3}",
		"Pkey\n.":                            `"key"`,
		"K\x01Q.":                            "stored1",
	} {
		c := &checkpoint{storages: map[string]*stored{}, budget: 1 << 24}
		_, err := c.unpickle([]byte(in))
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v, want %s", in, err, want)
		} else if err == nil && show(c.m, c.root) != want {
			t.Errorf("%q: %s, want %s", in, show(c.m, c.root), want)
		}
	}
}

func TestMachineRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "truncated",
		"N":                                     "truncated",
		"X\x01":                                 "truncated: the pickle has no end; the instruction at byte 0",
		"X\xff\xff\xff\xff.":                    "instruction at byte 0",
		"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.": "instruction at byte 0",
		"ca\nb.":                                "instruction at byte 0",
		"\x80\x06N.":                            "byte 0: protocol 6 of pickles",
		"N\xffN.":                               "byte 1: no pickle: there is no instruction 0xff",
		"\x82\x01.":                             "0x82 refers to what is not in the file",
		"\x80\x05\x97.":                         "byte 2: instruction 0x97 refers",
		".":                                     "the stack is empty",
		"R.":                                    "the stack is empty",
		"Na.":                                   "the stack is empty",
		"t.":                                    "no mark",
		"(e.":                                   "nothing to put items into",
		"N(Ne.":                                 "items are put into None",
		"}(Nu.":                                 "a key without a value",
		"h\x00.":                                "place 0 of the memo is empty",
		"gx\n.":                                 "a place of the memo is no number",
		"NN\x93.":                               "a class whose name is no text",
		"]Nb.":                                  "a state for a list of 0",
		"(o.":                                   "no class to make an object of",
	} {
		c := &checkpoint{storages: map[string]*stored{}, budget: 1 << 24}
		if _, err := c.unpickle([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

// What leads to no tensor is forgotten, but counted, and what else there is stays in its place.
func TestMachineForgets(t *testing.T) {
	many := func(item string, n int) string { return "(" + strings.Repeat(item, n) + "e" }
	row := "]" + many("K\x01", 100)
	for in, want := range map[string]string{
		"]" + many("K\x01", 100) + ".":                                                                 "[]",
		"]" + many("K\x01", 3) + many("K\x02", 2) + ".":                                                "[1 1 1 2 2]",
		"]" + many(row, 100) + "(K\x05}K\x06e.":                                                        "[]",
		"(K\x07]" + many(row, 100) + "K\x08t.":                                                         "(7 [] 8)",
		"]" + many(row+"q\x05", 100) + "h\x05\x86.":                                                    "([] ?)",
		"]" + many("K\x01", 100) + "(" + text("a") + "K\x02" + pystorage("CharStorage", "0", 1) + "e.": `["a" 2 stored(torch.CharStorage "0")]`,
	} {
		c := &checkpoint{storages: map[string]*stored{}, budget: 1 << 24}
		if _, err := c.unpickle([]byte(in)); err != nil {
			t.Errorf("%.40q: %v", in, err)
		} else if got := show(c.m, c.root); got != want {
			t.Errorf("%.40q: %s, want %s", in, got, want)
		}
	}
}
