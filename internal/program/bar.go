package program

import (
	"fmt"

	"github.com/srnn-go/srnn/internal/cli"
)

// Moment is how a training stands after a step.
type Moment struct {
	Epoch, Epochs int // of so many, from 1
	Step, Steps   int // of the epoch, from 1

	Loss       float64  // the mean over the epoch so far
	Figures    []Figure // the same of what else is measured
	Validation *float64 // what the epoch before reached, nil where there is none
}

// Figure is a number with a name, such as an accuracy.
type Figure struct {
	Name  string
	Value float64
}

// String is the text behind a bar: epoch 3/60  loss 0.512  accuracy 0.830  validation 0.801.
func (m Moment) String() string {
	text := fmt.Sprintf("epoch %d/%d  loss %.3f", m.Epoch, m.Epochs, m.Loss)
	for _, f := range m.Figures {
		text += fmt.Sprintf("  %s %.3f", f.Name, f.Value)
	}
	if m.Validation != nil {
		text += fmt.Sprintf("  validation %.3f", *m.Validation)
	}
	return text
}

// Bar shows how far a training is.
type Bar struct{ progress *cli.Progress }

// NewBar starts to show a training over so many epochs of steps, of which some epochs are done already.
func NewBar(epochs, steps, done int) *Bar {
	b := &Bar{cli.NewProgress(epochs*steps, "training")}
	b.progress.Set(done*steps, "")
	return b
}

// Set shows a step.
func (b *Bar) Set(m Moment) { b.progress.Set((m.Epoch-1)*m.Steps+m.Step, m.String()) }

// Println prints a line above the bar.
func (b *Bar) Println(a ...any) { b.progress.Println(a...) }

// Close ends the line of the bar.
func (b *Bar) Close() { b.progress.Close() }

// Stopped says where a training that was interrupted can go on, if there is anything to go on from.
func Stopped(epochs int) {
	if epochs > 0 {
		fmt.Printf("stopped after epoch %d; -resume goes on from there\n", epochs)
	}
}
