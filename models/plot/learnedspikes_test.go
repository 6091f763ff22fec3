package plot

import (
	"image/color"
	"slices"
	"strings"
	"testing"
)

// syntheticPassages are patterns on their way through 3 inputs, 4 hidden neurons and some outputs.
func syntheticPassages(patterns, outputs int, later float64) (all []SpikePassage) {
	for i := range patterns {
		s := SpikePassage{Spikes: [][]float64{{0, float64(i), 50}}}
		for _, units := range []int{4, outputs} {
			var times []float64
			var potentials []Potential
			for j := range units {
				at := later + float64(i+j)
				if j == 3 {
					at = 50 // silent
				}
				times = append(times, at)
				potentials = append(potentials, Potential{Course: Course{Times: []float64{0, at}, Values: []float64{0, 1}}, Spike: at})
			}
			s.Spikes, s.Potentials = append(s.Spikes, times), append(s.Potentials, potentials)
		}
		all = append(all, s)
	}
	return all
}

func TestLearnedSpikes(t *testing.T) {
	one := LearnedSpikes{Patterns: []string{"0, 0", "0, 6"}, What: "inputs at", Inhibitory: 1, Targets: []float64{10, 16}, End: 50,
		Before: syntheticPassages(2, 1, 8), After: syntheticPassages(2, 1, 11)}
	three := LearnedSpikes{Patterns: []string{"a", "b", "c"}, Classes: []string{"a", "b", "c"}, Targets: []float64{12}, End: 50,
		Before: syntheticPassages(3, 3, 20), After: syntheticPassages(3, 3, 5)}
	checkDrawings(t, []drawing{
		{"learned spikes of one output", one, nil, 1600, 6, []color.Color{Blue, Vermilion, Black}, 0},
		{"learned spikes of classes", three, nil, 1600, 10, []color.Color{Blue, Vermilion, Green, Black}, 0},
	})
	for _, c := range []struct {
		d      LearnedSpikes
		titles []string // row by row
		keys   []int
		until  float64
	}{
		{one, []string{"Before training, inputs at", "After training", "Hidden neurons, inputs at 0, 6", "", "Spikes of all neurons", ""}, []int{2, 1, 0, 2, 0, 2}, 18},
		{three, []string{"Before training: a", "After training", "b", "", "c", "", "Hidden neurons: b", "", "Spikes of all neurons", ""}, []int{0, 3, 0, 1, 0, 0, 0, 1, 0, 3}, 26},
	} {
		f, err := c.d.figure()
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		var keys []int
		for _, row := range f.Panels {
			for _, p := range row {
				titles, keys = append(titles, p.title), append(keys, len(p.keys))
				if p.X.Max != c.until || p.Y.Min != row[0].Y.Min || p.Y.Max != row[0].Y.Max {
					t.Errorf("the axes of %q end at %v ms, want %v, and go from %v to %v, want %v to %v", p.title, p.X.Max, c.until, p.Y.Min, p.Y.Max, row[0].Y.Min, row[0].Y.Max)
				}
			}
		}
		if !slices.Equal(titles, c.titles) || !slices.Equal(keys, c.keys) {
			t.Errorf("titles are %q with legends of %v, want %q and %v", titles, keys, c.titles, c.keys)
		}
	}
}

func TestBadLearnedSpikes(t *testing.T) {
	good := LearnedSpikes{Patterns: []string{"p"}, Targets: []float64{1}, End: 50, Before: syntheticPassages(1, 1, 1), After: syntheticPassages(1, 1, 1)}
	for want, change := range map[string]func(d *LearnedSpikes){
		"1 names of patterns for 1 before and 0 after": func(d *LearnedSpikes) { d.After = nil },
		"no targets":           func(d *LearnedSpikes) { d.Targets = nil },
		`"p": 1 outputs, want`: func(d *LearnedSpikes) { d.Classes = []string{"a", "b"} },
		"and spikes of 3":      func(d *LearnedSpikes) { d.After[0].Potentials = d.After[0].Potentials[:1] },
	} {
		d := good
		d.After = slices.Clone(good.After)
		change(&d)
		if err := d.Draw("none.png"); err == nil || !strings.HasPrefix(err.Error(), "plot: learned spikes: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
