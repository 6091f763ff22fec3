package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
)

// LearnedSpikes is a figure of what a network of neurons that spike once at most does with some patterns before it
// learned, at the left, and after that: the potentials of the outputs, in all patterns where there is one output
// and else in a panel for each; those of the hidden neurons in one pattern; and the spikes of all neurons.
type LearnedSpikes struct {
	// Patterns are the names of the patterns, and What says what kind of names they are, such as "inputs at".
	// It may be empty.
	Patterns []string
	What     string
	// Classes are the names of the outputs, where there are several.
	Classes []string
	// Inhibitory is how many neurons of each hidden layer are inhibitory, the last ones.
	Inhibitory int
	// Targets are the times in ms at which outputs should spike.
	Targets []float64
	// End is the time in ms from which on a spike does not occur.
	End float64
	// Before and After are what the network does with each pattern.
	Before, After []SpikePassage
}

// SpikePassage is a pattern on its way through a network.
type SpikePassage struct {
	Spikes     [][]float64   // of the inputs and of each layer, ms
	Potentials [][]Potential // of each layer, without names and colours
}

// Draw draws the figure and writes it to path as PNG.
func (d LearnedSpikes) Draw(path string) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: learned spikes")
	}
	return f.Save(path)
}

func (d LearnedSpikes) figure() (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	f := &Figure{ShareX: true}
	left, err := spikeColumn{d, d.Before, false}.panels()
	if err != nil {
		return nil, err
	}
	right, err := spikeColumn{d, d.After, true}.panels()
	if err != nil {
		return nil, err
	}
	until := d.until()
	for i, l := range left {
		r := right[i]
		for _, p := range []*Panel{l, r} {
			p.X.Min, p.X.Max, p.X.Tick.Marker = -.4, until, Ticks{N: 7}
		}
		l.Y.Min, l.Y.Max = min(l.Y.Min, r.Y.Min), max(l.Y.Max, r.Y.Max)
		r.Y.Min, r.Y.Max, r.Y.Label.Text = l.Y.Min, l.Y.Max, ""
		f.Panels = append(f.Panels, []*Panel{l, r})
		height := vg.Length(75) // of an output panel among several
		switch hidden := len(left) - len(d.Before[0].Potentials); {
		case i == len(left)-1:
			height = 170
		case i >= hidden:
			height = 80
		case len(d.Classes) == 0:
			height = 120
		}
		f.Heights = append(f.Heights, height)
	}
	return f, nil
}

// check refuses what does not fit together.
func (d LearnedSpikes) check() error {
	if len(d.Patterns) == 0 || len(d.Before) != len(d.Patterns) || len(d.After) != len(d.Patterns) {
		return errors.Errorf("%d names of patterns for %d before and %d after, want as many, and one at least", len(d.Patterns), len(d.Before), len(d.After))
	}
	if len(d.Targets) == 0 {
		return errors.New("no targets")
	}
	layers := len(d.Before[0].Potentials)
	for _, passages := range [][]SpikePassage{d.Before, d.After} {
		for i, s := range passages {
			if layers == 0 || len(s.Potentials) != layers || len(s.Spikes) != layers+1 {
				return errors.Errorf("pattern %q: potentials of %d layers and spikes of %d, want %d, and those of the inputs", d.Patterns[i], len(s.Potentials), len(s.Spikes), layers)
			}
			if n := len(s.Potentials[layers-1]); n != max(len(d.Classes), 1) {
				return errors.Errorf("pattern %q: %d outputs, want %d", d.Patterns[i], n, max(len(d.Classes), 1))
			}
		}
	}
	return nil
}

// until is a time after all targets and spikes, ms.
func (d LearnedSpikes) until() float64 {
	_, until := bounds(d.Targets)
	for _, passages := range [][]SpikePassage{d.Before, d.After} {
		for _, s := range passages {
			for _, times := range s.Spikes {
				for _, t := range times {
					if t < d.End {
						until = max(until, t)
					}
				}
			}
		}
	}
	return min(until+2, d.End)
}

// spikeColumn is what a network does before or after it learned. What titles and legends say is divided between the
// two.
type spikeColumn struct {
	LearnedSpikes
	passages []SpikePassage
	after    bool
}

// panels are those of the column, from the top.
func (c spikeColumn) panels() (panels []*Panel, err error) {
	potentials := c.outputs()
	for layer := range len(c.passages[0].Potentials) - 1 {
		potentials = append(potentials, c.hidden(layer))
	}
	for _, d := range potentials {
		d.End = c.End
		p, err := NewPotentials(d)
		if err != nil {
			return nil, err
		}
		panels = append(panels, p)
	}
	p, err := c.spikes()
	return append(panels, p), err
}

// when is a text that is only there on a condition.
func when(there bool, text string) string {
	if there {
		return text
	}
	return ""
}

// before is a title of the left column, with what kind of patterns it is about.
func (c spikeColumn) before(title, pattern string) string {
	switch {
	case c.after:
		return ""
	case c.What == "":
		return title + ": " + pattern
	}
	return title + ", " + c.What + when(pattern != "", " "+pattern)
}

// outputs are the potential of the only output in all patterns, or those of all outputs in a pattern each.
func (c spikeColumn) outputs() (of []PotentialsData) {
	const before, after = "Before training", "After training"
	d := PotentialsData{Label: "output potential", Targets: c.Targets}
	last := len(c.passages[0].Potentials) - 1
	if len(c.Classes) == 0 {
		d.Title, d.TargetsName = when(c.after, after)+when(!c.after, before+when(c.What != "", ", "+c.What)), when(c.after, "targets")
		for i, s := range c.passages {
			d.Curves = append(d.Curves, s.Potentials[last][0].as(when(!c.after, c.Patterns[i]), spikeColour(i)))
		}
		return []PotentialsData{d}
	}
	for i, s := range c.passages {
		d.Title, d.TargetsName, d.Curves = when(!c.after, c.Patterns[i]), when(c.after && i == min(1, len(c.passages)-1), "targets"), nil
		if i == 0 {
			d.Title = when(c.after, after) + c.before(before, c.Patterns[i])
		}
		for j, u := range s.Potentials[last] {
			d.Curves = append(d.Curves, u.as(when(c.after && i == 0, c.Classes[j]), spikeColour(j)))
		}
		of = append(of, d)
	}
	return of
}

// hidden are the potentials of a layer's neurons in the second pattern, or the only one.
func (c spikeColumn) hidden(layer int) PotentialsData {
	i := min(1, len(c.passages)-1)
	d := PotentialsData{Label: "hidden potential", Title: c.before("Hidden neurons", c.Patterns[i])}
	potentials := c.passages[i].Potentials[layer]
	for j, u := range potentials {
		colour, name := Blue, when(j == 0, "excitatory")
		if inhibitory := len(potentials) - c.Inhibitory; j >= inhibitory {
			colour, name = Vermilion, when(j == inhibitory, "inhibitory")
		}
		d.Curves = append(d.Curves, u.as(when(c.after, name), colour))
	}
	return d
}

// as is the curve with a name and a colour.
func (u Potential) as(name string, colour color.Color) Potential {
	u.Name, u.Colour = name, colour
	return u
}

// spikes is the panel of all spikes, those of the inputs at the top.
func (c spikeColumn) spikes() (*Panel, error) {
	d := SpikeTimesData{Title: when(!c.after, "Spikes of all neurons"), End: c.End}
	for g := range c.passages[0].Spikes {
		name := "hidden"
		switch g {
		case 0:
			name = "inputs"
		case len(c.passages[0].Spikes) - 1:
			name = "output"
		}
		d.Groups = append(d.Groups, name)
	}
	for i, s := range c.passages {
		d.Patterns = append(d.Patterns, SpikeTimesOf{Name: when(c.after, c.Patterns[i]), Colour: spikeColour(i), Times: s.Spikes})
	}
	return NewSpikeTimes(d)
}

// spikeColour is that of a pattern, or of the output for a class.
func spikeColour(i int) color.Color { return []color.Color{Blue, Vermilion, Green, Orange}[i%4] }
