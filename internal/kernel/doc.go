// Package kernel holds the hot loops: sums of weight rows over active inputs and dense products, the
// steps of neurons forward and back, exponentials and softmax, Adam; and what they need: bits for
// spikes, memory that is used again, the sharding of a batch over the cores.
//
// Each loop is one Go function. In single precision it is AVX2 and FMA assembly on amd64 machines
// that have it, unless the environment variable SRNN_PLAIN is set; Adam's is in double precision.
// Everywhere else it is plain Go. The two give the same bits, but for products of weights with
// other numbers than 0, 1 and -1, exponentials ([ExpMaxError] bounds their error) and softmax,
// where the assembly fuses multiplications with additions.
//
// Whatever runs in parallel here gives the same bits however many cores there are. Whether a
// product is dense or a sum of rows, see [Matrix], changes no bit, so that may be decided by
// measuring; and an element of a result has the same bits whatever stands beside it.
//
// # Where the time goes
//
// In per cent of one core, measured with the benchmarks of package models and go test -cpuprofile:
//
//	                      ECG step   SHD step   S-MNIST inference
//	dense products           14         37          6
//	sums of rows             14         18         61
//	bits: pack, spread,
//	  transpose              11         10          6
//	neurons forward           7          9         22
//	neurons back              7          7
//	surrogate derivative      5          4
//	softmax and its gradient 14          1
//	waiting for prefetches    5          3
//	Go between the loops     18          3          3
//
// Two decisions made most of it. The tape of a layer is bits and the state before every 16th step;
// the backward pass computes what lies between again, in the cache, as it did the first time. And
// what one layer says to the next stays bits where nobody asks for numbers. With both, a process
// that trains the ECG network takes 36 MiB; one that stored all sequences took 251.
//
// # How far from what the machine can do
//
// The bounds are those of package roofline, measured on the same two cores of a shared AMD EPYC (Zen 4) at
// about 3.6 GHz: 114 GFLOP/s of fused multiplications and additions in single precision a core
// and 219 on both; half of that in additions alone, which is what sums of rows are; reading, 202
// GB/s from the first cache, 109 from the second and 93 from the third a core, and from memory 26
// on one core and 31 on both.
//
//	dense product of 8 rows, 36 × 36     91 GFLOP/s a core    80 % of the peak
//	dense product of 8 rows, 128 × 128  103                   90 %
//	sums of rows, 36 × 36, rate .3       28                   50 % of the additions
//	sums of rows, 256 × 256, rate .1     27                   47 %: the rows come from the second cache
//	ops.Linear, dense, 700 to 128       173 on both cores     79 %
//	Open Neuromorphic, n = 512, dense   138                   63 %
//	Open Neuromorphic, n = 4096, spikes 23 GB/s forward       75 % of the memory's: 64 MB of weights
//	                                                          fit into no cache
//	S-MNIST inference                    56 GFLOP/s           51 % of the additions
//	SHD step                             84                   38 % of the peak. Its dense products
//	                                                          alone would take 5.8 ms of 18.8 at the
//	                                                          peak, and its 36 MB of input 1.2 ms
//	ECG step                             37                   17 %
//
// The ECG step is bound by neither: its slabs are of 288 elements, each loop over them takes 30 to
// 230 ns, and there are some twenty in each of 1301 steps of a shard. Run by themselves, with all they
// need in the first cache, these loops would take 7 ms on two cores, of the 10.1 that a step takes;
// what remains is the Go code between them and waiting for memory.
package kernel
