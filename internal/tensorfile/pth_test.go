package tensorfile

import (
	"archive/zip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/internal/shared"
	"pgregory.net/rapid"
)

// decoded is a tensor with its elements.
type decoded struct {
	Name  string
	Shape []int
	DType string
	Data  []float64
}

// decode decodes the elements of tensors.
func decode(t testing.TB, tensors []Tensor) (all []decoded) {
	t.Helper()
	for _, x := range tensors {
		all = append(all, decoded{x.Name, x.Shape, x.DType, floats(t, x)})
	}
	return all
}

func floats(t testing.TB, x Tensor) []float64 {
	t.Helper()
	data, err := x.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// views are the tensors of testdata/make.py.
var views = []decoded{
	{"bfloat16", []int{4}, "BF16", []float64{1.5, -3, math.Ldexp(1, 100), 0}},
	{"bool", []int{2}, "BOOL", []float64{1, 0}},
	{"column", []int{3}, "F32", []float64{.25, 1.25, 2.25}},
	{"corner", []int{2, 2}, "F32", []float64{1.25, 1.5, 2.25, 2.5}},
	{"cube", []int{4, 2, 3}, "F64", []float64{
		0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}},
	{"double", []int{2}, "F64", []float64{.1, 1e300}},
	{"empty", []int{0, 3}, "F32", []float64{}},
	{"every_second", []int{2, 2}, "F32", []float64{0, .75, 2, 2.75}},
	{"expanded", []int{2, 3}, "F32", []float64{5, 5, 5, 6, 6, 6}},
	{"half", []int{4}, "F16", []float64{1.5, -math.Ldexp(1, -24), 65504, math.Inf(-1)}},
	{"int16", []int{2}, "I16", []float64{-1, 300}},
	{"int32", []int{2}, "I32", []float64{-1, 1 << 30}},
	{"int64", []int{2}, "I64", []float64{-1, 1 << 40}},
	{"int8", []int{2}, "I8", []float64{-128, 127}},
	{"parameter", []int{2}, "F32", []float64{1, -1}},
	{"scalar", []int{}, "F32", []float64{2.5}},
	{"transposed", []int{4, 3}, "F32", []float64{0, 1, 2, .25, 1.25, 2.25, .5, 1.5, 2.5, .75, 1.75, 2.75}},
	{"uint8", []int{2}, "U8", []float64{0, 255}},
	{"whole", []int{3, 4}, "F32", []float64{0, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75}},
}

// trees are the tensors of the module that testdata/make.py makes of modules within modules.
var trees = []decoded{
	{"inner.0.bias", []int{1}, "F32", []float64{.25}},
	{"inner.0.weight", []int{1, 2}, "F32", []float64{.5, .5}},
	{"inner.1.weight", []int{1, 2}, "F32", []float64{.5, .5}},
	{"seen", []int{2}, "I64", []float64{3, 4}},
	{"transposed", []int{4, 3}, "F32", []float64{0, 1, 2, .25, 1.25, 2.25, .5, 1.5, 2.5, .75, 1.75, 2.75}},
}

func TestReadPTH(t *testing.T) {
	linear := []decoded{
		{"0.bias", []int{1}, "F32", []float64{.25}},
		{"0.weight", []int{1, 2}, "F32", []float64{.5, .5}},
	}
	for _, c := range []struct {
		file string
		want []decoded
	}{
		{"views.pth", views},
		{"views_legacy.pth", views},
		{"nested.pth", linear},
		{"nested_legacy.pth", linear},
		{"module.pth", linear},
		{"tree.pth", trees},
		{"tree_legacy.pth", trees},
		{"tree_protocol4.pth", trees},
	} {
		t.Run(c.file, func(t *testing.T) {
			for _, read := range []func(string) ([]Tensor, error){ReadPTH, Read} {
				got, err := read(filepath.Join("testdata", c.file))
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.want, decode(t, got)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// TestPublished reads published weights. Sums and sums of squares are those that PyTorch
// computes in float64.
func TestPublished(t *testing.T) {
	type moments struct {
		shape       []int
		sum, square float64
		first       float64
	}
	for file, want := range map[string]map[string]moments{
		"ecg_icons2020_36.pth": {
			"tau_adp_h":  {[]int{36}, 252, 1764, 7},
			"tau_adp_o":  {[]int{6}, 691.489372253418, 79781.25261549855, 121.95370483398438},
			"i2h.weight": {[]int{36, 4}, -88.73154451698065, 1380.4248626316357, 2.1834778785705566},
			"i2h.bias":   {[]int{36}, -4.3770517107332125, 4.017490093089473, -0.3049868941307068},
			"h2h.weight": {[]int{36, 36}, -33.176460239687, 646.9486375424567, 0.5673708319664001},
			"h2h.bias":   {[]int{36}, -4.3770517107332125, 4.017490093089473, -0.3049868941307068},
			"h2o.weight": {[]int{6, 36}, -47.763801202178, 463.7975729530966, -0.8421663045883179},
			"h2o.bias":   {[]int{6}, -1.4054971635341644, 0.8398106948179054, -0.6384447813034058},
		},
		"ecg_nmi2021_36_mg.pth": {
			"tau_adp_h":  {[]int{36}, 252, 1764, 7},
			"tau_adp_o":  {[]int{6}, 884.0898284912109, 132491.51062755217, 154.1819610595703},
			"tau_m_h":    {[]int{36}, 990.0672473907471, 42366.07694960345, 8.451240539550781},
			"tau_m_o":    {[]int{6}, 89.12410020828247, 1720.511513818485, 30.979656219482422},
			"i2h.weight": {[]int{36, 4}, -118.97258311137557, 6510.301392190345, 1.0793098211288452},
			"i2h.bias":   {[]int{36}, 2.1633192151784897, 41.35621881528891, -1.3052674531936646},
			"h2h.weight": {[]int{36, 36}, -219.09411520697176, 4571.54306146045, -4.177242755889893},
			"h2h.bias":   {[]int{36}, 2.1633192151784897, 41.35621881528891, -1.3052674531936646},
			"h2o.weight": {[]int{6, 36}, -171.36476240865886, 1247.6104492104382, -2.952096700668335},
			"h2o.bias":   {[]int{6}, -7.558152198791504, 14.151488050203142, -0.561481237411499},
		},
	} {
		t.Run(file, func(t *testing.T) {
			got, err := ReadPTH(shared.Path(t, "data", "checkpoints", file))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Errorf("%d tensors, want %d", len(got), len(want))
			}
			for _, x := range got {
				w := want[x.Name]
				if d := cmp.Diff(w.shape, x.Shape); d != "" {
					t.Fatalf("%s: %s", x.Name, d)
				}
				var sum, square float64
				data := floats(t, x)
				for _, v := range data {
					sum += v
					square += v * v
				}
				if math.Abs(sum-w.sum) > 1e-10*math.Abs(w.square) || math.Abs(square-w.square) > 1e-10*w.square || data[0] != w.first {
					t.Errorf("%s: sum %v, of squares %v, first %v, want %v", x.Name, sum, square, data[0], w)
				}
			}
		})
	}
}

func TestParsePTHRejects(t *testing.T) {
	ok := four(0, numbers(4), numbers(1))
	if _, err := parsePTH([]byte(ok)); err != nil {
		t.Fatal(err)
	}
	scalar := pytensor(pystorage("CharStorage", "0", 1), 0, tuple(), tuple())
	state := pydict(text("w"), scalar)
	data := le64(1) + "\x07"
	keys := pylist(text("0"))
	archive := func(method uint16, extra ...string) string {
		return zipped(t, method, append([]string{"a/data.pkl", pickled(state)}, extra...)...)
	}
	good := archive(zip.Store, "a/data/0", "\x07")
	if _, err := parsePTH([]byte(good)); err != nil {
		t.Fatal(err)
	}
	repeats := pytensor(pystorage("CharStorage", "0", 1), 0, numbers(1<<13, 1<<13), numbers(0, 0))
	deep := strings.Repeat("\x85", 100_000)

	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "neither"},
		{"text", "hello, world", "neither"},
		{"zeros", strings.Repeat("\x00", 1024), "neither"},

		{"a class", legacy(global("foo", "Bar"), "]"), "holds no tensors, but the class foo.Bar: want"},
		{"code", legacy(call(global("os", "system"), text("true")), "]"), "holds no tensors, but an object of class os.system"},
		{"a number", legacy("K\x01", "]"), "holds no tensors, but a number"},
		{"no tensors", legacy(pydict(text("w"), "K\x01"), "]"), "holds no tensors, but a dict of 1"},
		{"itself", legacy("}q\x00"+text("w")+"h\x00s", "]"), "holds no tensors, but a dict of 1"},
		{"several", legacy(pydict(text("a"), state, text("b"), state), keys, data), "several dicts of tensors: a, b"},
		{"no name", legacy(pydict("N", scalar), keys, data), "a tensor's name is None"},
		{"twice", legacy(pydict(text("w"), scalar, text("w"), scalar), keys, data), `two tensors are named "w"`},

		{"odd dict", legacy("}(Nu", "]"), "byte 5: a key without a value"},
		{"long of no bytes", legacy("\x8a\x00", "]"), "but a number"},
		{"empty stack", legacy("R", "]"), "stack is empty"},
		{"deep", legacy("N"+deep, "]"), "want a dict"},
		{"huge string", legacy("X\xff\xff\xff\x7f", "]"), "no end"},

		{"huge storage", legacy(pytensor(pystorage("DoubleStorage", "0", math.MaxInt32), 0, tuple(), tuple()), keys), "truncated: storage"},
		{"negative storage", legacy(pytensor(pystorage("DoubleStorage", "0", -1), 0, tuple(), tuple()), keys), "byte 90: a storage has"},
		{"storage with two types", legacy(pydict(text("a"), scalar, text("b"), pytensor(pystorage("IntStorage", "0", 1), 0, tuple(), tuple())), keys, data), "elsewhere another size"},
		{"unknown storage", legacy(pystorage("OddStorage", "0", 1), keys), "whose elements have a size that is not known"},
		{"no storage", legacy(pydict(text("w"), pytensor(tuple(text("other"), text("m"))+"Q", 0, tuple(), tuple())), "]"), "persistent identifier that is none of PyTorch's"},
		{"storage without a key", legacy(tuple(text("storage"), "]", "]", text("cpu"), number(1))+"Q", keys), "a storage has a list of 0 as its key"},
		{"part of a storage", legacy(pydict(text("w"), pytensor(tuple(text("storage"), global("torch", "CharStorage"), text("0"), text("cpu"), number(1), tuple(text("1"), number(1), number(1)))+"Q", 0, tuple(), tuple())), keys, data), "a part of storage \"0\" exceeds"},

		{"negative length", four(0, numbers(-1), numbers(1)), "shape [-1]"},
		{"overflowing shape", four(0, numbers(1<<30, 1<<30, 1<<30), numbers(0, 0, 0)), "too large"},
		{"overflowing stride", four(0, numbers(3), tuple("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x07")), "exceed"},
		{"negative stride", four(3, numbers(2), numbers(-1)), "exceed"},
		{"beyond the end", four(0, numbers(5), numbers(1)), "exceed"},
		{"beyond the end by offset", four(2, numbers(3), numbers(1)), "exceed"},
		{"beyond the end by two axes", four(0, numbers(2, 2), numbers(2, 2)), "exceed"},
		{"offset at the end", four(4, numbers(), numbers()), "offset 4"},
		{"negative offset", four(-1, numbers(1), numbers(1)), "offset -1"},
		{"strides missing", four(0, numbers(2, 2), numbers(1)), "axes"},
		{"too many axes", four(0, numbers(make([]int, 65)...), numbers(make([]int, 65)...)), "at most 64 axes"},
		{"shape of text", four(0, tuple(text("4")), numbers(1)), "shape"},
		{"repeats one element", legacy(pydict(text("w"), repeats), keys, data), "repeats"},

		{"truncated data", ok[:len(ok)-1], "truncated: storage"},
		{"truncated size", ok[:len(ok)-5], "truncated: storage"},
		{"truncated pickle", ok[:100], "truncated: the pickle"},
		{"only magic", ok[:15], "truncated: the pickle"},
		{"more data", ok + "\x00", "1 bytes after"},
		{"other size", legacy(state, keys, le64(2)+"\x07"), "has 2 elements, want 1"},
		{"storage missing", legacy(state, "]"), `storage "0" is missing`},
		{"storage twice", legacy(state, pylist(text("0"), text("0")), data, data), "belongs to no tensor"},
		{"storage of none", legacy(state, pylist(text("1")), data), "belongs to no tensor"},
		{"keys of another type", legacy(state, "N"), "want a list"},
		{"other version", strings.Replace(ok, "M\xe9\x03", "M\xe8\x03", 1), "version of the format is a number (1000)"},
		{"big-endian", strings.Replace(ok, "\x88", "\x89", 1), "not little-endian"},

		{"truncated archive", good[:len(good)-10], "zip archive"},
		{"only the start of one", "PK\x03\x04", "zip archive"},
		{"empty archive", zipped(t, zip.Store, "x", "y"), "no data.pkl"},
		{"two pickles", zipped(t, zip.Store, "a/data.pkl", "", "b/data.pkl", ""), "and"},
		{"two entries", zipped(t, zip.Store, "a/data.pkl", pickled(state), "a/data/0", "\x07", "a/data/0", "\x07"), "two entries"},
		{"compressed to far less", zipped(t, zip.Deflate, "a/data.pkl", pickled(pydict(text("w"), pytensor(pystorage("CharStorage", "0", 1<<27), 0, tuple(), tuple()))), "a/data/0", strings.Repeat("\x00", 1<<27)), "far more than a file of this size should"},
		{"entry missing", archive(zip.Store), "a/data/0 is missing"},
		{"entry too short", archive(zip.Store, "a/data/0", ""), "0 bytes, want 1"},
		{"entry too long", archive(zip.Store, "a/data/0", "\x07\x07"), "2 bytes, want 1"},
		{"big-endian archive", archive(zip.Store, "a/data/0", "\x07", "a/byteorder", "big"), "byte order"},
		{"bit flipped", strings.Replace(good, "\x07", "\x06", 1), "checksum"},
		{"stack in an archive", zipped(t, zip.Store, "a/data.pkl", pickled(call(global("foo", "Bar"))+"s")), "a/data.pkl: pickle, byte 14: the stack"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors, err := parsePTH([]byte(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v, want an error with %q", tensors, err, c.want)
			}
		})
	}
}

func TestReadPTHChooses(t *testing.T) {
	one := func(value string) string {
		return pydict(text("w"), pytensor(pystorage("CharStorage", value, 1), 0, tuple(), tuple()))
	}
	in := legacy(pydict(text("ema"), one("1"), text("model"), one("2")), pylist(text("1"), text("2")),
		le64(1)+"\x01", le64(1)+"\x02")
	got, err := parsePTH([]byte(in))
	if err != nil || len(got) != 1 || floats(t, got[0])[0] != 2 {
		t.Errorf("%v, %v, want the tensor of model", got, err)
	}
}

// TestStrides compares with indexing by definition.
func TestStrides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const count = 64
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		stride := rapid.SliceOfN(rapid.IntRange(-1, 20), len(shape), len(shape)).Draw(t, "stride")
		offset := rapid.IntRange(-1, count).Draw(t, "offset")
		data := make([]byte, count)
		for i := range data {
			data[i] = byte(i)
		}
		e := elementType{"U8", 1}
		from := &storage{elementType: e, count: count, load: func() ([]byte, error) { return data, nil }}
		v := &tensorView{elementType: e, storage: from, offset: offset, shape: shape, stride: stride}

		want, inside := []float64{}, true
		var visit func(axis, at int)
		visit = func(axis, at int) {
			if axis < len(shape) {
				for i := range shape[axis] {
					visit(axis+1, at+i*stride[axis])
				}
				return
			}
			if at < 0 || at >= count {
				inside = false
			}
			want = append(want, float64(at))
		}
		visit(0, offset)

		n, err := v.len()
		if err != nil {
			negative := false
			for _, s := range stride {
				negative = negative || s < 0
			}
			if inside && !negative {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if !inside || n != len(want) {
			t.Fatalf("%d elements, want %d, inside: %t", n, len(want), inside)
		}
		got, err := v.tensor("w", n)
		if err != nil {
			t.Fatal(err)
		}
		values, err := got.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, values); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzReadPTH(f *testing.F) {
	for _, name := range []string{"views.pth", "views_legacy.pth", "nested.pth", "nested_legacy.pth", "module.pth",
		"tree.pth", "tree_legacy.pth", "tree_protocol4.pth"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(four(0, numbers(2, 2), numbers(1, 2))))
	f.Fuzz(func(t *testing.T, b []byte) {
		tensors, err := parsePTH(b)
		if err != nil && tensors != nil {
			t.Error("tensors and an error")
		}
		for _, x := range tensors {
			checkTensor(t, x)
		}
	})
}

// checkTensor checks what readers promise about every tensor.
func checkTensor(t *testing.T, x Tensor) {
	t.Helper()
	_, readable := dtypes[x.DType]
	if n, ok := elements(x.Shape); readable && (!ok || n != x.Len()) || !readable && x.Len() != 0 {
		t.Errorf("%q: shape %v with %d elements", x.Name, x.Shape, x.Len())
	}
	if x.DType == "" {
		t.Errorf("%q has no type", x.Name)
	}
}
