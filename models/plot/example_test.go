package plot_test

import (
	"fmt"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// inFolder draws a figure in a temporary folder and prints its size.
func inFolder(name string, draw func(path string) error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, name)
	if err := draw(path); err != nil {
		fmt.Println(err)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	size, err := png.DecodeConfig(f)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %d pixels wide\n", name, size.Width)
}

// What a network of two neurons did with an example of five steps. A trained network tells it by
// [train.Network.Record].
func ExampleRun() {
	did := &train.Prediction{
		Steps: 5, Features: 1, Inputs: []float32{1, 0, 1, 1, 0},
		Classes: []int{1}, Scores: [][]float64{{0.2, 0.8}},
		Layers: []train.LayerRecord{{Layer: "layer0", Units: 2, Series: map[string][]float64{
			"membrane": {0.4, 0.6, 0.3, 0.5, 0.7, 1.1, 1.1, 0.7, 0.8, 0.3},
			"spikes":   {0, 0, 0, 0, 0, 1, 1, 0, 0, 0},
		}}},
	}
	inFolder("run.png", func(path string) error { return plot.Run(path, did) })
	inFolder("named.png", func(path string) error {
		return plot.RunFigure{Title: "A yes", StepMS: 4, Classes: []string{"no", "yes"}, Neurons: 1}.Draw(path, did)
	})
	// Output:
	// run.png is 1600 pixels wide
	// named.png is 1600 pixels wide
}

func ExampleLearningCurves() {
	inFolder("learning.png", func(path string) error {
		return plot.LearningCurves(path, plot.LearningCurvesData{
			LossName:      "loss (nats per step)",
			TrainLoss:     []float64{1.61, 1.02, 0.71, 0.58},
			ValidLoss:     []float64{1.55, 1.08, 0.80, 0.83},
			TrainAccuracy: []float64{0.41, 0.63, 0.75, 0.81},
			ValidAccuracy: []float64{0.43, 0.61, 0.74, 0.73},
			Best:          3,
		})
	})
	// Output: learning.png is 1600 pixels wide
}

func ExampleRecord() {
	// The second of two records, as a network hands them out: 5 steps, 2 records, 3 neurons.
	spikes := make([]float32, 5*2*3)
	spikes[3], spikes[16], spikes[22] = 1, 1, 1
	hidden, err := plot.Rows(spikes, 2, 3, 1)
	if err != nil {
		log.Fatal(err)
	}
	inFolder("record.png", func(path string) error {
		return plot.Record(path, plot.RecordData{
			Step:      4, // ms, at 250 Hz
			Channels:  []string{"lead 1", "lead 2"},
			Input:     [][]float64{{1, 0}, {1, 1}, {0, 0}, {-1, 0}, {0, -1}},
			Hidden:    hidden,
			Classes:   []string{"P", "PQ"},
			True:      []int{0, 0, 0, 1, 1},
			Predicted: []int{0, 0, 1, 1, 1},
		})
	})
	// Output: record.png is 1600 pixels wide
}

func ExampleConfusion() {
	draw := func(counts [][]int) func(path string) error {
		return func(path string) error {
			return plot.Confusion(path, plot.ConfusionData{Classes: []string{"P", "PQ"}, Counts: counts})
		}
	}
	inFolder("confusion.png", draw([][]int{{90, 10}, {5, 45}}))
	inFolder("ragged.png", draw([][]int{{90, 10}, {5}}))
	// Output:
	// confusion.png is 1096 pixels wide
	// plot: confusion matrix: counts: the row of class "PQ" has 1 values, want 2
}

func ExampleHistograms() {
	inFolder("taus.png", func(path string) error {
		return plot.Histograms(path, plot.HistogramsData{Panels: []plot.Histogram{
			{Name: "hidden τm", Values: []float64{18, 22, 25, 31, 19, 20}, Initial: 20},
			{Name: "readout τadp", Values: []float64{96, 130, 141}, Initial: 100},
		}})
	})
	// Output: taus.png is 1600 pixels wide
}

// A figure of one's own: two panels over one axis of time.
func ExampleFigure() {
	var times, u []float64
	for t := range 100 {
		times = append(times, float64(t))
		u = append(u, 1-math.Exp(-float64(t%40)/20))
	}
	membrane := plot.NewPanel("Leaky integrator", "time (ms)", "u")
	if err := membrane.Line("potential u", times, u, plot.Solid(plot.Blue)); err != nil {
		log.Fatal(err)
	}
	spikes := plot.NewPanel("Spikes", "time (ms)", "neuron")
	if err := spikes.Events("", []float64{40, 80}, []float64{1, 1}, 0.8, plot.Black); err != nil {
		log.Fatal(err)
	}
	f := plot.Figure{Panels: plot.Stack(membrane, spikes), ShareX: true}
	inFolder("neuron.png", f.Save)
	// Output: neuron.png is 1600 pixels wide
}
