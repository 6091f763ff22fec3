package traintest

import (
	"math"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// meter is a metric of what its functions say.
type meter struct {
	name   string
	add    func(sum *[2]float64, s train.Seen)
	result func(sum [2]float64) train.Result
}

func (m meter) Name() string                             { return m.name }
func (meter) Watch(v train.View) (gorgonia.Nodes, error) { return gorgonia.Nodes{v.Scores}, nil }
func (m meter) Meter() train.Meter                       { return &metered{meter: m} }

type metered struct {
	meter
	sum [2]float64
}

func (m *metered) Add(s train.Seen) error {
	m.add(&m.sum, s)
	return nil
}
func (m *metered) Result() train.Result { return m.result(m.sum) }

func mean(sum [2]float64) train.Result {
	return train.Result{Numbers: []train.Number{{Name: "mean", Value: sum[0] / math.Max(1, sum[1])}}}
}

func rows(sum *[2]float64, s train.Seen) {
	s.Rows(0, func(_, _ int, row []float64) { sum[0], sum[1] = sum[0]+row[0], sum[1]+1 })
}

// A sound metric passes; each of the others is found out by what it does wrong.
func TestMetricFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		metric meter
		want   map[string]string
	}{
		"sound":   {meter{"mean", rows, mean}, nil},
		"unnamed": {meter{"x", rows, func([2]float64) train.Result { return train.Result{Numbers: []train.Number{{}}} }}, map[string]string{"names": "empty"}},
		"twice": {meter{"x", rows, func([2]float64) train.Result { return train.Result{Numbers: []train.Number{{Name: "x"}, {Name: "x"}}} }},
			map[string]string{"names": "another number"}},
		"nothing": {meter{"x", rows, func([2]float64) train.Result { return train.Result{} }}, map[string]string{"names": "no number"}},
		"nothing over nothing": {meter{"mean", rows, func(sum [2]float64) train.Result {
			return train.Result{Numbers: []train.Number{{Name: "mean", Value: sum[0] / sum[1]}}}
		}}, map[string]string{"without examples": "NaN"}},
		"mean of batches": {meter{"mean", func(sum *[2]float64, s train.Seen) {
			var batch [2]float64
			rows(&batch, s)
			sum[0], sum[1] = sum[0]+batch[0]/math.Max(1, batch[1]), sum[1]+1
		}, mean}, map[string]string{"batches": "in batches of"}},
		"what fills up": {meter{"mean", func(sum *[2]float64, s train.Seen) {
			for b := range s.Len() {
				for step := range s.Spec.Steps {
					if step < s.Steps(b) {
						sum[0] += s.Row(0, b, step)[0]
					}
					sum[1] += float64(s.Len()) // counts what is not there
				}
			}
		}, mean}, map[string]string{"filling up changes nothing": "in batches of"}},
		"detail": {meter{"mean", rows, func(sum [2]float64) train.Result { return train.Result{Detail: func() {}} }}, map[string]string{"names": "JSON"}},
	} {
		found := map[string]string{}
		spec := train.Spec{Steps: 5, Features: 2, Classes: 3, PerStep: true}
		for _, k := range metricChecks(c.metric, scored(spec), spec) {
			if err := guarded(k.check); err != nil {
				found[k.name] = err.Error()
			}
		}
		if c.want == nil && len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
		for check, want := range c.want {
			if !strings.Contains(found[check], want) {
				t.Errorf("%s: %s says %q, want %q", name, check, found[check], want)
			}
		}
	}
}

// TestMetric runs the whole suite as others do.
func TestMetric(t *testing.T) {
	Metric(t, meter{"mean", rows, mean}, train.Spec{Steps: 5, Features: 2, Classes: 3})
}
