package tensorfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParsePTHOdd reads what torch.save writes of other things than dicts, and how others write.
func TestParsePTHOdd(t *testing.T) {
	fromType := func(function string, args ...string) string {
		return call(global("torch._tensor", "_rebuild_from_type_v2"), function, global("a", "Sub"), tuple(args...), "N")
	}
	sub := fromType(global("torch._utils", "_rebuild_tensor_v2"), pystorage("CharStorage", "0", 1), number(0), ")", ")", "\x89", "N")
	state := global("a", "B") + ")\x81"
	for _, c := range []struct {
		name, in string
		want     map[string][]float64
	}{
		{"a tensor alone", seven, map[string][]float64{"tensor": {7}}},
		{"a tensor of a derived class alone", sub, map[string][]float64{"tensor": {7}}},
		{"a tensor of tensors", pydict(text("a"), seven, text("b"), fromType(global("x", "_rebuild_njt"), pydict(text("values"), seven))),
			map[string][]float64{"a": {7}, "b": nil}},
		{"a tensor of a type's name", call(global("torch._utils", "_rebuild_F32"), seven), map[string][]float64{"tensor": nil}},
		{"a state that is a tuple", state + tuple("N", pydict(text("w"), seven), "N") + "b", map[string][]float64{"w": {7}}},
		{"a state that is a list", state + pylist(seven) + "b", map[string][]float64{"0": {7}}},
		{"a state that is an object", state + state + pydict(text("w"), seven) + "bb", map[string][]float64{"w": {7}}},
		{"slots", state + tuple("N", pydict(text("w"), seven)) + "b", map[string][]float64{"w": {7}}},
		{"arguments and a state", call(global("functools", "partial"), global("a", "f")) + tuple(global("a", "f"), ")", pydict(text("w"), seven), "N") + "b",
			map[string][]float64{"w": {7}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors, err := parsePTH(sevens(t, c.in))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]float64{}
			for _, t := range tensors {
				got[t.Name], _ = t.Float64s()
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestPathOfArguments finds again what lies in the state of an object that has arguments.
func TestPathOfArguments(t *testing.T) {
	in := call(global("a", "B"), pydict(text("w"), seven)) + pylist(seven, seven) + "b"
	c, err := openCheckpoint(sevens(t, in))
	if err != nil {
		t.Fatal(err)
	}
	w := &Weights{c: c}
	if w.t, err = c.walk(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"[0]": 1, "[1]": 2} {
		if tensors, err := w.Read(path); err != nil || len(tensors) != want {
			t.Errorf("%s: %d tensors, want %d: %v", path, len(tensors), want, err)
		}
	}
}

// TestLegacyProtocol1 reads the older format as torch.save(…, pickle_protocol=1) writes it.
func TestLegacyProtocol1(t *testing.T) {
	in := legacy(pydict(text("w"), seven), pylist(text("0")), le64(1)+"\x07")
	in = "L119547037146038801333356L\n." + strings.TrimPrefix(in, pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"))
	in = strings.ReplaceAll(in, "\x80\x02", "")
	tensors, err := parsePTH([]byte(in))
	if err != nil || len(tensors) != 1 || tensors[0].Name != "w" {
		t.Errorf("%v, %v", tensors, err)
	}
}

// TestManyValuesAtOnce reads a dict whose very many entries are put in at once, few of them tensors.
func TestManyValuesAtOnce(t *testing.T) {
	for many, values := range map[string]string{"numbers": "K\x01N", "pairs": "K\x01NN\x86"} {
		values = strings.Repeat(values, 200_000)
		tensors, err := parsePTH(sevens(t, pydict(values, text("a"), seven, values, text("b"), seven, values)))
		if err != nil || len(tensors) != 2 || tensors[0].Name != "a" || tensors[1].Name != "b" {
			t.Errorf("%s: %v, %v", many, tensors, err)
		}
	}
}
