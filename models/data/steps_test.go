package data

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

// stepLengths in ms as they are written and as floating point has them.
var stepLengths = map[string]float64{"1": 1, ".1": .1, ".25": .25, ".001": .001, "1/3": 1. / 3, "4": 4, ".5": .5, "2.5": 2.5, ".3": .3, ".7": .7, "1e-6": 1e-6, "1000": 1000}

// someSteps are small numbers, and some up to ten million.
func someSteps(each func(k int)) {
	rng := rand.New(rand.NewPCG(5, 6))
	for k := range 3000 {
		each(k)
		each(int(rng.Uint64N(1e7)))
	}
}

// An event at k·dt is in step k, however its time was computed and written.
func TestEventsAtBordersOfSteps(t *testing.T) {
	for name, dt := range stepLengths {
		exact, _ := new(big.Rat).SetString(map[bool]string{true: "1/3", false: name}[name == "1/3"])
		someSteps(func(k int) {
			at := new(big.Rat).Mul(exact, big.NewRat(int64(k), 1))
			decimal, _ := strconv.ParseFloat(at.FloatString(25), 64)
			seconds, _ := new(big.Rat).Quo(at, big.NewRat(1000, 1)).Float64()
			micros, _ := new(big.Rat).Mul(at, big.NewRat(1000, 1)).Float64()
			for how, time := range map[string]float64{
				"product": float64(k) * dt, "text": decimal, "seconds": seconds * 1000, "microseconds": micros / 1000,
				"quotient": float64(k) / (1 / dt),
			} {
				if got := (timeGrid{dt: dt}).step(time); got != float64(k) {
					t.Fatalf("%s: an event at %v ms is in step %v of %s ms, want %d", how, time, got, name, k)
				}
				if got := (timeGrid{dt: dt}).steps(time); got != float64(k) {
					t.Fatalf("%s: %v ms are %v steps of %s ms, want %d", how, time, got, name, k)
				}
			}
			single := timeGrid{dt: dt, precision: 0x1p-24}
			if got := single.step(float64(float32(float64(k) * dt))); k < 1<<20 && got != float64(k) {
				t.Fatalf("single precision: %d·%s ms is in step %v", k, name, got)
			}
		})
	}
}

// Steps are those of exact arithmetic wherever a time is not within rounding of a border, after any start.
func TestStepsAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, start := range []float64{0, 12.5, -3, 1.7e12} {
		for _, dt := range stepLengths {
			for range 300 {
				time := start + math.Round(rng.Float64()*1e9)/1e3
				exact := new(big.Rat).Sub(new(big.Rat).SetFloat64(time), new(big.Rat).SetFloat64(start))
				exact.Quo(exact, new(big.Rat).SetFloat64(dt))
				near, _ := exact.Float64()
				if border := math.Abs(near-math.Round(near)) * dt; border <= 0x1p-50*math.Max(math.Abs(time), math.Abs(start)) {
					continue
				}
				want := new(big.Int).Div(exact.Num(), exact.Denom()) // Euclidean: rounds down
				got := timeGrid{dt: dt, start: start}.step(time)
				if w, _ := new(big.Float).SetInt(want).Float64(); got != w {
					t.Fatalf("%v ms is in step %v of %v ms from %v, want %v", time, got, dt, start, w)
				}
			}
		}
	}
}

// Examples are as many steps long as their recordings.
func TestRecordingsEnd(t *testing.T) {
	for dt, n := range map[float64]int{.1: 25, .7: 1000, 1. / 3: 77, 2.5: 4} {
		d := float64(n) * dt
		e, err := NewEvents(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Append([]float64{0}, []uint32{0}, 0, -1); err != nil {
			t.Fatal(err)
		}
		if b, err := e.Bin(Binning{Dt: dt, Duration: d}); err != nil || b.Spec().Steps != n {
			t.Errorf("%v ms in steps of %v ms: %v, want %d", d, dt, b.Spec(), n)
		}
		if err := e.SetEnd(0, d); err != nil {
			t.Fatal(err)
		}
		if b, err := e.Bin(Binning{Dt: dt}); err != nil || b.Spec().Steps != n {
			t.Errorf("a recording up to %v ms in steps of %v ms: %v, want %d", d, dt, b.Spec(), n)
		}
		if err := e.Append([]float64{d}, []uint32{0}, 0, -1); err != nil {
			t.Fatal(err)
		}
		if b, err := e.Bin(Binning{Dt: dt, Varying: true}); err != nil || b.Spec().Steps != n+1 {
			t.Errorf("an event at %v ms in steps of %v ms: %v, want %d", d, dt, b.Spec(), n+1)
		} else if x, _ := dense(t, b, 0); len(x) != n {
			t.Errorf("a recording up to %v ms has %d steps of %v ms, want %d", d, len(x), dt, n)
		}
	}
}
