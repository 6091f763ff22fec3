// Package graphtest tests ops and the gradients of graphs, one's own as those of this module are.
//
// An op, made by [graph.Apply] or out of other nodes, is tested by one line. Its gradients are compared
// with central differences, and it is run in every way in which Gorgonia runs a graph: twice, by two
// machines, with its output overwritten, in single precision, in parallel.
//
//	func TestLeak(t *testing.T) {
//		x := tensor.New(tensor.WithShape(4), tensor.WithBacking([]float64{1, .5, -1, 2}))
//		graphtest.Op(t, []*tensor.Dense{x}, nil, func(in gorgonia.Nodes) (*gorgonia.Node, error) {
//			r, err := graph.Apply(Leak{A: .5}, in[0])
//			if err != nil {
//				return nil, err
//			}
//			return r.Node(), nil
//		})
//	}
//
// [Gradients] does the first part alone, for whole networks.
package graphtest
