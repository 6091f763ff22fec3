package optim

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Follower is a Schedule that depends on how training goes, as [Plateau] does: on the values of a
// metric, which the training loop gives to [Solver.Report]. It is a settings value like the others.
// What it knows of the values so far is its memory, a few finite numbers, which the solver keeps.
//
// A follower is the schedule of a [Descent] of the chain itself. Within another schedule, or another
// transform, no report would reach it.
type Follower interface {
	Schedule

	// Follows is the name of the metric.
	Follows() string

	// Follow is the memory after another value of the metric, which is finite. Before the first
	// value the memory is nil. It must not be changed in place.
	Follow(memory []float64, value float64) ([]float64, error)

	// Given is a schedule of the same type, whose rates are those that follow from the memory. A
	// memory that is no result of Follow is an error.
	Given(memory []float64) (Schedule, error)
}

// follower is the Follower that the learning rate of the chain has as its schedule, or nil.
func (c Chain) follower() Follower {
	for _, t := range c {
		if d, ok := t.(Descent); ok {
			if f, ok := d.Rate().(Follower); ok {
				return f
			}
		}
	}
	return nil
}

// Follows is the name of the metric that the learning rate depends on, if it depends on one.
func (s *Solver) Follows() (metric string, ok bool) {
	f := s.chain.follower()
	if f == nil {
		return "", false
	}
	return f.Follows(), true
}

// Report tells the solver the values of all metrics, by their names. It is for the end of each
// epoch; the next steps have a learning rate to suit them. A metric that the learning rate follows
// must be there and finite. The others, and all of them if it follows none, have no effect. After
// an error the solver is as it was.
func (s *Solver) Report(metrics map[string]float64) error {
	f := s.chain.follower()
	if f == nil {
		return nil
	}
	memory, err := follow(f, s.memory, metrics)
	if err != nil {
		return errors.Wrapf(err, "srnn: report to the solver after step %d: %T", s.step, f)
	}
	s.memory = memory
	return nil
}

func follow(f Follower, memory []float64, metrics map[string]float64) ([]float64, error) {
	name := f.Follows()
	value, ok := metrics[name]
	if !ok {
		there := "none"
		if len(metrics) > 0 {
			there = strings.Join(slices.Sorted(maps.Keys(metrics)), ", ")
		}
		return nil, errors.Errorf("the metric %q is missing; there are %s", name, there)
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, errors.Errorf("the metric %q is %v, want a finite number", name, value)
	}
	next, err := f.Follow(slices.Clone(memory), value)
	if err != nil {
		return nil, err
	}
	return slices.Clone(next), finiteState(next)
}

// given is t, with a schedule that knows the memory if it is one that follows a metric.
func given(t Transform, memory []float64) (Transform, error) {
	d, ok := t.(Descent)
	if !ok {
		return t, nil
	}
	f, ok := d.Rate().(Follower)
	if !ok {
		return t, nil
	}
	schedule, err := f.Given(slices.Clone(memory))
	if err != nil {
		return nil, errors.WithMessagef(err, "%T", f)
	}
	now := d.WithRate(schedule)
	// Where a type embeds another, the other's methods are not enough.
	if err := first(sameType("Given", f, schedule), sameType("WithRate", t, now)); err != nil {
		return nil, err
	}
	return now, nil
}

func sameType(method string, want, got any) error {
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		return errors.Errorf("%T has a method %s that gives a %T, want its own type", want, method, got)
	}
	return nil
}
