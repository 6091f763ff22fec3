package kernel

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pkg/errors"
)

func equal[F Float](t *testing.T, what string, got, want []F) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

func TestRun(t *testing.T) {
	for _, procs := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(procs)
		for n := range 20 {
			seen := make([]int, n)
			if err := Run(n, 3, func(_, lo, hi int) error {
				for i := lo; i < hi; i++ {
					seen[i]++
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for i, k := range seen {
				if k != 1 {
					t.Errorf("n = %d: item %d was visited %d times", n, i, k)
				}
			}
		}
		err := Run(9, 1, func(i, _, _ int) error {
			switch i {
			case 4:
				return errors.New("four")
			case 6:
				panic("six")
			}
			return nil
		})
		if err == nil || err.Error() != "four" {
			t.Errorf("error is %v, want that of the lowest shard", err)
		}
		err = Run(1, 1, func(int, int, int) error { panic("six") })
		if err == nil || !strings.Contains(err.Error(), "six") {
			t.Errorf("error is %v, want the panic", err)
		}
		runtime.GOMAXPROCS(old)
	}
}

// A shard may Run shards of its own, and many goroutines may Run at once: all is done, once, before
// Run returns.
func TestRunWithinRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var inner, outer atomic.Int64
			for range 50 {
				if err := Run(7, 1, func(int, int, int) error {
					outer.Add(1)
					return Run(5, 2, func(_, lo, hi int) error {
						inner.Add(int64(hi - lo))
						return nil
					})
				}); err != nil {
					t.Error(err)
				}
			}
			if outer.Load() != 350 || inner.Load() != 1750 {
				t.Errorf("%d and %d items, want 350 and 1750", outer.Load(), inner.Load())
			}
		})
	}
	wg.Wait()
}

// Add and Axpy round each sum and product, element by element, with the assembly and without.
func TestAddAndAxpy(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 1; n < 80; n++ {
		x, y := normal[float32](rng, n), normal[float32](rng, n)
		plain, fast := slices.Clone(y), slices.Clone(y)
		for i := range plain {
			plain[i] += x[i]
		}
		Add(x, fast)
		equal(t, "Add", fast, plain)
		for i := range plain {
			plain[i] += float32(.7 * x[i])
		}
		Axpy(.7, x, fast)
		equal(t, "Axpy", fast, plain)
	}
}

func normal[F Float](rng *rand.Rand, n int) []F {
	x := make([]F, n)
	for i := range x {
		x[i] = F(rng.NormFloat64())
	}
	return x
}
