package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// HistoryFigure is how [History] draws a training.
type HistoryFigure struct {
	// Title stands above the figure. It may be empty.
	Title string
	// Numbers are the names of those that are drawn beside the loss, see [train.Report.Number]. A name that
	// ends in a dot, as "firing_rate.", stands for all numbers that begin with it, one curve each: the
	// firing rates of all layers, in the validation where they were counted there, else in training.
	Numbers []string
	// Labels are those of the axes, by the name of the number, as "loss": "cross entropy (nats)". One that
	// ends in "(%)" makes per cent of shares. Without, accuracies are in per cent, and names are labels.
	Labels map[string]string
}

// History draws learning curves from what a training returns: the loss, and the numbers whose names are
// given, as "accuracy", in training and validation, with the best epoch marked. It writes the figure to path
// as PNG. A curve has a gap where an epoch has no such number, or none that is finite; a number that no
// epoch has is an error.
func History(path string, history []train.Epoch, numbers ...string) error {
	return HistoryFigure{Numbers: numbers}.Draw(path, history)
}

// Draw draws learning curves and writes them to path as PNG.
func (h HistoryFigure) Draw(path string, history []train.Epoch) error {
	f, err := h.Figure(history)
	if err != nil {
		return err
	}
	return f.Save(path)
}

// Figure returns the figure of a training, two panels side by side, to which more may be added.
func (h HistoryFigure) Figure(history []train.Epoch) (*Figure, error) {
	f, err := h.of(history)
	return f, errors.WithMessage(err, "plot: history")
}

func (h HistoryFigure) of(history []train.Epoch) (*Figure, error) {
	if len(history) == 0 {
		return nil, errors.New("no epochs")
	}
	names := append([]string{"loss"}, h.Numbers...)
	columns := min(2, len(names))
	f := &Figure{Title: h.Title}
	for i, name := range names {
		p, err := h.panel(history, name)
		if err != nil {
			return nil, err
		}
		if i%columns == 0 {
			f.Panels, f.Heights = append(f.Panels, make([]*Panel, columns)), append(f.Heights, vg.Length(170))
		}
		f.Panels[i/columns][i%columns] = p
	}
	return f, nil
}

func (h HistoryFigure) panel(history []train.Epoch, name string) (*Panel, error) {
	label, scale := h.label(name)
	var curves []curve
	if strings.HasSuffix(name, ".") {
		for i, full := range numbersOf(history, func(n string) bool { return strings.HasPrefix(n, name) }) {
			curves = append(curves, curve{strings.TrimPrefix(full, name), curveColour(i), numberOf(history, full, scale, judged)})
		}
	} else {
		curves = []curve{
			{"training", Blue, numberOf(history, name, scale, func(e train.Epoch) []*train.Report { return []*train.Report{e.Training} })},
			{"validation", Vermilion, numberOf(history, name, scale, func(e train.Epoch) []*train.Report { return []*train.Report{e.Validation} })},
		}
	}
	curves = slices.DeleteFunc(curves, curve.empty)
	if len(curves) == 0 {
		return nil, errors.Errorf("no epoch has a finite number %q; there are %s", name, strings.Join(numbersOf(history, nil), ", "))
	}
	best := -1
	for i, e := range history {
		if e.Best {
			best = i
		}
	}
	epochs := make([]float64, len(history))
	for i, e := range history {
		epochs[i] = float64(e.Epoch)
	}
	mark := "best epoch %d: %.3g"
	if scale == 100 {
		mark = "best epoch %d: %.1f %%"
	}
	if strings.HasSuffix(name, ".") {
		mark = ""
	}
	return curvesPanel(label, epochs, curves, best, mark)
}

// label is that of a number's axis, and what the number is multiplied by.
func (h HistoryFigure) label(name string) (string, float64) {
	label, given := h.Labels[name]
	if !given {
		if label = strings.ReplaceAll(strings.TrimSuffix(name, "."), "_", " "); strings.Contains(name, "accuracy") {
			label += " (%)"
		}
	}
	if strings.HasSuffix(label, "(%)") {
		return label, 100
	}
	return label, 1
}

// judged are the reports of an epoch in which a number is looked for.
func judged(e train.Epoch) []*train.Report { return []*train.Report{e.Validation, e.Training} }

// numbersOf are the names of all numbers that are wanted, in the order in which they occur.
func numbersOf(history []train.Epoch, wanted func(name string) bool) []string {
	var names []string
	for _, e := range history {
		for _, r := range judged(e) {
			for _, n := range r.Numbers() {
				if !slices.Contains(names, n.Name) && (wanted == nil || wanted(n.Name)) {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// numberOf is a number in each epoch, in the first of the reports that has it, and NaN where there is none.
func numberOf(history []train.Epoch, name string, scale float64, in func(train.Epoch) []*train.Report) []float64 {
	out := make([]float64, len(history))
	for i, e := range history {
		out[i] = math.NaN()
		for _, r := range in(e) {
			if r == nil {
				continue
			}
			if v, ok := r.Number(name); ok && math.Abs(scale*v) <= maxMagnitude {
				out[i] = scale * v
				break
			}
		}
	}
	return out
}

// curvesPanel draws curves over the epochs, with NaN as gaps. The best epoch is an index, or −1. mark is
// the format of its entry in the legend, from the epoch and its value in the last curve.
func curvesPanel(label string, epochs []float64, curves []curve, best int, mark string) (*Panel, error) {
	p := NewPanel("", "epoch", label)
	p.X.Tick.Marker = Ticks{Whole: true}
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for _, run := range c.stretches() {
			l, h := bounds(c.values[run[0]:run[1]])
			low, high = min(low, l), max(high, h)
		}
	}
	p.Y.Min, p.Y.Max = widen(low, high, 0.05)
	if strings.HasSuffix(label, "(%)") && low >= 0 && high <= 100 {
		p.Y.Min, p.Y.Max = max(p.Y.Min, -1), min(p.Y.Max, 101)
	}
	p.X.Min, p.X.Max = widen(epochs[0], epochs[len(epochs)-1], 0.02)
	if len(epochs) == 1 {
		p.X.Min, p.X.Max = epochs[0]-0.5, epochs[0]+0.5
	}
	if best >= 0 {
		rule := Dashed(axisColour)
		rule.Width = axisWidth
		p.Add(&plotter.Line{XYs: plotter.XYs{{X: epochs[best], Y: p.Y.Min}, {X: epochs[best], Y: p.Y.Max}}, LineStyle: rule})
	}
	for _, c := range curves {
		name := c.name
		for _, run := range c.stretches() {
			if err := p.Line(name, epochs[run[0]:run[1]], c.values[run[0]:run[1]], Solid(c.colour)); err != nil {
				return nil, err
			}
			name = ""
		}
	}
	chosen := curves[len(curves)-1].values
	if best >= 0 && mark != "" && !math.IsNaN(chosen[best]) {
		dot := p.dots(plotter.XYs{{X: epochs[best], Y: chosen[best]}}, Black)
		dot.Radius = 2.6
		p.Key(minus(fmt.Sprintf(mark, int(epochs[best]), chosen[best])), dot)
	}
	return p, nil
}
