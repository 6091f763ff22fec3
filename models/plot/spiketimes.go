package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PotentialsData is what [NewPotentials] draws: membrane potentials of neurons that spike once at most.
type PotentialsData struct {
	// Title is that of the panel, and Label that of the y axis.
	Title, Label string
	Curves       []Potential
	// Targets are the times in ms at which neurons should spike, which are marked by upright lines, and
	// TargetsName is what the legend says of them. "" leaves it out.
	Targets     []float64
	TargetsName string
	// End is the time in ms up to which the threshold is drawn, and from which on a spike does not occur.
	End float64
}

// Potential is the membrane potential of a neuron up to its spike, in units of the threshold.
type Potential struct {
	// Name is what the legend says. "" leaves it out.
	Name   string
	Colour color.Color
	Course
	// Spike is the time of the spike in ms, which is a dot on the threshold. From the end on there is none.
	Spike float64
}

// NewPotentials returns a panel of membrane potentials, each up to its spike, with the threshold, 1.
func NewPotentials(d PotentialsData) (*Panel, error) {
	p, err := d.panel()
	return p, errors.WithMessage(err, "plot: potentials")
}

func (d PotentialsData) panel() (*Panel, error) {
	if len(d.Curves) == 0 {
		return nil, errors.Errorf("%q: no curves", d.Title)
	}
	if err := finite("targets", d.Targets); err != nil {
		return nil, err
	}
	p := NewPanel(d.Title, timeLabel, d.Label)
	line := Dashed(Black)
	for _, t := range d.Targets {
		p.Add(&plotter.Line{XYs: plotter.XYs{{X: t, Y: -1e3}, {X: t, Y: 1e3}}, LineStyle: line})
	}
	if d.TargetsName != "" {
		p.Key(d.TargetsName, &plotter.Line{LineStyle: line})
	}
	low := 0.
	for _, c := range d.Curves {
		if err := p.Line(c.Name, c.Times, c.Values, Solid(c.Colour)); err != nil {
			return nil, err
		}
		if err := finite("spike", []float64{c.Spike}); err != nil {
			return nil, errors.WithMessagef(err, "%q", c.Name)
		}
		if c.Spike < d.End {
			p.Add(spikeDots(plotter.XYs{{X: c.Spike, Y: 1}}, c.Colour, 2.6))
		}
		least, _ := bounds(c.Values)
		low = min(low, least)
	}
	p.Y.Min, p.Y.Max = low-.08, 1.15
	p.Y.Tick.Marker = Ticks{N: 4}
	return p, p.Line("", []float64{0, d.End}, []float64{1, 1}, Dashed(color.Gray{Y: 0x66}))
}

// spikeDots are spikes.
func spikeDots(at plotter.XYs, c color.Color, radius vg.Length) *plotter.Scatter {
	return &plotter.Scatter{XYs: at, GlyphStyle: draw.GlyphStyle{Color: c, Radius: radius, Shape: draw.CircleGlyph{}}}
}

// SpikeTimesData is what [NewSpikeTimes] draws: when neurons spike that do so once at most, in some patterns.
type SpikeTimesData struct {
	Title string
	// Groups are the names of the layers, the first at the top.
	Groups   []string
	Patterns []SpikeTimesOf
	// End is the time in ms from which on a spike does not occur.
	End float64
}

// SpikeTimesOf are the spikes in one pattern.
type SpikeTimesOf struct {
	// Name is what the legend says. "" leaves it out.
	Name   string
	Colour color.Color
	// Times are those of each neuron of each group in ms. Those from the end on are not drawn.
	Times [][]float64
}

// NewSpikeTimes returns a panel with a row for each neuron and a dot for each spike. The patterns stand one above
// the other within a row.
func NewSpikeTimes(d SpikeTimesData) (*Panel, error) {
	p, err := d.panel()
	return p, errors.WithMessage(err, "plot: spike times")
}

// sizes are the numbers of neurons in the groups, which are the same in all patterns.
func (d SpikeTimesData) sizes() (sizes []int, err error) {
	if len(d.Patterns) == 0 || len(d.Groups) == 0 {
		return nil, errors.Errorf("%q: %d patterns of %d groups, want one of each at least", d.Title, len(d.Patterns), len(d.Groups))
	}
	for k, of := range d.Patterns {
		if len(of.Times) != len(d.Groups) {
			return nil, errors.Errorf("%q: pattern %d has %d groups, want %d", d.Title, k, len(of.Times), len(d.Groups))
		}
		for g, group := range of.Times {
			if k == 0 {
				sizes = append(sizes, len(group))
			}
			if len(group) != sizes[g] || len(group) == 0 {
				return nil, errors.Errorf("%q: pattern %d has %d neurons in group %q, want %d, and at least one", d.Title, k, len(group), d.Groups[g], sizes[g])
			}
			if err := finite(d.Groups[g], group); err != nil {
				return nil, errors.WithMessagef(err, "%q: pattern %d", d.Title, k)
			}
		}
	}
	return sizes, nil
}

func (d SpikeTimesData) panel() (*Panel, error) {
	sizes, err := d.sizes()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, n := range sizes {
		total += n
	}
	p := NewPanel(d.Title, timeLabel, "")
	var ticks plot.ConstantTicks
	left := total // rows of this group and of those below it
	for g, n := range sizes {
		ticks = append(ticks, plot.Tick{Value: float64(left) - float64(n+1)/2, Label: d.Groups[g]})
		if left -= n; left > 0 {
			y := float64(left) - .5
			p.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: y}, {X: d.End, Y: y}}, LineStyle: draw.LineStyle{Color: color.Gray{Y: 0x99}, Width: .6}})
		}
	}
	p.Y.Tick.Marker = ticks
	p.Y.Min, p.Y.Max = -.5, float64(total)-.5
	for i, of := range d.Patterns {
		var at plotter.XYs
		row := total - 1
		for _, group := range of.Times {
			for _, t := range group {
				if t < d.End {
					at = append(at, plotter.XY{X: t, Y: float64(row) + .4 - .8*(float64(i)+.5)/float64(len(d.Patterns))})
				}
				row--
			}
		}
		spikes := spikeDots(at, of.Colour, 1.5)
		p.Add(spikes)
		if of.Name != "" {
			p.Key(of.Name, spikes)
		}
	}
	return p, nil
}
