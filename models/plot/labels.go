package plot

import (
	"fmt"

	"github.com/pkg/errors"
)

// LabelsData are the labels of the steps of a sequence, as indices of Classes, and what was predicted.
type LabelsData struct {
	// Step is the duration of a step in ms. 0 means 1 ms.
	Step    float64
	Classes []string
	// A true label of −1 stands for none: its step is left white and not counted.
	True, Predicted []int
}

// NewLabels returns a panel of true labels over predicted ones and the steps where they differ, with the
// share of those that do not in its title. It has room enough at a height of 48 pt.
func NewLabels(d LabelsData) (*Panel, error) {
	if d.Step == 0 {
		d.Step = 1
	}
	if !(d.Step > 0) || d.Step > maxMagnitude {
		return nil, errors.Errorf("plot: labels: step is %v ms, want a positive time", d.Step)
	}
	if err := checkLabels(d.Classes, d.True, d.Predicted); err != nil {
		return nil, errors.WithMessage(err, "plot: labels")
	}
	return labelPanel(d.Step, d.Classes, d.True, d.Predicted)
}

func checkLabels(classes []string, truth, predicted []int) error {
	if len(truth) != len(predicted) {
		return errors.Errorf("predicted labels: %d steps, want %d as in the true labels", len(predicted), len(truth))
	}
	for t := range truth {
		if c := truth[t]; c < -1 || c >= len(classes) {
			return errors.Errorf("true labels: step %d is class %d, want −1 to %d", t, c, len(classes)-1)
		}
		if c := predicted[t]; c < 0 || c >= len(classes) {
			return errors.Errorf("predicted labels: step %d is class %d, want 0 to %d", t, c, len(classes)-1)
		}
	}
	return nil
}

// labelPanel draws labels that were checked. The legend has the classes that occur, and all where they
// are few.
func labelPanel(step float64, classes []string, truth, predicted []int) (*Panel, error) {
	steps, right := 0, 0
	differ := make([]int, len(truth))
	for t, class := range truth {
		differ[t] = -1
		if class < 0 {
			continue
		}
		steps++
		if class == predicted[t] {
			right++
		} else {
			differ[t] = 0
		}
	}
	title := "Labels"
	if steps > 0 {
		title = fmt.Sprintf("Labels, %.1f %% correct", 100*float64(right)/float64(steps))
	}
	p := NewPanel(title, timeLabel, "")
	p.Y.Min, p.Y.Max = -0.5, 2.5
	hideLine(&p.Y)
	p.Y.Tick.Marker = nominal([]float64{2, 1, 0}, []string{"true", "predicted", "differ"})
	for i, class := range classes {
		b := &boxes{colour: ClassColour(i)}
		b.of = append(runs(truth, i, 2, step), runs(predicted, i, 1, step)...)
		if len(b.of) > 0 {
			p.Add(b)
		}
		if len(b.of) > 0 || len(classes) <= len(classColours) {
			p.Key(class, b)
		}
	}
	if b := (&boxes{of: runs(differ, 0, 0, step), colour: Black}); len(b.of) > 0 {
		p.Add(b)
	}
	return p, nil
}

// runs returns a box on the given row for every run of steps with one label.
func runs(labels []int, label int, row, step float64) []box {
	var of []box
	for t := 0; t < len(labels); {
		end := t + 1
		for end < len(labels) && labels[end] == labels[t] {
			end++
		}
		if labels[t] == label {
			of = append(of, box{(float64(t) - 0.5) * step, (float64(end) - 0.5) * step, row - 0.4, row + 0.4})
		}
		t = end
	}
	return of
}
