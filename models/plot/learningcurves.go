package plot

import (
	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
)

// LearningCurvesData is what [LearningCurves] draws: one value per epoch, from epoch 1 on.
type LearningCurvesData struct {
	// Title stands above the figure. It may be empty.
	Title string
	// LossName is the label of the loss axis. "" means "loss".
	LossName string
	// TrainLoss is required. The others may be empty, and else are as long. The accuracies are
	// shares between 0 and 1; without any, there is no accuracy panel.
	TrainLoss, ValidLoss         []float64
	TrainAccuracy, ValidAccuracy []float64
	// Best is the epoch to mark, counted from 1: that of the weights which were kept. 0 marks
	// none.
	Best int
}

// LearningCurves draws loss (left) and accuracy (right) on the training and on the validation
// set over the epochs, with the best epoch marked, and writes the figure to path as PNG.
func LearningCurves(path string, d LearningCurvesData) error {
	f, err := d.figure()
	if err != nil {
		return errors.WithMessage(err, "plot: learning curves")
	}
	return f.Save(path)
}

func (d LearningCurvesData) figure() (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	name := d.LossName
	if name == "" {
		name = "loss"
	}
	loss, err := d.panel(name, d.TrainLoss, d.ValidLoss, "best epoch %d: %.3g")
	if err != nil {
		return nil, err
	}
	f := &Figure{Title: d.Title, Panels: Row(loss), Heights: []vg.Length{170}}
	if len(d.TrainAccuracy) == 0 && len(d.ValidAccuracy) == 0 {
		return f, nil
	}
	accuracy, err := d.panel("accuracy (%)", percent(d.TrainAccuracy), percent(d.ValidAccuracy), "best epoch %d: %.1f %%")
	if err != nil {
		return nil, err
	}
	f.Panels = Row(loss, accuracy)
	return f, nil
}

func (d LearningCurvesData) check() error {
	n := len(d.TrainLoss)
	if n == 0 {
		return errors.New("training loss: no epochs")
	}
	for _, s := range []struct {
		name   string
		values []float64
		share  bool
	}{
		{"training loss", d.TrainLoss, false}, {"validation loss", d.ValidLoss, false},
		{"training accuracy", d.TrainAccuracy, true}, {"validation accuracy", d.ValidAccuracy, true},
	} {
		if len(s.values) != 0 && len(s.values) != n {
			return errors.Errorf("%s: %d epochs, want %d as in the training loss, or none", s.name, len(s.values), n)
		}
		if err := finite(s.name, s.values); err != nil {
			return err
		}
		for i, v := range s.values {
			if s.share && (v < 0 || v > 1) {
				return errors.Errorf("%s: value %d is %v, want a share between 0 and 1", s.name, i, v)
			}
		}
	}
	if d.Best < 0 || d.Best > n {
		return errors.Errorf("best epoch %d, want 1 to %d, or 0 for none", d.Best, n)
	}
	return nil
}

// panel draws the two curves of one quantity. mark is the format of the best epoch's entry in
// the legend, from the epoch and its value.
func (d LearningCurvesData) panel(name string, train, valid []float64, mark string) (*Panel, error) {
	epochs := make([]float64, len(d.TrainLoss))
	for i := range epochs {
		epochs[i] = float64(i + 1)
	}
	var curves []curve
	for _, c := range []curve{{"training", Blue, train}, {"validation", Vermilion, valid}} {
		if len(c.values) > 0 {
			curves = append(curves, c)
		}
	}
	return curvesPanel(name, epochs, curves, d.Best-1, mark)
}

// percent returns shares as per cent.
func percent(shares []float64) []float64 {
	out := make([]float64, len(shares))
	for i, s := range shares {
		out[i] = 100 * s
	}
	return out
}
