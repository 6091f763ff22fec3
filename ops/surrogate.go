package ops

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"github.com/srnn-go/srnn/internal/registry"
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
var surrogates = builtin()

func builtin() *registry.Registry[Surrogate] {
	r := registry.New[Surrogate]("surrogate", "ops.MustRegister")
	for _, s := range []struct {
		name string
		Surrogate
	}{
		{"gaussian", Gaussian{}}, {"multi_gaussian", MultiGaussian{}}, {"triangle", Triangle{}}, {"boxcar", Boxcar{}},
		{"sigmoid", Sigmoid{}}, {"arctan", Arctan{}}, {"fast_sigmoid", FastSigmoid{}}, {"exponential", Exponential{}},
		{"leaky", Leaky{}}, {"s2nn", S2NN{}}, {"q_pseudo_spike", QPseudoSpike{}}, {"tanh", Tanh{}},
		{"circ_dist", CircDist{}}, {"straight_through", StraightThrough{}},
		// The same with other numbers.
		{"linear", PiecewiseLinear()}, {"slayer", SLayer()}, {"superspike", SuperSpike()}, {"softsign", SoftSign(2)},
		{"quadratic", PiecewiseQuadratic(1)}, {"piecewise_exp", PiecewiseExp(1)}, {"erf", Erf(2)},
	} {
		if err := r.Register(s.name, s.Surrogate); err != nil {
			panic(err)
		}
	}
	return r
}

// Register makes it possible to choose and save a surrogate of your own by a name. It is called once,
// before the first checkpoint is read. What is saved of it are its fields, as package json writes them;
// numbers that are zero stand for its defaults, so the first value of a type must be the zero value. Other
// names may then stand for other numbers.
func Register(name string, s Surrogate) error {
	if t := reflect.TypeOf(s); t != nil && t.Kind() == reflect.Struct {
		if _, err := surrogates.NameOf(s); err != nil && !reflect.ValueOf(s).IsZero() {
			return errors.Errorf("srnn: cannot register a surrogate %T as %q: register its zero value first, which names the type", s, name)
		}
		if _, err := marshalAs(name, s); err != nil {
			return err
		}
	}
	return surrogates.Register(name, s)
}

// MustRegister is [Register], and panics where that fails: for use in the declaration of a variable or in
// an init function.
func MustRegister(name string, s Surrogate) {
	if err := Register(name, s); err != nil {
		panic(err)
	}
}

// Surrogates are the names that SurrogateByName knows, sorted.
func Surrogates() []string { return surrogates.Names() }

// SurrogateByName returns the surrogate of that name with its default parameters.
func SurrogateByName(name string) (Surrogate, error) { return surrogates.Get(name) }

// MarshalSurrogate writes a surrogate as JSON: its name and its parameters, as
// {"name":"gaussian","sigma":0.5,"gamma":0.5}. One of your own must be registered, see [Register].
func MarshalSurrogate(s Surrogate) ([]byte, error) {
	name, err := surrogates.NameOf(s)
	if err != nil {
		return nil, err
	}
	return marshalAs(name, s)
}

func marshalAs(name string, s Surrogate) ([]byte, error) {
	params, err := json.Marshal(s)
	if err != nil {
		return nil, graph.Wrapf(err, "surrogate %s", name)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(params, &fields); err != nil {
		return nil, errors.Errorf("srnn: surrogate %s is saved as %s, want an object", name, params)
	}
	if _, taken := fields["name"]; taken {
		return nil, errors.Errorf("srnn: surrogate %s has a field that is saved as \"name\", which is where its own name stands", name)
	}
	head, err := json.Marshal(name)
	if err != nil {
		return nil, graph.Wrapf(err, "surrogate %s", name)
	}
	out := append([]byte(`{"name":`), head...)
	if len(fields) > 0 {
		out = append(out, ',')
	}
	return append(out, params[1:]...), nil
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
