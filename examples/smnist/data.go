package main

import (
	"fmt"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
)

// heldOut is the share of the test images that is left to test on where there are no others to train on.
const heldOut = .2

// kind is what the images are, wherever they lie.
func (f *flags) kind() string {
	if f.Data == "" {
		return "drawn digits"
	}
	return program.MNIST
}

// white is the number that stands for white; 0 is for what the files tell.
func (f *flags) white() float64 {
	if f.White == nil {
		return 0
	}
	return *f.White
}

// options say what the files of images do not.
func (f *flags) options() data.ImageOptions {
	return data.ImageOptions{Set: f.Set, FirstClass: f.FirstClass, White: f.white()}
}

// images are those to train and to test on, in the folder of MNIST or, without one, drawn from the seed.
func (f *flags) images(dir string, seed uint64) (train, test *data.Images, name string, err error) {
	if dir == "" {
		if train, err = (data.Strokes{Images: f.Images}).Generate(2 * seed); err != nil {
			return nil, nil, "", err
		}
		test, err = data.Strokes{Images: f.Images / 4}.Generate(2*seed + 1)
		return train, test, "drawn digits", err
	}
	if train, test, err = data.ReadImageFolder(dir, f.options()); err != nil {
		return nil, nil, "", err
	}
	if train != nil {
		return train, test, f.about(dir), nil
	}
	n := test.Len()
	keep := n - int(heldOut*float64(n))
	train, test, err = test.Split(keep, seed)
	return train, test, fmt.Sprintf("the %d test images of %s, as there are no others: divided by seed %d", n, f.about(dir), seed), err
}

// about names the images of a folder.
func (f *flags) about(dir string) string {
	if f.Set != "" {
		return f.Set + " in " + dir
	}
	return "MNIST in " + dir
}

// testImages are those to evaluate a checkpoint on: for one of the authors', all test images; for one
// of ours, of the given seed, those that it was not trained on.
func (f *flags) testImages(dir string, seed uint64) (test *data.Images, name string, err error) {
	if dir != "" && program.Torch(f.Checkpoint) {
		_, test, err = data.ReadImageFolder(dir, f.options())
		return test, f.about(dir), err
	}
	_, test, name, err = f.images(dir, seed)
	return test, name, err
}
