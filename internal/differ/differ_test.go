package differ_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/differ"
)

type m = map[string]any

// Fields are named by their path, with both values, and nothing else is told.
func TestWhere(t *testing.T) {
	cell := func(kind string, dt float64) m {
		return m{"hidden": []any{m{"units": 8, "cell": m{"kind": kind, "settings": m{"dt": dt}}}}}
	}
	for _, c := range []struct {
		there, here any
		want        []string
	}{
		{3, 3, nil},
		{m{"seed": uint64(1<<63 + 1)}, m{"seed": uint64(1 << 63)}, []string{"x.seed: 9223372036854775809 in the checkpoint, 9223372036854775808 asked for"}},
		{m{"a": 1, "b": "x", "c": true}, m{"a": 2, "b": "x", "c": false},
			[]string{"x.a: 1 in the checkpoint, 2 asked for", "x.c: true in the checkpoint, false asked for"}},
		{cell("lif", 1), cell("lif", .5), []string{"x.hidden[0].cell.dt: 1 in the checkpoint, 0.5 asked for"}},
		{cell("lif", 1), cell("alif", .5), []string{`x.hidden[0].cell: "lif" in the checkpoint, "alif" asked for`}},
		{m{"a": []int{1, 2}}, m{"a": []int{1}}, []string{"x.a: 2 of them in the checkpoint, 1 asked for"}},
		{m{"a": 1}, m{}, []string{"x.a: 1 in the checkpoint, none asked for"}},
		{m{"a": m{"b": 1}}, m{"a": nil}, []string{`x.a: {"b":1} in the checkpoint, none asked for`}},
		{nil, "y", []string{`x: none in the checkpoint, "y" asked for`}},
	} {
		got, err := differ.Where("x", c.there, c.here)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v and %v: %q, error %v, want %q", c.there, c.here, got, err, c.want)
		}
	}
	if got, err := differ.Where("", m{"a": strings.Repeat("long", 100)}, m{"a": 0}); err != nil || len(got) != 1 || len(got[0]) > 120 {
		t.Errorf("%q, error %v", got, err)
	}
	if _, err := differ.Where("x", func() {}, 1); err == nil {
		t.Error("a function was compared")
	}
	if err := differ.Error([]string{"a", "b", "c", "d", "e", "f", "g"}); err == nil || err.Error() != "a; b; c; d; e; and 2 more" {
		t.Errorf("error is %v", err)
	}
	if err := differ.Error(nil); err != nil {
		t.Error(err)
	}
}
