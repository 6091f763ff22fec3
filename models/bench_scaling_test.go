package models_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/srnn-go/srnn/models"
)

// scale is the size of a training step of one recurrent ALIF layer on as many inputs as it has
// units, with an integrator readout.
type scale struct {
	steps, batch, units int
	rate                float64 // of the inputs' spikes
}

// BenchmarkScaling is a training step at 100 steps, batch 32, 128 units and an input rate of .05,
// with one of these varied at a time: "T", "batch", "units", "rate".
//
// "cores" is a step at batch 128 on one core and on two. After them, "cores=1+1" tells what the second
// core of the machine is worth: two networks train side by side on two cores, neither waiting
// for the other. On two whole cores each takes the time of "cores=1" for a step. Where it takes
// longer, two cores cannot halve the time of one network either.
func BenchmarkScaling(b *testing.B) {
	base := scale{steps: 100, batch: 32, units: 128, rate: .05}
	for _, n := range []int{100, 200, 400, 1000, 2000, 4000} {
		s := base
		s.steps = n
		b.Run(fmt.Sprintf("T=%d", n), s.benchmark)
	}
	for _, n := range []int{1, 4, 16, 64, 256} {
		s := base
		s.batch = n
		b.Run(fmt.Sprintf("batch=%d", n), s.benchmark)
	}
	for _, n := range []int{32, 64, 128, 256, 512, 1024} {
		s := base
		s.units = n
		b.Run(fmt.Sprintf("units=%d", n), s.benchmark)
	}
	for _, rate := range []float64{.01, .02, .05, .1, .2, .5} {
		s := base
		s.rate = rate
		b.Run(fmt.Sprintf("rate=%v", rate), s.benchmark)
	}
	shared := base
	shared.batch = 128 // enough for cores to share
	for _, n := range []int{1, 2} {
		b.Run(fmt.Sprintf("cores=%d", n), func(b *testing.B) {
			defer useCores(b, n)()
			shared.benchmark(b)
		})
	}
	b.Run("cores=1+1", func(b *testing.B) {
		defer useCores(b, 2)()
		shared.sideBySide(b)
	})
}

// useCores sets the number of cores, and returns how to go back.
func useCores(b *testing.B, n int) (restore func()) {
	if runtime.NumCPU() < n {
		b.Skipf("there are not %d cores", n)
	}
	before := runtime.GOMAXPROCS(n)
	return func() { runtime.GOMAXPROCS(before) }
}

func (s scale) network() models.SRNN { return classifier(s.units, 10, s.units) }

func (s scale) inputs() []float32 { return randomSpikes(s.steps*s.batch*s.units, s.rate) }

func (s scale) benchmark(b *testing.B) {
	if testing.Short() && s.steps*s.batch*s.units > 1<<21 {
		b.Skip("large")
	}
	benchmarkTrainStep(b, s.network(), integrated, s.steps, s.batch, s.rate)
}

// sideBySide trains two networks on a goroutine each, and reports the time that each takes for a
// step. Each of them may split its batch over the cores, as a network does that is alone; since
// there is work for both cores all the time, that changes nothing.
func (s scale) sideBySide(b *testing.B) {
	const each = 5 // steps of each network between two times that one waits for the other
	x := s.inputs()
	var nets [2]*training
	for i := range nets {
		t, err := newTraining(ours, s.network(), integrated, x, s.steps, s.batch)
		if err != nil {
			b.Fatal(err)
		}
		defer t.vm.Close()
		nets[i] = t
	}
	var ms [2]float64 // per step of each network, when the slower one was fastest
	measure(b, func() error {
		var now [2]float64
		var errs [2]error
		var wg sync.WaitGroup
		for i, t := range nets {
			wg.Go(func() {
				start := time.Now()
				for range each {
					errs[i] = errors.Join(errs[i], t.step())
				}
				now[i] = float64(time.Since(start).Microseconds()) / 1e3 / each
			})
		}
		wg.Wait()
		if ms[0] == 0 || slices.Max(now[:]) < slices.Max(ms[:]) {
			ms = now
		}
		return errors.Join(errs[:]...)
	})
	b.ReportMetric(ms[0], "first-ms/step")
	b.ReportMetric(ms[1], "second-ms/step")
}
