package tensorfile

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// repeat is a text n times over, as a pickle has many values.
func repeat(s string, n int) string { return strings.Repeat(s, n) }

// batches are the items of a list as Python writes them, a thousand at once.
func batches(item string, n int) string { return "]q\x01" + repeat("("+repeat(item, 1000)+"e", n/1000) }

// long is a list that refers to one long text very often: 200,000 references of two bytes.
func longText() string { return text(repeat("x", 500_000)) + "q\x09" }

// withWeights are weights beside something else.
func withWeights(key, value string) string {
	return pydict(text("state_dict"), pydict(text("fc.w"), seven), text(key), value)
}

// TestPTHMemory reads honest and hostile files in processes of their own: none may take more than
// three times its size and 64 MiB.
func TestPTHMemory(t *testing.T) {
	const floats = "G?\xf0\x00\x00\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		pickle func() string
		reads  bool
	}{
		"ten million numbers": {func() string { return withWeights("losses", batches(floats, 4_000_000)) }, true},
		"small integers":      {func() string { return withWeights("losses", batches("K\x01", 20_000_000)) }, true},
		"pairs":               {func() string { return withWeights("log", batches("K\x01"+floats+"\x86", 500_000)) }, true},
		"dicts": {func() string {
			return withWeights("log", batches("}("+text("a")+floats+text("b")+floats+"u", 500_000))
		}, true},
		"lists of lists": {func() string { return withWeights("raster", batches("]("+repeat("K\x01", 256)+"e", 30_000)) }, true},
		"memoised pairs": {func() string {
			return withWeights("log", strings.Replace(batches("K\x01K\x02\x86\x94", 500_000), "q\x01", "\x94", 1))
		}, true},
		"a tuple of numbers": {func() string { return withWeights("log", "("+repeat("K\x01", 5_000_000)+"t") }, true},
		"a tuple of pairs":   {func() string { return withWeights("log", "("+repeat("K\x01"+floats+"\x86", 500_000)+"t") }, true},
		"a tuple of objects": {func() string {
			return withWeights("log", "("+repeat(global("datetime", "datetime")+"C\x0a0123456789\x85R", 300_000)+"t")
		}, true},
		"labels": {func() string { return withWeights("labels", text("cat")+"q\x090"+batches("h\x09", 5_000_000)) }, true},
		"times": {func() string {
			return withWeights("log", batches(global("datetime", "datetime")+"C\x0a0123456789\x85R", 500_000))
		}, true},
		"one long text":          {func() string { return withWeights("a", longText()+"0"+batches("h\x09", 200_000)) }, true},
		"one long text as a key": {func() string { return withWeights("a", "}q\x05"+longText()+"0"+repeat("h\x09K\x01s", 200_000)) }, true},
		"as what is called":      {func() string { return longText() + repeat("h\x09)R", 200_000) + "t" }, false},
		"as a class":             {func() string { return longText() + "h\x09\x93" + repeat("h\x09h\x09\x93)R", 200_000) + "\x85" }, false},
		"as a name of tensors": {func() string {
			return "}" + longText() + "0h\x09" + seven + "s" + repeat("h\x09Ns", 200_000)
		}, false},
		"as a state": {func() string { return longText() + "0" + global("a", "B") + ")\x81" + repeat("h\x09b", 200_000) }, false},
		"as a storage's key": {func() string {
			return longText() + "0" + tuple(text("storage"), global("torch", "FloatStorage"), "h\x09", text("cpu"), number(1)) + "Q"
		}, false},
		"nothing but values":      {func() string { return "(" + repeat("N", 10_000_000) + "l" }, false},
		"nothing but dicts":       {func() string { return "(" + repeat("}", 10_000_000) + "l" }, false},
		"nothing but marks":       {func() string { return repeat("(", 10_000_000) + "N" }, false},
		"deep tuples":             {func() string { return "N" + repeat("\x85", 10_000_000) }, false},
		"deep lists":              {func() string { return repeat("]", 5_000_000) + repeat("a", 4_999_999) }, false},
		"deep dicts with tensors": {func() string { return repeat("}"+text("a"), 500_000) + seven + repeat("s", 500_000) }, true},
		"doubled a million times": {func() string { return seven + "q\x00" + repeat("0(h\x00h\x00tq\x00", 500_000) }, false},
		"doubled dicts":           {func() string { return seven + "q\x00" + repeat("0}(U\x01ah\x00U\x01bh\x00uq\x00", 500_000) }, false},
		"huge places of the memo": {func() string { return "N" + repeat("r\xff\xff\xff\xff", 10) + "r\xfe\xff\xff\xff" }, false},
		"memoised again":          {func() string { return "\x80\x04N" + repeat("\x94", 10_000_000) }, false},
		"tensors again and again": {func() string { return "}(" + manyNames(500_000) + "u" }, false},
		"as a key on the way": {func() string {
			return text(repeat("x", 60_000)) + "q\x090" + repeat("}h\x09", 300_000) + seven + repeat("s", 300_000)
		}, false},
		"a list in itself": {func() string { return "]q\x01(" + seven + repeat("h\x01", 2_000_000) + "e" }, true},
		"checkpoints within": {func() string {
			b := legacy(pystorage("CharStorage", "0", 1), pylist(text("0")), le64(1)+"\x07")
			storage := call(global("torch.storage", "_load_from_bytes"), "B"+le32(len(b))+b)
			return "}(" + repeat("K\x01"+pytensor(storage, 0, numbers(1), numbers(1)), 20_000) + "u"
		}, false},
		"a long name of a class": {func() string {
			return global("a", repeat("x", 2_000_000)) + "q\x090" + repeat("h\x09)R0", 500_000) + withWeights("n", "N")
		}, true},
		"a line as a class": {func() string {
			return "V" + repeat("x", 2_000_000) + "\nq\x09h\x09\x93q\x080" + repeat("h\x08)R0", 500_000) + withWeights("n", "N")
		}, true},
		"a line as a persistent identifier": {func() string {
			return "V" + repeat("x", 2_000_000) + "\nq\x090" + repeat("(h\x09h\x09h\x09h\x09h\x09tQ0", 200_000) + withWeights("n", "N")
		}, true},
		"long integers":    {func() string { return withWeights("n", "\x8b"+le32(20_000_000)+repeat("\x01", 20_000_000)) }, true},
		"in a list itself": {func() string { return withWeights("n", "]q\x01(h\x01e") }, true},
		"storages":         {func() string { return manyStorages(500_000) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			checkMemory(t, func() string {
				return zipped(t, zip.Store, "a/data.pkl", pickled(c.pickle()), "a/data/0", "\x07")
			}, c.reads)
		})
	}
}

// checkMemory reads a file in a process of its own. It takes at most three times the file and 64 MiB.
func checkMemory(t *testing.T, content func() string, reads bool) {
	t.Helper()
	const variable = "SRNN_TEST_PATH"
	path := os.Getenv(variable)
	if path == "" { // the process that reads has it from this one
		path = filepath.Join(t.TempDir(), "x.pth")
		if err := os.WriteFile(path, []byte(content()), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	peak, err := memlimit.Run(t, 3*info.Size()+64<<20, func() error {
		w, err := OpenWeights(path)
		if err != nil {
			return err
		}
		if _, err := w.Collections(); err != nil {
			return err
		}
		_, err = w.Read("")
		return err
	})
	t.Logf("file of %.1f MiB, peak of %.1f MiB: %v", float64(info.Size())/(1<<20), float64(peak)/(1<<20), err)
	if (err == nil) != reads {
		t.Error(err)
	}
	if err != nil && len(err.Error()) > 1000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

// TestArchiveMemory reads archives that are small for what they hold.
func TestArchiveMemory(t *testing.T) {
	big := pickled(pydict(text("w"), pytensor(pystorage("CharStorage", "0", 1<<30), 0, numbers(1<<30), numbers(1))))
	one := pickled(pydict(text("w"), pytensor(pystorage("CharStorage", "0", 1<<30), 0, tuple(), tuple())))
	for name, content := range map[string]func() string{
		"storage":       func() string { return zipped(t, zip.Deflate, "a/data.pkl", big, "a/data/0", repeat("\x00", 1<<30)) },
		"little of one": func() string { return zipped(t, zip.Deflate, "a/data.pkl", one, "a/data/0", repeat("\x00", 1<<30)) },
		"pickle":        func() string { return zipped(t, zip.Deflate, "a/data.pkl", pickled("("+repeat("}", 1<<28)+"l")) },
		"entries": func() string {
			return zipped(t, zip.Store, append([]string{"a/data.pkl", pickled("N")}, names(200_000)...)...)
		},
		"overlapping": func() string { return overlapping(t) },
	} {
		t.Run(name, func(t *testing.T) { checkMemory(t, content, false) })
	}
}

// names are so many pairs of a name and no content.
func names(n int) []string {
	out := make([]string, 2*n)
	for i := range n {
		out[2*i] = fmt.Sprint(i)
	}
	return out
}

// overlapping is an archive whose directory is far longer than it is: nothing but entries.
func overlapping(t *testing.T) string {
	in := zipped(t, zip.Store, "a", "")
	at := strings.Index(in, string(entryMagic))
	end := strings.Index(in, "PK\x05\x06")
	const n = 400_000
	entries := repeat(in[at:end], n)
	return in[:at] + entries + in[end:end+8] + repeat(string([]byte{n & 0xff, n >> 8 & 0xff}), 2) + le32(len(entries)) + le32(at) + "\x00\x00"
}

// manyNames are entries of one tensor under so many names.
func manyNames(n int) string {
	var b strings.Builder
	b.WriteString("U\x01x" + seven + "q\x09")
	for i := range n {
		fmt.Fprintf(&b, "U\x07%07dh\x09", i)
	}
	return b.String()
}

// manyStorages are storages of so many keys.
func manyStorages(n int) string {
	var b strings.Builder
	b.WriteString(text("storage") + "q\x010" + global("torch", "CharStorage") + "q\x020" + "](")
	for i := range n {
		fmt.Fprintf(&b, "(h\x01h\x02U\x07%07dh\x01K\x01tQ", i)
	}
	b.WriteString("e")
	return b.String()
}
