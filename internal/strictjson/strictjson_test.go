package strictjson_test

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/internal/strictjson"
)

// Everything that is there is read, or refused by its name and place.
func TestUnmarshal(t *testing.T) {
	var v struct {
		A []any
		B map[string]any
		U uint
	}
	for text, want := range map[string]string{
		`{"A":[1,{"x":[]},null],"B":{"A":1}}`: "",
		``:                                    "no JSON",
		` `:                                   "no JSON",
		`{"A":[1]`:                            "ends at byte 8",
		`{"A":[1]}}`:                          "",
		`{"A":[1]} {}`:                        "follows",
		`{"A":[1]} 1`:                         "follows",
		`{"C":1}`:                             `"C"`,
		`{"A":[],"A":[1]}`:                    `the field "A" is there twice, the second before byte 11`,
		`{"B":{"x":1,"y":{"x":2},"x":3}}`:     `"x" is there twice`,
		`{"B":{"x":{"x":1},"y":[{"x":1},{"x":2}]}}`:     "",
		`{"A":[` + strings.Repeat(`0,`, 1<<16) + `0]}`:  "more than 65536 entries",
		`{"A":[` + strings.Repeat(`{},`, 1<<14) + `0]}`: "more than 16384 objects and lists",
		`{"A":1}`:                          "A is a value of another kind: a number, want a list",
		`{"U":-1}`:                         "U is -1, want a whole number that is not negative",
		`{"U":1e30}`:                       "U is 1e30, want a whole number",
		`{"U":"x"}`:                        "U is a value of another kind: a string, want a whole number",
		`{"A":[1e999]}`:                    "1e999",
		strings.Repeat(`{"B":`, 33) + `{}`: "nested more than 32 deep",
		`{"` + strings.Repeat("long", 1000) + `":1}`: "…",
	} {
		err := strictjson.Unmarshal([]byte(text), &v)
		if text == `{"A":[1]}}` {
			want = "invalid"
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err != nil && len(err.Error()) > 400 {
			t.Errorf("%.60s: error is %.300v, want %q", text, err, want)
		}
	}
}

// Whatever is nested or repeated in a megabyte, it takes some of them to refuse it, or to find it in order.
func TestMemory(t *testing.T) {
	const size = 1 << 20
	for name, text := range map[string]string{
		"objects": strings.Repeat(`{"a":`, size/5),
		"lists":   strings.Repeat(`[`, size),
		"values":  `{"A":[` + strings.Repeat(`0,`, size/2) + `0]}`,
		"number":  `{"A":[` + strings.Repeat(`9`, size) + `]}`,
		"string":  `{"` + strings.Repeat(`x`, size) + `":0}`,
	} {
		t.Run(name, func(t *testing.T) {
			peak, err := memlimit.Run(t, 16<<20, func() error { return strictjson.Check([]byte(text)) })
			t.Logf("%d kB for %d kB, error %v", peak>>10, len(text)>>10, err)
		})
	}
}
