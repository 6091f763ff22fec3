package nodes_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
)

// A layer that was saved and read again is the same layer: its JSON, its parameters, and what
// it does.
func TestJSON(t *testing.T) {
	for _, layer := range []nodes.Layer{
		{Units: 3, Cell: nodes.ALIF{}},
		{Units: 3, Cell: nodes.ALIF{Beta: new(.5), B0: new(.2), Rm: 2, Dt: .5, Surrogate: ops.Triangle{}}, Recurrent: true, Initial: nodes.Random(.5)},
		{Units: 3, Cell: nodes.LIF{}, Initial: nodes.Initial{nodes.Membrane: nodes.Constant(.3)}},
		{Units: 3, Cell: nodes.LIF{B0: new(.2), Rm: 2, Dt: .5, Surrogate: ops.Gaussian{Gamma: 1}}, Recurrent: true, Linear: nodes.Linear{NoBias: true}},
		{Units: 3, Cell: nodes.LI{}},
		{Units: 3, Cell: nodes.LI{Rm: 3, Dt: .1}, Initial: nodes.Initial{nodes.Membrane: nodes.Baseline()}},
	} {
		data := must(json.Marshal(layer))
		var again nodes.Layer
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if second := must(json.Marshal(again)); string(second) != string(data) {
			t.Errorf("%s became %s", data, second)
		}
		activity := func(l nodes.Layer) ([]string, []float64) {
			p := newParams(4)
			n := must(l.Declare(p, "a", 2))
			a := must(n.Forward(input(p, "x", normal(1, 8*2*2), 8, 2, 2)))
			return describe(p), read(t, p, must(a.Membrane()))[0]
		}
		params, u := activity(layer)
		paramsAgain, uAgain := activity(again)
		if !slices.Equal(params, paramsAgain) {
			t.Errorf("%s: parameters were %v and became %v", data, params, paramsAgain)
		}
		equal(t, string(data), uAgain, u)
	}
}

// What is saved are the numbers that were used, and not the zeros that stood for defaults.
func TestJSONHoldsDefaults(t *testing.T) {
	const want = `{"units":3,"cell":{"kind":"alif","beta":1.8,"b0":0.01,"r_m":1,"dt":1,"surrogate":{"name":"gaussian"}}}`
	if got := string(must(json.Marshal(nodes.Layer{Units: 3, Cell: nodes.ALIF{}}))); got != want {
		t.Errorf("JSON is %s, want %s", got, want)
	}
}

func TestMarshalErrors(t *testing.T) {
	p := newParams(1)
	from := nodes.Initial{nodes.Membrane: nodes.From(input(p, "u0", make([]float64, 3), 1, 3))}
	_, err := json.Marshal(nodes.Layer{Units: 3, Cell: nodes.LIF{}, Initial: from})
	wantError(t, "from a node", err, "initial state that is a node cannot be saved")
	_, err = json.Marshal(nodes.Layer{Units: 3})
	wantError(t, "no cell", err, "nil", "cannot be saved")
	_, err = json.Marshal(nodes.Layer{Units: 3, Cell: nodes.LIF{Surrogate: ops.Relaxed{Surrogate: ops.Gaussian{}}}})
	wantError(t, "relaxed surrogate", err, "Relaxed", "cannot be saved")
}

func TestRegisterErrors(t *testing.T) {
	type mine struct{ nodes.LIF }
	_, err := nodes.MarshalCell(mine{})
	wantError(t, "not registered", err, `nodes.MustRegister("mine", nodes_test.mine{})`)
	if nodes.Registered(mine{}) || !nodes.Registered(nodes.LIF{}) {
		t.Error("what is registered is not what can be saved")
	}
	wantError(t, "another's name", nodes.Register("alif", mine{}), "nodes_test.mine", "nodes.ALIF")
	wantError(t, "no cell", nodes.Register("nothing", nil), "a struct")
	wantError(t, "a pointer", nodes.Register("pointer", &mine{}), "a struct")
	if err := nodes.Register("alif", nodes.ALIF{Rm: 2}); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustRegister does not panic")
		}
	}()
	nodes.MustRegister("alif", mine{})
}

func TestUnmarshalErrors(t *testing.T) {
	const surrogate = `"surrogate": {"name": "gaussian"}`
	for _, c := range []struct{ json, want string }{
		{`[]`, "array"},
		{`{"units": "three"}`, "units"},
		{`{"units": 3, "cell": {"kind": "hodgkin_huxley", ` + surrogate + `}}`, "hodgkin_huxley"},
		{`{"units": 3, "cell": {"kind": "lif", "surrogate": {"name": "nobody"}}}`, "nobody"},
		{`{"units": 3, "cell": {"kind": "lif"}}`, "surrogate"},
		{`{"units": 3, "cell": {"kind": "li"}, "initial": {"membrane": {"kind": "node"}}}`, "node"},
		{`{"units": 3, "cell": {"kind": "li"}, "initial": {"spikes": {"kind": "tomorrow"}}}`, "tomorrow"},
		{`{"units": 3, "cell": {"kind": "li"}, "initial": {"membrane": {"kind": "constant", "value": "x"}}}`, "value"},
	} {
		var l nodes.Layer
		wantError(t, c.json, json.Unmarshal([]byte(c.json), &l), c.want)
	}
}
