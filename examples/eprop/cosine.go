package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gonum.org/v1/gonum/floats"
)

// cosines says how near one gradient is to another: 1 where they have the same direction.
type cosines struct {
	Overall    float64            `json:"overall"`
	Parameters map[string]float64 `json:"parameters"`
	EPropNorm  float64            `json:"eprop_norm"` // of both gradients
	BPTTNorm   float64            `json:"bptt_norm"`
}

// cosineToBPTT is that of the e-prop gradient with the exact one, for the network's parameters as they
// are, on the first trials to test on. The network is declared once with each estimator; the exact gradient
// goes through resets and back through the weights of the readout, whatever e-prop does.
func (r *runner) cosineToBPTT() (*cosines, error) {
	eprop, err := r.gradient(r.by(ops.EProp{}))
	if err != nil {
		return nil, err
	}
	s := r.by(ops.BPTT{})
	s.Feedback, s.neuron.DetachReset = nodes.SymmetricFeedback, false
	exact, err := r.gradient(s)
	if err != nil {
		return nil, err
	}
	c := &cosines{Parameters: map[string]float64{}}
	var a, b []float64
	for _, p := range r.net.trained(r.TrainTau) {
		if exact[p.Name] == nil {
			continue // weights for feedback are not in the exact gradient
		}
		c.Parameters[p.Name] = cosine(eprop[p.Name], exact[p.Name])
		a, b = append(a, eprop[p.Name]...), append(b, exact[p.Name]...)
	}
	c.Overall, c.EPropNorm, c.BPTTNorm = cosine(a, b), floats.Norm(a, 2), floats.Norm(b, 2)
	return c, nil
}

// gradient is that of each parameter, as other settings have it.
func (r *runner) gradient(s settings) (map[string][]float64, error) {
	n, err := s.twin(r.net)
	if err != nil {
		return nil, err
	}
	trained := n.trained(r.TrainTau)
	nodes, err := n.gradients(trained)
	if err != nil {
		return nil, err
	}
	m, err := graph.NewMachine(nodes...)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := s.load(n, test, 0); err != nil {
		return nil, err
	}
	if err := m.RunAll(); err != nil {
		return nil, err
	}
	gradient := map[string][]float64{}
	for i, p := range trained {
		if gradient[p.Name], err = graph.Float64s(nodes[i].Value()); err != nil {
			return nil, err
		}
	}
	return gradient, nil
}

// cosine is that of the angle between two vectors, and 0 where one of them is 0.
func cosine(a, b []float64) float64 {
	lengths := floats.Norm(a, 2) * floats.Norm(b, 2)
	if lengths == 0 {
		return 0
	}
	return floats.Dot(a, b) / lengths
}
