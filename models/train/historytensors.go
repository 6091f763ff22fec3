package train

import (
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

// historyTensors are the numbers of all epochs, one tensor for each.
func historyTensors(history []Epoch) (out []tensorfile.Tensor) {
	columns := map[string][]float64{}
	order := map[string]int{} // of the numbers, as they came up first
	set := func(name string, i int, x float64) {
		if columns[name] == nil {
			columns[name] = make([]float64, len(history))
			for k := range columns[name] {
				columns[name][k] = math.NaN()
			}
		}
		columns[name][i] = x
	}
	for i, e := range history {
		best := 0.
		if e.Best {
			best = 1
		}
		set("best", i, best)
		set("steps", i, float64(e.Steps))
		set("seconds", i, e.Seconds)
		for _, prefix := range []string{"training/", "validation/"} {
			r := e.Training
			if prefix == "validation/" {
				r = e.Validation
			}
			if r == nil {
				continue
			}
			set(prefix+"examples", i, float64(r.Examples))
			set(prefix+"seconds", i, r.Seconds)
			for _, n := range r.Numbers() {
				k, ok := order[prefix+n.Name]
				if !ok {
					k = len(order)
					order[prefix+n.Name] = k
				}
				set(fmt.Sprintf("%s%06d/%s", prefix, k, n.Name), i, n.Value)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		out = append(out, tensorfile.FromFloats(prefixHistory+name, []int{len(history)}, columns[name]))
	}
	return out
}

// readHistory reads what historyTensors wrote.
func (s *standing) readHistory(columns []tensorfile.Tensor) error {
	s.best = -1
	for _, c := range columns {
		if s.history == nil {
			s.history = make([]Epoch, c.Len())
		}
		if c.Len() != len(s.history) {
			return errors.Errorf("history: %s has %d epochs, others have %d", c.Name, c.Len(), len(s.history))
		}
	}
	for _, c := range columns { // in the order of their names, which is that of the numbers
		values, err := c.Float64s()
		if err != nil {
			return err
		}
		for i, x := range values {
			e := &s.history[i]
			e.Epoch = i + 1
			if err := e.set(c.Name, x); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{"best", "steps", "seconds", "training/*/loss"} {
		there := func(c tensorfile.Tensor) bool {
			is, _ := path.Match(name, c.Name) // which is a pattern
			return is
		}
		if len(s.history) > 0 && !slices.ContainsFunc(columns, there) {
			return errors.Errorf("history: there is no tensor %s%s", prefixHistory, name)
		}
	}
	for i := range s.history {
		e := &s.history[i]
		if e.Training == nil || !graph.Finite(e.Training.Loss) {
			return errors.Errorf("history: epoch %d has no loss", i+1)
		}
		if e.Best {
			s.best = i
		}
	}
	if len(s.history) > 0 && s.best < 0 {
		return errors.New("history: there is no best epoch")
	}
	return nil
}

// set sets a number of a history.
func (e *Epoch) set(name string, x float64) (err error) {
	switch name {
	case "best":
		if x != 0 && x != 1 {
			return errors.Errorf("history: best of epoch %d is %v, want 0 or 1", e.Epoch, x)
		}
		e.Best = x == 1
		return nil
	case "steps":
		e.Steps, err = e.whole(name, x)
		return err
	case "seconds":
		e.Seconds = x
		return e.duration(name, x)
	}
	kind, rest, _ := strings.Cut(name, "/")
	var r **Report
	switch kind {
	case "training":
		r = &e.Training
	case "validation":
		r = &e.Validation
	default:
		return errors.Errorf("history: what is %q?", name)
	}
	if *r == nil {
		*r = &Report{results: make([]Result, 1), names: []string{""}}
	}
	switch rest {
	case "examples":
		(*r).Examples, err = e.whole(name, x)
		return err
	case "seconds":
		(*r).Seconds = x
		return e.duration(name, x)
	}
	_, number, ok := strings.Cut(rest, "/")
	switch {
	case !ok:
		return errors.Errorf("history: what is %q?", name)
	case number == "loss":
		(*r).Loss = x
	case number == "terms":
		(*r).Terms = x
	default:
		(*r).results[0].Numbers = append((*r).results[0].Numbers, Number{number, x})
	}
	return nil
}

// whole is a number of things.
func (e *Epoch) whole(name string, x float64) (int, error) {
	if !(x >= 0 && x <= math.MaxInt32) || x != math.Trunc(x) {
		return 0, errors.Errorf("history: %s of epoch %d is %v, want a whole number", name, e.Epoch, x)
	}
	return int(x), nil
}

// duration refuses what is no time.
func (e *Epoch) duration(name string, x float64) error {
	if !(x >= 0) || !graph.Finite(x) {
		return errors.Errorf("history: %s of epoch %d is %v, want a time", name, e.Epoch, x)
	}
	return nil
}
