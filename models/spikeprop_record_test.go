package models_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"gorgonia.org/tensor"
)

// A record has the potentials that the weights and the spikes of the layer before make, up to the spikes, where
// they are at the threshold.
func TestSpikeRecord(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		c := spikeXOR(3)
		c.Dtype = dt
		n := spikeProp(t, c)
		patterns := xorPatterns()
		patterns[2].Times[1] = 60 // silent
		before := len(n.Params().Graph().AllNodes())
		records, err := n.Record(patterns, .5)
		if err != nil {
			t.Fatal(err)
		}
		if after := len(n.Params().Graph().AllNodes()); after != before {
			t.Errorf("the graph has %d nodes, and had %d", after, before)
		}
		for i, r := range records {
			if !reflect.DeepEqual(r.SpikePattern, patterns[i]) || len(r.Layers) != 2 || len(r.Layers[0]) != 5 || len(r.Layers[1]) != 1 {
				t.Fatalf("the record of pattern %d is %+v", i, r)
			}
			in := r.Times
			for l, courses := range r.Layers {
				var spikes []float64
				for j, course := range courses {
					checkCourse(t, n, l, j, in, course)
					spikes = append(spikes, course.Spike)
				}
				if in = spikes; !reflect.DeepEqual(r.Spikes()[l+1], spikes) || !reflect.DeepEqual(r.Spikes()[0], patterns[i].Times) {
					t.Errorf("the spikes of pattern %d are %v, want %v in layer %d", i, r.Spikes(), spikes, l)
				}
			}
		}
	}
}

// checkCourse compares what neuron j of a layer did with the sum over its terminals.
func checkCourse(t *testing.T, n *models.SpikePropNetwork, layer, j int, in []float64, got models.SpikeCourse) {
	t.Helper()
	w := n.Neurons()[layer].W
	s := w.Shape() // units, in, terminals, with delays of 1 ms, 2 ms, …
	weights := must(graph.Float64s(w.Value()))
	potential := func(at float64) (u float64) {
		for i, spike := range in {
			for k := range s[2] {
				if x := (at - spike - float64(k+1)) / 7; x > 0 && spike < 50 {
					weight := math.Abs(weights[(j*s[1]+i)*s[2]+k])
					if layer == 1 && i == 4 { // inhibitory
						weight = -weight
					}
					u += weight * x * math.Exp(1-x)
				}
			}
		}
		return u
	}
	last := len(got.Times) - 1
	for k, at := range got.Times {
		if want := potential(at); math.Abs(got.Potential[k]-want) > 1e-4 || k < last && (at != float64(k)/2 || want > 1.001) {
			t.Fatalf("layer %d, neuron %d: point %d is %v at %v ms, want %v", layer, j, k, got.Potential[k], at, want)
		}
	}
	if fired := got.Spike < 50; fired != (got.Times[last] == got.Spike) || !fired && last != 99 {
		t.Errorf("layer %d, neuron %d: %d points up to %v ms, and a spike at %v ms", layer, j, last+1, got.Times[last], got.Spike)
	}
}

func TestSpikeRecordErrors(t *testing.T) {
	n := spikeProp(t, spikeXOR(1))
	for want, try := range map[string]func() error{
		"0 patterns":    func() error { _, err := n.Record(nil, 1); return err },
		"want at least": func() error { _, err := n.Record(models.SpikePatterns{{Times: []float64{1}}}, 1); return err },
		"resolution is": func() error { _, err := n.Record(xorPatterns(), 0); return err },
		"a finite": func() error {
			_, err := n.Record(models.SpikePatterns{{Times: []float64{1, math.NaN(), 1}}}, 1)
			return err
		},
		"class 2, want":  func() error { _, err := models.ClassPatterns([][]float64{{1}}, []int{2}, 2, 1, 2); return err },
		"the classes of": func() error { _, err := models.ClassPatterns([][]float64{{1}}, nil, 2, 1, 2); return err },
	} {
		if err := try(); err == nil || strings.Count(err.Error(), "srnn: ") != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func TestClassPatterns(t *testing.T) {
	got, err := models.ClassPatterns([][]float64{{1, 2}, {3, 4}}, []int{2, 0}, 3, 10, 16)
	want := models.SpikePatterns{{Times: []float64{1, 2}, Targets: []float64{16, 16, 10}}, {Times: []float64{3, 4}, Targets: []float64{10, 16, 16}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("patterns are %v, %v, want %v", got, err, want)
	}
}

func TestSpikePatternsPick(t *testing.T) {
	p := models.SpikePatterns{{Times: []float64{1}}, {Times: []float64{2}}, {Times: []float64{3}}}
	if got := p.Pick([]int{2, 0}); !reflect.DeepEqual(got, models.SpikePatterns{p[2], p[0]}) {
		t.Errorf("patterns 2 and 0 are %v", got)
	}
	want := models.SpikePatterns{{Times: []float64{1, 0, 0}}, {Times: []float64{2, 0, 0}}, {Times: []float64{3, 0, 0}}}
	if got := p.WithBias(2); !reflect.DeepEqual(got, want) || len(p[0].Times) != 1 {
		t.Errorf("with two inputs more the patterns are %v, want %v, and without %v", got, want, p)
	}
}
