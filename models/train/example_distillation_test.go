package train_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/ops"
	"github.com/srnn-go/srnn/optim"
	"gorgonia.org/gorgonia"
)

// Distillation is a loss of one's own (Hinton, Vinyals & Dean 2015): targets are the scores that a teacher gives
// for each sequence, as numbers, and the loss is the cross entropy of softmax(student/temperature) with
// softmax(teacher/temperature).
type Distillation struct {
	Temperature float64 `json:"temperature"`
}

// Scores implements train.Scorer.
func (Distillation) Scores(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	return ops.MeanOverTime(out.Membrane, b.Mask, 0)
}

// Loss implements train.Loss.
func (l Distillation) Loss(out *models.Output, b train.Batch) (*gorgonia.Node, error) {
	softmax := func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.SoftMax(n) }
	student, err := l.Scores(out, b)
	if err != nil {
		return nil, err
	}
	p := graph.Of(b.Y).Times(1 / l.Temperature).Map(softmax)     // [batch, classes]
	q := graph.Of(student).Times(1 / l.Temperature).Map(softmax) // the same
	each := p.Mul(q.Map(gorgonia.Log)).Times(-float64(b.Spec.Numbers))
	return each.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return ops.WeightedMean(n, b.Weight) }).Node()
}

// A small network learns from the scores of a larger one, and never sees a label.
func Example_distillation() {
	network := func(units int) models.SRNN {
		return models.SRNN{
			In:      2,
			Hidden:  []nodes.Layer{{Units: units, Cell: nodes.ALIF{}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: 2}},
		}
	}
	settings := func(epochs int) train.Settings {
		return train.Settings{Epochs: epochs, Batch: 20, Solver: optim.New(optim.Adam(optim.Constant(.02))), Log: io.Discard}
	}
	x, y := rhythms(120, 25, 25, 2)
	teacher, err := train.New(train.Task[*models.Output]{Model: network(24), Loss: models.MeanOverTime{}}, train.Sequences{X: x, Y: y}, settings(25))
	if err != nil {
		log.Fatal(err)
	}
	defer teacher.Close()
	if err := teacher.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	answers, err := teacher.Predict(context.Background(), train.Sequences{X: x})
	if err != nil {
		log.Fatal(err)
	}
	scores := make([][]float32, len(x))
	for i, a := range answers {
		for _, s := range a.Scores[0] {
			scores[i] = append(scores[i], float32(s))
		}
	}
	student, err := train.New(train.Task[*models.Output]{Model: network(6), Loss: Distillation{Temperature: .5}}, train.Sequences{X: x, Y: scores}, settings(40))
	if err != nil {
		log.Fatal(err)
	}
	defer student.Close()
	if err := student.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	learnt, err := student.Predict(context.Background(), train.Sequences{X: x})
	if err != nil {
		log.Fatal(err)
	}
	agree := 0
	for i := range x {
		if learnt[i].Class(0) == answers[i].Class(0) {
			agree++
		}
	}
	fmt.Println("the two agree on more than 85 %:", agree > 102)
	// Output: the two agree on more than 85 %: true
}
