package plot

import (
	"fmt"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ConfusionData is what [Confusion] draws.
type ConfusionData struct {
	// Title stands before the accuracy. It may be empty.
	Title string
	// Classes are the names of the n classes.
	Classes []string
	// Counts [n, n] holds how many samples of each true class (row) were taken for each class
	// (column). A class may be without samples, but not all of them.
	Counts [][]int
}

// Confusion draws a confusion matrix, and writes it to path as PNG. Each cell has the colour and
// the number of its share of the row, so that rare classes show as well as frequent ones; the
// title has the accuracy over all samples. The row of a class without samples is empty.
func Confusion(path string, d ConfusionData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: confusion matrix")
	}
	return f.Save(path)
}

func (d ConfusionData) figure() (*Figure, error) {
	accuracy, err := d.accuracy()
	if err != nil {
		return nil, err
	}
	title := fmt.Sprintf("Accuracy %.1f %%", 100*accuracy)
	if d.Title != "" {
		title = d.Title + ": accuracy " + fmt.Sprintf("%.1f %%", 100*accuracy)
	}
	n := len(d.Classes)
	side := max(300, 24*vg.Length(n)) // of the matrix
	p := newBarePanel(title, "predicted class", "true class")
	p.Add(&confusion{d.Counts})
	at, names := make([]float64, n), make([]string, n)
	top := make([]float64, n)
	widest := vg.Length(0)
	for i, name := range d.Classes {
		names[i] = elide(textStyle(tickSize), name, maxTickName)
		widest = max(widest, textStyle(tickSize).Width(names[i]))
		at[i], top[i] = float64(i), float64(n-1-i)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5, -0.5, float64(n)-0.5
	p.X.Tick.Marker, p.Y.Tick.Marker = nominal(at, names), nominal(top, names)
	hideLine(&p.X)
	hideLine(&p.Y)
	if widest > 0.9*side/vg.Length(n) {
		uprightTicks(&p.X)
	}

	bar := newBarePanel("", "", "share of the true class (%)")
	bar.Add(heatBar{})
	bar.X.Tick.Marker = plot.ConstantTicks(nil)
	hideLine(&bar.X)
	bar.X.Min, bar.X.Max, bar.Y.Min, bar.Y.Max = 0, 1, 0, 100

	const barWidth, labels = 14, 84 // what the bar and the labels of both take, about
	return &Figure{
		Panels:  Row(p, bar),
		Width:   side + barWidth + labels + widest,
		Heights: []vg.Length{side},
		Widths:  []float64{float64(side), barWidth},
	}, nil
}

// accuracy returns the share of the samples on the diagonal, and refuses bad counts.
func (d ConfusionData) accuracy() (float64, error) {
	n := len(d.Classes)
	if n == 0 {
		return 0, errors.New("classes: no names")
	}
	if len(d.Counts) != n {
		return 0, errors.Errorf("counts: %d rows, want %d, one per class", len(d.Counts), n)
	}
	right, all := 0.0, 0.0
	for r, row := range d.Counts {
		if len(row) != n {
			return 0, errors.Errorf("counts: the row of class %q has %d values, want %d", d.Classes[r], len(row), n)
		}
		for c, count := range row {
			if count < 0 {
				return 0, errors.Errorf("counts: class %q taken for %q %d times, want 0 or more", d.Classes[r], d.Classes[c], count)
			}
			all += float64(count)
		}
		right += float64(row[r])
	}
	if all == 0 {
		return 0, errors.New("counts: no samples")
	}
	return right / all, nil
}

// cellGap is between a cell and the next.
const cellGap = 2 * pixel

// confusion draws the cells.
type confusion struct{ counts [][]int }

// Plot implements [plot.Plotter].
func (m *confusion) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(m.counts)
	cell := min(x(1)-x(0), y(1)-y(0))
	sty := textStyle(max(3, min(11, 0.36*cell)))
	sty.XAlign = text.XCenter
	for r, row := range m.counts {
		sum := 0.0
		for _, count := range row {
			sum += float64(count)
		}
		at := float64(n - 1 - r)
		for col, count := range row {
			background, txt := voidColour, "–"
			if sum > 0 {
				share := float64(count) / sum
				background, txt = heat(share), shareText(share)
			}
			var path vg.Path
			addBox(&path, snap(x(float64(col)-0.5)), snap(x(float64(col)+0.5))-cellGap, snap(y(at-0.5)), snap(y(at+0.5))-cellGap)
			fill(c, path, background)
			sty.Color = readableOn(background)
			drawText(c, sty, x(float64(col)), y(at)-halfCap(sty), txt)
		}
	}
}

// shareText writes a share as per cent: with a decimal where there is one to tell, and so that
// only a share of nothing reads 0 and only the whole 100.
func shareText(share float64) string {
	switch percent := 100 * share; {
	case share == 0:
		return "0"
	case share == 1:
		return "100"
	case percent < 0.05:
		return "<0.1"
	case percent > 99.95:
		return ">99.9"
	default:
		return fmt.Sprintf("%.1f", percent)
	}
}

// heatBar draws the scale of the cells' colours over the whole panel, from 0 to 100 %.
type heatBar struct{}

// Plot implements [plot.Plotter].
func (heatBar) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	const steps = 200
	for i := range steps {
		var path vg.Path
		addBox(&path, c.Min.X, c.Max.X, snap(y(100*float64(i)/steps)), snap(y(100*float64(i+1)/steps)))
		fill(c, path, heat(float64(i)/(steps-1)))
	}
}
