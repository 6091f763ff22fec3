package ops

import (
	"math/bits"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

const (
	// delayBlock is how many steps DelayedLinear works on together, and delayRow about how many
	// elements of one input these are, for several examples: a few such rows fit into the first
	// cache. The bits of a current depend on the first only, so not on what else is in the batch.
	delayBlock = 256
	delayRow   = 2048

	// Where more than one in so many elements is not zero, all of them are taken: by Delay, and of
	// one input of DelayedLinear for its sums and for its products. For sums this is earlier in
	// single precision, where eight elements are added at a time. It changes no bit of a sum.
	denseDelay, denseSum32, denseSum64, denseDot = 2, 7, 2, 2
)

type delayKernel[F graph.Float] struct{ delay }

// axons are the delays of units, and the sequence x [T, batch, units] that they delay.
type axons[F graph.Float] struct {
	x                   graph.Array[F]
	steps, batch, units int
	step                int      // how many elements a step is
	fraction            []F      // of a step, of each unit's delay
	shift               []uint64 // how many elements its whole steps are; beyond the end of x there is nothing
}

func (k delayKernel[F]) read(a *kernel.Arena[F], c *graph.Call[F]) (s axons[F], err error) {
	x, delays := c.In[0], c.In[1]
	s = axons[F]{x: x, steps: x.Shape[0], batch: x.Shape[1], units: x.Shape[2]}
	s.step = s.batch * s.units
	whole := a.Floats(s.units)
	s.fraction, s.shift = a.Floats(s.units), a.Words(s.units)
	if err := split(k.delayed, delays, whole, s.fraction); err != nil {
		return s, err
	}
	for i, w := range whole {
		s.shift[i] = uint64(w) * uint64(s.step)
	}
	return s, nil
}

func (k delayKernel[F]) Forward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	s, err := k.read(a, c)
	if err != nil {
		return err
	}
	y, step := c.Out[0].Data, uint64(s.step)
	return kernel.Run(s.batch, delayShard(s.batch), func(_, lo, hi int) error {
		a := kernel.Borrow[F]()
		defer a.Return()
		set, count, err := s.pack(a, lo, hi)
		if err != nil {
			return err
		}
		if denseDelay*count > s.steps*(hi-lo)*s.units {
			s.gather(s.x.Data, y, lo, hi, ^uint64(0))
			return nil
		}
		for t := range s.steps {
			clear(y[t*s.step+lo*s.units : t*s.step+hi*s.units])
		}
		s.events(set, lo, hi, func(at, unit int, set uint64) {
			for ; set != 0; set &= set - 1 {
				i := unit + bits.TrailingZeros64(set)
				from := uint64(at + i)
				v, f, to := s.x.Data[from], s.fraction[i], from+s.shift[i]
				if to < uint64(len(y)) {
					y[to] += (1 - f) * v
				}
				if to += step; f != 0 && to < uint64(len(y)) {
					y[to] += f * v
				}
			}
		})
		return nil
	})
}

func (k delayKernel[F]) Backward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	s, err := k.read(a, c)
	if err != nil {
		return err
	}
	g, dx, dd := c.DOut[0].Data, c.DIn[0].Data, c.DIn[1].Data
	shard := delayShard(s.batch)
	var sums []F
	if dd != nil {
		sums = a.Zeros(kernel.Shards(s.batch, shard) * s.units)
	}
	err = kernel.Run(s.batch, shard, func(n, lo, hi int) error {
		if dx != nil {
			s.gather(g, dx, lo, hi, 1)
		}
		if dd == nil {
			return nil
		}
		return s.weigh(g, sums[n*s.units:][:s.units], lo, hi)
	})
	if err == nil && dd != nil {
		copy(dd, kernel.Sum(sums, s.units))
	}
	return err
}

// gather writes y for examples lo to hi, where y_t = (1 − f) x_{t±⌊d⌋} + f x_{t±(⌊d⌋+1)} and x is 0
// outside the sequence. The sign is 1, or −1 as it wraps around: what lies before the beginning is
// beyond the end then.
func (s axons[F]) gather(x, y []F, lo, hi int, sign uint64) {
	step := uint64(s.step) * sign
	for t := range s.steps {
		for b := lo; b < hi; b++ {
			first := t*s.step + b*s.units
			row, fraction := y[first:][:s.units], s.fraction[:s.units]
			for i, shift := range s.shift {
				from, f := uint64(first+i)+shift*sign, fraction[i]
				var v F
				if from < uint64(len(x)) {
					v = (1 - f) * x[from]
				}
				if from += step; f != 0 && from < uint64(len(x)) {
					v += f * x[from]
				}
				row[i] = v
			}
		}
	}
}

// weigh adds the gradients of the delays from examples lo to hi to sums [units].
func (s axons[F]) weigh(g, sums []F, lo, hi int) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	set, _, err := s.pack(a, lo, hi)
	if err != nil {
		return err
	}
	step := uint64(s.step)
	s.events(set, lo, hi, func(at, unit int, set uint64) {
		for ; set != 0; set &= set - 1 {
			i := unit + bits.TrailingZeros64(set)
			from := uint64(at + i)
			v, to := s.x.Data[from], from+s.shift[i]
			if to < uint64(len(g)) {
				sums[i] -= v * g[to]
			}
			if to += step; to < uint64(len(g)) {
				sums[i] += v * g[to]
			}
		}
	})
	return nil
}

// pack are the bits of x of examples lo to hi, step by step, and how many are set. Anything that is
// not finite is an error.
func (s axons[F]) pack(a *kernel.Arena[F], lo, hi int) (set []uint64, count int, err error) {
	words := (hi - lo) * kernel.Words(s.units)
	set = a.Words(s.steps * words)
	for t := range s.steps {
		of, err := packRows(s.x, t*s.step+lo*s.units, hi-lo, set[t*words:][:words])
		if err != nil {
			return nil, 0, err
		}
		count += int(of.Count)
	}
	return set, count, nil
}

// events calls f for the elements of x that are not zero, of examples lo to hi: with the position of
// an example's step in x, and the bits of up to 64 units from one on.
func (s axons[F]) events(set []uint64, lo, hi int, f func(at, unit int, set uint64)) {
	words := kernel.Words(s.units)
	for t := range s.steps {
		first := t*s.step + lo*s.units
		for k, word := range set[t*(hi-lo)*words:][:(hi-lo)*words] {
			if word != 0 {
				f(first+k/words*s.units, k%words*64, word)
			}
		}
	}
}

// packRows writes the bits of rows of x from its element first on. Anything that is not finite is an
// error.
func packRows[F graph.Float](x graph.Array[F], first, rows int, set []uint64) (kernel.Activity, error) {
	n := x.Shape[len(x.Shape)-1]
	data := x.Data[first:][:rows*n]
	of := kernel.Pack(data, rows, n, set)
	if !of.Ones {
		if at := kernel.NotFinite(data); at >= 0 {
			return of, errors.Errorf("x%v is %v", index(x.Shape, first+at), data[at])
		}
	}
	return of, nil
}

// delayShard is how many examples one goroutine takes through a sequence at a time. There are at
// most maxShards, each of which has gradients of its own to add up.
func delayShard(batch int) int { return max(8, (batch+maxShards-1)/maxShards) }

// connections are the inputs of DelayedLinear as numbers. What belongs to a connection is [out, in].
//
// The work is done connection by connection, not step by step. Within a block of steps, what input i
// does to unit j is to add all of x_i, weighted and shifted by the delay, to y_j. Turned around,
// [units, steps, examples], a shift is one of memory by whole steps, whichever the delay is, and a
// connection is one or two sums of long vectors, or of a list of events.
type connections[F graph.Float] struct {
	x                       graph.Array[F] // [T, batch, in]
	steps, batch, in, out   int
	weight, whole, fraction []F // the weight, and the delay in whole steps and a fraction of one
	near, far               []F // the weights of x[t − whole] and of x[t − whole − 1]
	fractional              bool
	bias                    []F // Σ b, [out]
	reach                   int // for how many steps more an x can be seen
}

type delayedLinearKernel[F graph.Float] struct{ delayedLinear }

// read reads the inputs. Weighted are the weights that near and far are made of.
func (k delayedLinearKernel[F]) read(a *kernel.Arena[F], c *graph.Call[F], weighted []F) (*connections[F], error) {
	x, w, delays := of(c.In, k.X), of(c.In, k.W), of(c.In, k.Delays)
	s := &connections[F]{x: x, steps: x.Shape[0], batch: x.Shape[1], in: x.Shape[2], out: w.Shape[0], weight: w.Data}
	if at, v, ok := notFinite(w); ok { // an input that is zero would hide it
		return nil, errors.Errorf("w%v is %v", at, v)
	}
	n := len(w.Data)
	s.whole, s.fraction, s.near, s.far = a.Floats(n), a.Floats(n), a.Floats(n), a.Floats(n)
	if err := split(k.delayed, delays, s.whole, s.fraction); err != nil {
		return nil, err
	}
	var longest F
	for i, f := range s.fraction {
		s.near[i], s.far[i] = (1-f)*weighted[i], f*weighted[i]
		s.fractional = s.fractional || f != 0
		longest = max(longest, s.whole[i])
	}
	s.reach = min(int(longest)+1, s.steps)
	s.bias = a.Zeros(s.out)
	for i, b := range biases(k.wiring, c.In) {
		if at, v, ok := notFinite(b); ok {
			return nil, errors.Errorf("bias %d%v is %v", i, at, v)
		}
		kernel.Add(b.Data, s.bias)
	}
	return s, nil
}

// view is a block of a sequence: so many steps from t on, of n examples from lo on.
type view struct{ t, steps, lo, n int }

// examples calls f for all examples, several at a time.
func (s *connections[F]) examples(f func(shard, lo, n int) error) error {
	most := min(64, max(8, delayRow/min(delayBlock, s.steps)))
	return kernel.Run(s.batch, delayShard(s.batch), func(shard, lo, hi int) error {
		for ; lo < hi; lo += most {
			if err := f(shard, lo, min(most, hi-lo)); err != nil {
				return err
			}
		}
		return nil
	})
}

// blocks calls f for the whole sequence, so many steps at a time.
func (s *connections[F]) blocks(lo, n int, f func(view) error) error {
	for t := 0; t < s.steps; t += delayBlock {
		if err := f(view{t, min(delayBlock, s.steps-t), lo, n}); err != nil {
			return err
		}
	}
	return nil
}

// shift is by how many whole steps connection k, from input i, shifts a block. It need not be looked at
// if the input is silent, or the delay longer than the sequence.
func (s *connections[F]) shift(e *events[F], k, i int) (whole int, ok bool) {
	whole = int(s.whole[k])
	return whole, whole < s.steps && !e.silent(i)
}

func (k delayedLinearKernel[F]) Forward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	s, err := k.read(a, c, of(c.In, k.W).Data)
	if err != nil {
		return err
	}
	return s.examples(func(_, lo, n int) error { return s.forward(c.Out[0].Data, lo, n) })
}

// forward writes the currents y of n examples from lo on.
func (s *connections[F]) forward(y []F, lo, n int) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	size := (min(delayBlock, s.steps) + s.reach) * n
	sums := a.Floats(s.out * size) // [out, steps, examples]: the block, and what it sends to the next
	for j, b := range s.bias {
		fill(sums[j*size:][:size], b)
	}
	return s.blocks(lo, n, func(v view) error {
		if err := s.send(v, sums, size); err != nil {
			return err
		}
		turnOut(v, sums, size, y, s.batch, s.out)
		for j, b := range s.bias {
			sum := sums[j*size:][:size]
			fill(sum[copy(sum, sum[v.steps*n:]):], b)
		}
		return nil
	})
}

// send adds what the inputs of a block bring to the sums, of size elements for each unit.
func (s *connections[F]) send(v view, sums []F, size int) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	dense := denseSum64
	if _, single := any(F(0)).(float32); single {
		dense = denseSum32
	}
	e, err := s.events(a, v, dense)
	if err != nil {
		return err
	}
	for j := range s.out {
		y := sums[j*size:][:size]
		for i := range s.in {
			k := j*s.in + i
			whole, ok := s.shift(&e, k, i)
			if !ok {
				continue
			}
			e.add(i, s.near[k], y[whole*v.n:])
			if far := s.far[k]; far != 0 {
				e.add(i, far, y[(whole+1)*v.n:])
			}
		}
	}
	return nil
}

// delaySums are the sums that the gradients of weights, delays and biases are made of.
type delaySums[F graph.Float] struct {
	bias, near, far []F // of g, and of the products of g with x[t − whole] and x[t − whole − 1]; nil: not wanted
}

func (k delayedLinearKernel[F]) Backward(c *graph.Call[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	weighted, err := feedback(k.wiring, c) // the backward pass needs near and far for the gradient of x only
	if err != nil {
		return err
	}
	s, err := k.read(a, c, weighted)
	if err != nil {
		return err
	}
	dw, db, dd := of(c.DIn, k.W).Data, of(c.DIn, k.Feedback).Data, of(c.DIn, k.Delays).Data
	biases := biases(k.wiring, c.DIn)
	if dw == nil {
		dw = db // the gradient of feedback weights is that of the weights
	}
	// Of each shard: biases, then near, then far.
	end := 0
	for _, b := range biases {
		if b.Data != nil {
			end = s.out
		}
	}
	near := end
	if dw != nil || dd != nil {
		end += len(s.weight)
	}
	far := end
	if dd != nil || dw != nil && s.fractional {
		end += len(s.weight)
	}
	parts := a.Zeros(kernel.Shards(s.batch, delayShard(s.batch)) * end)
	err = s.examples(func(shard, lo, n int) error {
		part := parts[shard*end:][:end]
		return s.backward(c.DOut[0].Data, of(c.DIn, k.X).Data, delaySums[F]{part[:near], part[near:far], part[far:]}, lo, n)
	})
	if err != nil {
		return err
	}
	all := kernel.Sum(parts, end)
	s.finish(delaySums[F]{all[:near], all[near:far], all[far:]}, dw, dd, biases)
	copy(db, dw)
	return nil
}

// finish writes the gradients from the sums of all shards.
func (s *connections[F]) finish(sums delaySums[F], dw, dd []F, biases []graph.Array[F]) {
	for _, b := range biases {
		copy(b.Data, sums.bias)
	}
	copy(dw, sums.near)
	for i, f := range s.fraction {
		if dw != nil && f != 0 {
			dw[i] = (1-f)*sums.near[i] + f*sums.far[i]
		}
		if dd != nil {
			dd[i] = s.weight[i] * (sums.far[i] - sums.near[i])
		}
	}
}

// backward writes the gradient dx of n examples from lo on, if that is not nil, and adds to sums.
func (s *connections[F]) backward(dy, dx []F, sums delaySums[F], lo, n int) error {
	return s.blocks(lo, n, func(v view) error {
		a := kernel.Borrow[F]()
		defer a.Return()
		size := (v.steps + s.reach) * n
		g := a.Floats(s.out * size) // [out, steps, examples]: all steps in which the block's x is seen
		seen := v
		seen.steps = min(v.steps+s.reach, s.steps-v.t)
		turnIn(seen, dy, s.batch, s.out, g, size)
		for j := range s.out {
			row := g[j*size:][:size]
			clear(row[seen.steps*n:])
			if len(sums.bias) > 0 {
				sums.bias[j] += sum(row[:v.steps*n])
			}
		}
		if dx != nil {
			s.gather(v, g, size, dx)
		}
		if len(sums.near) == 0 {
			return nil
		}
		return s.weigh(v, g, size, sums)
	})
}

// weigh adds the products of a block of x with the gradient of the currents, of size elements for each
// unit, to sums.
func (s *connections[F]) weigh(v view, g []F, size int, sums delaySums[F]) error {
	a := kernel.Borrow[F]()
	defer a.Return()
	e, err := s.events(a, v, denseDot)
	if err != nil {
		return err
	}
	for j := range s.out {
		g := g[j*size:][:size]
		for i := range s.in {
			k := j*s.in + i
			whole, ok := s.shift(&e, k, i)
			if !ok {
				continue
			}
			sums.near[k] += e.dot(i, g[whole*v.n:])
			if len(sums.far) > 0 {
				sums.far[k] += e.dot(i, g[(whole+1)*v.n:])
			}
		}
	}
	return nil
}

// gather writes the gradient of a block of x, given that of the currents, of size elements for each
// unit.
func (s *connections[F]) gather(v view, g []F, size int, dx []F) {
	a := kernel.Borrow[F]()
	defer a.Return()
	n := v.steps * v.n
	rows := a.Zeros(s.in * n) // [in, steps, examples]
	both, pair := a.Words(1), a.Floats(2)
	both[0] = 3
	for i := range s.in {
		row := rows[i*n:][:n]
		to := kernel.Lines[F]{X: row, Ld: n}
		for j := range s.out {
			k := j*s.in + i
			whole := int(s.whole[k])
			if whole >= s.steps {
				continue
			}
			g := g[j*size+whole*v.n : cap(g)]
			if s.far[k] == 0 {
				kernel.Axpy(s.near[k], g[:n], row)
				continue
			}
			// Both at once: a row of two, times a matrix whose second row lies a step after the first.
			pair[0], pair[1] = s.near[k], s.far[k]
			kernel.AddScaledRows(both, pair, 2, 1, 1, 2, kernel.Lines[F]{X: g, Ld: v.n}, to, to, n)
		}
	}
	turnOut(v, rows, n, dx, s.batch, s.in)
}

// turnTile is how many units are turned around together: a cache line of them.
const turnTile = 16

// turnIn writes a view of x [T, batch, units] to rows [units, steps, examples], which lie ld elements
// apart.
func turnIn[F graph.Float](v view, x []F, batch, units int, rows []F, ld int) {
	for unit := 0; unit < units; unit += turnTile {
		width := min(turnTile, units-unit)
		for step := range v.steps {
			from := x[((v.t+step)*batch+v.lo)*units+unit:]
			for i := range width {
				to := rows[(unit+i)*ld+step*v.n:][:v.n]
				for b := range to {
					to[b] = from[b*units+i]
				}
			}
		}
	}
}

// turnOut writes such rows back.
func turnOut[F graph.Float](v view, rows []F, ld int, x []F, batch, units int) {
	for unit := 0; unit < units; unit += turnTile {
		width := min(turnTile, units-unit)
		for step := range v.steps {
			to := x[((v.t+step)*batch+v.lo)*units+unit:]
			for i := range width {
				for b, e := range rows[(unit+i)*ld+step*v.n:][:v.n] {
					to[b*units+i] = e
				}
			}
		}
	}
}

// events are a view of x, turned around: for each input either a list of what is not zero, or, where
// that is much, all elements.
type events[F graph.Float] struct {
	n     int      // elements of an input
	first []uint64 // where each input's list begins, and the last one's ends
	at    []uint64 // positions among the n elements of an input
	x     []F      // the elements at these positions; nil if all are 1
	dense []F      // [in, n], of inputs that have no list
	many  []uint64 // 1 for an input that has no list, because most of it would be there
}

// events reads a view of x. An input more than 1/dense of whose elements are not zero has no list.
func (s *connections[F]) events(a *kernel.Arena[F], v view, dense int) (e events[F], err error) {
	e.n = v.steps * v.n
	words, turnedWords := kernel.Words(s.in), kernel.Words(e.n)
	set, turned := a.Words(e.n*words), a.Words(s.in*turnedWords)
	ones, count := true, 0
	for step := range v.steps {
		of, err := packRows(s.x, ((v.t+step)*s.batch+v.lo)*s.in, v.n, set[step*v.n*words:][:v.n*words])
		if err != nil {
			return e, err
		}
		ones, count = ones && of.Ones, count+int(of.Count)
	}
	kernel.TransposeBits(set, e.n, s.in, turned)
	e.first, e.many, e.at = a.Words(s.in+1), a.Words(s.in), a.Words(count)
	if !ones {
		e.x, e.dense = a.Floats(count), a.Floats(s.in*e.n)
		turnIn(v, s.x.Data, s.batch, s.in, e.dense, e.n)
	}
	end := 0
	for i := range s.in {
		row := turned[i*turnedWords:][:turnedWords]
		e.first[i], e.many[i] = uint64(end), 0
		if countBits(row)*dense > e.n {
			e.many[i] = 1
			if ones {
				if e.dense == nil {
					e.dense = a.Floats(s.in * e.n)
				}
				kernel.Spread(row, 1, e.n, e.dense[i*e.n:][:e.n])
			}
			continue
		}
		for w, set := range row {
			for ; set != 0; set &= set - 1 {
				at := w*64 + bits.TrailingZeros64(set)
				e.at[end] = uint64(at)
				if !ones {
					e.x[end] = e.dense[i*e.n+at]
				}
				end++
			}
		}
	}
	e.first[s.in] = uint64(end)
	return e, nil
}

// countBits is how many bits are set.
func countBits(words []uint64) int {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}

// silent reports whether all elements of input i are zero.
func (e *events[F]) silent(i int) bool { return e.many[i] == 0 && e.first[i] == e.first[i+1] }

// list are the positions of what is not zero of input i, and these elements; nil if they are 1.
func (e *events[F]) list(i int) (at []uint64, x []F) {
	lo, hi := e.first[i], e.first[i+1]
	if e.x != nil {
		x = e.x[lo:hi]
	}
	return e.at[lo:hi], x
}

// add adds a·x_i to y.
func (e *events[F]) add(i int, a F, y []F) {
	if e.many[i] != 0 {
		kernel.Axpy(a, e.dense[i*e.n:][:e.n], y)
		return
	}
	at, x := e.list(i)
	if x == nil {
		for _, p := range at {
			y[p] += a
		}
		return
	}
	for k, p := range at {
		y[p] += a * x[k]
	}
}

// dot is the product of x_i with g.
func (e *events[F]) dot(i int, g []F) F {
	if e.many[i] != 0 {
		return dot(e.dense[i*e.n:][:e.n], g)
	}
	at, x := e.list(i)
	if x == nil {
		return sumAt(at, g)
	}
	var a F
	for k, p := range at {
		a += x[k] * g[p]
	}
	return a
}

// Sums have four parts, so that one addition need not wait for the one before.

// sumAt is Σ g[p] over positions.
func sumAt[F graph.Float](at []uint64, g []F) F {
	var a, b, c, d F
	for ; len(at) >= 4; at = at[4:] {
		a += g[at[0]]
		b += g[at[1]]
		c += g[at[2]]
		d += g[at[3]]
	}
	for _, p := range at {
		a += g[p]
	}
	return (a + b) + (c + d)
}

// dot is Σ x·g over the elements of x.
func dot[F graph.Float](x, g []F) F {
	var a, b, c, d F
	g = g[:len(x)]
	for len(x) >= 8 && len(g) >= 8 {
		x8, g8 := (*[8]F)(x), (*[8]F)(g)
		a += x8[0] * g8[0]
		b += x8[1] * g8[1]
		c += x8[2] * g8[2]
		d += x8[3] * g8[3]
		a += x8[4] * g8[4]
		b += x8[5] * g8[5]
		c += x8[6] * g8[6]
		d += x8[7] * g8[7]
		x, g = x[8:], g[8:]
	}
	for i, e := range x {
		a += e * g[i]
	}
	return (a + b) + (c + d)
}

// sum is Σ x.
func sum[F graph.Float](x []F) F {
	var a, b, c, d F
	for ; len(x) >= 4; x = x[4:] {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
	}
	for _, e := range x {
		a += e
	}
	return (a + b) + (c + d)
}

func fill[F graph.Float](x []F, v F) {
	for i := range x {
		x[i] = v
	}
}
