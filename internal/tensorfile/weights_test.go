package tensorfile

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// value is a tensor of one element in a legacy file of weightsFile.
func value(n int) string {
	return pytensor(pystorage("CharStorage", string(rune('0'+n)), 1), 0, numbers(1), numbers(1))
}

// single is a tensor without axes.
func single(n int) string {
	return pytensor(pystorage("CharStorage", string(rune('0'+n)), 1), 0, tuple(), tuple())
}

// pystate is a dict of two tensors with the names of a module's.
func pystate(n int) string { return pydict(text("fc.weight"), value(n), text("fc.bias"), value(n)) }

// weightsFile writes a file whose storages 0 to 9 have an element each: their key.
func weightsFile(t *testing.T, v string) string {
	t.Helper()
	var keys, data []string
	for i := range 10 {
		if key := text(string(rune('0' + i))); strings.Contains(v, key) {
			keys, data = append(keys, key), append(data, le64(1)+string(rune(i)))
		}
	}
	path := filepath.Join(t.TempDir(), "x.pth")
	if err := os.WriteFile(path, []byte(legacy(v, pylist(keys...), data...)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pyadam is the state of an optimizer.
func pyadam(n int) string {
	return pydict(text("state"), pydict("K\x00", pydict(text("exp_avg"), value(n))), text("param_groups"), pylist(pydict(text("lr"), "K\x01")))
}

func TestDefault(t *testing.T) {
	object := func(state string) string { return pyobject(global("argparse", "Namespace"), state) }
	for name, c := range map[string]struct{ in, want string }{
		"the whole":                             {pystate(1), "."},
		"one entry":                             {pydict(text("epoch"), "K\x01", text("anything"), pystate(1)), "anything"},
		"two levels":                            {pydict(text("state"), pydict(text("model"), pystate(1), text("optimizer"), pyadam(2))), "state.model"},
		"net and its average":                   {pydict(text("net"), pystate(1), text("net_ema"), pystate(2)), "net"},
		"state_dict before model":               {pydict(text("model"), pystate(1), text("state_dict"), pystate(2)), "state_dict"},
		"encoder and classifier":                {pydict(text("encoder"), pystate(1), text("head"), pystate(2)), "several dicts of tensors: encoder, head"},
		"a deeper state_dict is no name":        {pydict(text("a"), pystate(1), text("b"), pydict(text("state_dict"), pystate(2))), "several dicts of tensors: a, b.state_dict"},
		"mean and std beside":                   {pydict(text("n"), pystate(1), text("mean"), value(2), text("std"), value(3)), "n"},
		"mean and std in a dict":                {pydict(text("n"), pystate(1), text("norm"), pydict(text("mean"), value(2))), "n"},
		"loose tensors beside":                  {pydict(text("n"), pystate(1), text("mask"), value(2)), "n"},
		"losses":                                {pydict(text("n"), pystate(1), text("losses"), pylist(single(2), single(3))), "n"},
		"metrics":                               {pydict(text("n"), pystate(1), text("metrics"), pydict(text("train"), single(2))), "n"},
		"a state dict and what lies in it":      {pydict(text("fc.weight"), value(1), text("fc._extra_state"), pydict(text("amax"), value(2))), "."},
		"loose weights and an optimizer":        {pydict(text("w"), value(1), text("b"), value(2), text("opt"), pyadam(3)), "."},
		"only an optimizer":                     {pyadam(1), "state[0]"},
		"random numbers":                        {pydict(text("n"), pystate(1), text("rng_states"), pydict(text("torch"), value(2))), "n"},
		"a tuple":                               {tuple(pystate(1), pydict(text("lr"), "K\x01")), "[0]"},
		"a list of two":                         {pylist(pystate(1), pystate(2)), "several dicts of tensors: [0], [1]"},
		"a list of tensors":                     {pylist(value(1), value(2)), "."},
		"the same twice":                        {pydict(text("best"), pystate(1)+"q\x09", text("last"), "h\x09"), "best"},
		"an attribute":                          {object(pydict(text("weights_of"), pystate(1))), "weights_of"},
		"a key with a dot":                      {pydict(text("a.b"), pydict(text("c"), pystate(1))), `["a.b"].c`},
		"a key that is a number":                {pydict("K\x07", pystate(1)), "[7]"},
		"a module that is broken":               {pydict(text("n"), pystate(1), text("m"), pymodule(pydict(text("w"), value(2)), "N", "}")), "n"},
		"entries of an OrderedDict of Python 2": {call(global("collections", "OrderedDict"), pylist(pylist(text("fc.weight"), value(1)))), "."},
		"a dict derived":                        {global("a", "Dict") + ")\x81(" + text("fc.weight") + value(1) + "u", "."},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := OpenWeights(weightsFile(t, c.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.Default()
			if err != nil {
				got = err.Error()
			}
			if got != c.want && !strings.Contains(got, c.want+";") {
				t.Errorf("%s, want %s", got, c.want)
			}
			byDefault, err1 := w.Read("")
			byPath, err2 := w.Read(c.want)
			if err == nil && (err1 != nil || err2 != nil || len(byDefault) == 0 || len(byPath) != len(byDefault)) {
				t.Errorf("%v, %v; by path %v, %v", byDefault, err1, byPath, err2)
			}
		})
	}
}

func TestReadByPath(t *testing.T) {
	in := pydict(text("encoder"), pystate(1), text("head"), pydict(text("out"), value(2), text("a.b"), pylist(pystate(3))), text("n"), "K\x05",
		text("net"), pymodule(pydict(text("w"), value(4)), "}", pydict(text("m"), pymodule(pydict(text("v"), value(5)), "}", "}"))))
	for path, want := range map[string]string{
		"encoder":              "fc.bias 1 fc.weight 1",
		"encoder.fc":           "there is no fc in encoder, a dict of 2",
		`encoder["fc.weight"]`: "fc.weight 1",
		"head":                 "out 2",
		"head['a.b'][0]":       "fc.bias 3 fc.weight 3",
		`head["a.b"]`:          "0.fc.bias 3 0.fc.weight 3",
		"head.out":             "out 2",
		".head.out":            "out 2",
		".":                    "encoder.fc.bias 1 encoder.fc.weight 1 head.a.b.0.fc.bias 3 head.a.b.0.fc.weight 3 head.out 2 net.m.v 5 net.w 4",
		"net":                  "m.v 5 w 4",
		"net.m":                "v 5",
		"net.m.v":              "v 5",
		"n":                    "n is a number and holds no tensors; those that do are encoder, head",
		"nothing":              "there is no nothing in ., a dict of 4, which has encoder, head, n, net",
		"head[1]":              "there is no [1] in head",
		"head[x]":              `"x" in brackets is neither`,
		"head[":                "not closed",
		`head["x`:              "lacks its closing quote",
		"head..out":            "a name is empty",
		"":                     "m.v 5 w 4",
	} {
		w, err := OpenWeights(weightsFile(t, in))
		if err != nil {
			t.Fatal(err)
		}
		tensors, err := w.Read(path)
		var got []string
		for _, x := range tensors {
			v := floats(t, x)
			got = append(got, x.Name, strings.Repeat("many ", len(v)-1)+string(rune('0'+int(v[0]))))
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if s := strings.Join(got, " "); s != want && (err == nil || !strings.Contains(s, want)) {
			t.Errorf("%s: %s, want %s", path, s, want)
		}
	}
}

func TestPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Custom(func(t *rapid.T) element {
			if rapid.Bool().Draw(t, "named") {
				return element{name: rapid.String().Draw(t, "name"), named: true}
			}
			return element{index: rapid.Int().Draw(t, "index")}
		})).Draw(t, "path")
		got, err := parsePath(formatPath(want))
		if err != nil || len(got)+len(want) > 0 && !cmp.Equal(want, got, cmp.AllowUnexported(element{})) {
			t.Fatalf("%s: %v, %v, want %v", formatPath(want), got, err, want)
		}
	})
}

// TestOddFiles reads files that testdata/make.py has written with PyTorch and NumPy.
func TestOddFiles(t *testing.T) {
	w := []float64{1, 2, 3, 4, 5, 6}
	numpy := map[string][]float64{"w": w, "big": w, "column": w, "half": w, "bool": {0, 0, 0, 1, 1, 1}, "scalar": {2.5}, "text": nil,
		"empty": {}, "long": {-1, 1 << 40}}
	for file, want := range map[string]map[string][]float64{
		"objects.pth": {"fc.weight": w},
		"rebuilt.pth": {"sub.weight": w, "parameter.weight": w, "negative": {-1, -2, -3, -4, -5, -6}, "quantized": w, "channels": nil,
			"complex": nil, "sparse": nil, "rows": nil, "meta": nil, "nested": nil, "float8": {1, 2, 3, 4, 5, 6}},
		"plain.pkl":   {"fc.weight": w, "fc.bias": {1, 2}},
		"arrays0.pkl": numpy, "arrays1.pkl": numpy, "arrays2.pkl": numpy, "arrays3.pkl": numpy, "arrays4.pkl": numpy, "arrays5.pkl": numpy,
	} {
		t.Run(file, func(t *testing.T) {
			f, err := OpenWeights(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			tensors, err := f.Read("")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]float64{}
			for _, x := range tensors {
				if got[x.Name], err = x.Float64s(); err != nil {
					got[x.Name] = nil
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestScript(t *testing.T) {
	f, err := OpenWeights(filepath.Join("testdata", "script.pt"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := f.Read("")
	if err != nil || len(tensors) != 2 || tensors[0].Name != "0.bias" || tensors[1].Name != "0.weight" {
		t.Errorf("%v, %v, want 0.bias and 0.weight", tensors, err)
	}
}

func TestCollections(t *testing.T) {
	w, err := OpenWeights(filepath.Join("testdata", "rebuilt.pth"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Collections()
	if err != nil || len(got) != 1 || got[0].Path != "." || got[0].Kind != "dict" {
		t.Fatalf("%v, %v, want the dict of the whole file", got, err)
	}
	types := map[string]string{}
	for _, x := range got[0].Tensors {
		types[x.Name] = x.DType
	}
	want := map[string]string{"sub.weight": "F32", "parameter.weight": "F32", "negative": "F32", "quantized": "F32", "channels": "qint8",
		"complex": "complex64", "sparse": "sparse", "rows": "sparse", "meta": "meta", "nested": "nested", "float8": "F8_E4M3"}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
}

// TestRebuild has what old and new versions of PyTorch write, by hand.
func TestRebuild(t *testing.T) {
	storage := pystorage("CharStorage", "7", 1)
	args := storage + number(0) + numbers(1) + numbers(1)
	empty := call(global("collections", "OrderedDict"))
	parameter := global("torch._utils", "_rebuild_parameter")
	v2 := call(global("torch._utils", "_rebuild_tensor_v2"), args, "\x89", empty)
	for name, in := range map[string]string{
		"0.1 to 0.3":             call(global("torch._utils", "_rebuild_tensor"), args),
		"with metadata":          call(global("torch._utils", "_rebuild_tensor_v2"), args, "\x89", empty, pydict(text("neg"), "\x89")),
		"an untyped storage":     call(global("torch._utils", "_rebuild_tensor_v3"), pystorage("UntypedStorage", "7", 1), number(0), numbers(1), numbers(1), "\x89", empty, global("torch", "int8")),
		"on a graphics card":     call(global("torch._utils", "_rebuild_tensor_v2"), tuple(text("storage"), global("torch.cuda", "CharStorage"), text("7"), text("cuda:0"), number(1))+"Q", number(0), numbers(1), numbers(1), "\x89", empty),
		"a parameter":            call(parameter, v2, "\x88", empty),
		"with a state":           call(global("torch._utils", "_rebuild_parameter_with_state"), v2, "\x88", empty, pydict(text("a"), "N")),
		"of a type":              call(global("torch._tensor", "_rebuild_from_type_v2"), global("torch._utils", "_rebuild_tensor_v2"), global("a", "B"), tuple(args, "\x89", empty), "}"),
		"of a type, before 1.9":  call(global("torch.tensor", "_rebuild_from_type"), global("torch._utils", "_rebuild_tensor_v2"), global("a", "B"), tuple(args, "\x89", empty), "}"),
		"a parameter of a type":  call(parameter, call(global("torch._tensor", "_rebuild_from_type_v2"), global("torch._utils", "_rebuild_tensor_v2"), global("a", "B"), tuple(args, "\x89", empty), "}"), "\x88", empty),
		"of XLA":                 call(global("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"), v2, global("torch", "int8"), text("xla:0"), "\x89"),
		"a parameter before 0.4": global("torch.nn.parameter", "Parameter") + ")\x81" + tuple(v2, "N", empty, "\x88", "\x89") + "b",
		"torch.Size":             call(global("torch._utils", "_rebuild_tensor_v2"), storage, number(0), call(global("torch", "Size"), numbers(1)), numbers(1), "\x89", empty),
		"a part of a storage":    call(global("torch._utils", "_rebuild_tensor"), tuple(text("storage"), global("torch", "CharStorage"), text("7"), text("cpu"), number(1), tuple(text("view"), number(0), number(1)))+"Q", number(0), numbers(1), numbers(1)),
		"of fastai":              call(global("fastai.torch_core", "_fa_rebuild_tensor"), global("a", "B"), args, "\x89", empty),
	} {
		w, err := OpenWeights(weightsFile(t, pydict(text("w"), in)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Read("")
		if err != nil || len(got) != 1 || got[0].DType != "I8" || got[0].Len() != 1 || floats(t, got[0])[0] != 7 {
			t.Errorf("%s: %v, %v, want the element 7", name, got, err)
		}
	}
}

// A tensor of one element that is expanded to a million is what PyTorch writes for it.
func TestExpanded(t *testing.T) {
	in := pydict(text("w"), pytensor(pystorage("CharStorage", "7", 1), 0, numbers(1000, 1000), numbers(0, 0)))
	w, err := OpenWeights(weightsFile(t, in))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Read("")
	if err != nil || len(got) != 1 || got[0].Len() != 1e6 {
		t.Fatalf("%v", err)
	}
	for _, v := range floats(t, got[0]) {
		if math.Abs(v-7) > 0 {
			t.Fatalf("%v, want 7", v)
		}
	}
}
