package cases

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// reproduction is one case. Its checks are subtests.
type reproduction struct {
	*testing.T
	number string // as "06"
}

// begin is the case of a number.
func begin(t *testing.T, number string) *reproduction { return &reproduction{t, number} }

// met are the checks of the list of those that wait which have been made, or could not be made here.
var met = map[string]bool{}

// check reports whether something holds. A check that waits for something, see waiting, must not hold.
func (r *reproduction) check(name string, good bool, format string, a ...any) {
	r.Helper()
	r.Run(name, func(t *testing.T) {
		t.Helper()
		what := fmt.Sprintf(format, a...)
		reason, waits := waiting[r.number+": "+name]
		met[r.number+": "+name] = true
		switch {
		case waits && good:
			t.Errorf("holds now (%s): take %q off the list of those that wait", what, r.number+": "+name)
		case waits:
			t.Logf("expected to fail until %s: %s", reason, what)
		case !good:
			t.Error(what)
		}
	})
}

// try is a check that a function gives no error and does not panic.
func (r *reproduction) try(name string, f func() error) {
	r.Helper()
	err := safely(f)
	r.check(name, err == nil, "%v", err)
}

// safely returns what a function panics with as its error.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// unable skips a case that needs what this machine does not have.
func (r *reproduction) unable(format string, a ...any) {
	r.Helper()
	for name := range waiting {
		if strings.HasPrefix(name, r.number+": ") {
			met[name] = true
		}
	}
	r.Skipf(format, a...)
}

// must ends a case that cannot be set up.
func (r *reproduction) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// TestMain makes room for the programs that cases run. Where all cases have run, each check that waits must have
// been made: the list has no names of none.
func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "srnn-cases-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs.dir = dir
	code := m.Run()
	os.RemoveAll(dir)
	whole := true
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		whole = whole && flag.Lookup(name).Value.String() == ""
	}
	if whole && code == 0 {
		for _, name := range slices.Sorted(maps.Keys(waiting)) {
			if !met[name] {
				fmt.Printf("%q is on the list of checks that wait, but there is no such check\n", name)
				code = 1
			}
		}
	}
	os.Exit(code)
}
