package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// classNames are the numbers of classes.
func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// drawDigit draws image i and its pixels in the order in which the network sees them, above the spikes of
// all layers.
func drawDigit(ctx context.Context, r *program.Run, net *train.Network, t task, test *data.PixelSequences, i int) error {
	p, err := net.Record(ctx, test, i)
	if err != nil {
		return err
	}
	name := "pixels"
	if t.Permute {
		name = "permuted pixels"
	}
	class := p.Classes[0]
	d := plot.ImageRun{
		Title:      fmt.Sprintf("%s: a %d, taken for a %d", t, class, p.Class(0)),
		ImageTitle: fmt.Sprintf("Image: a %d", class),
		SeenTitle:  fmt.Sprintf("Input: %s, %d at a time", name, t.Window),
		Classes:    classNames(test.Classes()),
	}
	if d.Image, err = test.Gray(i); err != nil {
		return err
	}
	if d.Seen, err = test.Brightness(i); err != nil {
		return err
	}
	return r.Write("digit.png", func(path string) error { return d.Draw(path, p) })
}
