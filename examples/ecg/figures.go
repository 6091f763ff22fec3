package main

import (
	"path/filepath"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

var waveNames = []string{"P", "PQ", "QR", "RS", "ST", "TP"}

// stepMS is the time between two samples of an electrocardiogram. To the network it is one step
// of dt = 1 ms, as in the paper.
const stepMS = 4

// drawHistory draws the learning curves.
func drawHistory(dir string, history []models.Epoch) error {
	if len(history) == 0 {
		return nil
	}
	d := plot.LearningCurvesData{LossName: "cross entropy (nats per step)"}
	for _, e := range history {
		d.TrainLoss = append(d.TrainLoss, e.Loss)
		d.TrainAccuracy = append(d.TrainAccuracy, e.Accuracy)
		d.ValidLoss = append(d.ValidLoss, e.ValLoss)
		d.ValidAccuracy = append(d.ValidAccuracy, e.ValAccuracy)
		if e.Best {
			d.Best = e.Epoch
		}
	}
	return plot.LearningCurves(filepath.Join(dir, "learning_curves.png"), d)
}

// drawNetwork draws the confusion matrix, the time constants, and a test record on its way
// through the network.
func drawNetwork(dir string, net *models.Network, test *data.Records, r *models.Report) error {
	if err := plot.Confusion(filepath.Join(dir, "confusion.png"), plot.ConfusionData{Classes: waveNames, Counts: r.Confusion}); err != nil {
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
	if err := plot.Histograms(filepath.Join(dir, "time_constants.png"), h); err != nil {
		return err
	}
	return drawRecord(filepath.Join(dir, "record.png"), net, test, 0)
}

// drawRecord runs test record i through the network, in a graph of its own, and draws it.
func drawRecord(path string, net *models.Network, test *data.Records, i int) error {
	dims := test.Dims()
	x := make([]float32, dims.Steps*dims.Features)
	labels := make([]int, dims.Steps)
	if err := test.Example(i, x, labels); err != nil {
		return err
	}

	g := gorgonia.NewGraph()
	twin, err := net.In(g)
	if err != nil {
		return err
	}
	dt := net.Config().Dtype
	in := tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(x))
	if dt == tensor.Float64 {
		in = tensor.New(tensor.WithShape(dims.Steps, 1, dims.Features), tensor.WithBacking(plot.Float64s(x)))
	}
	out, err := twin.Forward(gorgonia.NewTensor(g, dt, 3, gorgonia.WithShape(in.Shape()...), gorgonia.WithName("x"), gorgonia.WithValue(in)))
	if err != nil {
		return err
	}
	threshold, err := out.Readout.Threshold()
	if err != nil {
		return err
	}
	fired, err := out.Readout.Spikes()
	if err != nil {
		return err
	}
	var hidden, u, theta, spikes gorgonia.Value
	gorgonia.Read(out.Spikes[0], &hidden)
	gorgonia.Read(out.Membrane, &u)
	gorgonia.Read(threshold, &theta)
	gorgonia.Read(fired, &spikes)
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		return err
	}

	raster, err := rows(hidden)
	if err != nil {
		return err
	}
	membrane, err := rows(u)
	if err != nil {
		return err
	}
	thresholds, err := rows(theta)
	if err != nil {
		return err
	}
	readout, err := rows(spikes)
	if err != nil {
		return err
	}
	neuron := busiest(readout)
	d := plot.RecordData{
		Step: stepMS, Channels: []string{"lead 1 ↑", "lead 1 ↓", "lead 2 ↑", "lead 2 ↓"},
		Hidden: raster, Classes: waveNames, True: labels, Predicted: make([]int, dims.Steps),
		Neuron: plot.NeuronTrace{Name: "readout neuron " + waveNames[neuron], Membrane: column(membrane, neuron),
			Threshold: column(thresholds, neuron), Spikes: column(readout, neuron)},
	}
	if d.Input, err = plot.Rows(x, 1, dims.Features, 0); err != nil {
		return err
	}
	if len(test.Signal) > i {
		d.SignalName = "signal (mV)"
		for lead, s := range test.Signal[i] {
			d.Signals = append(d.Signals, plot.Trace{Name: []string{"lead 1", "lead 2"}[lead], Values: plot.Float64s(s)})
		}
	}
	for t, row := range membrane {
		for class, v := range row {
			if v > row[d.Predicted[t]] {
				d.Predicted[t] = class
			}
		}
	}
	return plot.Record(path, d)
}

// rows are the rows, one per step, of a sequence [T, 1, units].
func rows(v gorgonia.Value) ([][]float64, error) {
	x, err := graph.Float64s(v)
	if err != nil {
		return nil, err
	}
	return plot.Rows(x, 1, v.Shape()[len(v.Shape())-1], 0)
}

// busiest is the unit with the most spikes.
func busiest(spikes [][]float64) int {
	best, most := 0, -1.0
	for unit := range spikes[0] {
		n := 0.0
		for _, row := range spikes {
			n += row[unit]
		}
		if n > most {
			best, most = unit, n
		}
	}
	return best
}

func column(rows [][]float64, unit int) []float64 {
	x := make([]float64, len(rows))
	for t, row := range rows {
		x[t] = row[unit]
	}
	return x
}
