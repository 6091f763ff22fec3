package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/srnn-go/srnn/internal/registry"
)

type (
	one   struct{ X int }
	other struct{}
)

func (one) String() string   { return "1" }
func (other) String() string { return "2" }

func TestRegistry(t *testing.T) {
	r := registry.New[fmt.Stringer]("number", "numbers.MustRegister")
	for i, name := range []string{"one", "two", "one"} { // the second is a preset
		if err := r.Register(name, one{i % 2}); err != nil {
			t.Fatal(err)
		}
	}
	if v, err := r.Get("two"); err != nil || v != fmt.Stringer(one{1}) {
		t.Errorf("two is %v, error %v", v, err)
	}
	if name, err := r.NameOf(one{7}); err != nil || name != "one" {
		t.Errorf("the type is called %q, error %v", name, err)
	}
	if names := r.Names(); !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("names %q", names)
	}
	_, missing := r.Get("three")
	_, unnamed := r.NameOf(other{})
	_, none := r.NameOf(nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{missing, `no number "three", want one of one, two`}, {missing, "numbers.MustRegister"},
		{unnamed, `a number registry_test.other cannot be saved: register it once with numbers.MustRegister("other", registry_test.other{})`},
		{none, "nil"},
		{r.Register("one", other{}), "that is the name of"},
		{r.Register("one", one{3}), "that is the name of"},
		{r.Register("", other{}), "a name"},
		{r.Register("nothing", nil), "a struct"},
		{r.Register("pointer", &other{}), "a struct"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "srnn: ") || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", c.err, c.want)
		}
	}
	if names := r.Names(); len(names) != 2 {
		t.Errorf("what was refused is there: %q", names)
	}
}

// Several goroutines may register and look up at once; the race detector watches.
func TestConcurrent(t *testing.T) {
	r := registry.New[fmt.Stringer]("number", "numbers.MustRegister")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			name := fmt.Sprint("n", i)
			if err := r.Register(name, one{i}); err != nil {
				t.Error(err)
			}
			if v, err := r.Get(name); err != nil || v != fmt.Stringer(one{i}) {
				t.Errorf("%s is %v, error %v", name, v, err)
			}
		})
	}
	wait.Wait()
	if len(r.Names()) != 8 {
		t.Errorf("names %q", r.Names())
	}
}
