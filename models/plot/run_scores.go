package plot

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/srnn-go/srnn/models/train"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// scores draws what the network was asked for.
func (d *passage) scores() error {
	whole, numbers := len(d.Scores) == 1, len(d.Numbers) > 0
	switch {
	case whole && numbers:
		return d.outputBars()
	case whole:
		return d.classBars()
	case numbers:
		return d.outputs()
	}
	return d.classes()
}

// classes draws the scores of classes over time, and the labels where each step has one.
func (d *passage) classes() error {
	n, last := len(d.Scores[0]), len(d.Scores)-1
	truth, labelled := d.Prediction.Classes, len(d.Prediction.Classes) > 1
	predicted := make([]int, len(d.Scores))
	for t := range predicted {
		predicted[t] = d.Class(t)
	}
	title := "Scores"
	rank := slices.Clone(d.Scores[last])
	if labelled {
		clear(rank)
		for t, c := range predicted {
			rank[c]++
			if truth[t] != train.Ignore {
				rank[truth[t]]++
			}
		}
	} else {
		title += d.verdict(truth, predicted[last], "in the end ")
		if len(truth) == 1 && truth[0] != train.Ignore {
			rank[truth[0]] = math.Inf(1)
		}
	}
	shown := largest(rank, mostCurves)
	if len(shown) < n {
		title += fmt.Sprintf(" (%d of %d classes)", len(shown), n)
	}
	p := NewPanel(title, timeLabel, "score")
	var all [][]float64
	for _, class := range shown {
		name := nameOf(d.RunFigure.Classes, class)
		if labelled {
			name = "" // the labels have the same colours
		}
		x := make([]float64, len(d.Scores))
		for t, row := range d.Scores {
			x[t] = row[class]
		}
		if err := p.Line(name, d.times, x, thinLine(ClassColour(class))); err != nil {
			return err
		}
		all = append(all, x)
	}
	low, high := bounds(all...)
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	if err := d.add(p, 80, nil); err != nil || !labelled {
		return err
	}
	names := make([]string, n)
	for i := range names {
		names[i] = nameOf(d.RunFigure.Classes, i)
	}
	labels, err := labelPanel(d.step, names, truth, predicted)
	return d.add(labels, 48, err)
}

// verdict compares the class that the network says with the true one, if there is one.
func (d *passage) verdict(truth []int, says int, when string) string {
	class := func(i int) string {
		if len(d.RunFigure.Classes) > 0 {
			return "“" + d.RunFigure.Classes[i] + "”"
		}
		return fmt.Sprintf("class %d", i)
	}
	switch {
	case len(truth) != 1 || truth[0] == train.Ignore:
		return fmt.Sprintf(": %s%s", when, class(says))
	case truth[0] == says:
		return fmt.Sprintf(": %s%s, which is right", when, class(says))
	}
	return fmt.Sprintf(": %s%s, but it is %s", when, class(says), class(truth[0]))
}

// largest are the indices of the largest values, in ascending order, at most so many.
func largest(values []float64, most int) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	order = order[:min(most, len(order))]
	slices.Sort(order)
	return order
}

// classBars draws a bar for each class.
func (d *passage) classBars() error {
	says, truth := d.Class(0), -1
	if len(d.Prediction.Classes) == 1 {
		truth = d.Prediction.Classes[0]
	}
	p := d.bars("Scores"+d.verdict(d.Prediction.Classes, says, ""), "class", "score", d.RunFigure.Classes, func(i int) color.Color {
		switch i {
		case truth:
			return Blue
		case says:
			return Vermilion
		}
		return SkyBlue
	})
	if truth >= 0 {
		p.Key("true class", &boxes{colour: Blue})
	}
	if says != truth {
		p.Key("largest score", &boxes{colour: Vermilion})
	}
	return nil
}

// bars adds a panel with a bar for each value of the first row of scores.
func (d *passage) bars(title, xLabel, yLabel string, names []string, colour func(i int) color.Color) *Panel {
	x := d.Scores[0]
	p := NewPanel(title, xLabel, yLabel)
	p.ownX = true
	var marked []*boxes
	for i, v := range x {
		at := float64(i)
		b := &boxes{of: []box{{at - 0.4, at + 0.4, min(v, 0), max(v, 0)}}, colour: colour(i)}
		if b.colour != SkyBlue { // these must be seen among a thousand
			half := max(0.4, float64(len(x))/500)
			b.of[0].left, b.of[0].right = at-half, at+half
			marked = append(marked, b)
			continue
		}
		p.Add(b)
	}
	for _, b := range marked {
		p.Add(b)
	}
	low, high := bounds(x, []float64{0})
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	if low == 0 && high > 0 {
		p.Y.Min = 0
	} else if high == 0 && low < 0 {
		p.Y.Max = 0
	}
	p.X.Min, p.X.Max = -0.5, float64(len(x))-0.5
	nameBars(p, len(x), names)
	d.f.Panels, d.f.Heights = append(d.f.Panels, []*Panel{p}), append(d.f.Heights, 90)
	return p
}

// nameBars puts names, if there are any, below n bars: upright where there is no room beside each other, and
// not all where there is none at all.
func nameBars(p *Panel, n int, names []string) {
	if len(names) == 0 {
		p.X.Tick.Marker = Ticks{Whole: true, N: 20}
		return
	}
	const room = 520 * vg.Length(1)
	style := textStyle(tickSize)
	var widest vg.Length
	for i := range n {
		widest = max(widest, style.Width(elide(style, nameOf(names, i), maxTickName)))
	}
	step := room / vg.Length(n)
	need := widest + 6
	if need > step {
		uprightTicks(&p.X)
		need = tickSize + 2
	}
	skip := max(1, int(math.Ceil(float64(need/step))))
	var at []float64
	var shown []string
	for i := 0; i < n; i += skip {
		at, shown = append(at, float64(i)), append(shown, elide(style, nameOf(names, i), maxTickName))
	}
	p.X.Tick.Marker = nominal(at, shown)
}

// outputBars draws predicted numbers with their targets.
func (d *passage) outputBars() error {
	target := Float64s(d.Numbers)
	p := d.bars("Outputs"+deviation(d.Scores[0], target), "output", "value", nil, func(int) color.Color { return SkyBlue })
	points := make(plotter.XYs, len(target))
	for i, v := range target {
		points[i] = plotter.XY{X: float64(i), Y: v}
	}
	p.Key("output", &boxes{colour: SkyBlue})
	p.Key("target", p.dots(points, Black))
	low, high := bounds(target, d.Scores[0], []float64{0})
	p.Y.Min, p.Y.Max = widen(low, high, 0.06)
	return nil
}

// outputs draws predicted numbers over time with their targets.
func (d *passage) outputs() error {
	n := len(d.Scores[0])
	target := Float64s(d.Numbers)
	if len(target) == n { // one for all steps
		target = slices.Repeat(target, d.Steps)
	}
	title := "Outputs" + deviation(slices.Concat(d.Scores...), target)
	most := min(n, 4)
	if most < n {
		title += fmt.Sprintf(" (%d of %d)", most, n)
	}
	for i := range most {
		label, names := fmt.Sprintf("y%d", i), [2]string{}
		if i == 0 {
			names = [2]string{"output", "target"}
		} else {
			title = ""
		}
		p := NewPanel(title, timeLabel, label)
		x, y := Column(slices.Concat(d.Scores...), n, i), Column(target, n, i)
		if err := p.Line(names[1], d.times, y, Dashed(Black)); err != nil {
			return err
		}
		if err := p.Line(names[0], d.times, x, thinLine(Blue)); err != nil {
			return err
		}
		low, high := bounds(x, y)
		p.Y.Min, p.Y.Max = widen(low, high, 0.06)
		p.Y.Tick.Marker = Ticks{N: 4}
		if err := d.add(p, max(46, 72/vg.Length(most)), nil); err != nil {
			return err
		}
	}
	return nil
}

// deviation says how far outputs are from their targets.
func deviation(x, target []float64) string {
	sum := 0.0
	for i := range x {
		sum += (x[i] - target[i]) * (x[i] - target[i]) / float64(len(x))
	}
	return fmt.Sprintf(": root mean square error %.3g", math.Sqrt(sum))
}
