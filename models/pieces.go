package models

import (
	"math/rand/v2"

	"github.com/srnn-go/srnn/graph"
)

// pieces is how many pieces a sequence is run in. The last may be filled up with steps without labels.
func (r *runner) pieces() int { return (r.dims.Steps + r.steps - 1) / r.steps }

// each runs the network over a batch, piece by piece, and calls do after each.
func (r *runner) each(data Dataset, idx []int, rng *rand.Rand, t *tally, do func() error) error {
	if err := r.load(data, idx, t); err != nil {
		return err
	}
	shared := r.net.Params().Run()
	if err := shared.Begin(rng); err != nil {
		return err
	}
	for k := range r.pieces() {
		r.show(k)
		if err := r.vm.RunAll(); err != nil {
			return err
		}
		if err := r.tally(k, len(idx), t); err != nil {
			return err
		}
		if err := do(); err != nil {
			if r.pieces() > 1 {
				err = graph.Wrapf(err, "piece %d", k+1)
			}
			return err
		}
		if err := shared.Advance(); err != nil {
			return err
		}
	}
	return nil
}

// show puts piece k of the batch into the graph's inputs.
func (r *runner) show(k int) {
	switch x := r.x.Value().Data().(type) {
	case []float32:
		pieceOf(x, r.full.Data().([]float32), k)
		labelPiece(r, k, r.y.Value().Data().([]float32))
	case []float64:
		pieceOf(x, r.full.Data().([]float64), k)
		labelPiece(r, k, r.y.Value().Data().([]float64))
	}
}

// pieceOf copies piece k of all to x, which may be all itself.
func pieceOf[F float32 | float64](x, all []F, k int) {
	if &x[0] != &all[0] {
		copy(x, all[k*len(x):])
	}
}

// labelPiece writes the labels of piece k, step by step.
func labelPiece[F float32 | float64](r *runner, k int, y []F) {
	for i := range len(y) / r.batch {
		for b := range r.batch {
			y[i*r.batch+b] = F(r.label(b, k, i))
		}
	}
}

// label is that of step i of piece k, or of the whole sequence, of an example of the batch.
func (r *runner) label(b, k, i int) int {
	if !r.dims.PerStep {
		return r.labels[b]
	}
	at := k*r.steps + i
	if at < r.skip || at >= r.dims.Steps {
		return Ignore
	}
	return r.labels[b*r.dims.Steps+at]
}
