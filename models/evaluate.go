package models

import (
	"context"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
)

// Evaluation are the settings of Evaluate.
type Evaluation struct {
	Batch int    // examples at a time; default 64
	Seed  uint64 // of the random initial states

	// Progress, if set, is called after each batch.
	Progress func(done, examples int)
}

// Report is what Evaluate found. Labels that are Ignore, and steps that the loss skips, do not
// count.
type Report struct {
	Examples   int       `json:"examples"`
	Loss       float64   `json:"loss"` // cross entropy per label, nats
	Accuracy   float64   `json:"accuracy"`
	Confusion  [][]int   `json:"confusion"` // [label][prediction]
	Seconds    float64   `json:"seconds"`
	FiringRate float64   `json:"firing_rate"` // spikes per spiking unit and step
	LayerRates []float64 `json:"layer_rates"` // the same for each spiking layer, the readout's last

	Steps      int     `json:"steps"`       // of an example
	InputRate  float64 `json:"input_rate"`  // share of the inputs that are not zero
	SpikeInput bool    `json:"spike_input"` // all inputs are −1, 0 or 1

	Layers []LayerHealth `json:"layers"` // all of them, the readout last
}

// Evaluate runs the network over a dataset. The same seed gives the same report.
func (n *Network) Evaluate(ctx context.Context, data Dataset, e Evaluation) (*Report, error) {
	if data == nil || data.Len() == 0 {
		return nil, errors.New("srnn: evaluate: the dataset is empty")
	}
	if e.Batch == 0 {
		e.Batch = 64
	}
	if e.Batch < 0 {
		return nil, errors.Errorf("srnn: evaluate: batch is %d", e.Batch)
	}
	r, err := newRunner(n, data, min(e.Batch, data.Len()), purpose{count: true})
	if err != nil {
		return nil, err
	}
	defer r.close()
	idx := make([]int, data.Len())
	for i := range idx {
		idx[i] = i
	}
	return r.evaluate(ctx, data, idx, e)
}

// evaluate runs the examples at indices idx.
func (r *runner) evaluate(ctx context.Context, data Dataset, idx []int, e Evaluation) (*Report, error) {
	start := time.Now()
	rng := graph.Stream(e.Seed, "evaluate")
	var t tally
	for lo := 0; lo < len(idx); lo += r.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.run(data, idx[lo:min(lo+r.batch, len(idx))], rng, &t); err != nil {
			return nil, err
		}
		if e.Progress != nil {
			e.Progress(min(lo+r.batch, len(idx)), len(idx))
		}
	}
	rep := &Report{Examples: t.examples, Loss: t.meanLoss(), Accuracy: t.accuracy(), Confusion: t.confusion,
		Seconds: time.Since(start).Seconds(), Steps: r.dims.Steps, SpikeInput: !t.graded}
	if t.inputs > 0 {
		rep.InputRate = float64(t.nonZero) / float64(t.inputs)
	}
	rep.Layers = r.health(&t)
	var spikes, possible float64
	for _, c := range t.counts {
		s, p := c.total()
		rep.LayerRates = append(rep.LayerRates, s/p)
		spikes, possible = spikes+s, possible+p
	}
	if possible > 0 {
		rep.FiringRate = spikes / possible
	}
	return rep, nil
}
