package graph

// call runs a Function of this module, or its gradient, for all of its outputs that the program
// needs, which it writes where they are read.
type call[F Float] struct {
	program *program[F]
	ev      *evaluation
	kernel  Kernel[F] // of the Function; of a gradient, of the Function that it is the gradient of
	home    int       // the slot of the first output, which has the tape; -1: it is in no slot
	in      []int     // slots
	out     []int     // slots; -1 for outputs that nobody reads
	spare   []F       // for the first output, if it has no slot; a scan can do without
	record  bool
	terse   bool // the first output is left on the tape

	// Of a gradient.
	pull *pullback
	grad int // the slot of the gradient of the output
	from int // the slot whose run left the tape; -1: none is there

	call Call[F]
	dIn  []Array[F]
}

// merged reports whether another instruction computes this further output of a Function.
func (b *builder[F]) merged(i int) bool {
	o, ok := b.slots[i].node.Op().(*op)
	return ok && o.k > 0 && b.slots[i].typed && b.class[b.plan.steps[i].in[0]] == alone
}

// call makes the instruction that runs a Function for the node of slot i and its other outputs.
func (b *builder[F]) call(i int, o *op) (instruction, error) {
	c := &call[F]{program: b.program, ev: o.ev, home: -1, from: -1, in: b.plan.steps[i].in[o.offset():]}
	c.out = make([]int, len(o.ev.out))
	for k := range c.out {
		c.out[k] = -1
	}
	c.out[o.k] = i
	in := instruction{node: b.slots[i].node, run: c.run}
	wanted := b.keep[i] // somebody reads the first output as numbers
	for _, r := range b.readers[i] {
		other, ours := b.slots[r.step].node.Op().(*op)
		switch {
		case ours && r.child == 0 && other.k > 0 && other.ev == o.ev:
			c.out[other.k] = r.step
		case ours && other.takesGradient(r.child, o.ev):
			c.record = true
		case !ours || !other.readsTape(r.child, o.ev):
			wanted = true // as numbers
		}
	}
	if o.k == 0 {
		c.home = i
	}
	f, terse := o.ev.f.(Terse)
	if c.terse = o.k == 0 && !wanted && terse && f.Terse(); c.terse {
		c.out[0] = -1
	}
	p, gradient := o.ev.f.(pullback)
	if gradient {
		c.gradientOf(b, p)
	} else {
		c.kernel = kernelOf[F](o.ev.f)
	}
	// Gradients and scans can leave out the first output as any other.
	_, scans := o.ev.f.(scan)
	if o.k == 0 && !wanted && (gradient || scans) {
		c.out[0] = -1
	}
	for _, s := range c.in {
		if s >= 0 {
			in.reads = append(in.reads, s)
		}
	}
	for _, s := range c.out {
		if s >= 0 {
			in.writes = append(in.writes, s)
		}
	}
	if c.out[0] < 0 && !c.terse && !gradient && !scans {
		c.spare = newArray[F](o.ev.out[0]).Data
	}
	b.slots[i].note = o.k == 0 && c.out[0] < 0
	c.call = Call[F]{In: make([]Array[F], len(o.ev.in)), Out: make([]Array[F], len(o.ev.out)), Sources: make([]any, len(o.ev.in)), Record: c.record}
	if c.pull != nil {
		c.dIn = make([]Array[F], len(c.pull.ev.in))
	}
	return in, nil
}

// gradientOf sets up the call as a gradient.
func (c *call[F]) gradientOf(b *builder[F], p pullback) {
	c.pull, c.kernel = &p, kernelOf[F](p.ev.f)
	c.grad = c.in[0]
	if first := c.in[1]; first >= 0 && b.class[first] != fromOutside {
		if o, ok := b.slots[first].node.Op().(*op); ok && o.k == 0 && o.ev == p.ev {
			c.from = first
		}
	}
}

// takesGradient reports whether the op computes a gradient of the evaluation, whose first output is
// its child of that number.
func (o *op) takesGradient(child int, of *evaluation) bool {
	p, ok := o.ev.f.(pullback)
	return ok && p.ev == of && child-o.offset() == 1
}

// readsTape reports whether the op can do with the tape of a child that source computes.
func (o *op) readsTape(child int, source *evaluation) bool {
	i := child - o.offset()
	if i < 0 {
		return true // the run of which this op reads another output
	}
	ev := o.ev
	if p, ok := ev.f.(pullback); ok {
		if i -= 2; i < 0 {
			return i == -1 && p.ev == source // the output itself; i is -2 for its gradient
		}
		ev = p.ev
	}
	f, ok := ev.f.(TapeReader)
	return ok && f.ReadsTape(i, source.f)
}

func (c *call[F]) run() error {
	for i, slot := range c.in {
		c.call.In[i] = Array[F]{Shape: c.ev.in[i]}
		if slot < 0 {
			continue
		}
		var err error
		if c.call.In[i].Data, err = c.program.floats(slot); err != nil {
			return err
		}
		c.call.Sources[i] = c.program.slots[slot].tape
	}
	for k, slot := range c.out {
		c.call.Out[k] = Array[F]{Shape: c.ev.out[k]}
		if slot >= 0 {
			c.call.Out[k].Data = c.program.slots[slot].data
		}
	}
	if c.pull != nil {
		return c.back()
	}
	if c.spare != nil {
		c.call.Out[0].Data = c.spare
	}
	if err := c.kernel.Forward(&c.call); err != nil {
		return err
	}
	if c.home >= 0 && (c.record || c.terse) {
		c.program.slots[c.home].tape = c.call.Tape
	}
	return nil
}

// back runs the gradient.
func (c *call[F]) back() error {
	clear(c.dIn)
	for k, i := range c.pull.wrt {
		c.dIn[i] = c.call.Out[k]
	}
	var tape any
	if c.from >= 0 {
		tape = c.program.slots[c.from].tape
	}
	return backward(c.pull.ev, c.kernel, c.call.In[2:], c.call.Sources[2:], tape, c.pull.k, c.call.In[0], c.dIn)
}
