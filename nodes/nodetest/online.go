package nodetest

import (
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// online compares the gradients that eligibility traces find step by step with those of a layer whose
// estimator is e-prop.
func (s *suite) online() error {
	for _, recurrent := range s.recurrences() {
		e := s.experiment(recurrent)
		e.estimator = ops.EProp{}
		for _, v := range e.variables() {
			e.initial[v.Name] = slices.Repeat([]float64{v.Rest}, e.batch*e.units)
		}
		all, err := e.outcome(layered)
		if err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		got, err := e.traced(s.output())
		if err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
		want := outcome{}
		for name := range got {
			want[name] = all[name]
		}
		if err := agree(got, want, 1e-9); err != nil {
			return errors.Wrap(err, recurrence(recurrent))
		}
	}
	return nil
}

// traced are the output and its gradients by the parameters, of an experiment that begins at rest.
func (e experiment) traced(output string) (outcome, error) {
	if e.dtype == tensor.Float32 {
		return tracedAs[float32](e, output)
	}
	return tracedAs[float64](e, output)
}

func tracedAs[F graph.Float](e experiment, output string) (outcome, error) {
	p, err := e.declare(gorgonia.NewGraph(), "population")
	if err != nil {
		return nil, err
	}
	layer, err := nodes.NewEligibility(p.neurons, nodes.Tracing[F]{Batch: e.batch, Output: output})
	if err != nil {
		return nil, err
	}
	if err := layer.Begin(nil); err != nil {
		return nil, err
	}
	out := outcome{}
	for t := range e.steps {
		if err := layer.Step(as[F](e.x[t*e.batch*e.in:][:e.batch*e.in])); err != nil {
			return nil, errors.Wrapf(err, "step %d", t)
		}
		if err := layer.Keep(); err != nil {
			return nil, err
		}
		if err := layer.Learn(as[F](e.weights[output][t*e.batch*e.units:][:e.batch*e.units])); err != nil {
			return nil, err
		}
		out[output] = append(out[output], as[float64](layer.Output())...)
	}
	for k, q := range layer.Params() {
		g := make([]F, q.Node.Shape().TotalSize())
		if err := layer.Gradient(k, g); err != nil {
			return nil, err
		}
		out[gradientOf+output+" by "+strings.TrimPrefix(q.Name, p.name+".")] = as[float64](g)
	}
	return out, nil
}

// as are numbers in a precision.
func as[G, F graph.Float](x []F) []G {
	y := make([]G, len(x))
	for i, v := range x {
		y[i] = G(v)
	}
	return y
}
