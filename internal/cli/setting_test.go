package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// A command line tells which flags were given, and flags take values that others had.
func TestSettings(t *testing.T) {
	type inner struct {
		Rate float64 `default:"${rate}" change:"yes"`
		Name string  `default:"${name}"`
	}
	type flags struct {
		inner
		Cache bool `default:"true" negatable:""`
		Eval  bool `aliases:"test"`
		Seed  *uint64
		Sizes []int
		Files []string `arg:"" optional:""`
	}
	command := Command{Name: "x", Vars: map[string]string{"rate": ".5", "name": "nobody"}}
	for _, c := range []struct{ args, given, values string }{
		{"", "", `0.5 "nobody" true false none none none`},
		{"-rate 0.5 -name=a -no-cache", "rate name cache", `0.5 "a" false false none none none`},
		{"-test -seed 18446744073709551615 -sizes 1,2 b c", "eval seed sizes files", `0.5 "nobody" true true 18446744073709551615 1,2 b,c`},
	} {
		var f, other flags
		list, err := command.Parse(&f, strings.Fields(c.args), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		others, err := command.Parse(&other, []string{"-rate=7", "-sizes=7"}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		var given, values, copied []string
		for i, s := range list {
			if s.Given {
				given = append(given, s.Name)
			}
			raw, err := s.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if err := others[i].SetJSON(raw); err != nil {
				t.Fatal(err)
			}
			values, copied = append(values, s.String()), append(copied, others[i].String())
			if change := s.Tag("change") == "yes"; change != (s.Name == "rate") {
				t.Errorf("%s: its tag says %v", s.Name, change)
			}
		}
		if got := strings.Join(given, " "); got != c.given {
			t.Errorf("%q: given are %s, want %s", c.args, got, c.given)
		}
		if got := strings.Join(values, " "); got != c.values || got != strings.Join(copied, " ") {
			t.Errorf("%q: values are %s, want %s; as copies %s", c.args, got, c.values, copied)
		}
		if got, want := fmt.Sprint(other.Rate, other.Name, other.Cache, other.Sizes), fmt.Sprint(f.Rate, f.Name, f.Cache, f.Sizes); got != want {
			t.Errorf("%q: the fields are %s, want %s", c.args, got, want)
		}
	}

	var f flags
	for _, c := range []struct{ args, want string }{
		{"-rate=NaN", "-rate is NaN, want a finite number"},
		{"-rate=-Inf", "-rate is -Inf, want a finite number"},
		{"-rate=1e999", "1e999"},
		{"-sizes 3,9223372036854775807", "-sizes is 9223372036854775807, want at most 2147483647"},
		{"-sizes=-2147483648", "-sizes is -2147483648, want at least -2147483647"},
	} {
		if _, err := command.Parse(&f, strings.Fields(c.args), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.args, err, c.want)
		}
	}
	list, err := command.Parse(&f, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := list[0].SetJSON([]byte(`"fast"`)); err == nil || !strings.Contains(err.Error(), "-rate") {
		t.Errorf("a word: error %v", err)
	}
}
