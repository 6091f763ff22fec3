package tensorfile

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/srnn-go/srnn/internal/shared"
)

// TestPublishedModules reads published weights that are whole modules. Sums and sums of squares
// are those that PyTorch computes in float64, of the state_dict() of a module whose class is empty.
func TestPublishedModules(t *testing.T) {
	type moments struct {
		shape       []int
		sum, square float64
		first, last float64
	}
	for file, want := range map[string]map[string]moments{
		"shd_90.7_4ms.pth": {
			"h1_2_h1.bias":   {[]int{128}, -24.506859792163596, 11.669615520604179, 0.052778150886297226, -0.5067462921142578},
			"h1_2_h1.weight": {[]int{128, 128}, -382.89136492787793, 2053.861746373089, 0.04379109665751457, -0.29805296659469604},
			"h1_2_h2.bias":   {[]int{128}, -6.058816123055294, 2.912394491531598, 0.0832124799489975, -0.09533832222223282},
			"h1_2_h2.weight": {[]int{128, 128}, -1993.5581708511065, 1961.4070916548424, -0.9893562197685242, 0.04677949100732803},
			"h2_2_h2.bias":   {[]int{128}, -6.058816123055294, 2.912394491531598, 0.0832124799489975, -0.09533832222223282},
			"h2_2_h2.weight": {[]int{128, 128}, -2009.1124882647746, 2533.7613934881056, 0.502300500869751, 0.3596133589744568},
			"h2o.bias":       {[]int{20}, 0.4464399879798293, 0.14022556217820353, -0.009567859582602978, 0.03823946788907051},
			"h2o.weight":     {[]int{20, 128}, -176.65984837998258, 449.63330681715775, 0.32213422656059265, 0.16367082297801971},
			"i_2_h1.bias":    {[]int{128}, -24.506859792163596, 11.669615520604179, 0.052778150886297226, -0.5067462921142578},
			"i_2_h1.weight":  {[]int{128, 700}, -4329.82935160349, 13600.360103384022, 0.05914973095059395, -0.2075001448392868},
			"tau_adp_h1":     {[]int{128}, 19211.585876464844, 2895616.0907831104, 151.97616577148438, 145.11941528320312},
			"tau_adp_h2":     {[]int{128}, 19572.447547912598, 3006199.513854557, 140.92514038085938, 143.38827514648438},
			"tau_adp_o":      {[]int{20}, 3033.9044342041016, 462078.2240743537, 124.55560302734375, 145.3291015625},
			"tau_m_h1":       {[]int{128}, 2499.9398641586304, 51881.62421908746, 17.740036010742188, 21.367761611938477},
			"tau_m_h2":       {[]int{128}, 2569.1694321632385, 55174.921693504184, 19.00601577758789, 14.816676139831543},
			"tau_m_o":        {[]int{20}, 369.8856439590454, 7131.679624163028, 18.959518432617188, 16.973857879638672},
		},
		"smnist_98.21.pth": {
			"d2d.bias":      {[]int{256}, -71.40570638864301, 80.31461520627937, -0.10615075379610062, -0.43800243735313416},
			"d2d.weight":    {[]int{256, 256}, -9897.390856213042, 37319.96236958771, 1.8114185333251953, -1.1764404773712158},
			"d2o.bias":      {[]int{10}, 2.64756141602993, 0.7498576730730304, 0.3443295359611511, 0.28333112597465515},
			"d2o.weight":    {[]int{10, 256}, 520.038339623381, 353.5627596641613, 0.5682011246681213, 0.11668466031551361},
			"dense1.bias":   {[]int{256}, -66.7052341698436, 52.53221461504165, -0.6586458683013916, 0.04791707172989845},
			"dense1.weight": {[]int{256, 256}, -12788.081659797575, 30912.88358779867, -1.80116868019104, -0.8873054385185242},
			"h2d.bias":      {[]int{256}, -71.40570638864301, 80.31461520627937, -0.10615075379610062, -0.43800243735313416},
			"h2d.weight":    {[]int{256, 64}, -4687.030478395143, 8614.868601895312, 0.07888635247945786, -0.5116499066352844},
			"h2h.bias":      {[]int{64}, -8.679791680537164, 11.929339111044314, -0.3204522430896759, 0.07826461642980576},
			"h2h.weight":    {[]int{64, 64}, -432.56318326175096, 1414.0895024536794, -0.12044697254896164, 0.7132102251052856},
			"i2h.bias":      {[]int{64}, -8.679791680537164, 11.929339111044314, -0.3204522430896759, 0.07826461642980576},
			"i2h.weight":    {[]int{64, 8}, 94.70449331577402, 362.0203834778106, 1.4245564937591553, -1.850278377532959},
			"tau_adp_d1":    {[]int{256}, 178121.9178466797, 124113651.28438203, 691.8034057617188, 676.8294067382812},
			"tau_adp_o":     {[]int{10}, 6971.994384765625, 4865735.6698546335, 687.0401611328125, 716.1834716796875},
			"tau_adp_r1":    {[]int{64}, 44599.315673828125, 31123184.622829244, 753.2628784179688, 731.1542358398438},
			"tau_adp_r2":    {[]int{256}, 179400.71014404297, 125878423.48657092, 719.8966674804688, 697.50732421875},
			"tau_m_d1":      {[]int{256}, 5630.355586528778, 134072.65549658163, 27.428119659423828, 25.544921875},
			"tau_m_o":       {[]int{10}, 237.34380531311035, 5827.820773615336, 15.474743843078613, 25.62510108947754},
			"tau_m_r1":      {[]int{64}, 1181.1091244220734, 24268.269401574482, 16.03199577331543, 13.428027153015137},
			"tau_m_r2":      {[]int{256}, 5674.782629966736, 134646.735878421, 34.75899124145508, 22.521278381347656},
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
				w, ok := want[x.Name]
				if !ok {
					t.Errorf("%s is no parameter", x.Name)
					continue
				}
				if d := cmp.Diff(w.shape, x.Shape); d != "" || x.DType != "F32" {
					t.Fatalf("%s: type %s, shape: %s", x.Name, x.DType, d)
				}
				var sum, square float64
				data := floats(t, x)
				for _, v := range data {
					sum += v
					square += v * v
				}
				first, last := data[0], data[len(data)-1]
				if math.Abs(sum-w.sum) > 1e-10*w.square || math.Abs(square-w.square) > 1e-10*w.square || first != w.first || last != w.last {
					t.Errorf("%s: sum %v, of squares %v, first %v, last %v, want %v", x.Name, sum, square, first, last, w)
				}
			}
		})
	}
}

// seven is the tensor 7, of type int8.
var seven = pytensor(pystorage("CharStorage", "0", 1), 0, tuple(), tuple())

// sevens is a checkpoint with no other tensor.
func sevens(t testing.TB, value string) []byte {
	return []byte(zipped(t, zip.Store, "a/data.pkl", pickled(value), "a/data/0", "\x07"))
}

func TestParsePTHModules(t *testing.T) {
	const none = "}"
	child := pymodule(pydict(text("w"), seven), none, none)
	orderedDict := global("collections", "OrderedDict") + ")R"
	pyset := func(items ...string) string { return call(global("__builtin__", "set"), pylist(items...)) }
	transient := text("_non_persistent_buffers_set")
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"tensor as a parameter", child, []string{"w"}},
		{"buffer", pymodule(none, pydict(text("b"), seven), none), []string{"b"}},
		{"absent parameter and module", pymodule(pydict(text("w"), seven, text("bias"), "N"), none, pydict(text("m"), "N")), []string{"w"}},
		{"module inside a module", pymodule(none, none, pydict(text("m"), pymodule(none, none, pydict(text("n"), child)))), []string{"m.n.w"}},
		{"one module in two places", pymodule(none, none, pydict(text("m"), child+"q\x07", text("n"), "h\x07")), []string{"m.w", "n.w"}},
		{"one tensor in two places", pymodule(pydict(text("v"), seven+"q\x07", text("w"), "h\x07"), none, none), []string{"v", "w"}},
		{"ordered dicts", pymodule(orderedDict+"("+text("w")+seven+"u", orderedDict, orderedDict), []string{"w"}},
		{"buffers that are not persistent", pymodule(none, pydict(text("a"), seven, text("b"), seven), none, transient, pyset(text("a"), "K\x01")), []string{"b"}},
		{"and as a set of protocol 4", pymodule(none, pydict(text("a"), seven, text("b"), seven), none, transient, "\x8f("+text("a")+"\x90"), []string{"b"}},
		{"empty set", pymodule(none, pydict(text("a"), seven), none, transient, call(global("builtins", "set"))), []string{"a"}},
		{"tensors beside the parameters", pymodule(pydict(text("w"), seven), none, none, text("state"), seven), []string{"w"}},
		{"parameter", pymodule(pydict(text("w"), call(global("torch._utils", "_rebuild_parameter"), seven, "\x88", "N")), none, none), []string{"w"}},
		{"parameter with attributes", pymodule(pydict(text("w"), call(global("torch._utils", "_rebuild_parameter_with_state"), seven, "\x88", "N", none)), none, none), []string{"w"}},
		{"objects of unknown classes", pymodule(pydict(text("w"), seven), none, none,
			text("a"), pyobject(global("foo", "Config"), pydict(text("tau"), "K\x14")),
			text("b"), pyobject(global("foo", "Slots"), tuple(none, none)),
			text("c"), global("foo", "List")+")\x81("+"K\x01e",
			text("d"), global("foo", "Dict")+")\x81("+text("k")+"K\x01u",
			text("e"), call(global("copy_reg", "_reconstructor"), global("foo", "Old"), global("__builtin__", "object"), "N")+none+"b",
			text("f"), call(global("copyreg", "_reconstructor"), global("foo", "Old"), global("builtins", "object"), "N")+none+"b",
			text("g"), call(global("torch", "device"), text("cuda")),
			text("h"), global("os", "system"),
		), []string{"w"}},
		{"class with its source", tuple(text("module"), global("__main__", "Net"), text("net.py"), text("class Net: pass")) + "Q" +
			")\x81" + pydict(text("_parameters"), pydict(text("w"), seven), text("_buffers"), none, text("_modules"), none) + "b", []string{"w"}},
		{"name from the stack", strings.Replace(child, global("__main__", "Net"), text("__main__")+text("Net")+"\x93", 1), []string{"w"}},
		{"entry of a dict", pydict(text("epoch"), "K\x03", text("net"), child, text("loss"), pymodule(none, none, none), text("o"), global("foo", "Bar")+")\x81"), []string{"w"}},
		{"an attribute set twice", pymodule("K\x01", none, none, text("_parameters"), pydict(text("w"), seven)), []string{"w"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors, err := parsePTH(sevens(t, c.in))
			if err != nil {
				t.Fatal(err)
			}
			var want []decoded
			for _, name := range c.want {
				want = append(want, decoded{name, []int{}, "I8", []float64{7}})
			}
			if d := cmp.Diff(want, decode(t, tensors)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParsePTHRejectsModules(t *testing.T) {
	const none = "}"
	attribute := func(value string) string {
		return pymodule(pydict(text("w"), seven), none, none, text("attribute"), value)
	}
	within := func(child string) string { return pymodule(none, none, pydict(text("m"), child)) }
	deep := pymodule(pydict(text("w"), seven), none, none)
	for range maxDepth + 1 {
		deep = within(deep)
	}
	// Each module has the next one twice: 2⁴⁰ tensors.
	wide := pymodule(pydict(text("w"), seven), none, none)
	for range 40 {
		wide = pymodule(none, none, pydict(text("a"), wide+"q\x07", text("b"), "h\x07"))
	}
	// A module among its own modules, the first in the memo at 7.
	itself := global("__main__", "Net") + ")\x81q\x07" + pydict(text("_parameters"), none, text("_buffers"), pydict(text("w"), seven), text("_modules"), pydict(text("m"), "h\x07")) + "b"
	// Sixty thousand tensors in a module with a name of a thousand bytes.
	many := []string{text("w"), seven + "q\x07"}
	for i := range 60_000 {
		many = append(many, text(strconv.Itoa(i)), "h\x07")
	}
	long := pymodule(none, none, pydict(text(strings.Repeat("m", 1000)), pymodule(pydict(many...), none, none)))

	tensors := pydict(text("w"), seven)
	for _, c := range []struct{ name, in, want string }{
		{"no tensors", within(pymodule(none, none, none)), "holds no tensors, but an object of class __main__.Net"},
		{"parameters in a list", pymodule("]", tensors, none), "_parameters is a list of 0, want a dict"},
		{"parameters in an object", pymodule(pyobject(global("foo", "Dict"), none), tensors, none), "_parameters is an object of class foo.Dict, want a dict"},
		{"buffers of none", within(pymodule(tensors, "N", none)), `module "m" of class __main__.Net: _buffers is None, want a dict`},
		{"parameter of text", pymodule(pydict(text("w"), text("x")), tensors, none), `"w" in _parameters is a text`},
		{"module as a parameter", pymodule(pydict(text("w"), pymodule(tensors, none, none)), none, none), `"w" in _parameters is an object of class __main__.Net`},
		{"tensor as a module", within(seven), `"m" in _modules is an object of class torch._utils._rebuild_tensor_v2`},
		{"class as a module", pymodule(tensors, none, pydict(text("m"), global("foo", "Bar"))), `"m" in _modules is the class foo.Bar`},
		{"object as a module", within(pyobject(global("foo", "Bar"), tensors)), `module "m" of class foo.Bar has no _parameters`},
		{"name of nothing", pymodule(pydict("N", seven), none, none), "a name in _parameters is None"},
		{"one name twice", pymodule(pydict(text("m.w"), seven), none, pydict(text("m"), pymodule(tensors, none, none))), `two tensors are named "m.w"`},
		{"buffers that are not persistent in a number", pymodule(none, pydict(text("b"), seven), none, text("_non_persistent_buffers_set"), "K\x01"), "_non_persistent_buffers_set is a number, want a set"},
		{"two modules", pydict(text("a"), attribute("N"), text("b"), attribute("N")), "several dicts of tensors: a, b"},
		{"bad module in a dict", pydict(text("net"), pymodule(tensors, none, pydict(text("m"), "K\x01"))), `net: module "" of class __main__.Net: "m" in _modules is a number`},

		{"many objects of one state", manyStates(), "refers to its parts far too often"},

		{"itself", itself, "one lies within itself"},
		{"deep", deep, "deep within each other"},
		{"wide", wide, "repeat each other too often"},
		{"long names", long, "longer names"},

		{"huge shape", pymodule(pydict(text("w"), pytensor(pystorage("CharStorage", "0", 1), 0, numbers(1<<30, 1<<30, 1<<30), numbers(0, 0, 0))), none, none), "too large"},
		{"repeats one element", pymodule(pydict(text("w"), pytensor(pystorage("CharStorage", "0", 1), 0, numbers(1<<13, 1<<13), numbers(0, 0))), none, none), "repeats"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors, err := parsePTH(sevens(t, c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v, want an error with %q", tensors, err, c.want)
			}
			if tensors != nil {
				t.Error("tensors and an error")
			}
		})
	}
}

// manyStates are sixty thousand objects whose state is one dict of ten thousand tensors.
func manyStates() string {
	entries := []string{text("x"), seven + "q\x08"}
	for i := range 10_000 {
		entries = append(entries, text(strconv.Itoa(i)), "h\x08")
	}
	return pydict(text("state"), pydict(entries...)+"q\x07") + text("objects") + "](" + strings.Repeat(global("a", "B")+")\x81h\x07b", 60_000) + "es"
}

func TestParsePTHCutModule(t *testing.T) {
	inner := pymodule(pydict(text("w"), seven), "}", "}")
	good := legacy(pymodule("}", "}", pydict(text("m"), inner)), pylist(text("0")), le64(1)+"\x07")
	if _, err := parsePTH([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for n := range len(good) {
		if tensors, err := parsePTH([]byte(good[:n])); err == nil || tensors != nil {
			t.Errorf("%d bytes: %v, %v", n, tensors, err)
		}
	}
}

// TestSharedSet reads a module with a set of four thousand names, to which another refers 100,000 times.
func TestSharedSet(t *testing.T) {
	set := call(global("__builtin__", "set"), pylist(strings.Repeat(text("v"), 4000)))
	many := []string{text("m"), pymodule("}", pydict(text("w"), seven, text("v"), seven), "}", text("_non_persistent_buffers_set"), set) + "q\x07"}
	for i := range 100_000 {
		many = append(many, text(strconv.Itoa(i)), "h\x07")
	}
	tensors, err := parsePTH(sevens(t, pymodule("}", "}", pydict(many...))))
	if err != nil || len(tensors) != 100_001 || tensors[0].Name != "0.w" {
		t.Fatalf("%d tensors, error %v", len(tensors), err)
	}
}

// FuzzPickle reads pickles, which mutations of an archive rarely reach: its checksums refuse them.
func FuzzPickle(f *testing.F) {
	for _, name := range []string{"module.pth", "tree.pth", "tree_protocol4.pth", "nested.pth", "views.pth", "objects.pth", "rebuilt.pth"} {
		archive, err := zip.OpenReader(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		defer archive.Close()
		b, err := fs.ReadFile(archive, strings.TrimSuffix(name, ".pth")+"/data.pkl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for i := range 6 {
		b, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("arrays%d.pkl", i)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(pickled(pymodule("}", pydict(text("b"), seven), "}", text("_non_persistent_buffers_set"), call(global("__builtin__", "set"), pylist(text("b")))))))
	f.Add([]byte(pickled(global("__main__", "Net") + ")\x81q\x07" + pydict(text("_modules"), pydict(text("m"), "h\x07")) + "b")))
	f.Add([]byte(pickled(call(text("os")+text("system")+"\x93", text("true")))))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &checkpoint{content: make([]byte, 1<<10), budget: 1 << 24,
			storages: map[string]*stored{}, within: map[int]*storage{}}
		if _, err := c.unpickle(b); err != nil {
			return
		}
		for _, s := range c.storages {
			if s.size > 0 && s.count <= 1<<10/s.size {
				s.data = make([]byte, s.count*s.size)
			}
		}
		checkWeights(t, c)
	})
}

// checkWeights checks what a checkpoint promises: all that is listed can be read, or says why not.
func checkWeights(t *testing.T, c *checkpoint) {
	t.Helper()
	tr, err := c.walk()
	if err != nil {
		return
	}
	w := &Weights{path: "x", c: c, t: tr}
	all, err := w.Collections()
	if err != nil {
		return
	}
	for _, d := range append(all, Collection{}) {
		tensors, err := w.Read(d.Path)
		if err != nil && tensors != nil {
			t.Error("tensors and an error")
		}
		for _, x := range tensors {
			checkTensor(t, x)
		}
	}
}
