package train

import (
	"encoding/json"
	"strings"

	"github.com/pkg/errors"
)

// Report is what came out over a dataset, in training or evaluation. One that was read from a checkpoint has all
// numbers, and no details.
type Report struct {
	Examples int     `json:"examples"`
	Loss     float64 `json:"loss"`            // per example, or per target where the loss is [Summed]
	Terms    float64 `json:"terms,omitempty"` // what was added to it in training, per example
	Seconds  float64 `json:"seconds"`

	names   []string // of the metrics
	results []Result
}

// Number is the loss, "loss", the terms, "terms", or a number of a metric.
func (r *Report) Number(name string) (float64, bool) {
	for _, n := range r.Numbers() {
		if n.Name == name {
			return n.Value, true
		}
	}
	return 0, false
}

// Numbers are the loss and all numbers of the metrics.
func (r *Report) Numbers() []Number {
	if r == nil {
		return nil
	}
	all := []Number{{"loss", r.Loss}, {"terms", r.Terms}}
	for _, x := range r.results {
		all = append(all, x.Numbers...)
	}
	return all
}

// Detail is what a metric reports beside numbers; nil if there is nothing.
func (r *Report) Detail(metric string) any {
	for i, name := range r.names {
		if name == metric {
			return r.results[i].Detail
		}
	}
	return nil
}

// numberNamed is Number, or an error that says which there are.
func (r *Report) numberNamed(name string) (float64, error) {
	if x, ok := r.Number(name); ok {
		return x, nil
	}
	var names []string
	for _, n := range r.Numbers() {
		names = append(names, n.Name)
	}
	return 0, errors.Errorf("srnn: there is no number %q in the report, but %s", name, strings.Join(names, ", "))
}

// MarshalJSON writes the report with all numbers by name, and details by that of their metric.
func (r *Report) MarshalJSON() ([]byte, error) {
	out := map[string]any{"examples": r.Examples, "seconds": r.Seconds}
	for _, n := range r.Numbers() {
		out[n.Name] = jsonNumber(n.Value)
	}
	for i, name := range r.names {
		if d := r.results[i].Detail; d != nil {
			if _, taken := out[name]; taken {
				name += "_detail"
			}
			out[name] = d
		}
	}
	return json.Marshal(out)
}

// jsonNumber is a number, or null where JSON has none.
func jsonNumber(x float64) any {
	if x-x != 0 {
		return nil
	}
	return x
}

// Epoch are the results of one epoch.
type Epoch struct {
	Epoch   int     // from 1
	Steps   int     // of the solver
	Seconds float64 // of the steps, without validation
	Best    bool    // better than all before it

	Training   *Report
	Validation *Report // nil without validation

	// Gradients are the norms of the loss's gradient with respect to each parameter, as the root of the mean
	// square over the steps. It is empty in an epoch that was read from a checkpoint.
	Gradients map[string]float64
}

// Judged is the report that epochs are compared by: that of the validation, or else of the training.
func (e *Epoch) Judged() *Report {
	if e.Validation != nil {
		return e.Validation
	}
	return e.Training
}

// MarshalJSON writes the epoch's numbers; those of the validation begin with "val_".
func (e Epoch) MarshalJSON() ([]byte, error) {
	out := map[string]any{"epoch": e.Epoch, "steps": e.Steps, "seconds": e.Seconds}
	if e.Best {
		out["best"] = true
	}
	for _, n := range e.Training.Numbers() {
		out[n.Name] = jsonNumber(n.Value)
	}
	for _, n := range e.Validation.Numbers() {
		if n.Name != "terms" {
			out["val_"+n.Name] = jsonNumber(n.Value)
		}
	}
	if len(e.Gradients) > 0 {
		out["gradients"] = e.Gradients
	}
	return json.Marshal(out)
}
