package plot

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// The synthetic data below look like the real thing, so that a figure of them shows what a
// figure of a trained network would: seeded, and the same on every machine.

var waves = []string{"P", "PQ", "QR", "RS", "ST", "TP"}

// waveEnds are the ends of the waves, in shares of a heart beat.
var waveEnds = []float64{0.12, 0.2, 0.26, 0.31, 0.55, 1}

// syntheticLearning is a training of n epochs that begins to overfit.
func syntheticLearning(n int) LearningCurvesData {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	d := LearningCurvesData{Title: "ECG, 4–36–6 SRNN", LossName: "loss (nats per step)"}
	for e := range n {
		x := float64(e) / 60
		d.TrainLoss = append(d.TrainLoss, 0.38+1.35*math.Exp(-4*x)-0.012*x+0.012*rng.NormFloat64())
		d.ValidLoss = append(d.ValidLoss, 0.45+1.3*math.Exp(-4*x)+0.008*x+0.02*rng.NormFloat64())
		d.TrainAccuracy = append(d.TrainAccuracy, math.Min(1, 0.87-0.6*math.Exp(-4*x)+0.002*x+0.004*rng.NormFloat64()))
		d.ValidAccuracy = append(d.ValidAccuracy, math.Min(1, 0.85-0.6*math.Exp(-4*x)+0.008*rng.NormFloat64()))
	}
	for e, a := range d.ValidAccuracy {
		if d.Best == 0 || a > d.ValidAccuracy[d.Best-1] {
			d.Best = e + 1
		}
	}
	return d
}

// syntheticRecord is an electrocardiogram of 250 Hz, coded by level crossings and seen by a layer
// of random LIF neurons.
func syntheticRecord(steps, units int) RecordData {
	rng := rand.New(rand.NewPCG(2, 3))
	d := RecordData{
		Title:      "QTDB, test record 17",
		Step:       4,
		SignalName: "ECG (mV)",
		Channels:   []string{"lead 1 up", "lead 1 down", "lead 2 up", "lead 2 down"},
		Classes:    waves,
	}
	type bump struct{ at, width, height float64 }
	leads := [][]bump{
		{{0.06, 0.025, 0.16}, {0.23, 0.009, -0.12}, {0.26, 0.011, 1.15}, {0.29, 0.01, -0.28}, {0.46, 0.05, 0.32}},
		{{0.06, 0.03, 0.1}, {0.255, 0.014, 0.55}, {0.3, 0.014, -0.42}, {0.47, 0.045, -0.2}},
	}
	const beat = 205.0 // steps
	phase := func(t int) float64 { return math.Mod((float64(t)+60)/beat+0.02*math.Sin(float64(t)/300), 1) }
	level := []float64{0, 0}
	for l := range leads {
		d.Signals = append(d.Signals, Trace{Name: []string{"lead 1", "lead 2"}[l]})
	}
	for t := range steps {
		row := make([]float64, 4)
		for l, bumps := range leads {
			v := 0.05*math.Sin(2*math.Pi*float64(t)/700) + 0.006*rng.NormFloat64()
			for _, b := range bumps {
				v += b.height * math.Exp(-math.Pow((phase(t)-b.at)/b.width, 2)/2)
			}
			d.Signals[l].Values = append(d.Signals[l].Values, v)
			switch {
			case v > level[l]+0.04:
				row[2*l] = 1
				level[l] += 0.04
			case v < level[l]-0.04:
				row[2*l+1] = 1
				level[l] -= 0.04
			}
		}
		d.Input = append(d.Input, row)
		class := 0
		for phase(t) > waveEnds[class] {
			class++
		}
		d.True = append(d.True, class)
		d.Predicted = append(d.Predicted, class)
	}
	for t := range steps { // the network is late at some borders and wrong in bursts
		if late := t - rng.IntN(9); late >= 0 && rng.IntN(4) > 0 {
			d.Predicted[t] = d.True[late]
		}
		if t%170 > 158 {
			d.Predicted[t] = (d.True[t] + 1) % len(waves)
		}
	}
	weights := make([][]float64, units)
	for i := range weights {
		weights[i] = []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), 0.05 + 0.11*rng.Float64()}
	}
	u, eta := make([]float64, units), 0.0
	shown := min(4, units-1)
	d.Neuron.Name = fmt.Sprintf("Neuron %d", shown+1)
	for _, input := range d.Input {
		spikes := make([]float64, units)
		for i, w := range weights {
			current := w[4]
			for c, x := range input {
				current += 2 * w[c] * x
			}
			u[i] = 0.95*u[i] + 0.05*current
			threshold := 0.06
			if i == shown {
				threshold += 0.3 * eta
				d.Neuron.Membrane = append(d.Neuron.Membrane, u[i])
				d.Neuron.Threshold = append(d.Neuron.Threshold, threshold)
			}
			if u[i] > threshold {
				spikes[i] = 1
				u[i] -= threshold
			}
		}
		eta = 0.97*eta + 0.03*spikes[shown]
		d.Neuron.Spikes = append(d.Neuron.Spikes, spikes[shown])
		d.Hidden = append(d.Hidden, spikes)
	}
	return d
}

func syntheticConfusion() ConfusionData {
	return ConfusionData{
		Title:   "ECG test set",
		Classes: waves,
		Counts: [][]int{
			{13120, 1430, 12, 0, 210, 1890},
			{1240, 8120, 940, 25, 31, 102},
			{9, 702, 7030, 640, 11, 2},
			{3, 15, 580, 5890, 720, 1},
			{120, 14, 8, 610, 31020, 2204},
			{2210, 240, 3, 1, 2890, 58120},
		},
	}
}

func syntheticHistograms() HistogramsData {
	rng := rand.New(rand.NewPCG(4, 5))
	around := func(n int, mean, sd float64) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = mean * math.Exp(sd*rng.NormFloat64())
		}
		return v
	}
	return HistogramsData{
		Title: "Learned time constants",
		Panels: []Histogram{
			{Name: "hidden τm", Values: around(36, 24, 0.4), Initial: 20},
			{Name: "readout τm", Values: around(6, 26, 0.2), Initial: 20},
			{Name: "readout τadp", Values: around(6, 128, 0.3), Initial: 100},
		},
	}
}
