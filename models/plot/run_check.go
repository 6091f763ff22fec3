package plot

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// check refuses what does not fit together.
func (r RunFigure) check(p *train.Prediction) error {
	if p == nil {
		return errors.New("there is no prediction")
	}
	if p.Steps < 1 {
		return errors.Errorf("%d steps, want at least one", p.Steps)
	}
	if !(r.StepMS >= 0) || r.StepMS > maxMagnitude {
		return errors.Errorf("a step is %v ms, want a positive time, or 0 to count steps", r.StepMS)
	}
	for _, s := range r.Signals {
		if len(s.Values) != p.Steps {
			return errors.Errorf("signal %q: %d steps, want %d", s.Name, len(s.Values), p.Steps)
		}
	}
	if len(p.Inputs) > 0 {
		if p.Features < 1 || len(p.Inputs)/p.Features != p.Steps || len(p.Inputs)%p.Features != 0 {
			return errors.Errorf("inputs: %d values, want %d steps of %d features", len(p.Inputs), p.Steps, p.Features)
		}
		if err := finite("inputs", Float64s(p.Inputs)); err != nil {
			return err
		}
		if n := len(r.Channels); n != 0 && n != p.Features {
			return errors.Errorf("channels: %d names, want %d as there are features, or none", n, p.Features)
		}
	}
	for _, l := range p.Layers {
		if err := checkLayer(l, p.Steps); err != nil {
			return errors.WithMessagef(err, "layer %s", l.Layer)
		}
	}
	return errors.WithMessage(r.checkScores(p), "scores")
}

func checkLayer(l train.LayerRecord, steps int) error {
	for _, name := range slices.Sorted(maps.Keys(l.Series)) {
		x := l.Series[name]
		if l.Units < 1 || len(x)/l.Units != steps || len(x)%l.Units != 0 {
			return errors.Errorf("%s: %d values, want %d steps of %d units", name, len(x), steps, l.Units)
		}
		if err := finite(name, x); err != nil {
			return err
		}
	}
	return nil
}

func (r RunFigure) checkScores(p *train.Prediction) error {
	rows := len(p.Scores)
	if rows == 0 {
		return nil
	}
	if rows != 1 && rows != p.Steps {
		return errors.Errorf("%d rows, want one, or %d as there are steps", rows, p.Steps)
	}
	n := len(p.Scores[0])
	for t, row := range p.Scores {
		if len(row) != n || n == 0 {
			return errors.Errorf("row %d has %d values, want %d as in row 0, and at least one", t, len(row), n)
		}
		if err := finite("a row", row); err != nil {
			return err
		}
	}
	if len(p.Numbers) > 0 {
		if len(p.Numbers) != n && len(p.Numbers) != rows*n {
			return errors.Errorf("%d targets, want %d rows of %d as in the scores, or one", len(p.Numbers), rows, n)
		}
		return finite("targets", Float64s(p.Numbers))
	}
	if len(p.Classes) > 1 && len(p.Classes) != rows {
		return errors.Errorf("%d rows with %d true classes, want as many, or one class", rows, len(p.Classes))
	}
	if len(r.Classes) != 0 && len(r.Classes) != n {
		return errors.Errorf("%d classes with %d names, want as many, or none", n, len(r.Classes))
	}
	for t, c := range p.Classes {
		if c != train.Ignore && (c < 0 || c >= n) {
			return errors.Errorf("true class %d of row %d, want 0 to %d", c, t, n-1)
		}
	}
	return nil
}
