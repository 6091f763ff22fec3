package plot_test

import "github.com/srnn-go/srnn/models/plot"

func ExampleTraces() {
	times := []float64{0, 1, 2, 3, 4}
	inFolder("neuron.png", func(path string) error {
		return plot.Traces(path, plot.TracesData{Neurons: []plot.NeuronLanes{{
			Name: "LIF",
			Lanes: []plot.Lane{
				{Label: "u", Curves: []plot.Curve{
					{Name: "potential", Colour: plot.Blue, Runs: []plot.Course{{Times: times, Values: []float64{0, 0.6, 1.1, 0.1, 0.7}}}},
					{Name: "threshold", Colour: plot.Vermilion, Runs: []plot.Course{{Times: times, Values: []float64{1, 1, 1, 1, 1}}}},
				}},
				{Label: "I", Height: 30, Curves: []plot.Curve{{Colour: plot.Orange, Runs: []plot.Course{{Times: times, Values: []float64{0, 1, 1, 1, 1}}}}}},
			},
			Spikes: [][]float64{{2}},
		}}})
	})
	// Output: neuron.png is 1600 pixels wide
}

func ExampleFiringRates() {
	inFolder("rates.png", func(path string) error {
		return plot.FiringRates(path, plot.FiringRatesData{Panels: []plot.RatePanel{{
			Title: "Adaptive", Current: "I (nA)",
			Curves: []plot.RateCurve{{
				Name: "AdEx", Currents: []float64{0, 1, 2, 3}, Rates: []float64{0, 28, 83, 135}, First: []float64{0, 72, 201, 324},
			}},
		}}})
	})
	// Output: rates.png is 1600 pixels wide
}
