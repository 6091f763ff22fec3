package ops

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

type spikeTimeKernel[F graph.Float] struct{ spikeTime }

// moment is when a neuron spiked, or where a silent one was nearest to it.
type moment struct {
	// The moment is After ms after From, the arrival before it. Their sum can be rounded to From, but a
	// potential that rises steeply has its whole course in what lies between.
	From, After float64

	// Scale is ∂t/∂u, minus one over the slope of the potential. Zero is no gradient.
	Scale float64
}

// spikeTimeShards is how many shards the examples, or the inputs, are divided into.
const spikeTimeShards = 16

// terminals are the inputs of a call by their place.
type terminals[F graph.Float] struct {
	batch, units, in, each int // each connection has so many terminals
	times, weights, delays []F
	shared                 bool // the delays are the same for all connections
	horizon                float64
}

func (k spikeTimeKernel[F]) terminals(c *graph.Call[F]) terminals[F] {
	times, weights, delays := c.In[0], c.In[1], c.In[2]
	return terminals[F]{
		batch: times.Shape[0], in: times.Shape[1], units: weights.Shape[0], each: weights.Shape[2],
		times: times.Data, weights: weights.Data, delays: delays.Data, shared: len(delays.Shape) == 1,
		// The horizon of silent neurons must be one when it comes as an input, in any precision.
		horizon: float64(F(k.Horizon)),
	}
}

// delaysOf are those of the connection from input i to unit j.
func (n terminals[F]) delaysOf(j, i int) []F {
	if n.shared {
		return n.delays
	}
	return n.of(n.delays, j, i)
}

// of are the elements of x, of the shape of the weights, for the connection from input i to unit j.
// There are none where there is no x.
func (n terminals[F]) of(x []F, j, i int) []F {
	if x == nil {
		return nil
	}
	return x[(j*n.in+i)*n.each:][:n.each]
}

func (k spikeTimeKernel[F]) check(c *graph.Call[F]) error {
	for i, name := range []string{"times", "weights", "delays"} {
		for at, x := range c.In[i].Data {
			if !graph.Finite(x) {
				return errors.Errorf("%s%v is %v, want a finite number", name, index(c.In[i].Shape, at), x)
			}
		}
	}
	for at, d := range c.In[2].Data {
		if d < 0 {
			return errors.Errorf("delays%v is %v ms, want 0 or more", index(c.In[2].Shape, at), d)
		}
	}
	if !graph.Finite(F(k.Horizon)) {
		return errors.Errorf("Horizon is %v ms, which is not a number of this precision", k.Horizon)
	}
	units := c.In[1].Shape[0]
	row := len(c.In[1].Data) / max(units, 1)
	for j := range units {
		sum := 0.0
		for _, w := range c.In[1].Data[j*row:][:row] {
			sum += math.Abs(float64(w))
		}
		if !graph.Finite(sum * math.E) {
			return errors.Errorf("the weights of unit %d are too large: their sum is not a number", j)
		}
	}
	return nil
}

func (k spikeTimeKernel[F]) Forward(c *graph.Call[F]) error {
	if err := k.check(c); err != nil {
		return err
	}
	n := k.terminals(c)
	var tape []moment
	if c.Record {
		if t, ok := c.Tape.([]moment); ok && len(t) == n.batch*n.units {
			tape = t
		} else {
			tape = make([]moment, n.batch*n.units)
		}
		c.Tape = tape
	}
	return kernel.Run(n.batch, max(1, (n.batch+spikeTimeShards-1)/spikeTimeShards), func(_, lo, hi int) error {
		a := spareArrivals.Get().(*arrivals)
		defer spareArrivals.Put(a)
		for b := lo; b < hi; b++ {
			for j := range n.units {
				if j == 0 || !n.shared {
					n.arrive(a, k.Tau, b, j)
				}
				m, spikes := follow(k.SpikeTime, n.horizon, a, n.weights[j*n.in*n.each:][:n.in*n.each])
				t := n.horizon
				if spikes {
					t = min(t, m.From+m.After)
				}
				c.Out[0].Data[b*n.units+j] = F(t)
				if tape != nil {
					tape[b*n.units+j] = m
				}
			}
		}
		return nil
	})
}

// arrive makes a the arrivals at unit j in example b, up to the horizon.
func (n terminals[F]) arrive(a *arrivals, tau float64, b, j int) {
	a.clear(tau)
	for i, t := range n.times[b*n.in:][:n.in] {
		if float64(t) >= n.horizon {
			continue
		}
		for terminal, d := range n.delaysOf(j, i) {
			if at := float64(t) + float64(d); at < n.horizon {
				a.add(at, i*n.each+terminal)
			}
		}
	}
	a.arrange()
}

// follow runs a neuron's potential from arrival to arrival until it spikes, or until the horizon.
//
// With s for the time since the last arrival over τ, the potential is
//
//	u = (a + b s) e^−s
//
// An arrival adds w e to b. When the next one is the beginning, a becomes (a + b s) e^−s, and b
// becomes b e^−s. For b > 0 there is a maximum, b e^−p, at p = 1 − a/b; for b ≤ 0 there is none.
func follow[F graph.Float](c SpikeTime, horizon float64, list *arrivals, weights []F) (moment, bool) {
	a, b := 0.0, 0.0
	peak, highest := moment{Scale: -c.Silent}, 0.0
	n := list.len()
	for i := 0; i < n; {
		from := list.get(i).at
		b += float64(weights[list.get(i).connection]) * math.E
		for i++; i < n && list.get(i).at == from; i++ {
			b += float64(weights[list.get(i).connection]) * math.E
		}
		to, length, decay := horizon, 0.0, 0.0
		if i < n {
			next := list.get(i)
			to, length, decay = next.at, next.wait, next.decay
		} else {
			length = (to - from) / c.Tau
			decay = math.Exp(-length)
		}
		// What has decayed to nothing may have waited for an infinite time.
		nextA, nextB := 0.0, b*decay
		if decay > 0 {
			nextA = a*decay + nextB*length
		}
		if b > 0 && c.Silent > 0 || b > 0 && a+b*length >= c.Threshold { // otherwise, u stays below
			p := 1 - a/b
			top := 0.0
			if p > 0 && p < length {
				top = b * math.Exp(-p)
			}
			if top >= c.Threshold || nextA >= c.Threshold {
				s, slope := crossing(a, b, length, c.Threshold)
				m := moment{from, s * c.Tau, -1 / max(slope/c.Tau, c.MinSlope)}
				if m.From+m.After < horizon {
					return m, true
				}
			}
			if top > highest {
				peak.From, peak.After, highest = from, p*c.Tau, top
			}
		}
		if nextA > highest {
			peak.From, peak.After, highest = from, to-from, nextA
		}
		a, b = nextA, nextB
	}
	switch {
	case n == 0:
		peak.Scale = 0
	case highest == 0: // the potential never rose
		peak.From = list.get(n - 1).at
		peak.After = min(c.Tau, horizon-peak.From)
	}
	return peak, false
}

// crossing is the first s where (a + b s) e^−s, which is below the threshold at 0, reaches it, and the
// slope there. It lies before end, and before the maximum; b is positive.
//
// With y = s + a/b it is where b e^(a/b) y e^−y is the threshold. At the maximum, y is 1, and with q
// for the threshold's share of it, y e^(1−y) = q.
func crossing(a, b, end, threshold float64) (s, slope float64) {
	q := threshold / (b * math.Exp(a/b-1))
	y := rising(q)
	s = min(max(y-a/b, 0), end)
	return s, threshold * (1 - y) / y
}

// rising is y with y e^(1−y) = q, 0 ≤ y ≤ 1: −W(−q/e), on the principal branch of Lambert's function
// (Corless et al. 1996, "On the Lambert W function").
func rising(q float64) float64 {
	if !(q < 1) {
		return 1
	}
	var y float64
	if z := q / math.E; q < .3 { // the series about 0, their eq. 3.1
		y = z * (1 + z*(1+z*(3./2+z*(8./3+z*(125./24+z*54./5)))))
		if z < 1e-3 {
			return y
		}
	} else { // the series about the maximum, their eq. 4.22
		p := math.Sqrt(2 * (1 - q))
		y = 1 - p*(1-p*(1./3-p*(11./72-p*(43./540-p*(769./17280-p*221./8505)))))
		if p < 1e-2 {
			return y
		}
	}
	// Newton's method, on the logarithm of the equation.
	logQ := math.Log(q)
	for range 10 {
		step := y * (math.Log(y) + 1 - y - logQ) / (1 - y)
		y -= step
		if math.Abs(step) <= 1e-9*y { // the next one would be its square
			break
		}
	}
	return y
}

// Backward goes through the inputs: what belongs to one of them is nobody else's.
func (k spikeTimeKernel[F]) Backward(c *graph.Call[F]) error {
	n := k.terminals(c)
	arena := kernel.Borrow[float64]()
	defer arena.Return()
	g := spikeTimeGradient[F]{
		terminals: n, tau: k.Tau, moments: c.Tape.([]moment),
		scales: arena.Zeros(n.batch * n.units), growth: arena.Floats(len(n.delays)),
	}
	for i, m := range g.moments {
		dt := c.DOut[0].Data[i]
		if !graph.Finite(dt) {
			return errors.Errorf("the gradient of the spike time%v is %v, want a finite number", index(c.DOut[0].Shape, i), dt)
		}
		g.scales[i] = float64(dt) * m.Scale
	}
	for i, d := range n.delays {
		g.growth[i] = math.Exp(float64(d) / k.Tau)
	}
	dTimes, dWeights, dDelays := c.DIn[0].Data, c.DIn[1].Data, c.DIn[2].Data
	size := max(1, (n.in+spikeTimeShards-1)/spikeTimeShards)
	var shared []float64 // gradients of shared delays, of each shard
	if dDelays != nil && n.shared {
		shared = arena.Zeros(kernel.Shards(n.in, size) * n.each)
	}
	err := kernel.Run(n.in, size, func(shard, lo, hi int) error {
		arena := kernel.Borrow[float64]()
		defer arena.Return()
		times, weights, delays := arena.Floats(n.batch), arena.Floats(n.each), arena.Zeros(n.each)
		for i := lo; i < hi; i++ {
			clear(times)
			for j := range n.units {
				clear(weights)
				if !n.shared {
					clear(delays)
				}
				g.add(j, i, times, weights, delays)
				saturate(n.of(dWeights, j, i), weights)
				if !n.shared {
					saturate(n.of(dDelays, j, i), delays)
				}
			}
			if dTimes != nil {
				for b, sum := range times {
					dTimes[b*n.in+i] = saturated[F](sum)
				}
			}
		}
		if shared != nil {
			copy(shared[shard*n.each:], delays)
		}
		return nil
	})
	if shared != nil {
		saturate(dDelays, kernel.Sum(shared, n.each))
	}
	return err
}

// spikeTimeGradient is what the gradients of all connections are made of.
type spikeTimeGradient[F graph.Float] struct {
	terminals[F]
	tau     float64
	moments []moment
	scales  []float64 // ∂loss/∂u of each neuron at its moment
	growth  []float64 // exp(delay/τ)
}

const (
	// farApart is the time, in τ, from where on exp(1 − time + delay) is not taken as a product.
	farApart = 300

	// faded is the time, in τ, from where on nothing is left of a postsynaptic potential.
	faded = 800
)

// add adds the gradients of the connection from input i to unit j, over the batch: of the input's time
// in each example, of the weights and of the delays of the terminals.
func (g spikeTimeGradient[F]) add(j, i int, times, weights, delays []float64) {
	w, d, growth := g.of(g.weights, j, i), g.delaysOf(j, i), g.growth
	if !g.shared {
		growth = growth[(j*g.in+i)*g.each:]
	}
	growth = growth[:len(d)]
	for b := range g.batch {
		t, scale := float64(g.times[b*g.in+i]), g.scales[b*g.units+j]
		if scale == 0 || t >= g.horizon {
			continue
		}
		m := g.moments[b*g.units+j]
		since := (m.From - t + m.After) / g.tau
		decay := math.Exp(1 - since)
		for k, delay := range d {
			at := t + float64(delay)
			if at > m.From || at >= g.horizon {
				continue
			}
			s := (m.From - at + m.After) / g.tau
			if s > faded {
				continue
			}
			e := decay * growth[k] // exp(1 − s)
			if since > farApart || growth[k] > math.MaxFloat64 {
				e = math.Exp(1 - s)
			}
			weights[k] += scale * (s * e)
			slope := scale * (float64(w[k]) * (1 - s) * e / g.tau)
			delays[k] -= slope
			times[b] -= slope
		}
	}
}

// saturate writes numbers to dst, if there is one.
func saturate[F graph.Float](dst []F, x []float64) {
	for i := range dst {
		dst[i] = saturated[F](x[i])
	}
}

// saturated is a number in a precision, where what overflows is the largest. Infinite terms of
// both signs have no sum, and give 0.
func saturated[F graph.Float](x float64) F {
	if math.IsNaN(x) {
		return 0
	}
	largest := math.MaxFloat64
	if _, single := any(F(0)).(float32); single {
		largest = math.MaxFloat32
	}
	return F(min(max(x, -largest), largest))
}
