package program

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// Results are what a run leaves in metrics.json: the numbers of the report on the data for testing, with
// "test_" before their names, those of the best epoch with "train_" and "val_", how long all took, and
// whatever else the program has to tell.
type Results struct {
	Trainer *train.Trainer // nil of an evaluation
	Test    *train.Report  // nil where nothing was tested
	Seconds float64
	More    any // a struct or a map, whose fields stand beside the others
}

// MarshalJSON implements [json.Marshaler].
func (r Results) MarshalJSON() ([]byte, error) {
	out := map[string]any{"seconds": r.Seconds}
	numbers := func(prefix string, rep *train.Report) {
		for _, n := range rep.Numbers() {
			if n.Name != "terms" && n.Value-n.Value == 0 {
				out[prefix+n.Name] = n.Value
			}
		}
	}
	numbers("test_", r.Test)
	if r.Test != nil {
		out["test_examples"] = r.Test.Examples
	}
	if r.Trainer != nil {
		history, seconds, steps := r.Trainer.History(), 0., 0
		for _, e := range history {
			seconds, steps = seconds+e.Seconds, steps+e.Steps
		}
		out["epochs"] = len(history)
		if best := r.Trainer.Best(); best != nil {
			out["best_epoch"], out["seconds_per_step"] = best.Epoch, seconds/float64(max(steps, 1))
			numbers("train_", best.Training)
			numbers("val_", best.Validation)
		}
	}
	more, err := fields(r.More)
	if err != nil {
		return nil, err
	}
	for k, v := range more {
		out[k] = v
	}
	return json.Marshal(out)
}

// fields are those of a struct or a map, as JSON.
func fields(v any) (out map[string]json.RawMessage, err error) {
	if v == nil {
		return nil, nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return out, errors.Wrapf(json.Unmarshal(text, &out), "results of %T", v)
}

// Results writes metrics.json, and prints the numbers of the test.
func (r *Run) Results(t *train.Trainer, test *train.Report, more any) error {
	if test != nil {
		fmt.Println(testLine(test))
	}
	return r.JSON(MetricsName, Results{Trainer: t, Test: test, Seconds: r.Seconds(), More: more})
}

// testLine tells what a test gave.
func testLine(test *train.Report) string {
	var b strings.Builder
	b.WriteString("test")
	if x, ok := test.Number("accuracy"); ok {
		fmt.Fprintf(&b, " accuracy %.4f  ", x)
	}
	fmt.Fprintf(&b, " loss %.4f", test.Loss)
	if x, ok := test.Number("firing_rate"); ok {
		fmt.Fprintf(&b, "   firing rate %.3f", x)
		var layers []string
		for _, l := range train.HealthOf(test) {
			layers = append(layers, fmt.Sprintf("%s %.3f", l.Name, l.Rate))
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(layers, ", "))
	}
	return b.String()
}

// lines are those of a text.
func lines(text []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(text) {
			if !yield(strings.TrimRight(string(line), "\n")) {
				return
			}
		}
	}
}

// Confusion draws the confusion matrix of a report that has one, see models.Confusion.
func (r *Run) Confusion(rep *train.Report, classes []string) error {
	counts := models.ConfusionOf(rep)
	if counts == nil {
		return errors.New("the report has no confusion matrix: the task lacks the metric models.Confusion")
	}
	return r.Write("confusion.png", func(path string) error {
		return plot.Confusion(path, plot.ConfusionData{Classes: classes, Counts: counts})
	})
}
