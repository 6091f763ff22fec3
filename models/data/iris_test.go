package data

import (
	"math"
	"testing"
)

// The sums of the features within each species are known, as are those of their squares.
func TestIris(t *testing.T) {
	iris := Iris()
	if len(iris.Values) != 150 || len(iris.Labels) != 150 {
		t.Fatalf("there are %d flowers and %d labels", len(iris.Values), len(iris.Labels))
	}
	for class, want := range []struct{ mean, sd [4]float64 }{
		{[4]float64{5.006, 3.428, 1.462, .246}, [4]float64{.352490, .379064, .173664, .105386}},
		{[4]float64{5.936, 2.770, 4.260, 1.326}, [4]float64{.516171, .313798, .469911, .197753}},
		{[4]float64{6.588, 2.974, 5.552, 2.026}, [4]float64{.635880, .322497, .551895, .274650}},
	} {
		for k := range want.mean {
			sum, squares, count := 0., 0., 0.
			for i, row := range iris.Values {
				if iris.Labels[i] == class {
					sum += row[k]
					squares += row[k] * row[k]
					count++
				}
			}
			mean := sum / count
			sd := math.Sqrt((squares - count*mean*mean) / (count - 1))
			if count != 50 || math.Abs(mean-want.mean[k]) > 1e-9 || math.Abs(sd-want.sd[k]) > 1e-6 {
				t.Errorf("%s, %s: mean %.4f and standard deviation %.6f of %v flowers, want %.4f, %.6f of 50",
					iris.Classes[class], iris.Features[k], mean, sd, count, want.mean[k], want.sd[k])
			}
		}
	}
	// Two flowers in which other files are wrong.
	for i, want := range map[int][4]float64{34: {4.9, 3.1, 1.5, .2}, 37: {4.9, 3.6, 1.4, .1}, 149: {5.9, 3, 5.1, 1.8}} {
		if [4]float64(iris.Values[i]) != want {
			t.Errorf("flower %d is %v, want %v", i+1, iris.Values[i], want)
		}
	}
	// A sum in which every flower counts by its place, so that none can stand elsewhere.
	const want = 171965
	sum := 0
	for i, row := range iris.Values {
		for k, v := range row {
			sum = (sum*31 + (i+1)*(k+1)*int(math.Round(10*v))) % 1_000_003
		}
	}
	if sum != want {
		t.Errorf("the checksum is %d, want %d", sum, want)
	}
}
