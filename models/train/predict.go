package train

import (
	"context"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// Prediction is what a network says of one sequence.
type Prediction struct {
	Steps int

	// Scores are what the network is asked for, see [Scorer]: one row for the sequence, or one for each of
	// its steps.
	Scores [][]float64

	// Of [Network.Record] only.
	Features int
	Inputs   []float32     // [Steps, Features]
	Classes  []int         // the targets, one or one a step; nil where there are none
	Numbers  []float32     // the same, of targets that are numbers
	Layers   []LayerRecord // what the layers within the graph did
}

// LayerRecord is what a layer did over a sequence.
type LayerRecord struct {
	Layer   string // its name
	Units   int
	Readout bool
	Series  map[string][]float64 // by name, as "membrane", each [Steps, Units]
}

// Class is the class with the largest score, of the sequence or of one of its steps.
func (p Prediction) Class(row int) int {
	best := 0
	for i, v := range p.Scores[row] {
		if v > p.Scores[row][best] {
			best = i
		}
	}
	return best
}

// Predict gives the scores of all sequences of a dataset, which needs no targets.
func (n *Network) Predict(ctx context.Context, data Dataset) ([]Prediction, error) {
	p, err := n.predict(ctx, data, all(lengthOf(data)), purpose{scores: true})
	return p, graph.Wrapf(err, "predict")
}

// PredictOne gives the scores of one sequence, step by step.
func (n *Network) PredictOne(ctx context.Context, x [][]float32) (Prediction, error) {
	p, err := n.Predict(ctx, Sequences{X: [][][]float32{x}})
	if err != nil {
		return Prediction{}, err
	}
	return p[0], nil
}

// Record is what the network says of an example, with all that its layers do meanwhile.
func (n *Network) Record(ctx context.Context, data Dataset, example int) (*Prediction, error) {
	if example < 0 || example >= lengthOf(data) {
		return nil, errors.Errorf("srnn: record: there is no example %d, but 0 to %d", example, lengthOf(data)-1)
	}
	p, err := n.predict(ctx, data, []int{example}, purpose{scores: n.plan.scores, record: true})
	if err != nil {
		return nil, graph.Wrapf(err, "record")
	}
	return &p[0], nil
}

func lengthOf(data Dataset) int {
	if data == nil {
		return 0
	}
	return data.Len()
}

func (n *Network) predict(ctx context.Context, data Dataset, idx []int, of purpose) (out []Prediction, err error) {
	if err := checkData(data, false); err != nil {
		return nil, err
	}
	if err := n.checkFeatures(data); err != nil {
		return nil, err
	}
	end, err := n.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	g, err := n.graphsFor(data.Spec(), min(len(idx), evaluationBatch), of)
	if err != nil {
		return nil, err
	}
	rng := graph.Stream(n.seed, "evaluate")
	for lo := 0; lo < len(idx); lo += g.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, examples, longest, err := g.load(data, idx[lo:min(lo+g.batch, len(idx))])
		if err != nil {
			return nil, err
		}
		err = r.each(examples, longest, rng, func(int) error {
			for b := range examples {
				p, err := r.prediction(b)
				if err != nil {
					return err
				}
				out = append(out, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mostQuestions bounds for how many kinds of predictions graphs are kept.
const mostQuestions = 4

// graphsFor are the graphs for a kind of predictions, which are kept for the next.
func (n *Network) graphsFor(spec Spec, batch int, of purpose) (*graphs, error) {
	// Graphs of another length than that of the training are made for many lengths.
	spec.Varying = spec.Varying || spec.Steps != n.spec.Steps
	q := question{spec, batch, of}
	if spec.Varying {
		q.spec.Steps = 0
	}
	g, ok := n.asked[q]
	if !ok {
		if len(n.asked) >= mostQuestions {
			if err := n.forget(); err != nil {
				return nil, err
			}
		}
		if n.asked == nil {
			n.asked = map[question]*graphs{}
		}
		g = newGraphs(&n.plan, n.params, spec, batch, 0, of)
		n.asked[q] = g
	}
	g.spec, g.loader.spec = spec, spec
	g.loader.room = nil // which was for another length
	return g, nil
}

// Close frees the graphs that predictions have used. A network can be used again after it.
func (n *Network) Close() (err error) {
	n.running.Lock()
	defer n.running.Unlock()
	return n.forget()
}

// forget frees the graphs of predictions.
func (n *Network) forget() (err error) {
	for _, g := range n.asked {
		if e := g.close(); err == nil {
			err = e
		}
	}
	clear(n.asked)
	return err
}

// prediction is what the last run gave for example b.
func (r *runner) prediction(b int) (Prediction, error) {
	e := r.examples[b]
	p := Prediction{Steps: e.Steps}
	if r.of.scores {
		x, err := graph.Float64s(r.view.Scores.Value())
		if err != nil {
			return p, err
		}
		s := r.view.Scores.Shape()
		n, rows := s[len(s)-1], 1
		if len(s) == 3 {
			rows = e.Steps
		}
		for t := range rows {
			p.Scores = append(p.Scores, slices.Clone(x[(t*r.batch+b)*n:][:n]))
		}
	}
	if !r.of.record {
		return p, nil
	}
	p.Features, p.Inputs = r.spec.Features, e.inputs(r.spec)
	targets := r.spec.Targets(e.Steps)
	if r.spec.Classes > 0 {
		p.Classes = slices.Clone(e.Classes[:targets])
	}
	if r.spec.Numbers > 0 {
		p.Numbers = slices.Clone(e.Y[:targets*r.spec.Numbers])
	}
	return p, r.recordLayers(b, &p)
}

// inputs are the features as numbers, [Steps, Features].
func (e Example) inputs(s Spec) []float32 {
	if !s.Events {
		return slices.Clone(e.X[:e.Steps*s.Features])
	}
	x := make([]float32, e.Steps*s.Features)
	for _, v := range e.Events {
		x[v.Step*s.Features+v.Feature] = 1
	}
	return x
}

// recordLayers copies what the layers did.
func (r *runner) recordLayers(b int, p *Prediction) error {
	for _, l := range r.view.Layers {
		rec := LayerRecord{Layer: l.Layer, Readout: l.Readout, Series: map[string][]float64{}}
		for _, q := range r.series {
			if q.layer != l.Layer {
				continue
			}
			x, err := graph.Float64s(q.node.Value())
			if err != nil {
				return graph.Wrapf(err, "%s of %s", q.name, q.layer)
			}
			rec.Units = q.node.Shape()[2]
			series := make([]float64, 0, p.Steps*rec.Units)
			for t := range p.Steps {
				series = append(series, x[(t*r.batch+b)*rec.Units:][:rec.Units]...)
			}
			rec.Series[q.name] = series
		}
		p.Layers = append(p.Layers, rec)
	}
	return nil
}
