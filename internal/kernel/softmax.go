package kernel

import "math"

// The softmax of rows of n scores each. Scores may be moved by a constant without changing it: by
// taking off the largest, no exponential overflows. A row with NaN or +Inf gives NaN.

// SumExp writes the largest score of each row to peaks and Σ exp(x − largest) to sums.
func SumExp[F Float](x []F, n int, peaks, sums []F) {
	rows := len(x) / n
	peaks, sums = peaks[:rows], sums[:rows]
	if single[F](rows) {
		sumExpAVX2(at(x), rows, n, at(peaks), at(sums))
		return
	}
	for r := range rows {
		row := x[r*n:][:n]
		peak := largest(row)
		sum := 0.0
		for _, v := range row {
			sum += float64(exp(v - peak))
		}
		peaks[r], sums[r] = peak, F(sum)
	}
}

// Softmax writes scale·exp(x)/Σ exp(x) to dst for each row. dst may be x. It reports whether all
// scores were finite: −Inf does not show in the result.
func Softmax[F Float](x []F, n int, scale F, dst []F) (finite bool) {
	rows := len(x) / n
	dst = dst[:len(x)]
	if single[F](rows) {
		return softmaxAVX2(at(x), at(dst), rows, n, float32(scale))
	}
	finite = Finite(x)
	for r := range rows {
		row, p := x[r*n:][:n], dst[r*n:][:n]
		peak := largest(row)
		sum := 0.0
		for i, v := range row {
			e := exp(v - peak)
			p[i] = e
			sum += float64(e)
		}
		factor := F(float64(scale) / sum)
		for i := range p {
			p[i] *= factor
		}
	}
	return finite
}

// SoftmaxGradient writes the gradient of g·softmax(x) to dst for each row: with p = softmax(x),
// that is p ∘ (g − p·g). dst may be x.
func SoftmaxGradient[F Float](x, g []F, n int, dst []F) {
	rows := len(x) / n
	g, dst = g[:len(x)], dst[:len(x)]
	if single[F](rows) {
		softmaxGradientAVX2(at(x), at(g), at(dst), rows, n)
		return
	}
	Softmax(x, n, 1, dst)
	for r := range rows {
		p, g := dst[r*n:][:n], g[r*n:][:n]
		var mean F
		for i, v := range p {
			mean += v * g[i]
		}
		for i := range p {
			p[i] *= g[i] - mean
		}
	}
}

// largest is the largest of x, or NaN if there is one.
func largest[F Float](x []F) F {
	peak := x[0]
	for _, v := range x[1:] {
		peak = max(peak, v)
	}
	return peak
}

// exp is Exp32 or math.Exp.
func exp[F Float](x F) F {
	if _, ok := any(x).(float32); ok {
		return F(Exp32(float32(x)))
	}
	return F(math.Exp(float64(x)))
}
