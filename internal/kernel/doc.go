// Package kernel holds the hot loops: vectors, small products, and the sharding of a batch over
// the cores. Whatever runs in parallel here gives the same bits however many cores there are.
package kernel
