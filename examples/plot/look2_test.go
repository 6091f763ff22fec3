package plot

import ("testing";"fmt";"math")

func TestLook2(t *testing.T) {
	one := LearningCurvesData{TrainLoss: []float64{1.2}, TrainAccuracy: []float64{0.3}, Best: 1}
	few := syntheticLearning(6); few.ValidAccuracy, few.ValidLoss = nil, nil
	neg := syntheticRecord(120, 8)
	neg.Signals = nil; neg.Channels = []string{"a quite long channel name", "b"}; neg.Title=""
	for i := range neg.Input { neg.Input[i] = []float64{neg.Input[i][0]-neg.Input[i][1]*(1-neg.Input[i][0]), neg.Input[i][2]} }
	neg.Neuron.Name = ""
	neg.True[0], neg.True[1] = -1, -1
	big := ConfusionData{}
	for i := range 20 { big.Classes = append(big.Classes, fmt.Sprintf("German eleven %d", i)); row := make([]int, 20); row[i] = 10*i; row[(i*7)%20] += 30; if i == 3 { row = make([]int, 20) }; big.Counts = append(big.Counts, row) }
	empty := syntheticConfusion(); empty.Counts[2] = make([]int, 6)
	hs := HistogramsData{Panels: []Histogram{{Name: "equal", Values: []float64{20,20,20}, Initial: 20},{Name: "single", Values: []float64{700.5}, Initial: 650},{Name: "zero", Values: []float64{0}},{Name: "a name that is much too long for its panel", Values: []float64{1,2,3,4,5,1e3}, Initial: 3}}}
	var ps []*Panel
	for i := range 6 {
		p := NewPanel(fmt.Sprintf("Neuron %d", i), "time (ms)", []string{"v (mV)", "", ""}[i%3])
		xs, ys := make([]float64, 300), make([]float64, 300)
		for k := range xs { xs[k] = float64(k); ys[k] = math.Pow(10, float64(i))*math.Sin(float64(k)/20) }
		if err := p.Line("membrane potential", xs, ys, Solid(Blue)); err != nil { t.Fatal(err) }
		if err := p.Events("spikes", []float64{20, 40, 80}, []float64{0, 0, 0}, math.Pow(10, float64(i)), Vermilion); err != nil { t.Fatal(err) }
		ps = append(ps, p)
	}
	g := Figure{Title: "Gallery", Panels: [][]*Panel{ps[:3], {ps[3], nil, ps[5]}}, ShareX: true, Widths: []float64{2, 1, 1}}
	for _, f := range []func() error{
		func() error { return LearningCurves("/tmp/fig/e_one.png", one) },
		func() error { return LearningCurves("/tmp/fig/e_few.png", few) },
		func() error { return Record("/tmp/fig/e_neg.png", neg) },
		func() error { return Record("/tmp/fig/e_step.png", syntheticRecord(1, 1)) },
		func() error { return Confusion("/tmp/fig/e_big.png", big) },
		func() error { return Confusion("/tmp/fig/e_empty.png", empty) },
		func() error { return Confusion("/tmp/fig/e_c1.png", ConfusionData{Classes: []string{"only"}, Counts: [][]int{{3}}}) },
		func() error { return Histograms("/tmp/fig/e_hist.png", hs) },
		func() error { return g.Save("/tmp/fig/e_gallery.png") },
	} {
		if err := f(); err != nil {
			t.Error(err)
		}
	}
}
