package traintest

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// Metric checks that a metric keeps the promises of [train.Metric] on data of a Spec: it has a name, and so has each
// of its numbers, none twice; without any example its numbers are finite; it gives the same, whatever batches the
// data are cut into, and whatever these are filled up with; if it is registered, it can be saved and loaded.
//
// The metric reads scores, of which there are as many as Spec says. One that reads something else of a model is
// checked by [MetricOf].
func Metric(t *testing.T, m train.Metric, spec train.Spec) {
	t.Helper()
	MetricOf(t, m, scored(spec), spec)
}

// MetricOf is [Metric] for a metric that reads what a certain task gives. The task's own metrics are left out.
func MetricOf[O any](t *testing.T, m train.Metric, task train.Task[O], spec train.Spec) {
	t.Helper()
	for _, c := range metricChecks(m, task, spec) {
		t.Run(c.name, func(t *testing.T) {
			if err := guarded(c.check); err != nil {
				t.Error(err)
			}
		})
	}
}

func metricChecks[O any](m train.Metric, task train.Task[O], spec train.Spec) []check {
	task.Metrics = []train.Metric{m}
	s := metricSuite[O]{m, task, synthetic{spec, 11}}
	return []check{
		{"names", s.names},
		{"without examples", s.empty},
		{"batches", s.batches},
		{"filling up changes nothing", s.fillUp},
		{"settings are saved", func() error { return saved(s.task, s.data, "metric", m) }},
	}
}

// scored is a task whose scores are smooth functions of the inputs.
func scored(spec train.Spec) train.Task[*gorgonia.Node] {
	return train.Task[*gorgonia.Node]{
		Model: train.Forward[*gorgonia.Node](func(p *graph.Params, b train.Batch) (*gorgonia.Node, error) {
			u, err := Scores(p, b, max(spec.Classes, spec.Numbers, 1))
			if err != nil || spec.PerStep {
				return u, err
			}
			return graph.Of(u).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return graph.Step(n, 0) }).Node()
		}),
		Loss: plain{},
	}
}

// plain is a loss that has scores.
type plain struct{}

// Loss implements [train.Loss].
func (plain) Loss(out *gorgonia.Node, _ train.Batch) (*gorgonia.Node, error) {
	return graph.Of(out).Square().Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Mean(n) }).Node()
}

// Scores implements [train.Scorer].
func (plain) Scores(out *gorgonia.Node, _ train.Batch) (*gorgonia.Node, error) { return out, nil }

type metricSuite[O any] struct {
	metric train.Metric
	task   train.Task[O]
	data   synthetic
}

// result is what the metric finds in a dataset, in batches of some size.
func (s metricSuite[O]) result(t *train.Trainer, data train.Dataset, batch int) ([]train.Number, any, error) {
	r, err := t.Evaluate(context.Background(), data, train.Evaluation{Batch: batch})
	if err != nil {
		return nil, nil, errors.Wrapf(err, "batches of %d", batch)
	}
	var numbers []train.Number
	for _, n := range r.Numbers() {
		if s.own(n.Name) {
			numbers = append(numbers, n)
		}
	}
	return numbers, r.Detail(s.metric.Name()), nil
}

// own tells whether a number is of the metric, and not one that every report has.
func (s metricSuite[O]) own(name string) bool {
	_, health := s.metric.(train.Health)
	return name != "loss" && name != "terms" && (health || !strings.HasPrefix(name, "firing_rate"))
}

// names looks at those of the metric and its numbers.
func (s metricSuite[O]) names() error {
	if s.metric.Name() == "" {
		return errors.Errorf("the metric is called %q", s.metric.Name())
	}
	t, _, err := trainer(s.task, s.data, s.data.n, nil)
	if err != nil {
		return err
	}
	defer t.Close()
	numbers, detail, err := s.result(t, s.data, s.data.n)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, n := range numbers {
		if n.Name == "" || taken[n.Name] {
			return errors.Errorf("the name %q is empty, or is that of another number too", n.Name)
		}
		taken[n.Name] = true
	}
	if len(numbers) == 0 && detail == nil {
		return errors.New("there is no number and no detail")
	}
	if _, err := json.Marshal(detail); err != nil {
		return errors.Wrap(err, "the detail cannot be written as JSON")
	}
	return nil
}

// empty asks a meter that has seen nothing.
func (s metricSuite[O]) empty() error {
	for _, n := range s.metric.Meter().Result().Numbers {
		if !graph.Finite(n.Value) {
			return errors.Errorf("without examples, %s is %v", n.Name, n.Value)
		}
	}
	return nil
}

// batches cuts the same data into batches.
func (s metricSuite[O]) batches() error {
	return s.same(s.data, []int{s.data.n, 1, 3, 5})
}

// fillUp has batches that are larger than the data, after others: what stands there is not zero.
func (s metricSuite[O]) fillUp() error {
	varying := s.data
	varying.spec.Varying = true
	return s.same(varying, []int{1, 4, varying.n, varying.n - 1})
}

func (s metricSuite[O]) same(data train.Dataset, batches []int) error {
	t, _, err := trainer(s.task, data, data.Len(), nil)
	if err != nil {
		return err
	}
	defer t.Close()
	want, wantDetail, err := s.result(t, data, batches[0])
	if err != nil {
		return err
	}
	for _, batch := range batches[1:] {
		got, detail, err := s.result(t, data, batch)
		if err != nil {
			return err
		}
		if len(got) != len(want) {
			return errors.Errorf("in batches of %d there are %d numbers, in batches of %d there are %d", batch, len(got), batches[0], len(want))
		}
		for i, n := range got {
			if n.Name != want[i].Name || !near(n.Value, want[i].Value) {
				return errors.Errorf("in batches of %d, %s is %v; in batches of %d, %s is %v", batch, n.Name, n.Value, batches[0], want[i].Name, want[i].Value)
			}
		}
		if err := alike(detail, wantDetail); err != nil {
			return errors.Wrapf(err, "detail in batches of %d and of %d", batch, batches[0])
		}
	}
	return nil
}

// alike compares details as they are written, but for rounding.
func alike(a, b any) error {
	var x, y any
	for _, c := range []struct {
		from any
		to   *any
	}{{a, &x}, {b, &y}} {
		text, err := json.Marshal(c.from)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, c.to); err != nil {
			return err
		}
	}
	if !alikeValues(x, y) {
		return errors.Errorf("%v is not %v", x, y)
	}
	return nil
}

func alikeValues(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Abs(x-y) <= within*math.Max(1, math.Abs(y))
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !alikeValues(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if !alikeValues(x[k], y[k]) {
				return false
			}
		}
		return true
	}
	return a == b
}
