package nodes

import (
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ReceptiveTimes codes features by the times of spikes in a population: each feature is seen by neurons
// with overlapping Gaussian receptive fields, and one spikes the earlier, the better the value fits its
// field (Bohte, Kok & La Poutré 2002, "Error-backpropagation in temporally encoded networks of spiking
// neurons"). Of n neurons for a feature from Low to High, neuron i = 1 … n has centre and width
//
//	c_i = Low + (2i−3)/2 · (High−Low)/(n−2)     σ = (High−Low)/(γ (n−2))
//
// so the first and the last centre lie outside the range. The activity a = exp(−(x−c)²/(2σ²)) becomes a
// spike at Latest·(1 − a), from 0 ms for a perfect fit. One that would be later than CutOff does not occur:
// its time is the horizon, from which on a layer such as [SRM] takes an input as silent.
//
// Numbers that are zero take the default in their tag. Centres and widths are parameters centre and
// width, [features, fields], of group "field", which are saved and not trained.
type ReceptiveTimes struct {
	Fields int `default:"12"` // of each feature; at least 3

	// Low and High are the range of each feature, or of all if there is one number; nil is from 0 to 1.
	Low, High []float64

	Gamma   float64 `default:"1.5"` // how narrow the fields are
	Latest  float64 `default:"10"`  // the time of a spike at activity 0, ms
	CutOff  float64 `default:"9"`   // the last spike, ms
	Horizon float64 `default:"50"`  // the time of those that do not spike, ms; after CutOff
}

// ReceptiveNeurons are a ReceptiveTimes declared in a graph.
type ReceptiveNeurons struct {
	fields *Fields
	times  receptiveTimes
}

var _ Encoder = (*ReceptiveNeurons)(nil)

// Declare adds the receptive fields for that many features.
func (r ReceptiveTimes) Declare(p *graph.Params, features int) (*ReceptiveNeurons, error) {
	fillIn(reflect.ValueOf(&r).Elem())
	n, err := r.declare(p, features)
	if err != nil {
		return nil, graph.Wrapf(err, "ReceptiveTimes")
	}
	return n, nil
}

func (r ReceptiveTimes) declare(p *graph.Params, features int) (*ReceptiveNeurons, error) {
	if features < 1 {
		return nil, errors.Errorf("there are %d features, want at least one", features)
	}
	if r.Fields < 3 {
		return nil, errors.Errorf("there are %d fields for each feature, want at least 3", r.Fields)
	}
	err := firstOf(wantPositive("Gamma", r.Gamma), wantPositive("Latest", r.Latest), wantPositive("CutOff", r.CutOff), wantFinite("Horizon", r.Horizon))
	if err != nil {
		return nil, err
	}
	if r.Horizon <= r.CutOff {
		return nil, errors.Errorf("Horizon is %v ms, want a time after CutOff, %v ms", r.Horizon, r.CutOff)
	}
	low, err := ofEach("Low", r.Low, 0, features)
	if err != nil {
		return nil, err
	}
	high, err := ofEach("High", r.High, 1, features)
	if err != nil {
		return nil, err
	}
	centre, width := make(graph.Values, features*r.Fields), make(graph.Values, features*r.Fields)
	for f := range features {
		if err := wantRange(low[f], high[f]); err != nil {
			return nil, errors.Wrapf(err, "feature %d", f)
		}
		distance := (high[f] - low[f]) / float64(r.Fields-2)
		for i := range r.Fields {
			centre[f*r.Fields+i] = low[f] + (float64(i)-.5)*distance
			width[f*r.Fields+i] = distance / r.Gamma
		}
	}
	fields, err := RBF{Fields: r.Fields, Centre: centre, Width: width}.Declare(p, features)
	if err != nil {
		return nil, err
	}
	return &ReceptiveNeurons{fields, receptiveTimes{r.Latest, r.CutOff, r.Horizon}}, nil
}

// ofEach are the numbers of each feature, where one stands for all, and none for a default.
func ofEach(name string, x []float64, otherwise float64, features int) ([]float64, error) {
	if len(x) == 0 {
		x = []float64{otherwise}
	}
	if len(x) != 1 && len(x) != features {
		return nil, errors.Errorf("%s has %d numbers, want one, or one for each of %d features", name, len(x), features)
	}
	each := make([]float64, features)
	for i := range each {
		each[i] = x[min(i, len(x)-1)]
	}
	return each, nil
}

// Encode gives the times of the spikes, [batch, features·fields], in ms, of x [batch, features]. Those of
// one feature lie side by side. Gradients flow to x from those that spike.
func (n *ReceptiveNeurons) Encode(x *gorgonia.Node) (*gorgonia.Node, error) {
	out, err := n.encode(x)
	return out, graph.Wrapf(err, "ReceptiveTimes")
}

func (n *ReceptiveNeurons) encode(x *gorgonia.Node) (*gorgonia.Node, error) {
	features := n.fields.Centre.Shape()[0]
	if x == nil {
		return nil, errors.Errorf("x is nil, want [batch, %d]", features)
	}
	s := x.Shape()
	if len(s) != 2 || s[1] != features {
		return nil, errors.Errorf("x (%s) has shape %v, want [batch, %d]", x.Name(), s, features)
	}
	sequence, err := graph.Reshape(x, 1, s[0], features)
	if err != nil {
		return nil, err
	}
	activity, err := n.fields.Encode(sequence)
	if err != nil {
		return nil, err
	}
	if activity, err = graph.Reshape(activity, s[0], activity.Shape()[2]); err != nil {
		return nil, err
	}
	r, err := graph.Apply(n.times, activity)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

// receptiveTimes are the times of spikes by the activities of neurons.
type receptiveTimes struct{ Latest, CutOff, Horizon float64 }

func (receptiveTimes) Pointwise()                                       {}
func (receptiveTimes) String() string                                   { return "ReceptiveTimes" }
func (receptiveTimes) Shapes(in []tensor.Shape) ([]tensor.Shape, error) { return in, nil }
func (f receptiveTimes) Kernel32() graph.Kernel[float32]                { return receptiveKernel[float32]{f} }
func (f receptiveTimes) Kernel64() graph.Kernel[float64]                { return receptiveKernel[float64]{f} }

type receptiveKernel[F graph.Float] struct{ receptiveTimes }

func (k receptiveKernel[F]) Forward(c *graph.Call[F]) error {
	for i, a := range c.In[0].Data {
		c.Out[0].Data[i] = F(k.Horizon)
		if t, spikes := k.time(float64(a)); spikes {
			c.Out[0].Data[i] = F(t)
		}
	}
	return nil
}

func (k receptiveKernel[F]) Backward(c *graph.Call[F]) error {
	for i, a := range c.In[0].Data {
		c.DIn[0].Data[i] = 0
		if _, spikes := k.time(float64(a)); spikes {
			c.DIn[0].Data[i] = -F(k.Latest) * c.DOut[0].Data[i]
		}
	}
	return nil
}

// time is when a neuron of that activity spikes, if it does.
func (f receptiveTimes) time(activity float64) (t float64, spikes bool) {
	t = f.Latest * (1 - activity)
	return t, t <= f.CutOff
}
