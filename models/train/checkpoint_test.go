package train_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// resumed trains whole, and in two parts with a checkpoint in between, and compares the two. Settings are made anew
// for each, as solvers have a state.
func resumed[O any](t *testing.T, k train.Task[O], data train.Dataset, settings func() train.Settings, first int) (path string) {
	t.Helper()
	whole := ran(t, k, data, settings())
	path = filepath.Join(t.TempDir(), "checkpoint.safetensors")
	s := settings()
	s.Epochs = first
	if err := ran(t, k, data, s).Save(path); err != nil {
		t.Fatal(err)
	}
	second := newTrainer(t, k, data, settings())
	if err := second.Resume(path); err != nil {
		t.Fatal(err)
	}
	if n := len(second.History()); n > first || n == 0 {
		t.Errorf("resumed after %d epochs, want %d at most", n, first)
	}
	run(t, second)
	if !same(params(whole.Network), params(second.Network)) {
		t.Error("the resumed training has other parameters")
	}
	sameHistories(t, "resumed", second.History(), whole.History())
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	if err := whole.Save(a); err != nil {
		t.Fatal(err)
	}
	if err := second.Save(b); err != nil {
		t.Fatal(err)
	}
	sameTensors(t, b, a)
	return path
}

// sameTensors compares files, but for the time that things took.
func sameTensors(t *testing.T, got, want string) {
	t.Helper()
	read := func(path string) map[string][]float64 {
		x, _, err := tensorfile.ReadSafetensors(path)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string][]float64{}
		for _, x := range x {
			if !strings.HasSuffix(x.Name, "seconds") {
				if all[x.Name], err = x.Float64s(); err != nil {
					t.Fatal(err)
				}
			}
		}
		return all
	}
	a, b := read(got), read(want)
	if g, w := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)); !slices.Equal(g, w) {
		t.Errorf("there are tensors %v, want %v", g, w)
	}
	for name, x := range b {
		if !same(a[name], x) {
			t.Errorf("tensor %s is another", name)
		}
	}
}

// A training that is stopped and resumed from its checkpoint ends with the same bits as one that is not: with early
// stopping, a schedule that follows the validation, terms, pieces, dropout between sequences of many lengths.
func TestResume(t *testing.T) {
	settings := func(change func(s *train.Settings)) func() train.Settings {
		return func() train.Settings {
			s := train.Settings{Epochs: 5, Batch: 16, Seed: 4, Solver: adam(.01)}
			change(&s)
			return s
		}
	}
	data := toy{40, 12, false}
	k := task(models.AdpMem, models.SumSoftmax{})
	for name, change := range map[string]func(s *train.Settings){
		"plain":      func(*train.Settings) {},
		"validation": func(s *train.Settings) { s.Share = .25 },
		"select":     func(s *train.Settings) { s.Select = train.Criterion{Number: "accuracy", Highest: true} },
		"pieces":     func(s *train.Settings) { s.Piece = 5 },
		"double":     func(s *train.Settings) { s.Dtype = tensor.Float64 },
		"plateau": func(s *train.Settings) {
			s.Share, s.Epochs = .25, 12
			s.Solver = optim.New(optim.Adam(optim.Plateau{Schedule: optim.Constant(.05), Metric: "loss", Factor: .3}))
		},
		"patience": func(s *train.Settings) {
			s.Share, s.Epochs, s.Solver, s.Callbacks = .25, 100, adam(.1), []train.Callback{train.Patience(3)}
		},
	} {
		t.Run(name, func(t *testing.T) { resumed(t, k, data, settings(change), 2) })
	}
	t.Run("terms", func(t *testing.T) {
		k := k
		k.Terms = []train.Term{models.SpikeL1{Weight: .1}}
		resumed(t, k, data, settings(func(*train.Settings) {}), 2)
	})
	t.Run("mixed", func(t *testing.T) {
		k := k
		c := toyNet(models.AdpMem)
		c.Hidden[0].RecurrentDropout = nodes.Dropout{Rate: .3}
		k.Model = c
		resumed(t, k, mixed{toy{40, 30, false}, 3}, settings(func(s *train.Settings) { s.Share = .2 }), 3)
	})
	// Patience that was over is over.
	t.Run("over", func(t *testing.T) {
		s := settings(func(s *train.Settings) {
			s.Share, s.Epochs, s.Solver, s.Callbacks = .25, 100, adam(.1), []train.Callback{train.Patience(2)}
		})
		path := filepath.Join(t.TempDir(), "over")
		first := ran(t, k, data, s())
		if err := first.Save(path); err != nil {
			t.Fatal(err)
		}
		second := newTrainer(t, k, data, s())
		if err := second.Resume(path); err != nil {
			t.Fatal(err)
		}
		run(t, second)
		sameHistories(t, "over", second.History(), first.History())
		if !same(params(second.Network), params(first.Network)) {
			t.Error("the parameters are not those of the best epoch")
		}
	})
}

// Other settings cannot go on from a checkpoint, and leave everything as it was.
func TestResumeRefuses(t *testing.T) {
	data := toy{40, 12, false}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	type change = func(k *train.Task[*models.Output], d *train.Dataset, s *train.Settings)
	start := func(c change) *train.Trainer {
		k, d := task(models.AdpMem, models.SumSoftmax{}), train.Dataset(data)
		k.Terms = []train.Term{models.SpikeL1{Weight: 1}, unnamed{2}}
		s := train.Settings{Epochs: 2, Batch: 16, Seed: 4, Solver: adam(.01)}
		c(&k, &d, &s)
		return newTrainer(t, k, d, s)
	}
	nothing := func(*train.Task[*models.Output], *train.Dataset, *train.Settings) {}
	tr := start(nothing)
	run(t, tr)
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := start(nothing).Resume(path); err != nil {
		t.Error(err)
	}
	refuse := func(name, path string, tr *train.Trainer, want ...string) {
		t.Helper()
		before := params(tr.Network)
		err := tr.Resume(path)
		wantError(t, name, err, append(want, path, "cannot resume")...)
		if err != nil && strings.Contains(err.Error(), "nil") {
			t.Errorf("%s: error is %v", name, err)
		}
		if !same(params(tr.Network), before) || len(tr.History()) != 0 {
			t.Errorf("%s: something has changed", name)
		}
	}
	for name, c := range map[string]struct {
		change change
		want   string
	}{
		"batch":  {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Batch = 10 }, "batch: 16 in the checkpoint, 10 asked for"},
		"seed":   {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Seed = 5 }, "seed: 4"},
		"piece":  {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Piece = 5 }, "piece: 0"},
		"share":  {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Share = .3 }, "examples: 40"},
		"select": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Select.Number = "accuracy" }, "select"},
		"gorgonia's": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Solver = gorgonia.NewAdamSolver()
		}, "*gorgonia.AdamSolver cannot be resumed"},
		"chain": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) {
			s.Solver = optim.New(optim.SGD(optim.Constant(.1)))
		}, ""},
		"dtype": {func(_ *train.Task[*models.Output], _ *train.Dataset, s *train.Settings) { s.Dtype = tensor.Float64 }, `dtype: "float32" in the checkpoint, "float64" asked for`},
		"term": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Terms[0] = models.SpikeL1{Weight: 2}
		}, "terms[0].weight: 1 in the checkpoint, 2 asked for"},
		"unnamed": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Terms[1] = unnamed{3} }, "terms[1].Factor: 2 in the checkpoint, 3 asked for"},
		"loss":    {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) { k.Loss = models.LastStep{} }, "loss: "},
		"network": {func(k *train.Task[*models.Output], _ *train.Dataset, _ *train.Settings) {
			k.Model = toyNet(models.Integrator)
		}, "model.readout"},
		"data": {func(_ *train.Task[*models.Output], d *train.Dataset, _ *train.Settings) { *d = toy{40, 13, false} }, "data.Steps: 12 in the checkpoint, 13 asked for"},
	} {
		refuse(name, path, start(c.change), c.want)
	}
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	for lost, want := range map[string]string{
		"layer0.w_rec": "there is no tensor layer0.w_rec", "last/layer0.w_rec": "there is no tensor layer0.w_rec",
		"history/best": "there is no tensor history/best",
	} {
		rest := slices.DeleteFunc(slices.Clone(tensors), func(x tensorfile.Tensor) bool { return x.Name == lost })
		if err := tensorfile.WriteSafetensors(broken, rest, meta); err != nil {
			t.Fatal(err)
		}
		refuse("without "+lost, broken, start(nothing), want)
	}
	loaded, err := train.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := loaded.Save(broken); err != nil {
		t.Fatal(err)
	}
	refuse("a network alone", broken, start(nothing), "no training")
	refuse("no file", filepath.Join(t.TempDir(), "none"), start(nothing), "no such file")
}

// unnamed is a term that is not registered.
type unnamed struct{ Factor float64 }

func (u unnamed) Term(v train.View) (*gorgonia.Node, error) {
	return sums(v, func(x graph.Expr) graph.Expr { return x.Times(u.Factor) })
}

// A saved network comes back as it was: settings, parameters and results; the parameters are those of the best epoch.
func TestSaveLoad(t *testing.T) {
	c := toyNet(models.AdpMem)
	c.Hidden = append(c.Hidden, nodes.Layer{Units: 5, Cell: nodes.LIF{B0: ptr(.2), Dt: .5, Surrogate: ops.FastSigmoid{Slope: 7}},
		Initial: nodes.Initial{nodes.Membrane: nodes.Constant(.1)}, Linear: nodes.Linear{NoBias: true}})
	k := train.Task[*models.Output]{Model: c, Loss: models.PerStep{Skip: 3}, Metrics: []train.Metric{models.Accuracy{}}}
	data := toy{20, 12, true}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		tr := ran(t, k, data, train.Settings{Epochs: 3, Batch: 8, Solver: adam(.01), Share: .3, Dtype: dt, Seed: 9})
		dir := t.TempDir()
		live, checkpoint, again := filepath.Join(dir, "live"), filepath.Join(dir, "checkpoint"), filepath.Join(dir, "again")
		if err := tr.Network.Save(live); err != nil {
			t.Fatal(err)
		}
		if err := tr.Save(checkpoint); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{live, checkpoint} {
			loaded, err := train.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if !same(params(tr.Network), params(loaded)) {
				t.Error("the parameters are others")
			}
			sameAnswers(t, loaded, tr.Network, data)
			if err := loaded.Save(again); err != nil {
				t.Fatal(err)
			}
			x, _ := os.ReadFile(live)
			y, _ := os.ReadFile(again)
			if !bytes.Equal(x, y) {
				t.Error("saved again, the file is another")
			}
			if err := loaded.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// sameAnswers compares two networks in all that they can be asked, bit for bit.
func sameAnswers(t *testing.T, a, b *train.Network, data train.Dataset) {
	t.Helper()
	sameReports(t, "evaluation", evaluate(t, a, data, 7), evaluate(t, b, data, 7))
	x, err := a.Predict(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Predict(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		sameScores(t, fmt.Sprint("example ", i), x[i], y[i])
		p, err := a.Record(t.Context(), data, i)
		if err != nil {
			t.Fatal(err)
		}
		q, err := b.Record(t.Context(), data, i)
		if err != nil {
			t.Fatal(err)
		}
		sameScores(t, fmt.Sprint("record of example ", i), *p, *q)
		if len(p.Layers) != len(q.Layers) || len(q.Layers) == 0 {
			t.Fatalf("%d layers are recorded, want %d", len(p.Layers), len(q.Layers))
		}
		for k, l := range q.Layers {
			for name, series := range l.Series {
				if !same(p.Layers[k].Series[name], series) {
					t.Errorf("%s of %s of example %d is another", name, l.Layer, i)
				}
			}
		}
		seq := make([][]float32, q.Steps)
		for s := range seq {
			seq[s] = q.Inputs[s*q.Features:][:q.Features]
		}
		one, err := a.PredictOne(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		other, err := b.PredictOne(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		sameScores(t, fmt.Sprintf("example %d alone", i), one, other)
		sameScores(t, fmt.Sprintf("example %d alone, and recorded", i), one, *q)
	}
}

func sameScores(t *testing.T, what string, a, b train.Prediction) {
	t.Helper()
	if len(a.Scores) != len(b.Scores) || len(b.Scores) == 0 {
		t.Fatalf("%s: %d rows of scores, want %d", what, len(a.Scores), len(b.Scores))
	}
	for i := range b.Scores {
		if !same(a.Scores[i], b.Scores[i]) || a.Class(i) != b.Class(i) {
			t.Errorf("%s: scores are %v, want %v", what, a.Scores[i], b.Scores[i])
		}
	}
}

type surrogate struct{ ops.Gaussian }

// What cannot be saved says so before the training, where it is to be saved, and leaves no file.
func TestUnsavable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	c := toyNet(models.AdpMem)
	c.Hidden[0].Cell = nodes.LIF{Surrogate: surrogate{}}
	k := task(models.AdpMem, models.SumSoftmax{})
	k.Model = c
	data, s := toy{10, 5, false}, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01)}
	var log strings.Builder
	s.Log = &log
	tr := newTrainer(t, k, data, s)
	if !strings.Contains(log.String(), "warning: ") || !strings.Contains(log.String(), "train_test.surrogate") {
		t.Errorf("the log is %q", log.String())
	}
	wantError(t, "a surrogate of somebody else's", tr.Save(path), "train_test.surrogate", "MustRegister")
	s.Callbacks = []train.Callback{train.Checkpoint(path)}
	_, err := train.New(k, data, s)
	wantError(t, "with a checkpoint", err, "train_test.surrogate")
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file all the same")
	}
}

// A file that is not a network of this module, or whose parts do not match, gives nothing but an error with its path.
func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.safetensors")
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{10, 5, false}, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01)})
	if err := tr.Network.Save(path); err != nil {
		t.Fatal(err)
	}
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(change func([]tensorfile.Tensor, map[string]string) []tensorfile.Tensor) func() error {
		return func() error {
			m := maps.Clone(meta)
			return tensorfile.WriteSafetensors(path, change(slices.Clone(tensors), m), m)
		}
	}
	text := func(old, new string) func() error {
		return write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			if m["srnn.network"] = strings.Replace(m["srnn.network"], old, new, 1); !strings.Contains(m["srnn.network"], new) {
				t.Errorf("%s is not in %s", old, m["srnn.network"])
			}
			return x
		})
	}
	content := func(b []byte) func() error { return func() error { return os.WriteFile(path, b, 0o644) } }
	for name, c := range map[string]struct {
		write func() error
		want  string
	}{
		"missing":   {func() error { return os.Remove(path) }, "no such file"},
		"empty":     {content(nil), path},
		"truncated": {content(whole[:len(whole)-1]), path},
		"alien":     {content([]byte("PK\x03\x04 this is not it")), path},
		"foreign": {write(func(x []tensorfile.Tensor, m map[string]string) []tensorfile.Tensor {
			clear(m)
			return x
		}), "not a checkpoint of this module"},
		"format":    {text(`"format":1`, `"format":99,"new":{}`), "format is 99, and this version of the module reads up to 1"},
		"unknown":   {text(`"format":1`, `"format":1,"new":{}`), `unknown field "new"`},
		"twice":     {text(`"format":1`, `"format":1,"format":1`), `"format" is there twice`},
		"no format": {text(`"format":1,`, ``), "there is no format"},
		"dtype":     {text(`"dtype":"float32"`, `"dtype":"float8"`), "float8"},
		"cell":      {text(`"alif"`, `"cat"`), `"cat"`},
		"model":     {text(`"kind":"srnn"`, `"kind":"cnn"`), `no model is registered as "cnn": register it by train.MustRegisterModel("cnn"`},
		"loss":      {text(`"kind":"sum_softmax"`, `"kind":"zero"`), `train.MustRegisterLoss("zero"`},
		"metric":    {text(`"kind":"accuracy"`, `"kind":"truth"`), `train.MustRegisterMetric("truth"`},
		"setting":   {text(`"kind":"sum_softmax","settings":{`, `"kind":"sum_softmax","settings":{"form":1`), "form"},
		"units":     {text(`"units":8`, `"units":800000000000`), "800000000000"},
		"inputs":    {text(`"in":2`, `"in":200000000000`), "200000000000"},
		"features":  {text(`"Features":2`, `"Features":200000000000`), "200000000000"},
		"steps":     {text(`"Steps":5`, `"Steps":50000000000000`), "too large"},
		"no steps":  {text(`"Steps":5`, `"Steps":-5`), "-5 steps"},
		"no tensor": {write(func(x []tensorfile.Tensor, _ map[string]string) []tensorfile.Tensor { return x[1:] }),
			tensors[0].Name},
		"another shape": {write(func(x []tensorfile.Tensor, _ map[string]string) []tensorfile.Tensor {
			x[0] = tensorfile.FromFloats(x[0].Name, []int{1}, []float32{1})
			return x
		}), tensors[0].Name},
	} {
		if err := c.write(); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, err := train.Load(path)
		runtime.ReadMemStats(&after)
		if n != nil {
			t.Errorf("%s: there is a network all the same", name)
		}
		wantError(t, name, err, c.want, path)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: it took %d MiB", name, used>>20)
		}
	}
}

// Whatever the bytes, Load returns a network or an error that names the file.
func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "net.safetensors")
	tr := newTrainer(f, train.Task[*models.Output]{Loss: models.PerStep{Skip: 1}, Model: models.SRNN{In: 2,
		Hidden:  []nodes.Layer{{Units: 2, Cell: nodes.LIF{}, Recurrent: true}},
		Readout: models.Readout{Kind: models.AdpMem, Layer: nodes.Layer{Units: 2}}}}, toy{2, 3, true}, train.Settings{Epochs: 1, Batch: 1, Solver: adam(.01)})
	run(f, tr)
	if err := tr.Save(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := train.Load(path); err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}

// A checkpoint can be written at any time while the training runs, and is one of a whole epoch.
func TestSaveWhileRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	done, saved := make(chan struct{}), 0
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{40, 12, false}, train.Settings{Epochs: 6, Batch: 8, Solver: adam(.01), Share: .2,
		Callbacks: []train.Callback{steps(func(tr *train.Trainer, p train.Progress) error {
			if p.Step != 2 {
				return nil
			}
			if err := tr.Save(path); err != nil {
				return err
			}
			n, err := train.Load(path)
			if err != nil {
				return err
			}
			if saved++; p.Epoch > 1 && len(params(n)) != len(params(tr.Network)) {
				return fmt.Errorf("%d numbers were saved", len(params(n)))
			}
			return nil
		})}})
	go func() {
		defer close(done)
		for range 20 {
			if err := tr.Save(path + "2"); err != nil {
				t.Error(err)
			}
			if _, err := train.Load(path + "2"); err != nil {
				t.Error(err)
			}
			tr.History()
			tr.Best()
		}
	}()
	run(t, tr)
	<-done
	if saved != 6 {
		t.Errorf("saved %d times, want 6", saved)
	}
}

// 20,000 epochs are no more trouble than two.
func TestLongHistory(t *testing.T) {
	path, long := filepath.Join(t.TempDir(), "short"), filepath.Join(t.TempDir(), "long")
	k, data := task(models.AdpMem, models.SumSoftmax{}), toy{4, 3, false}
	settings := func() train.Settings {
		return train.Settings{Epochs: 20_001, Batch: 4, Solver: adam(.01), Select: train.Criterion{Number: "loss"},
			Callbacks: []train.Callback{train.EpochEnd(func(*train.Trainer, train.Epoch) error { return train.ErrStop })}}
	}
	if err := ran(t, k, data, settings()).Save(path); err != nil {
		t.Fatal(err)
	}
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	const epochs = 20_000
	for i, x := range tensors {
		if strings.HasPrefix(x.Name, "history/") {
			first, err := x.Float64s()
			if err != nil || len(first) != 1 {
				t.Fatalf("%s has %d epochs, want 1: %v", x.Name, len(first), err)
			}
			repeated := slices.Repeat(first, epochs)
			if x.Name == "history/best" {
				clear(repeated[1:])
			}
			tensors[i] = tensorfile.FromFloats(x.Name, []int{epochs}, repeated)
		}
	}
	if err := tensorfile.WriteSafetensors(long, tensors, meta); err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(t, k, data, settings())
	if err := tr.Resume(long); err != nil {
		t.Fatal(err)
	}
	if tr.Best().Epoch != 1 || len(tr.History()) != epochs {
		t.Errorf("the best of %d epochs is %d", len(tr.History()), tr.Best().Epoch)
	}
	run(t, tr)
	if err := tr.Save(path); err != nil {
		t.Fatal(err)
	}
	again := newTrainer(t, k, data, settings())
	if err := again.Resume(path); err != nil {
		t.Fatal(err)
	}
	sameHistories(t, "long", again.History(), tr.History())
	if n := len(again.History()); n != epochs+1 {
		t.Errorf("%d epochs, want %d", n, epochs+1)
	}
}

// A history is written as JSON with every number by name; what is not a number is null.
func TestHistoryJSON(t *testing.T) {
	tr := ran(t, task(models.AdpMem, models.SumSoftmax{}), toy{20, 5, false}, train.Settings{Epochs: 1, Batch: 8, Solver: adam(.01), Share: .2})
	text, err := json.Marshal(tr.History()[0])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"epoch", "steps", "loss", "accuracy", "val_loss", "val_accuracy", "val_firing_rate.layer0", "gradients", "best"} {
		if _, ok := m[name]; !ok {
			t.Errorf("there is no %s in %s", name, text)
		}
	}
}

// exact is a model of sequences of one length, which refuses any other.
type exact struct {
	Steps int `json:"steps"`
}

func (m exact) Forward(p *graph.Params, b train.Batch) (*models.Output, error) {
	if steps := b.X.Shape()[0]; steps != m.Steps || b.Padded {
		return nil, fmt.Errorf("there are %d steps, padded %v", steps, b.Padded)
	}
	a, err := nodes.Layer{Units: 2, Cell: nodes.LI{}}.Apply(p, "readout", b.X)
	if err != nil {
		return nil, err
	}
	return models.OutputOf(a)
}

// A model is declared for data as they are, also if they are long.
func TestLongSequencesAreLoaded(t *testing.T) {
	const steps = 5000
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	task := train.Task[*models.Output]{Model: exact{steps}, Loss: models.LastStep{}}
	net, err := train.NewNetwork(task, p, train.Spec{Steps: steps, Features: 2, Classes: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "long.safetensors")
	if err := net.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := train.LoadTask(path, task); err != nil {
		t.Error(err)
	}
}
