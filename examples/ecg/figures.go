package main

import (
	"context"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

var waveNames = []string{"P", "PQ", "QR", "RS", "ST", "TP"}

// stepMS is the time between two samples of an electrocardiogram. To the network it is one step
// of dt = 1 ms, as in the paper.
const stepMS = 4

// draw draws the confusion matrix, the time constants, and a test record on its way through the network.
func draw(ctx context.Context, r *program.Run, net *train.Network, test *data.Records, rep *train.Report) error {
	if err := r.Confusion(rep, waveNames); err != nil {
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
	return drawRecord(ctx, r, net, test, 0)
}

// drawRecord draws test record i on its way through the network.
func drawRecord(ctx context.Context, r *program.Run, net *train.Network, test *data.Records, i int) error {
	p, err := net.Record(ctx, test, i)
	if err != nil {
		return err
	}
	figure := plot.RunFigure{StepMS: stepMS, Classes: waveNames, Channels: []string{"lead 1 ↑", "lead 1 ↓", "lead 2 ↑", "lead 2 ↓"}, Neurons: 1}
	if len(test.Signal) > i {
		figure.SignalName = "signal (mV)"
		for lead, s := range test.Signal[i] {
			figure.Signals = append(figure.Signals, plot.Trace{Name: []string{"lead 1", "lead 2"}[lead], Values: plot.Float64s(s)})
		}
	}
	return r.Write("record.png", func(path string) error { return figure.Draw(path, p) })
}
