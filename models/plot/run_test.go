package plot

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models/train"
)

// prediction is of a figure to be drawn by a test.
type prediction struct {
	RunFigure
	p *train.Prediction
}

func (d prediction) figure() (*Figure, error) { return d.of(d.p) }

// syntheticLayer has adaptive LIF neurons that random input drives.
func syntheticLayer(name string, steps, units int, drive float64) train.LayerRecord {
	rng := rand.New(rand.NewPCG(uint64(steps), uint64(units)))
	l := train.LayerRecord{Layer: name, Units: units, Series: map[string][]float64{}}
	u, a, bias := make([]float64, units), make([]float64, units), make([]float64, units)
	for i := range bias {
		bias[i] = drive * rng.Float64() * rng.Float64()
	}
	for t := range steps {
		for i := range units {
			u[i] = 0.92*u[i] + 0.08*(bias[i]*(1+math.Sin(float64(t)/40+float64(i)))+0.4*rng.NormFloat64())
			threshold, spike := 0.5+a[i], 0.0
			if u[i] > threshold {
				spike = 1
			}
			for name, v := range map[string]float64{spikeSeries: spike, membraneSeries: u[i], thresholdSeries: threshold, "adaptation": a[i]} {
				l.Series[name] = append(l.Series[name], v)
			}
			u[i] -= spike * threshold
			a[i] = 0.97*a[i] + 0.1*spike
		}
	}
	return l
}

// withoutSpikes leaves a layer its potentials.
func withoutSpikes(l train.LayerRecord) train.LayerRecord {
	l.Series = map[string][]float64{membraneSeries: l.Series[membraneSeries]}
	return l
}

// syntheticInputs are events with the given probability, or numbers where it is 0.
func syntheticInputs(steps, features int, probability float64) []float32 {
	rng := rand.New(rand.NewPCG(7, 8))
	x := make([]float32, steps*features)
	for i := range x {
		t, k := i/features, i%features
		switch {
		case probability == 0:
			x[i] = float32(math.Sin(float64(t)/15+float64(k))) + 0.1*float32(rng.NormFloat64())
		case rng.Float64() < probability*(1+math.Sin(float64(t)/20+8*float64(k)/float64(features))):
			x[i] = 1
		}
	}
	return x
}

// syntheticScores are of n classes in each step; the truth changes every 60 steps.
func syntheticScores(steps, n int) (scores [][]float64, truth []int) {
	rng := rand.New(rand.NewPCG(9, 10))
	row := make([]float64, n)
	for t := range steps {
		truth = append(truth, t/60%n)
		for i := range row {
			row[i] = 0.93*row[i] + 0.2*rng.NormFloat64()*0.3
		}
		row[truth[t]] += 0.05
		scores = append(scores, slices.Clone(row))
	}
	return scores, truth
}

// syntheticRuns are predictions of several kinds by name, with the number of panels and those among them
// that show nothing but a grid.
func syntheticRuns() []drawing {
	perStep, truth := syntheticScores(500, 6)
	truth[0] = train.Ignore
	ecg := prediction{RunFigure{Title: "A record", StepMS: 4, Classes: waves, Channels: []string{"lead 1 ↑", "lead 1 ↓"}},
		&train.Prediction{Steps: 500, Features: 2, Inputs: syntheticInputs(500, 2, 0.1), Classes: truth, Scores: perStep,
			Layers: []train.LayerRecord{syntheticLayer("layer0", 500, 36, 3), readout(syntheticLayer("readout", 500, 6, 3))}}}

	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf("number %d", i)
	}
	leaky := readout(withoutSpikes(syntheticLayer("readout", 100, 20, 1)))
	digits := prediction{RunFigure{Classes: names, StepMS: 10, Upward: true}, &train.Prediction{Steps: 100, Features: 700, Inputs: syntheticInputs(100, 700, 0.03),
		Classes: []int{3}, Scores: [][]float64{slices.Clone(leaky.Series[membraneSeries][99*20:])},
		Layers: []train.LayerRecord{syntheticLayer("layer0", 100, 128, 3), syntheticLayer("layer1", 100, 2000, 3), leaky}}}

	signed := syntheticInputs(10000, 3, 0.02)
	for i := range signed {
		if i%7 == 0 {
			signed[i] = -signed[i]
		}
	}
	long, _ := syntheticScores(10000, 3)
	endless := prediction{p: &train.Prediction{Steps: 10000, Features: 3, Inputs: signed, Classes: []int{1}, Scores: long,
		Layers: []train.LayerRecord{syntheticLayer("layer0", 10000, 300, 4)}}}

	target, outputs := make([]float32, 200*6), make([][]float64, 200)
	for t := range outputs {
		for k := range 6 {
			target[t*6+k] = float32(math.Sin(float64(t)/20 + float64(k)))
			outputs[t] = append(outputs[t], float64(target[t*6+k])+0.2*math.Sin(float64(t)))
		}
	}
	regression := prediction{RunFigure{Neurons: -1}, &train.Prediction{Steps: 200, Features: 40, Inputs: syntheticInputs(200, 40, 0), Numbers: target, Scores: outputs,
		Layers: []train.LayerRecord{syntheticLayer("layer0", 200, 1, 4), {Layer: "silent", Units: 3}, withoutSpikes(syntheticLayer("readout", 200, 4, 1))}}}

	ones := prediction{p: &train.Prediction{Steps: 1, Features: 3, Inputs: syntheticInputs(1, 3, 0), Numbers: []float32{1, -2, 0.5}, Scores: [][]float64{{0.8, -1.5, 0.7}},
		Layers: []train.LayerRecord{syntheticLayer("layer0", 1, 1, 4)}}}
	bare := prediction{p: &train.Prediction{Steps: 5, Scores: [][]float64{{-3, -1, -2}}}}
	thousand, _ := syntheticScores(1, 1000)
	many := prediction{p: &train.Prediction{Steps: 30, Features: 1, Inputs: make([]float32, 30), Classes: []int{4}, Scores: thousand}}

	graded := syntheticLayer("graded", 60, 12, 5)
	for i, v := range graded.Series[spikeSeries] {
		graded.Series[spikeSeries][i] = v * float64(i%3)
	}
	other := train.LayerRecord{Layer: "lstm", Units: 9, Series: map[string][]float64{
		"cell": graded.Series[membraneSeries][:60*9], "hidden": graded.Series["adaptation"][:60*9]}}
	unknown, _ := syntheticScores(60, 9)
	odd := prediction{p: &train.Prediction{Steps: 60, Layers: []train.LayerRecord{graded, other}, Scores: unknown}}
	drawn := func(name string, d prediction, panels, blanks int, wants ...color.Color) drawing {
		return drawing{name: name, data: d, draw: func(path string) error { return d.Draw(path, d.p) }, width: 1600, panels: panels, blanks: blanks, wants: wants}
	}
	return []drawing{
		drawn("run", ecg, 1+2*4+2, 0, append([]color.Color{Black}, classColours[:6]...)...),
		drawn("run of digits", digits, 1+2*4+3+1, 0, Black, Blue, Vermilion, SkyBlue),
		drawn("run of many steps", endless, 1+4+1, 0, Black, Blue, Vermilion),
		drawn("run of a regression", regression, 1+3+4, 1, Black, Blue),
		drawn("run of one step", ones, 1+3+1, 1, SkyBlue, Black),
		drawn("run of scores", bare, 1, 0, Vermilion),
		drawn("run of a thousand classes", many, 2, 1, SkyBlue),
		drawn("run of other layers", odd, 4+2+1, 0, Green),
	}
}

func readout(l train.LayerRecord) train.LayerRecord {
	l.Readout = true
	return l
}

func TestRun(t *testing.T) { checkDrawings(t, syntheticRuns()) }
