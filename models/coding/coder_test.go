package coding

import (
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// declared are the parameters of an encoder.
func declared(t *testing.T, b *Bench, e Encoder) *graph.Params {
	t.Helper()
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Neurons(e).Declare(p, 1); err != nil {
		t.Fatal(err)
	}
	return p
}

func coderTask(b *Bench, budget float64) train.Task[*Coded] {
	return train.Task[*Coded]{Model: b.Coder("multiplicative"), Loss: LogError{budget}, Metrics: []train.Metric{SNR{budget}}}
}

// evaluated is a report of an encoder, with a budget.
func evaluated(t *testing.T, b *Bench, p *graph.Params, budget float64, batch int) *train.Report {
	t.Helper()
	net, err := train.NewNetwork(coderTask(b, budget), p, b.Spec(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := net.Evaluate(t.Context(), b, train.Evaluation{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// What the loss and the metric say is what the bench measures; spikes in excess of the budget cost what they are to.
func TestCoder(t *testing.T) {
	for _, signed := range []bool{false, true} {
		b := bench(t, signed, .1, 1, 10)
		e := b.Encoder("multiplicative", 20, .01, 100, .1)
		p := declared(t, b, e)
		snr, hz := 0., 0.
		for _, amplitude := range b.Amplitudes {
			for _, w := range b.Signals {
				c, err := b.Code(e, scaledBy(w, amplitude))
				if err != nil {
					t.Fatal(err)
				}
				m := c.Measure(b.Settle, len(w), b.Dt)
				snr, hz = snr+m.SNR/float64(b.Len()), hz+m.Rate/float64(b.Len())
			}
		}
		free := evaluated(t, b, p, 0, 4) // the last batch is not full
		numbers := func(rep *train.Report) (snr, rate, chosen float64) {
			snr, _ = rep.Number("snr_db")
			rate, _ = rep.Number("rate_hz")
			chosen, _ = rep.Number("chosen")
			return snr, rate, chosen
		}
		gotSNR, rate, _ := numbers(free)
		if !near(gotSNR, snr, 1e-4) || !near(rate, hz, 1e-5) || !near(free.Loss, -snr*math.Ln10/10, 1e-4) {
			t.Errorf("signed %v: SNR %v, rate %v and loss %v, want %v, %v and %v", signed, gotSNR, rate, free.Loss, snr, hz, -snr*math.Ln10/10)
		}
		if _, _, chosen := numbers(evaluated(t, b, p, 2*rate, 4)); !near(chosen, free.Loss, 1e-6) {
			t.Errorf("within the budget, %v is what an iteration is chosen by, want %v", chosen, free.Loss)
		}
		above := evaluated(t, b, p, rate/3, b.Len())
		if _, _, chosen := numbers(above); !near(chosen, free.Loss+2*RateWeight+OutOfBudget, 1e-6) || !near(above.Loss, free.Loss+2*RateWeight, 1e-5) {
			t.Errorf("above the budget, %v is what an iteration is chosen by, and %v the loss, want %v and %v", chosen, above.Loss, free.Loss+2*RateWeight+OutOfBudget, free.Loss+2*RateWeight)
		}
	}
}

// scaledBy is a signal at an amplitude.
func scaledBy(w []float64, amplitude float64) []float64 {
	w = slices.Clone(w)
	for t := range w {
		w[t] *= amplitude
	}
	return w
}

// An encoder is loaded as it was saved; what is none is refused.
func TestLoad(t *testing.T) {
	b := bench(t, true, 1)
	saved := func(e Encoder) string {
		net, err := train.NewNetwork(coderTask(b, 0), declared(t, b, e), b.Spec(), 1)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "encoder.safetensors")
		if err := net.Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := b.Encoder("multiplicative", 20, .125, 100, .25)
	if c, e, err := Load(saved(want)); err != nil || !reflect.DeepEqual(e, want) || c != b.Coder("multiplicative") {
		t.Errorf("loaded %v and %v, %v, want %v", c, e, err, want)
	}
	wrong := b.Encoder("multiplicative", 20, .125, 100, .25)
	wrong.Beta[1] = -1
	if err := wrong.check(); err == nil || !strings.Contains(err.Error(), "beta is -1") {
		t.Errorf("a negative β: error is %v", err)
	}
	for _, fine := range []Encoder{b.Encoder("fixed", 20, 1, 0, 0), b.Encoder("additive", 20, 1, 100, 0)} {
		if err := fine.check(); err != nil {
			t.Errorf("%v: %v", fine, err)
		}
	}
	if _, _, err := Load("/no/such/file"); err == nil {
		t.Error("a file that is not there: no error")
	}
	if _, err := (Coder{Adaptation: "cat"}).Forward(nil, train.Batch{X: gorgonia.NewTensor(gorgonia.NewGraph(), tensor.Float32, 3, gorgonia.WithShape(3, 1, 1))}); err == nil || !strings.Contains(err.Error(), "cat") {
		t.Errorf("an adaptation that there is not: error is %v", err)
	}
}

// Signals of one sign are from 0 to 1, others have a mean of 0, and a peak of 1.
func TestNormalise(t *testing.T) {
	w := []float64{3, 5, 4}
	Normalise(w, false)
	if !slices.Equal(w, []float64{0, 1, .5}) || Peak(w) != 1 {
		t.Errorf("the signal is %v", w)
	}
	w = []float64{0, 0, 3}
	Normalise(w, true)
	if !slices.Equal(w, []float64{-.5, -.5, 1}) || Peak([]float64{1, -2}) != 2 {
		t.Errorf("the signal is %v", w)
	}
}

// Amplitudes are at equal ratios, with both ends.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		perDecade int
		want      []float64
	}{
		{.01, 1, 1, []float64{.01, .1, 1}},
		{1, 10, 2, []float64{1, math.Sqrt(10), 10}},
		{1, 2, 1, []float64{1, 2}},
		{1, 32, 3, []float64{1, 2, 4, 8, 16, 32}},
	} {
		got := Spread(c.low, c.high, c.perDecade)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return near(a, b, 1e-12) }) || got[len(got)-1] != c.high {
			t.Errorf("%v to %v: %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

// Responses add up to the reconstruction, and the potential reaches half of the threshold where there are spikes.
func TestResponses(t *testing.T) {
	for _, signed := range []bool{false, true} {
		b := bench(t, signed, 1)
		c, err := b.Code(b.Encoder("additive", 20, .02, 100, .1), b.Signals[0])
		if err != nil {
			t.Fatal(err)
		}
		sum := make([]float64, len(c.Signal))
		for _, r := range c.Responses(0, len(sum), 0) {
			for i, v := range r.Values {
				sum[r.First+i] += v
			}
		}
		u := c.Potential()
		for t0, v := range sum {
			if !near(v, c.Reconstruction[t0], 1e-5) {
				t.Fatalf("step %d: responses add up to %v, want %v", t0, v, c.Reconstruction[t0])
			}
			for k, spikes := range c.Spikes {
				if half := c.Thresholds[k][t0] / 2; spikes[t0] != 0 && !(sign(k)*u[t0] > half-1e-5) || spikes[t0] == 0 && len(c.Spikes) == 1 && !(u[t0] < half+1e-5) {
					t.Fatalf("step %d: the potential is %v, half of the threshold %v, and there are %v spikes", t0, u[t0], half, spikes[t0])
				}
			}
		}
		// Those of a window are parts of the same.
		from, to := 100, 150
		for _, r := range c.Responses(from, to, .1) {
			if r.First < from || r.First+len(r.Values) > to || len(r.Values) == 0 {
				t.Errorf("a response of %d steps begins at %d, outside of %d to %d", len(r.Values), r.First, from, to)
			}
		}
	}
}

// Encoders of all kinds are measured in their order.
func TestResults(t *testing.T) {
	b := bench(t, false, .1, 1)
	var list []Encoder
	for _, kind := range []string{"fixed", "fixed", "multiplicative", "fixed"} {
		list = append(list, b.Encoder(kind, float64(10+len(list)), .1, 100, .1))
	}
	counted := 0
	all, err := b.Results(t.Context(), list, func(n int) { counted += n })
	if err != nil || len(all) != 4 || counted != 4 {
		t.Fatalf("%d results, %d counted: %v", len(all), counted, err)
	}
	for i, e := range list {
		one, err := b.Measure(t.Context(), list[i:i+1], func(int) {})
		if err != nil || !reflect.DeepEqual(all[i], b.Result(e, one[0])) {
			t.Errorf("encoder %d: %v, alone %v, %v", i, all[i], one, err)
		}
	}
	if n := len(b.Candidates("fixed", 20, 100)); n != 15 {
		t.Errorf("%d candidates with a fixed threshold", n)
	}
	adaptive := b.Candidates("additive", 20, 50)
	if first, last := adaptive[0], adaptive[len(adaptive)-1]; len(adaptive) != 40 || first.Tau[0] != 5 || last.Tau[0] != 640 || first.Beta[0] != .03 || last.Beta[0] != 3 || last.TauAdp[0] != 50 {
		t.Errorf("%d candidates, from %v to %v", len(adaptive), first, last)
	}
}
