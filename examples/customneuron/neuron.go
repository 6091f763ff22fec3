package main

import (
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"gorgonia.org/gorgonia"
)

// TCLIF is the two-compartment leaky integrate-and-fire neuron of Zhang et al. 2024 (AAAI):
//
//	U_D[t] = U_D[t−1] + β1 U_S[t−1] + I[t] − γ S[t−1]      dendrite
//	U_S[t] = U_S[t−1] + β2 U_D[t] − V_th S[t−1]            soma
//	S[t] = H(U_S[t] − V_th)      β1 = −sigmoid(c1), β2 = sigmoid(c2)
type TCLIF struct {
	Gamma     float64       `json:"gamma" default:"0.5"` // γ, what a spike takes from the dendrite
	Vth       float64       `json:"v_th" default:"1"`    // V_th, the threshold
	Surrogate ops.Surrogate `json:"surrogate"`
}

func init() { nodes.MustRegister("tclif", TCLIF{}) } // for checkpoints

func (TCLIF) Parameters() []nodes.Parameter {
	slowToFast := graph.Uniform{Low: -4, High: 0}
	return []nodes.Parameter{nodes.Trainable("c1", slowToFast, 0), nodes.Trainable("c2", slowToFast, 0)}
}

func (TCLIF) State() []nodes.Variable {
	return []nodes.Variable{{Name: "dendrite"}, {Name: nodes.Membrane}, {Name: nodes.Spikes}}
}

func (n TCLIF) Step(p, before nodes.Values, current graph.Expr) nodes.Values {
	beta1, beta2 := p["c1"].Map(gorgonia.Sigmoid).Neg(), p["c2"].Map(gorgonia.Sigmoid)
	d, s, spikes := before["dendrite"], before[nodes.Membrane], before[nodes.Spikes]
	d = d.Add(beta1.Mul(s)).Add(current).Sub(spikes.Times(n.Gamma))
	s = s.Add(beta2.Mul(d)).Sub(spikes.Times(n.Vth))
	return nodes.Values{"dendrite": d, nodes.Membrane: s, nodes.Spikes: nodes.Spike(s.Plus(-n.Vth), n.Surrogate)}
}
