// Package coding measures how well spikes code signals, and with what effort: signal-to-noise ratio, firing rate,
// bits, and the range of amplitudes that is usable. It has a bench for Σ-Δ neurons, see [nodes.SigmaDelta], and what it
// takes to train them on it: [Coder], [LogError] and [SNR].
package coding
