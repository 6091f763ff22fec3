package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
)

// permutation is the seed of the order of the pixels in PS-MNIST, see data.PixelPermutation.
const permutation = 1

// task is what a network is trained to do. It lies beside the checkpoint, which does not know how
// images become sequences.
type task struct {
	Arch    string `json:"arch"`
	Permute bool   `json:"permute"`
	Window  int    `json:"window"`           // pixels that a step sees
	Stride  int    `json:"stride"`           // pixels from a step to the next
	Fields  int    `json:"fields,omitempty"` // receptive fields for each pixel; 0: none

	// The size of the images that it was trained on, 0 where that is not known.
	Rows    int `json:"rows,omitempty"`
	Columns int `json:"columns,omitempty"`

	// What its labels and pixels mean, see data.ImageOptions.
	FirstClass int     `json:"first_class,omitempty"`
	White      float64 `json:"white,omitempty"`
}

const taskName = "task.json"

// task is the one that the flags ask for, once they are settled.
func (f *flags) task() task {
	return task{Arch: f.Arch, Permute: f.Permute, Window: f.Window, Stride: f.Stride, Fields: architectures[f.Arch].coding.Fields,
		FirstClass: f.FirstClass, White: f.white()}
}

// readTask reads the task of a checkpoint of ours, and refuses flags that ask for another. Where there is
// none beside it, the flags say what it is.
func (f *flags) readTask(checkpoint string) (task, error) {
	var t task
	path, found, err := program.Beside(checkpoint, taskName, &t)
	if err != nil || !found {
		return f.task(), err
	}
	if _, err := architectureNamed(t.Arch); err != nil {
		return task{}, errors.Wrap(err, path)
	}
	return t, f.agrees(t, path)
}

// agrees refuses flags that ask for another task than that of a checkpoint.
func (f *flags) agrees(t task, path string) error {
	var wrong []error
	for _, x := range []struct {
		flag        string
		there, here any
	}{{"arch", t.Arch, f.Arch}, {"permute", t.Permute, f.Permute}, {"window", t.Window, f.Window}, {"stride", t.Stride, f.Stride},
		{"first-class", t.FirstClass, f.FirstClass}, {"white", t.White, f.white()}} {
		if f.Given(x.flag) {
			wrong = append(wrong, program.Same(x.flag, x.there, x.here))
		}
	}
	return errors.Wrapf(program.Limits(wrong...), "another task than that of %s", path)
}

// String names the task.
func (t task) String() string {
	if t.Permute {
		return "PS-MNIST"
	}
	return "S-MNIST"
}

// features are the inputs of a step.
func (t task) features() int { return t.Window * max(t.Fields, 1) }

// sequences codes images as the task has it.
func (t task) sequences(m *data.Images) (*data.PixelSequences, error) {
	c := data.PixelCoding{Window: t.Window, Stride: t.Stride, Fields: t.Fields}
	if t.Permute {
		rows, columns := m.Size()
		c.Order = data.PixelPermutation(rows*columns, permutation)
	}
	return m.Sequences(c)
}
