package train

import (
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// show puts the steps of the batch from step first on into the graph's inputs.
func (r *runner) show(first int) {
	switch x := r.x.Value().Data().(type) {
	case []float32:
		showIn(r, first, x, of[float32](r.y), of[float32](r.mask), of[float32](r.weight), of[float32](r.counts))
	case []float64:
		showIn(r, first, x, of[float64](r.y), of[float64](r.mask), of[float64](r.weight), of[float64](r.counts))
	}
}

// of are the elements of an input; nil where there is none.
func of[F graph.Float](n *gorgonia.Node) []F {
	if n == nil {
		return nil
	}
	return n.Value().Data().([]F)
}

func showIn[F graph.Float](r *runner, first int, x, y, mask, weight, counts []F) {
	if r.spec.Events {
		showEvents(r, first, x)
	} else {
		showFeatures(r, first, x)
	}
	if r.spec.Classes > 0 {
		showClasses(r, first, y)
	} else if r.spec.Numbers > 0 {
		showNumbers(r, first, y)
	}
	// Where nothing is filled up, these are the same from batch to batch.
	if now := [2]int{r.count, r.longest}; r.padded || now != r.shown {
		showMask(r, first, mask)
		showWeight(weight, r.count, func(b int) bool { return r.stepsIn(b, first) > 0 })
		r.shown = now
	}
	showWeight(counts, r.count, func(b int) bool { return r.targetsIn(b, first) > 0 })
}

// showFeatures writes [T, B, features].
func showFeatures[F graph.Float](r *runner, first int, x []F) {
	n := r.spec.Features
	for b := range r.batch {
		steps := 0
		if b < r.count {
			steps = r.stepsIn(b, first)
			src := r.examples[b].X[first*n:]
			for t := range steps {
				row := x[(t*r.batch+b)*n:][:n]
				for i, v := range src[t*n:][:n] {
					row[i] = F(v)
				}
			}
		}
		for t := steps; t < r.steps; t++ {
			clear(x[(t*r.batch+b)*n:][:n])
		}
	}
}

// showEvents writes bits.
func showEvents[F graph.Float](r *runner, first int, x []F) {
	words := graph.BitWords(r.spec.Features)
	clear(x)
	for b := range r.count {
		for _, v := range r.examples[b].Events {
			if t := v.Step - first; t >= 0 && t < r.steps {
				graph.SetBit(x[(t*r.batch+b)*words:][:words], v.Feature)
			}
		}
	}
}

// showClasses writes [B] or [T, B].
func showClasses[F graph.Float](r *runner, first int, y []F) {
	for i := range y {
		y[i] = Ignore
	}
	for b := range r.count {
		for t := range len(y) / r.batch {
			y[t*r.batch+b] = F(r.classAt(b, first, t))
		}
	}
}

// showNumbers writes [B, n] or [T, B, n].
func showNumbers[F graph.Float](r *runner, first int, y []F) {
	clear(y)
	n := r.spec.Numbers
	for b := range r.count {
		for t := range len(y) / (n * r.batch) {
			for i, v := range r.numbersAt(b, first, t) {
				y[(t*r.batch+b)*n+i] = F(v)
			}
		}
	}
}

// showMask writes which steps exist.
func showMask[F graph.Float](r *runner, first int, mask []F) {
	clear(mask)
	for b := range r.count {
		for t := range r.stepsIn(b, first) {
			mask[t*r.batch+b] = 1
		}
	}
}

// showWeight writes equal shares of those of n examples that have one.
func showWeight[F graph.Float](weight []F, n int, has func(b int) bool) {
	clear(weight)
	shares := 0
	for b := range n {
		if has(b) {
			shares++
		}
	}
	for b := range n {
		if has(b) {
			weight[b] = 1 / F(shares)
		}
	}
}
