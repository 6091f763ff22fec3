package optim_test

import (
	"testing"

	"github.com/srnn-go/srnn/optim"
	"github.com/srnn-go/srnn/optim/optimtest"
)

func TestConformance(t *testing.T) {
	everything := func() *optim.Solver {
		return optim.New(
			optim.ClipByGlobalNorm{Max: 10},
			optim.Momentum{Decay: .5},
			optim.AdamW(
				optim.WarmUp{Steps: 4, Schedule: optim.StepLR{Rate: 2e-2, Every: 5000, Factor: .5}},
				optim.DecoupledWeightDecay{Decay: 1e-3, Names: optim.Names{"x"}},
			),
			optim.GroupRate{Names: optim.Names{"y*"}, Factor: 2},
			optim.AtLeast{Names: optim.Names{"*"}, Min: -3},
			optim.AtMost{Names: optim.Names{"x", "y"}, Max: 4},
		)
	}
	for name, newSolver := range map[string]func() *optim.Solver{
		"SGD":      func() *optim.Solver { return optim.New(optim.SGD(optim.Constant(1e-3))) },
		"clipped":  func() *optim.Solver { return optim.New(optim.ClipByGlobalNorm{}, optim.SGD(optim.Constant(2e-3))) },
		"momentum": func() *optim.Solver { return optim.New(optim.Momentum{}, optim.SGD(optim.Constant(2e-4))) },
		"Nesterov": func() *optim.Solver {
			return optim.New(optim.Momentum{Nesterov: true}, optim.SGD(optim.Constant(2e-4)))
		},
		"RMSProp": func() *optim.Solver { return optim.New(optim.RMSProp(optim.Constant(1e-3))) },
		"Adam":    func() *optim.Solver { return optim.New(optim.Adam(optim.Constant(1e-2))) },
		"AdamW": func() *optim.Solver {
			return optim.New(optim.AdamW(optim.Constant(1e-2), optim.DecoupledWeightDecay{}))
		},
		"cosine":     func() *optim.Solver { return optim.New(optim.Adam(optim.Cosine{Rate: .1, Final: 1e-3, Steps: 2000})) },
		"everything": everything,
	} {
		t.Run(name, func(t *testing.T) { optimtest.Optimizer(t, newSolver) })
	}
}
