package plot

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
)

// syntheticImageRun is a network with a hidden layer of 4 neurons, of which neuron i spikes i times, and a readout of
// 2, of which the second spikes 3 times.
func syntheticImageRun() *train.Prediction {
	p := &train.Prediction{Steps: 8}
	for _, units := range []int{4, 2} {
		l := train.LayerRecord{Layer: "layer", Units: units, Readout: units == 2, Series: map[string][]float64{}}
		spikes := make([]float64, 8*units)
		for i := range units {
			for t := range i * (1 + 2*(4-units)/2) {
				spikes[t*units+i] = 1
			}
		}
		l.Series["spikes"] = spikes
		p.Layers = append(p.Layers, l)
	}
	return p
}

func TestImageRun(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 4, 4))
	d := ImageRun{Title: "a digit", SeenTitle: "seen", ImageTitle: "image", Image: grey, Seen: []float64{0, 1, .5, .5, 0, 0, 0, 1}, Classes: []string{"no", "yes"}}
	p := syntheticImageRun()
	f, err := d.figure(p)
	if err != nil {
		t.Fatal(err)
	}
	checkDrawings(t, []drawing{{"image run", figureOf{f}, nil, 1600, 6, []color.Color{Blue, Black}, 0}})
	for row, want := range []string{"seen", "Hidden layer 1: 0.188 spikes per neuron and step", "Readout: 0.188 spikes per neuron and step"} {
		if got := f.Panels[row][0].title; got != want {
			t.Errorf("row %d has the title %q, want %q", row, got, want)
		}
	}
	ticks := f.Panels[2][0].Y.Tick.Marker.Ticks(0, 0)
	if len(ticks) != 2 || ticks[1].Label != "yes" || ticks[1].Value != 1 {
		t.Errorf("the marks of the readout are %v", ticks)
	}
	// The bars end at the numbers of spikes.
	at := pictured(t, f.Panels[1][1], 200)
	for i := range 4 {
		for n := range 3 {
			if got := at(float64(n)+.5, float64(i)) == rgba(Blue); got != (n < i) {
				t.Errorf("neuron %d has a spike number %d: %v", i, n+1, got)
			}
		}
	}
	for want, change := range map[string]func(){
		"7 steps are seen":        func() { d.Seen = d.Seen[:7] },
		"no spikes were recorded": func() { delete(p.Layers[1].Series, "spikes") },
	} {
		p, d.Seen = syntheticImageRun(), d.Seen[:8]
		change()
		if err := d.Draw("none.png", p); err == nil || !strings.HasPrefix(err.Error(), "plot: image run: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

// figureOf is a figure that is there already.
type figureOf struct{ f *Figure }

func (f figureOf) figure() (*Figure, error) { return f.f, nil }
