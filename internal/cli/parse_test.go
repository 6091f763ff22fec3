package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

type testFlags struct {
	Eval       bool      `help:"Only evaluate."`
	Checkpoint string    `help:"Checkpoint to load." placeholder:"FILE"`
	LR         float64   `help:"Learning rate, default ${default}." default:"0.001"`
	Epochs     int       `help:"Passes." default:"20" short:"n"`
	Verbose    bool      `help:"Say more." short:"v"`
	Cache      bool      `help:"Keep data." default:"true" negatable:""`
	Decays     []float64 `help:"Decays."`
	T          int       `help:"Time steps." default:"100"`
	Files      []string  `arg:"" optional:"" name:"FILE" help:"Files to read."`
}

func TestParseArgs(t *testing.T) {
	defaults := testFlags{LR: 0.001, Epochs: 20, Cache: true, T: 100}
	tests := []struct {
		args string
		want func(*testFlags)
	}{
		{"", func(f *testFlags) {}},
		{"-eval -checkpoint a.st", func(f *testFlags) { f.Eval, f.Checkpoint = true, "a.st" }},
		{"--eval --checkpoint a.st", func(f *testFlags) { f.Eval, f.Checkpoint = true, "a.st" }},
		{"-eval=false -checkpoint=-a=b", func(f *testFlags) { f.Checkpoint = "-a=b" }},
		{"-lr=0.01", func(f *testFlags) { f.LR = 0.01 }},
		{"--lr=-0.01", func(f *testFlags) { f.LR = -0.01 }},
		{"-lr -0.01 -eval", func(f *testFlags) { f.LR, f.Eval = -0.01, true }},
		{"--lr -.5e-3", func(f *testFlags) { f.LR = -.5e-3 }},
		{"-epochs -1", func(f *testFlags) { f.Epochs = -1 }},
		{"-n -1", func(f *testFlags) { f.Epochs = -1 }},
		{"-n 3 -v", func(f *testFlags) { f.Epochs, f.Verbose = 3, true }},
		{"-vn3", func(f *testFlags) { f.Epochs, f.Verbose = 3, true }},
		{"-no-cache", func(f *testFlags) { f.Cache = false }},
		{"-t 5", func(f *testFlags) { f.T = 5 }},
		{"-decays -1,2 a", func(f *testFlags) { f.Decays, f.Files = []float64{-1, 2}, []string{"a"} }},
		{"a b", func(f *testFlags) { f.Files = []string{"a", "b"} }},
		{"-eval a - b", func(f *testFlags) { f.Eval, f.Files = true, []string{"a", "-", "b"} }},
		{"a -eval", func(f *testFlags) { f.Eval, f.Files = true, []string{"a"} }},
		{"-eval -- -lr -1 --", func(f *testFlags) { f.Eval, f.Files = true, []string{"-lr", "-1", "--"} }},
	}
	for _, test := range tests {
		want := defaults
		test.want(&want)
		var got testFlags
		if err := ParseArgs(&got, "ecg", "Train.", strings.Fields(test.args), io.Discard); err != nil {
			t.Errorf("%q: %v", test.args, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.args, diff)
		}
	}
}

func TestParseArgsErrors(t *testing.T) {
	tests := []struct{ args, want string }{
		{"-evil", `unknown flag --evil, did you mean "--eval"?`},
		{"--unheard", "unknown flag --unheard"},
		{"-lr=0.1 -7", "unknown flag -7"},
		{"-checkpoint", "--checkpoint: expected string value"},
		{"-checkpoint -eval", "--checkpoint: expected string value"},
		{"-lr fast", `--lr: expected a float but got "fast"`},
		{"-eval -1", "unknown flag -1"},
		{"-eval=maybe", "--eval"},
	}
	for _, test := range tests {
		var flags testFlags
		err := ParseArgs(&flags, "ecg", "Train.", strings.Fields(test.args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.args, err, test.want)
		}
	}
	if err := ParseArgs(testFlags{}, "ecg", "Train.", nil, io.Discard); err == nil {
		t.Error("flags that are no pointer: no error")
	}
	positionals := struct{ Eval bool }{}
	if err := ParseArgs(&positionals, "ecg", "Train.", []string{"a"}, io.Discard); err == nil {
		t.Error("argument of a program without any: no error")
	}
}

func TestParseArgsHelp(t *testing.T) {
	var flags struct {
		testFlags
		Data string `required:"" help:"Folder of the data."`
	}
	for _, arg := range []string{"-h", "-help", "--help"} {
		var out bytes.Buffer
		if err := ParseArgs(&flags, "ecg", "Train a network.", []string{arg}, &out); !errors.Is(err, ErrHelp) {
			t.Errorf("%s: error %v, want ErrHelp", arg, err)
		}
		for _, want := range []string{"Usage: ecg", "Train a network.", "--lr=", "Learning rate, default 0.001.", "FILE"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in the help:\n%s", arg, want, out.String())
			}
		}
	}
}

// One dash or two are the same, whatever comes around the flag.
func TestParseArgsDashes(t *testing.T) {
	words := []string{"eval", "eval=true", "lr", "lr=-2", "epochs", "checkpoint", "no-cache", "foo", "help", "7", "-1", "a"}
	rapid.Check(t, func(t *rapid.T) {
		var one, two []string
		for _, word := range rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "words") {
			dash := !strings.ContainsAny(word[:1], "7-a")
			if dash {
				one, two = append(one, "-"+word), append(two, "--"+word)
			} else {
				one, two = append(one, word), append(two, word)
			}
		}
		var a, b testFlags
		errA := ParseArgs(&a, "x", "", one, io.Discard)
		errB := ParseArgs(&b, "x", "", two, io.Discard)
		if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			t.Fatalf("errors differ: %v, %v", errA, errB)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
	})
}
