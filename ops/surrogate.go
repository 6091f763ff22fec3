package ops

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// Surrogate stands in for the derivative of the spike H(v), v = u − θ, in the backward pass.
// Implementations are plain structs of numbers; a number that is zero stands for its default.
type Surrogate interface {
	// Derivative is what the backward pass uses for dH/dv.
	Derivative(v float64) float64

	// Smooth is an antiderivative of Derivative.
	Smooth(v float64) float64
}

// Relaxed is a surrogate whose forward pass is Smooth instead of the Heaviside step, so that
// "spikes" are real numbers and gradients are exact. It serves to check gradients.
type Relaxed struct{ Surrogate }

// DefaultSurrogate is used where none is given: the Gaussian of Yin et al. 2020.
var DefaultSurrogate Surrogate = Gaussian{}

// surrogates are the names under which surrogates are chosen and saved.
var surrogates = map[string]Surrogate{
	"gaussian":         Gaussian{},
	"multi_gaussian":   MultiGaussian{},
	"linear":           PiecewiseLinear(),
	"slayer":           SLayer(),
	"triangle":         Triangle{},
	"boxcar":           Boxcar{},
	"sigmoid":          Sigmoid{},
	"arctan":           Arctan{},
	"superspike":       SuperSpike(),
	"fast_sigmoid":     FastSigmoid{},
	"softsign":         SoftSign(2),
	"quadratic":        PiecewiseQuadratic(1),
	"exponential":      Exponential{},
	"piecewise_exp":    PiecewiseExp(1),
	"erf":              Erf(2),
	"leaky":            Leaky{},
	"s2nn":             S2NN{},
	"q_pseudo_spike":   QPseudoSpike{},
	"tanh":             Tanh{},
	"circ_dist":        CircDist{},
	"straight_through": StraightThrough{},
}

// Surrogates are the names that SurrogateByName knows, sorted.
func Surrogates() []string {
	names := make([]string, 0, len(surrogates))
	for name := range surrogates {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// SurrogateByName returns the surrogate of that name with its default parameters.
func SurrogateByName(name string) (Surrogate, error) {
	s, ok := surrogates[name]
	if !ok {
		return nil, errors.Errorf("srnn: no surrogate %q, want one of %s", name, strings.Join(Surrogates(), ", "))
	}
	return s, nil
}

// MarshalSurrogate writes a surrogate of this package as JSON: its name and its parameters,
// as {"name":"gaussian","sigma":0.5,"gamma":0.5}.
func MarshalSurrogate(s Surrogate) ([]byte, error) {
	for _, name := range Surrogates() {
		// Of the names of one type, that of its zero value stands for the type itself.
		known := reflect.ValueOf(surrogates[name])
		if known.Type() != reflect.TypeOf(s) || !known.IsZero() {
			continue
		}
		params, err := json.Marshal(s)
		if err != nil {
			return nil, graph.Wrapf(err, "surrogate %s", name)
		}
		head, _ := json.Marshal(name)
		out := append([]byte(`{"name":`), head...)
		if len(params) > 2 {
			out = append(out, ',')
		}
		return append(out, params[1:]...), nil
	}
	return nil, errors.Errorf("srnn: surrogate %T is not one of package ops, it cannot be saved by name", s)
}

// UnmarshalSurrogate reads what MarshalSurrogate wrote. Parameters that are not given have
// their defaults.
func UnmarshalSurrogate(data []byte) (Surrogate, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, graph.Wrapf(err, "surrogate")
	}
	var name string
	if err := json.Unmarshal(fields["name"], &name); err != nil {
		return nil, graph.Wrapf(err, "surrogate: name")
	}
	known, err := SurrogateByName(name)
	if err != nil {
		return nil, err
	}
	delete(fields, "name")
	params, err := json.Marshal(fields)
	if err != nil {
		return nil, graph.Wrapf(err, "surrogate %s", name)
	}
	s := reflect.New(reflect.TypeOf(known))
	s.Elem().Set(reflect.ValueOf(known))
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s.Interface()); err != nil {
		return nil, graph.Wrapf(err, "surrogate %s", name)
	}
	out := s.Elem().Interface().(Surrogate)
	if err := CheckSurrogate(out); err != nil {
		return nil, graph.Wrapf(err, "surrogate %s", name)
	}
	return out, nil
}

// CheckSurrogate returns an error that names a parameter which is negative or not finite.
func CheckSurrogate(s Surrogate) error {
	if r, ok := s.(Relaxed); ok {
		s = r.Surrogate
	}
	if s == nil {
		return errors.New("surrogate is nil")
	}
	v := reflect.Indirect(reflect.ValueOf(s))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if f := v.Field(i); f.CanFloat() && !(f.Float() >= 0 && !math.IsInf(f.Float(), 0)) {
			return errors.Errorf("surrogate %T has %s = %v, want a positive number", s, v.Type().Field(i).Name, f.Float())
		}
	}
	if q, ok := s.(QPseudoSpike); ok && !(q.alpha() > 1) {
		return errors.Errorf("surrogate QPseudoSpike has Alpha = %v, want > 1", q.Alpha)
	}
	return nil
}

// single is a surrogate with a fast path for single precision.
type single interface {
	// derivatives32 writes Derivative(v) to dst, which has v's length and is not v. It
	// errs by at most 5e-7 of the largest derivative. Where an element stands does not matter.
	derivatives32(v, dst []float32)
}

// derivatives writes s.Derivative(v) to dst, which has v's length and is not v.
func derivatives[F graph.Float](s Surrogate, v, dst []F) {
	if r, ok := s.(Relaxed); ok {
		s = r.Surrogate
	}
	if f, ok := s.(single); ok {
		if v32, ok := any(v).([]float32); ok {
			f.derivatives32(v32, any(dst).([]float32))
			return
		}
	}
	for i, x := range v {
		dst[i] = F(s.Derivative(float64(x)))
	}
}

// each writes f(v) to dst. The compiler puts it, and f, into the caller.
func each(v, dst []float32, f func(v float32) float32) {
	dst = dst[:len(v)]
	for i, x := range v {
		dst[i] = f(x)
	}
}

func abs[F graph.Float](x F) F { return F(math.Abs(float64(x))) }

// logisticSlopes writes a·σ(kv)(1 − σ(kv)) to dst, which is a·e/(1 + e)² with e = exp(−k|v|).
func logisticSlopes(v, dst []float32, a, k float64) {
	kernel.Decay(v, dst, 1, float32(k))
	peak := float32(a)
	each(dst, dst, func(e float32) float32 {
		d := 1 + e
		return peak * e / (d * d)
	})
}

// or is x, or the default where x is zero.
func or(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}

// logistic is 1/(1+e^−x) without overflow.
func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}
