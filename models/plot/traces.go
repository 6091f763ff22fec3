package plot

import (
	"image/color"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TracesData is what [Traces] draws: what some neurons did in one or several runs each.
type TracesData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Neurons are drawn from the left to the right and from the top to the bottom.
	Neurons []NeuronLanes
	// Columns is the number of neurons side by side. 0 means 1.
	Columns int
	// Width is the width of the page, see [Figure].
	Width vg.Length
}

// NeuronLanes are the variables of one neuron, in lanes one above the other. Its runs stand side by
// side and have the same y axes.
type NeuronLanes struct {
	// Name is the title of the first run.
	Name string
	// Lanes stand from the top to the bottom. All curves have as many runs.
	Lanes []Lane
	// Spikes are the times of the spikes of each run in ms, which are marked above the curves of the
	// first lane. nil leaves no room for them.
	Spikes [][]float64
}

// Lane is a panel with some curves in each run.
type Lane struct {
	// Label is that of the y axis, with the unit. One that stands to the left is not repeated.
	Label string
	// Height is that of the data area. 0 means 50 pt. The lanes of a row of neurons take the
	// greatest.
	Height vg.Length
	Curves []Curve
}

// Curve is one variable in each run.
type Curve struct {
	// Name is what the legend says. "" leaves it out.
	Name   string
	Colour color.Color
	Runs   []Course
}

// Course is a variable over time, of which the axis starts at 0.
type Course struct{ Times, Values []float64 } // Times in ms

// Traces draws what neurons did, lane by lane over one axis of time: potentials with marks for the
// spikes, other variables and the input current. It writes the figure to path as PNG.
func Traces(path string, d TracesData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: traces")
	}
	return f.Save(path)
}

func (l Lane) height() vg.Length {
	if l.Height == 0 {
		return 50
	}
	return l.Height
}

// thinLine is for traces, which may go up and down within a point.
func thinLine(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: 0.9}
}

func (d TracesData) figure() (*Figure, error) {
	if len(d.Neurons) == 0 {
		return nil, errors.New("no neurons")
	}
	if d.Columns < 0 {
		return nil, errors.Errorf("%d columns, want at least one", d.Columns)
	}
	columns := min(max(d.Columns, 1), len(d.Neurons))
	runs, err := d.check()
	if err != nil {
		return nil, err
	}
	f := &Figure{Title: d.Title, ShareX: true, Width: d.Width}
	for from := 0; from < len(d.Neurons); from += columns {
		to := min(from+columns, len(d.Neurons))
		panels, heights, err := lanesOf(d.Neurons[from:to], columns, runs)
		if err != nil {
			return nil, err
		}
		f.Panels = append(f.Panels, panels...)
		f.Heights = append(f.Heights, heights...)
	}
	return f, nil
}

// lanesOf are the panels of neurons that stand side by side, and their heights.
func lanesOf(neurons []NeuronLanes, columns, runs int) (panels [][]*Panel, heights []vg.Length, err error) {
	lanes := 0
	for _, n := range neurons {
		lanes = max(lanes, len(n.Lanes))
	}
	for range lanes {
		panels = append(panels, make([]*Panel, columns*runs))
	}
	heights = make([]vg.Length, lanes)
	labels := make([]string, lanes) // that the lane to the left has
	for i, n := range neurons {
		for k, lane := range n.Lanes {
			at := k
			if k > 0 && k == len(n.Lanes)-1 {
				at = lanes - 1 // the last lane, usually the input, stands beside those of the others
			}
			heights[at] = max(heights[at], lane.height())
			for run := range runs {
				p, err := n.panel(k, run, runs)
				if err != nil {
					return nil, nil, errors.WithMessagef(err, "neuron %q: lane %q: run %d", n.Name, lane.Label, run)
				}
				if lane.Label == labels[at] {
					p.Y.Label.Text = ""
				}
				labels[at] = lane.Label
				panels[at][i*runs+run] = p
			}
		}
	}
	return panels, heights, nil
}

// check returns the number of runs, which is the same for all.
func (d TracesData) check() (int, error) {
	runs := -1
	for _, n := range d.Neurons {
		if len(n.Lanes) == 0 {
			return 0, errors.Errorf("neuron %q: no lanes", n.Name)
		}
		for _, lane := range n.Lanes {
			if !(lane.Height >= 0) {
				return 0, errors.Errorf("neuron %q: lane %q: height %v, want a positive one", n.Name, lane.Label, lane.Height)
			}
			if len(lane.Curves) == 0 {
				return 0, errors.Errorf("neuron %q: lane %q: no curves", n.Name, lane.Label)
			}
			for _, c := range lane.Curves {
				if runs < 0 {
					runs = len(c.Runs)
				}
				if len(c.Runs) != runs || runs == 0 {
					return 0, errors.Errorf("neuron %q: lane %q: curve %q: %d runs, want %d as of the others, and at least one", n.Name, lane.Label, c.Name, len(c.Runs), runs)
				}
				for run, course := range c.Runs {
					if _, err := xys(c.Name, course.Times, course.Values); err != nil {
						return 0, errors.WithMessagef(err, "neuron %q: lane %q: run %d", n.Name, lane.Label, run)
					}
				}
			}
		}
		if n.Spikes != nil && len(n.Spikes) != runs {
			return 0, errors.Errorf("neuron %q: spikes of %d runs, want %d", n.Name, len(n.Spikes), runs)
		}
	}
	return runs, nil
}

// panel draws one run of a lane. The legend is divided: the first curve's name stands above the
// first run and the others' above the last, where there is room for them.
func (n NeuronLanes) panel(lane, run, runs int) (*Panel, error) {
	l := n.Lanes[lane]
	p := NewPanel("", timeLabel, l.Label)
	p.Y.Tick.Marker = Ticks{N: max(3, int(l.height()/14))} // more than usual: lanes are low
	if run > 0 {
		p.Y.Tick.Label.Font.Size = 0 // the first run has the labels
	} else if lane == 0 {
		p.title = n.Name
	}
	var all [][]float64
	for _, c := range l.Curves {
		for _, course := range c.Runs {
			all = append(all, course.Values)
		}
	}
	low, high := bounds(all...)
	low, high = widen(low, high, 0.08)
	p.Y.Min, p.Y.Max = low, high
	p.X.Min = 0
	p.X.Tick.Marker = Ticks{N: 6}
	for i, c := range l.Curves {
		name := c.Name
		if i == 0 && run > 0 || i > 0 && run < runs-1 {
			name = ""
		}
		if err := p.Line(name, c.Runs[run].Times, c.Runs[run].Values, thinLine(c.Colour)); err != nil {
			return nil, err
		}
	}
	if lane > 0 || n.Spikes == nil {
		return p, nil
	}
	// The spikes have a lane of their own above the traces.
	width := high - low
	p.Y.Max += 0.2 * width
	rows := make([]float64, len(n.Spikes[run]))
	for i := range rows {
		rows[i] = high + 0.1*width
	}
	return p, p.Events("", n.Spikes[run], rows, 0.14*width, Black)
}
