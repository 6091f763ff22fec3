package nodes_test

import (
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/nodes/nodetest"
)

func TestCells(t *testing.T) {
	for _, c := range []struct {
		name string
		cell nodes.Cell
	}{
		{"LIF", nodes.LIF{}},
		{"LIF reset to a value", nodes.LIF{Reset: nodes.ToValue, ResetValue: -.002}},
		{"LIF without reset", nodes.LIF{Reset: nodes.NoReset}},
		{"LIF with a detached reset", nodes.LIF{DetachReset: true}},
		{"ALIF", nodes.ALIF{}},
		{"continuous LIF", nodes.LIF{Dt: .25, Continuous: true}},
		{"continuous ALIF", nodes.ALIF{Dt: .25, Continuous: true}},
		{"continuous ALIF with a long step", nodes.ALIF{Dt: 3, Continuous: true, TauAdp: graph.Constant(4)}},
		{"refractory continuous ALIF", nodes.Refractory{Cell: nodes.ALIF{Dt: .5, Continuous: true}, Period: 2}},
		{"scanned ALIF", nodes.Scanned(nodes.ALIF{})},
		{"LI", nodes.LI{}},
		{"adaptive LI", nodes.AdaptiveLI{}},
		{"IF", nodes.IF{}},
		{"PLIF", nodes.PLIF{}},
		{"CubaLIF", nodes.CubaLIF{}},
		{"CubaLIF by Euler", nodes.CubaLIF{Euler: true, Dt: .5}},
		{"AlphaLIF", nodes.AlphaLIF{}},
		{"LSNN", nodes.LSNN{}},
		{"SE-adLIF", nodes.SEAdLIF{}},
		{"RF", nodes.RF{}},
		{"refractory LIF", nodes.Refractory{Cell: nodes.LIF{}}},
		{"refractory Izhikevich", nodes.Refractory{Cell: nodes.Izhikevich{}}},
		{"QIF", nodes.QIF{}},
		{"EIF", nodes.EIF{}},
		{"AdEx", nodes.AdEx{}},
		{"Izhikevich", nodes.Izhikevich{}},
	} {
		t.Run(c.name, func(t *testing.T) { nodetest.Cell(t, c.cell) })
	}
}
