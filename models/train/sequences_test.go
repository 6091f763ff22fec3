package train_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

func ExampleSequences() {
	d := train.Sequences{
		X: [][][]float32{{{0, 1}, {1, 1}, {1, 0}}, {{1, 1}}},
		Y: []int{1, 0},
	}
	fmt.Printf("%+v\n", d.Spec())
	e, err := train.ReadExample(d, 1)
	if err != nil {
		panic(err)
	}
	fmt.Println(e.Steps, e.X, e.Classes)
	// Output:
	// {Steps:3 Features:2 Varying:true Events:false Classes:2 Numbers:0 PerStep:false}
	// 1 [1 1 0 0 0 0] [0]
}

// two are sequences of three steps and one, of two features.
var two = [][][]float32{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}}}

// All forms of targets come out as they went in, and what is beyond the end of a sequence does not count.
func TestSequences(t *testing.T) {
	steps := train.Spec{Steps: 3, Features: 2, Varying: true}
	spec := func(change func(*train.Spec)) train.Spec {
		s := steps
		change(&s)
		return s
	}
	for _, c := range []struct {
		name    string
		s       train.Sequences
		spec    train.Spec
		classes [2][]int
		y       [2][]float32
	}{
		{"no targets", train.Sequences{}, steps, [2][]int{}, [2][]float32{}},
		{"classes", train.Sequences{Y: []int{-1, 4}}, spec(func(s *train.Spec) { s.Classes = 5 }), [2][]int{{-1}, {4}}, [2][]float32{}},
		{"more classes than occur", train.Sequences{Y: []int{0, 1}, Classes: 9}, spec(func(s *train.Spec) { s.Classes = 9 }), [2][]int{{0}, {1}}, [2][]float32{}},
		{"no class occurs", train.Sequences{Y: []int{-1, -1}, Classes: 2}, spec(func(s *train.Spec) { s.Classes = 2 }), [2][]int{{-1}, {-1}}, [2][]float32{}},
		{"classes of steps", train.Sequences{Y: [][]int{{0, -1, 2}, {1}}}, spec(func(s *train.Spec) { s.Classes, s.PerStep = 3, true }),
			[2][]int{{0, -1, 2}, {1, -1, -1}}, [2][]float32{}},
		{"numbers", train.Sequences{Y: [][]float32{{1, 2, 3}, {4, 5, 6}}}, spec(func(s *train.Spec) { s.Numbers = 3 }),
			[2][]int{}, [2][]float32{{1, 2, 3}, {4, 5, 6}}},
		{"numbers of steps", train.Sequences{Y: [][][]float32{{{1}, {2}, {3}}, {{4}}}}, spec(func(s *train.Spec) { s.Numbers, s.PerStep = 1, true }),
			[2][]int{}, [2][]float32{{1, 2, 3}, {4, 0, 0}}},
		{"themselves", train.Sequences{Y: two}, spec(func(s *train.Spec) { s.Numbers, s.PerStep = 2, true }),
			[2][]int{}, [2][]float32{{1, 2, 3, 4, 5, 6}, {7, 8, 0, 0, 0, 0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.X = two
			traintest.Dataset(t, c.s)
			if got := c.s.Spec(); got != c.spec {
				t.Errorf("Spec is %+v, want %+v", got, c.spec)
			}
			for i, x := range [][]float32{{1, 2, 3, 4, 5, 6}, {7, 8, 0, 0, 0, 0}} {
				e, err := train.ReadExample(c.s, i)
				if err != nil {
					t.Fatal(err)
				}
				if e.Steps != len(two[i]) || !slices.Equal(e.X, x) || !slices.Equal(e.Classes, c.classes[i]) || !slices.Equal(e.Y, c.y[i]) {
					t.Errorf("example %d is %+v", i, *e)
				}
			}
		})
	}
	same := train.Sequences{X: [][][]float32{two[0], two[0]}}
	if s := same.Spec(); s.Varying || s.Steps != 3 {
		t.Errorf("sequences of one length have the Spec %+v", s)
	}
}

// What is wrong is found by the check before a training, and where it is wrong of one example, by its
// reading; nothing panics.
func TestSequencesRefuse(t *testing.T) {
	for _, c := range []struct {
		want string
		s    train.Sequences
	}{
		{"Y is []float64", train.Sequences{X: two, Y: []float64{1, 2}}},
		{"2 sequences and 1 targets", train.Sequences{X: two, Y: []int{1}}},
		{"2 sequences and 3 targets", train.Sequences{X: two, Y: [][]float32{{1}, {1}, {1}}}},
		{"sequence 1: there are no steps", train.Sequences{X: [][][]float32{two[0], {}}}},
		{"sequence 0: there are no steps", train.Sequences{X: [][][]float32{{}, two[0]}}},
		{"sequence 0: step 0 has 0 features", train.Sequences{X: [][][]float32{{{}}}}},
		{"sequence 1: step 0 has 1 features", train.Sequences{X: [][][]float32{two[0], {{1}}}}},
		{"sequence 0: step 1 has 3 features", train.Sequences{X: [][][]float32{{{1, 2}, {3, 4, 5}}}}},
		{"sequence 1: the class is -2, want 0 or more", train.Sequences{X: two, Y: []int{0, -2}}},
		{"sequence 1: the class is 3, want 0 to 2", train.Sequences{X: two, Y: []int{0, 3}, Classes: 3}},
		{"sequence 0: step 2: the class is 3", train.Sequences{X: two, Y: [][]int{{0, 1, 3}, {0}}, Classes: 3}},
		{"sequence 1: there are 1 steps and 2 targets", train.Sequences{X: two, Y: [][]int{{0, 1, 3}, {0, 0}}}},
		{"sequence 0: there are 3 steps and 2 targets", train.Sequences{X: two, Y: [][][]float32{{{0}, {1}}, {{0}}}}},
		{"sequence 0: there are 3 steps and 0 targets", train.Sequences{X: two, Y: [][][]float32{{}, {{0}}}}},
		{"sequence 1: the target has 2 numbers", train.Sequences{X: two, Y: [][]float32{{1}, {1, 2}}}},
		{"sequence 0: the target has 0 numbers", train.Sequences{X: two, Y: [][]float32{{}, {}}}},
		{"sequence 1: the target of step 0 has 2 numbers", train.Sequences{X: two, Y: [][][]float32{{{0}, {1}, {2}}, {{0, 1}}}}},
		{"Classes is -1", train.Sequences{X: two, Y: []int{0, 1}, Classes: -1}},
		{"Classes is 2, but Y is [][]float32", train.Sequences{X: two, Y: [][]float32{{1}, {1}}, Classes: 2}},
		{"Classes is 2, but Y is <nil>", train.Sequences{X: two, Classes: 2}},
		{"no target is a class", train.Sequences{X: two, Y: []int{-1, -1}}},
	} {
		err := c.s.Check()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "srnn: ") != 1 {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
		wrong := strings.HasPrefix(c.want, "sequence")
		for i := range c.s.X {
			if _, err := train.ReadExample(c.s, i); err != nil {
				wrong = false
			}
		}
		if wrong {
			t.Errorf("%q: all examples can be read", c.want)
		}
	}
	nan := train.Sequences{X: [][][]float32{{{1}, {float32(math.NaN())}}}}
	if _, err := train.ReadExample(nan, 0); err == nil || !strings.Contains(err.Error(), "feature 0 at step 1 is NaN") {
		t.Errorf("error is %v", err)
	}
	if _, err := train.ReadExample(nil, 0); err == nil {
		t.Error("no dataset gives no error")
	}
	if _, err := train.ReadExample(train.Sequences{}, 0); err == nil {
		t.Error("a dataset without examples gives no error")
	}
}
