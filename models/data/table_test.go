package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func TestTable(t *testing.T) {
	iris := Iris()
	traintest.Dataset(t, iris)
	if want := (train.Spec{Steps: 1, Features: 4, Classes: 3}); iris.Spec() != want || iris.Len() != 150 {
		t.Errorf("%d examples, Spec is %+v, want %+v", iris.Len(), iris.Spec(), want)
	}
	e, err := train.ReadExample(iris, 149)
	if err != nil || !slices.Equal(e.X, []float32{5.9, 3, 5.1, 1.8}) || !slices.Equal(e.Classes, []int{2}) {
		t.Errorf("the last flower is %+v, %v", e, err)
	}
	if n := len(iris.Complete()); n != 150 {
		t.Errorf("%d flowers are complete", n)
	}
}

func TestTableMissing(t *testing.T) {
	table, err := wisconsin().parse(text(wisconsin().Dialect, someBiopsies))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.ReadExample(table, 1); err == nil || !strings.Contains(err.Error(), "example 1: bare nuclei is missing") {
		t.Errorf("error is %v, want one that names the feature", err)
	}
	complete := table.Complete()
	if !slices.Equal(complete, []int{0, 2}) {
		t.Fatalf("complete are %v", complete)
	}
	some, err := train.Subset(table, complete)
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, some)

	low, high, err := table.Ranges([]int{1, 2})
	if err != nil || low[0] != 8 || high[0] != 10 || low[5] != 10 || high[5] != 10 {
		t.Errorf("ranges are %v to %v, %v", low, high, err)
	}
	if low, high, _ := table.Ranges([]int{1}); !math.IsNaN(low[5]) || !math.IsNaN(high[5]) || low[4] != 2 || high[4] != 2 {
		t.Errorf("ranges of one are %v to %v", low, high)
	}
	if _, _, err := table.Ranges([]int{3}); err == nil {
		t.Error("an example that there is not has ranges")
	}
	if got := table.Targets(12, 16); !slices.Equal(got[0], []float32{12, 16}) || !slices.Equal(got[2], []float32{16, 12}) || len(got) != 3 {
		t.Errorf("targets are %v", got)
	}
	table.Labels = table.Labels[:2]
	if _, err := train.ReadExample(table, 0); err == nil {
		t.Error("two classes for three examples give no error")
	}
}

// The parts have the share of each class, and every example once.
func TestTableSplit(t *testing.T) {
	table := &Table{Classes: []string{"few", "many"}}
	for i := range 27 {
		table.Labels = append(table.Labels, min(i%3, 1))
	}
	first, rest, err := table.Split(.3, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if all := slices.Sorted(slices.Values(slices.Concat(first, rest))); len(all) != 27 || len(slices.Compact(all)) != 27 {
		t.Errorf("the parts are %v and %v", first, rest)
	}
	counts := [2]int{}
	for _, i := range first {
		counts[table.Labels[i]]++
	}
	if counts != [2]int{3, 5} { // of 9 and 18
		t.Errorf("there are %v of the classes in the first part", counts)
	}
	if other, _, _ := table.Split(.3, rand.New(rand.NewPCG(2, 2))); slices.Equal(other, first) {
		t.Error("another seed gives the same parts")
	}
	for _, share := range []float64{-.1, 1.1, math.NaN()} {
		if _, _, err := table.Split(share, rand.New(rand.NewPCG(1, 2))); err == nil {
			t.Errorf("a share of %v has no error", share)
		}
	}
	table.Labels[4] = 2
	if _, _, err := table.Split(.3, rand.New(rand.NewPCG(1, 2))); err == nil || !strings.Contains(err.Error(), "example 4 is of class 2") {
		t.Errorf("error is %v, want one that names the example", err)
	}
}
