// Package graph is the engine below the neurons: what a Gorgonia graph needs so that whole
// sequences, with their gradients, are single nodes of it. It knows nothing of spikes.
//
// Three moments must be told apart:
//
//   - Declare. [Apply] adds a [Function] to a graph, as [Params] adds trainable tensors, and
//     [Scan.Apply] a loop: a step, written as nodes, along sequences. [Expr] is for writing equations.
//     Shapes and dtypes are checked here, and errors name the node.
//   - Differentiate. gorgonia.Grad asks each node for the nodes of its gradient. A Function
//     states its gradient numerically ([Kernel].Backward), a Scan has that of its step; Apply makes
//     the nodes.
//   - Run. Any gorgonia.VM executes the graph; [Machine] is the one that keeps memory from run to
//     run and leaves out what nobody asked for. Values are checked here: NaN, negative time
//     constants, labels out of range. Nothing panics; an op that does is turned into an error.
//
// Conventions of the whole module: sequences are [T, batch, units], weights [out, in], states
// [batch, units]; times are milliseconds; everything is float32 or float64.
package graph
