package main

import (
	"context"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// draw draws the confusion matrix, the time constants, and a test record on its way through the network.
func draw(ctx context.Context, r *program.Run, net *train.Network, test train.Dataset, rep *train.Report) error {
	if err := r.Confusion(rep, program.Waves()); err != nil {
		return err
	}
	h := plot.HistogramsData{}
	for _, p := range []struct {
		param, name string
		initial     float64
	}{
		{"layer0.tau_m", "hidden τm", 20}, {"readout.tau_m", "readout τm", 20}, {"readout.tau_adp", "readout τadp", 100},
	} {
		if q, ok := net.Params().Get(p.param); ok {
			h.Panels = append(h.Panels, plot.Histogram{Name: p.name, Values: q.Values(), Initial: p.initial})
		}
	}
	if err := r.Write("time_constants.png", func(path string) error { return plot.Histograms(path, h) }); err != nil {
		return err
	}
	return r.Electrocardiogram(ctx, net, test, 0)
}
