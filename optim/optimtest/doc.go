// Package optimtest tests solvers, and by them the transforms that they are chained of, one's own as
// those of package optim are. One line does it:
//
//	func TestMine(t *testing.T) {
//		optimtest.Optimizer(t, func() *optim.Solver { return optim.New(Mine{}, optim.SGD(optim.Constant(1e-3))) })
//	}
package optimtest
