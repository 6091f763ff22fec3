package main

import (
	"cmp"
	"context"
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// classNames are the digits, or numbers where there are not twenty classes.
func classNames(n int) []string {
	if n == len(data.DigitNames) {
		return data.DigitNames
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}

// drawExample draws test example i on its way through the network: the spikes, and how the readout sums up
// what it says, of which the loss takes the end.
func drawExample(ctx context.Context, r *program.Run, net *train.Network, test *data.Binned, i int, dt float64) error {
	p, err := net.Record(ctx, test, i)
	if err != nil {
		return err
	}
	readout, label := p.Layers[len(p.Layers)-1], p.Classes[0]
	membrane, err := plot.Rows(readout.Series["membrane"], 1, readout.Units, 0)
	if err != nil {
		return err
	}
	names, said := classNames(readout.Units), "an example without a class"
	if label != train.Ignore {
		said = fmt.Sprintf("“%s”", names[label])
	}
	p.Layers, p.Scores, p.Classes = p.Layers[:len(p.Layers)-1], nil, nil
	f, err := plot.RunFigure{Title: said + " on its way through the network", StepMS: dt, Neurons: -1, Upward: true}.Figure(p)
	if err != nil {
		return err
	}
	panel, err := drawScores(scores(membrane), names, label, dt)
	if err != nil {
		return err
	}
	panel.X.Min, panel.X.Max = f.Panels[0][0].X.Min, f.Panels[0][0].X.Max
	f.Panels, f.Heights = append(f.Panels, []*plot.Panel{panel}), append(f.Heights, 90)
	return r.Write("example.png", f.Save)
}

// scores are the sums of softmax(u_t) from step 1 up to each step, as models.SumSoftmax has them at
// the end.
func scores(membrane [][]float64) [][]float64 {
	sum := make([]float64, len(membrane[0]))
	out := make([][]float64, len(membrane))
	for t, u := range membrane {
		if t >= loss.From {
			top, total := slices.Max(u), 0.
			for _, v := range u {
				total += math.Exp(v - top)
			}
			for k, v := range u {
				sum[k] += math.Exp(v-top) / total
			}
		}
		out[t] = slices.Clone(sum)
	}
	return out
}

// drawScores draws the scores of the classes that are highest in the end, and of the true one.
func drawScores(score [][]float64, names []string, label int, dt float64) (*plot.Panel, error) {
	times := make([]float64, len(score))
	for t := range times {
		times[t] = float64(t) * dt
	}
	last := score[len(score)-1]
	order := make([]int, len(last))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(last[b], last[a]) })
	shown := order[:min(3, len(order))]
	if label != train.Ignore && !slices.Contains(shown, label) {
		shown = append(shown, label)
	}
	panel := plot.NewPanel(fmt.Sprintf("Readout says “%s”", names[order[0]]), "time (ms)", "Σ softmax(u)")
	top := 1.
	for k, class := range shown {
		values := make([]float64, len(times))
		for t := range values {
			values[t] = score[t][class]
		}
		top = max(top, slices.Max(values))
		if err := panel.Line(names[class], times, values, plot.Solid([]color.Color{plot.Blue, plot.Vermilion, plot.Green, plot.Purple}[k])); err != nil {
			return nil, err
		}
	}
	panel.Y.Min, panel.Y.Max = 0, 1.05*top
	return panel, nil
}
