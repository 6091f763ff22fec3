package main

import (
	"context"
	"fmt"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/data"
)

// heldOut is the share of the test images that is left to test on where there are no others to train on.
const heldOut = .2

// fetch downloads MNIST if that is asked for, and has -data be where it is.
func (f *flags) fetch(ctx context.Context) error {
	if f.Data != "mnist" {
		return nil
	}
	bar := cli.NewByteProgress(0, "MNIST")
	dir, err := data.Fetch{Progress: func(name string, done, _ int64) { bar.Set(int(done), name) }}.Get(ctx, data.MNISTSource())
	bar.Close()
	f.Data = dir
	return err
}

// images are those to train and to test on.
func (f *flags) images(seed uint64) (train, test *data.Images, name string, err error) {
	if f.Data == "" {
		if train, err = (data.Strokes{Images: f.Images}).Generate(2 * seed); err != nil {
			return nil, nil, "", err
		}
		test, err = data.Strokes{Images: f.Images / 4}.Generate(2*seed + 1)
		return train, test, "drawn digits", err
	}
	if train, test, err = data.MNIST(f.Data); err != nil {
		return nil, nil, "", err
	}
	if train != nil {
		return train, test, "MNIST in " + f.Data, nil
	}
	n := test.Len()
	keep := n - int(heldOut*float64(n))
	train, test, err = test.Split(keep, seed)
	return train, test, fmt.Sprintf("the %d test images of MNIST in %s, as there are no others: divided by seed %d", n, f.Data, seed), err
}

// testImages are those to evaluate a checkpoint on: for one of the authors', all test images; for one
// of ours, of the given seed, those that it was not trained on.
func (f *flags) testImages(seed uint64) (*data.Images, string, error) {
	if f.Data != "" && isPublished(f.Checkpoint) {
		_, test, err := data.MNIST(f.Data)
		return test, "MNIST in " + f.Data, err
	}
	_, test, name, err := f.images(seed)
	return test, name, err
}
