// Package kernel holds the hot loops: vectors, small products, sums of the rows of active inputs,
// the steps of neurons, and the sharding of a batch over the cores.
//
// Each loop is one Go function. In single precision it is AVX2 assembly on amd64 machines that
// have it, unless the environment variable SRNN_PLAIN is set; everywhere else it is plain Go. The
// two give the same bits, but for [Dot4], whose sums have another order.
//
// Whatever runs in parallel here gives the same bits however many cores there are.
package kernel
