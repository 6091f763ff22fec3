package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/srnn-go/srnn/models"
)

// metrics are what the program leaves in metrics.json: of several runs, the median of the iterations, and
// the means of the accuracies.
type metrics struct {
	Task          string   `json:"task"`
	Seed          uint64   `json:"seed"`       // of the first run
	Converged     int      `json:"converged"`  // runs in which all outputs came within the tolerance of their targets
	Iterations    float64  `json:"iterations"` // of a run that has not converged, all that there were
	TrainAccuracy float64  `json:"train_accuracy"`
	TestAccuracy  *float64 `json:"test_accuracy,omitempty"`
	Seconds       float64  `json:"seconds"`
	Settings      settings `json:"settings"`
	Runs          []result `json:"runs"`
}

// result is that of one run.
type result struct {
	Seed          uint64              `json:"seed"`
	Converged     bool                `json:"converged"`
	Iterations    int                 `json:"iterations"`
	TrainAccuracy float64             `json:"train_accuracy"`
	TestAccuracy  *float64            `json:"test_accuracy,omitempty"`
	Error         float64             `json:"train_error"`          // ½ Σ (t − target)², the mean over the patterns, ms²
	TestError     *float64            `json:"test_error,omitempty"` // the same
	Worst         float64             `json:"worst_ms"`             // the largest |t − target| in training
	Layers        []models.SpikeLayer `json:"layers"`               // which neurons are silent in training
	Times         [][]float64         `json:"times_ms,omitempty"`   // of the output, in the four patterns of XOR
	Seconds       float64             `json:"seconds"`
}

// result is what was learned.
func (t *training) result(ctx context.Context) (m result, err error) {
	trained, tested := t.last().trained, t.last().tested
	m = result{
		Seed: t.seed, Converged: number(trained, "worst_ms") <= t.Tolerance, Iterations: len(t.looks) - 1,
		TrainAccuracy: number(trained, "spike_accuracy"), Error: number(trained, "spike_error"), Worst: number(trained, "worst_ms"),
		Seconds: t.spent.Seconds(),
	}
	m.Layers, _ = trained.Detail(models.SpikeTiming{}.Name()).([]models.SpikeLayer)
	if tested != nil {
		accuracy, squares := number(tested, "spike_accuracy"), number(tested, "spike_error")
		m.TestAccuracy, m.TestError = &accuracy, &squares
	}
	if t.table == nil {
		outputs, err := t.Predict(ctx, t.patterns)
		if err != nil {
			return m, err
		}
		for _, p := range outputs {
			m.Times = append(m.Times, p.Scores[0])
		}
	}
	return m, nil
}

func (m result) String() string {
	text := fmt.Sprintf("seed %d: %d iterations in %.1f s: ", m.Seed, m.Iterations, m.Seconds)
	if m.TestAccuracy != nil {
		text += fmt.Sprintf("accuracy %.4f in training, %.4f in testing; ", m.TrainAccuracy, *m.TestAccuracy)
	}
	return text + fmt.Sprintf("error %.3f ms², at most %.2f ms", m.Error, m.Worst)
}

// summarise fills in what is over all runs.
func (m *metrics) summarise() {
	var iterations []int
	test, n := 0., float64(len(m.Runs))
	for _, r := range m.Runs {
		if r.Converged {
			m.Converged++
		}
		iterations = append(iterations, r.Iterations)
		m.TrainAccuracy += r.TrainAccuracy / n
		if r.TestAccuracy != nil {
			test += *r.TestAccuracy / n
			m.TestAccuracy = &test
		}
	}
	slices.Sort(iterations)
	m.Iterations = float64(iterations[(len(iterations)-1)/2]+iterations[len(iterations)/2]) / 2
}

func (m *metrics) String() string {
	text := fmt.Sprintf("%d of %d runs converged, median of the iterations %v; accuracy %.4f in training", m.Converged, len(m.Runs), m.Iterations, m.TrainAccuracy)
	if m.TestAccuracy != nil {
		text += fmt.Sprintf(", %.4f in testing", *m.TestAccuracy)
	}
	return text
}
