package data

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"image"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// ImageSide is the number of rows, and of columns, of an image.
const ImageSide = 28

// imagePixels is the number of pixels of an image.
const imagePixels = ImageSide * ImageSide

// digits is the number of classes of images.
const digits = 10

// The files of MNIST, with or without .gz at the end.
const (
	mnistTrainImages = "train-images-idx3-ubyte"
	mnistTrainLabels = "train-labels-idx1-ubyte"
	mnistTestImages  = "t10k-images-idx3-ubyte"
	mnistTestLabels  = "t10k-labels-idx1-ubyte"
)

// Images are grey images of digits, 28×28 pixels, with their classes 0 to 9. [Images.Sequences]
// makes a dataset of them.
type Images struct {
	pixels []uint8 // [image, row, column], 0 is the background
	labels []uint8 // [image]
}

// MNIST reads the database of handwritten digits (LeCun et al. 1998) from dir: train-images-idx3-ubyte
// with train-labels-idx1-ubyte (60,000 images) and t10k-images-idx3-ubyte with t10k-labels-idx1-ubyte
// (10,000), each plain or compressed as .gz. Where dir has none of the files of the training set, train
// is nil; the test set must be there.
func MNIST(dir string) (train, test *Images, err error) {
	find := func(name string) (string, error) {
		for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, name+".gz")} {
			if _, err := os.Stat(path); err == nil {
				return path, nil
			} else if !errors.Is(err, fs.ErrNotExist) {
				return "", errors.Wrap(err, "data: MNIST")
			}
		}
		return "", errors.Wrapf(fs.ErrNotExist, "data: MNIST: %s holds neither %s nor %s.gz", dir, name, name)
	}
	read := func(images, labels string) (*Images, error) {
		images, errImages := find(images)
		labels, errLabels := find(labels)
		switch {
		case errImages != nil && errLabels != nil:
			return nil, errImages
		case errImages != nil:
			return nil, errors.Errorf("%v, the images of %s", errImages, labels)
		case errLabels != nil:
			return nil, errors.Errorf("%v, the labels of %s", errLabels, images)
		}
		return ReadMNIST(images, labels)
	}
	if train, err = read(mnistTrainImages, mnistTrainLabels); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if test, err = read(mnistTestImages, mnistTestLabels); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// ReadMNIST reads a file of images and the file of their labels, in the IDX format, plain or compressed
// by gzip. Errors name the path, and the offset in what the file holds uncompressed.
func ReadMNIST(images, labels string) (*Images, error) {
	pixels, err := readIDX(images, ImageSide, ImageSide)
	if err != nil {
		return nil, errors.Wrapf(err, "data: MNIST: %s", images)
	}
	classes, err := readIDX(labels)
	if err != nil {
		return nil, errors.Wrapf(err, "data: MNIST: %s", labels)
	}
	if n := len(pixels) / imagePixels; n != len(classes) {
		return nil, errors.Errorf("data: MNIST: %s holds %d images, but %s %d labels", images, n, labels, len(classes))
	}
	if at := slices.IndexFunc(classes, func(c uint8) bool { return c >= digits }); at >= 0 {
		return nil, errors.Errorf("data: MNIST: %s: offset %d: label %d is %d, want 0 to %d", labels, at+idxHeader(0), at, classes[at], digits-1)
	}
	return &Images{pixels: pixels, labels: classes}, nil
}

// An IDX file begins with two bytes of zero, the type of the elements, and the number of dimensions,
// followed by the dimensions with four bytes each, the most significant first.
const (
	idxBytes    = 0x08    // the type of unsigned bytes
	maxIDXItems = 1 << 20 // what is taken for a mistake is larger
)

// idxHeader is the length of the header of a file whose items have so many dimensions.
func idxHeader(itemDims int) int { return 4 + 4*(1+itemDims) }

// readIDX reads an IDX file of bytes whose items have the given dimensions: images have two, labels
// none. What the header says of their number is checked against what the file holds.
func readIDX(path string, item ...int) ([]uint8, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := uncompressed(bufio.NewReaderSize(file, 1<<16))
	if err != nil {
		return nil, err
	}

	header := make([]byte, idxHeader(len(item)))
	if n, err := io.ReadFull(r, header); err != nil {
		return nil, errors.Wrapf(err, "offset %d: the header has %d bytes", n, len(header))
	}
	magic := uint32(idxBytes)<<8 | uint32(1+len(item))
	if got := binary.BigEndian.Uint32(header); got != magic {
		return nil, errors.Errorf("offset 0: magic number is %#08x, want %#08x: unsigned bytes in %d dimensions", got, magic, 1+len(item))
	}
	count := int64(binary.BigEndian.Uint32(header[4:]))
	if count < 1 || count > maxIDXItems {
		return nil, errors.Errorf("offset 4: number of items is %d, want 1 to %d", count, maxIDXItems)
	}
	size := count
	for i, want := range item {
		at := 8 + 4*i
		if got := binary.BigEndian.Uint32(header[at:]); int64(got) != int64(want) {
			return nil, errors.Errorf("offset %d: dimension %d of an item is %d, want %d", at, i, got, want)
		}
		size *= int64(want)
	}

	// ReadAll takes memory as data come, not as the header promises.
	content, err := io.ReadAll(io.LimitReader(r, size+1))
	switch end := int64(len(header) + len(content)); {
	case err != nil:
		return nil, errors.Wrapf(err, "offset %d", end)
	case int64(len(content)) < size:
		return nil, errors.Errorf("offset %d: the file ends, but %d items of %d bytes end at %d", end, count, size/count, int64(len(header))+size)
	case int64(len(content)) > size:
		return nil, errors.Errorf("offset %d: the file goes on after %d items of %d bytes", end-1, count, size/count)
	}
	return slices.Clip(content), nil
}

// uncompressed reads through gzip where the content begins as gzip does.
func uncompressed(r *bufio.Reader) (io.Reader, error) {
	start, err := r.Peek(2)
	if err != nil || start[0] != 0x1f || start[1] != 0x8b {
		return r, nil // too short a file is an error of its header
	}
	z, err := gzip.NewReader(r)
	return z, errors.Wrap(err, "gzip")
}

// Len is the number of images.
func (m *Images) Len() int { return len(m.labels) }

// Image returns a copy of the pixels of image i, row by row, and its class.
func (m *Images) Image(i int) (pixels []uint8, class int, err error) {
	if i < 0 || i >= m.Len() {
		return nil, 0, errors.Errorf("data: image %d of %d does not exist", i, m.Len())
	}
	return slices.Clone(m.pixels[i*imagePixels : (i+1)*imagePixels]), int(m.labels[i]), nil
}

// Head are the first n images.
func (m *Images) Head(n int) (*Images, error) {
	if n < 1 || n > m.Len() {
		return nil, errors.Errorf("data: the first %d of %d images are asked for", n, m.Len())
	}
	return &Images{pixels: m.pixels[:n*imagePixels], labels: m.labels[:n]}, nil
}

// Split divides the images at random: n of them, and the rest. The same seed gives the same parts.
func (m *Images) Split(n int, seed uint64) (first, rest *Images, err error) {
	if n < 1 || n >= m.Len() {
		return nil, nil, errors.Errorf("data: %d images are to be split off %d", n, m.Len())
	}
	order := make([]int, m.Len())
	permute(order, seed)
	return m.pick(order[:n]), m.pick(order[n:]), nil
}

// pick copies some of the images.
func (m *Images) pick(indices []int) *Images {
	out := &Images{pixels: make([]uint8, 0, len(indices)*imagePixels), labels: make([]uint8, 0, len(indices))}
	for _, i := range indices {
		out.pixels = append(out.pixels, m.pixels[i*imagePixels:(i+1)*imagePixels]...)
		out.labels = append(out.labels, m.labels[i])
	}
	return out
}

// PixelPermutation is the fixed order of the pixels in permuted sequential MNIST (PS-MNIST): pixel
// order[k] is the k-th to be seen. It is the Fisher–Yates shuffle of 0 to 783 in which, for i from 783
// down to 1, the elements i and r mod (i+1) change places, r being the next number of the generator
// PCG (O'Neill 2014; math/rand/v2) with the seeds (seed, 0). So it is the same for ever.
func PixelPermutation(seed uint64) []int {
	order := make([]int, imagePixels)
	permute(order, seed)
	return order
}

// permute fills order with a permutation of its indices.
func permute(order []int, seed uint64) {
	for i := range order {
		order[i] = i
	}
	pcg := rand.NewPCG(seed, 0)
	for i := len(order) - 1; i > 0; i-- {
		k := pcg.Uint64() % uint64(i+1)
		order[i], order[k] = order[k], order[i]
	}
}

// PixelCoding says how an image becomes a sequence. The zero value is sequential MNIST pixel by pixel:
// 784 steps of one feature, which is the pixel divided by 255.
//
//   - Window 8 is the coding of Yin, Corradi & Bohté 2021: 784 steps of eight features; the last eight
//     steps repeat the last window.
//   - Fields 80 is that of Yin, Corradi & Bohté 2020: 784 steps of 80 features, a population code.
type PixelCoding struct {
	// Window is how many pixels that follow each other a step sees. Default 1.
	Window int

	// Stride is by how many pixels the window moves in a step: there are ⌈784/Stride⌉ steps, and a
	// window that would reach beyond the image stays at its end. Default 1. A stride above the
	// window leaves pixels out, and is an error.
	Stride int

	// Order is the order of the pixels, see [PixelPermutation]. Default: row by row.
	Order []int

	// Fields, if not zero, codes each pixel by so many Gaussian receptive fields, at least three: with
	// σ = 1/(Fields−2), field i gives the normal density N(pixel/255; (i−1)σ, σ²).
	Fields int
}

// Sequences are the images as sequences of pixels. They share the memory of the images.
func (m *Images) Sequences(c PixelCoding) (*PixelSequences, error) {
	if c.Window == 0 {
		c.Window = 1
	}
	if c.Stride == 0 {
		c.Stride = 1
	}
	if c.Window < 1 || c.Window > imagePixels || c.Stride < 1 || c.Stride > c.Window {
		return nil, errors.Errorf("data: pixel coding: the window is %d and the stride %d, want 1 ≤ stride ≤ window ≤ %d", c.Window, c.Stride, imagePixels)
	}
	if c.Fields != 0 && (c.Fields < 3 || c.Fields > 1000) {
		return nil, errors.Errorf("data: pixel coding: there are %d receptive fields, want 3 to 1000, or 0 for none", c.Fields)
	}
	if len(c.Order) == 0 {
		for i := range imagePixels {
			c.Order = append(c.Order, i)
		}
	}
	sorted := slices.Sorted(slices.Values(c.Order))
	for i, p := range sorted {
		if p != i || len(sorted) != imagePixels {
			return nil, errors.Errorf("data: pixel coding: the order of %d pixels is no permutation of 0 to %d", len(sorted), imagePixels-1)
		}
	}
	c.Order = slices.Clone(c.Order)
	return &PixelSequences{Images: m, coding: c, codes: c.codes()}, nil
}

// codes are the features of each of the 256 values of a pixel.
func (c PixelCoding) codes() [][]float32 {
	codes := make([][]float32, 256)
	for v := range codes {
		x := float64(v) / 255
		if c.Fields == 0 {
			codes[v] = []float32{float32(x)}
			continue
		}
		sigma := 1 / float64(c.Fields-2)
		for i := range c.Fields {
			z := (x - float64(i-1)*sigma) / sigma
			codes[v] = append(codes[v], float32(math.Exp(-z*z/2)/(math.Sqrt(2*math.Pi)*sigma)))
		}
	}
	return codes
}

// PixelSequences are images that are seen a few pixels at a time. They implement [train.Dataset].
type PixelSequences struct {
	*Images
	coding PixelCoding
	codes  [][]float32
}

var _ train.Dataset = (*PixelSequences)(nil)

// Spec implements [train.Dataset].
func (s *PixelSequences) Spec() train.Spec {
	return train.Spec{
		Steps:    (imagePixels + s.coding.Stride - 1) / s.coding.Stride,
		Features: s.coding.Window * len(s.codes[0]),
		Classes:  digits,
	}
}

// Read implements [train.Dataset].
func (s *PixelSequences) Read(i int, e *train.Example) error {
	if err := wantExample(i, s.Len()); err != nil {
		return err
	}
	pixels := s.pixels[i*imagePixels : (i+1)*imagePixels]
	x := e.X
	for t := range s.Spec().Steps {
		start := min(t*s.coding.Stride, imagePixels-s.coding.Window)
		for _, p := range s.coding.Order[start : start+s.coding.Window] {
			x = x[copy(x, s.codes[pixels[p]]):]
		}
	}
	e.Classes[0] = int(s.labels[i])
	return nil
}

// Gray is a picture of image i, dark on white as on paper.
func (m *Images) Gray(i int) (*image.Gray, error) {
	pixels, _, err := m.Image(i)
	if err != nil {
		return nil, err
	}
	picture := image.NewGray(image.Rect(0, 0, ImageSide, ImageSide))
	for k, v := range pixels {
		picture.Pix[k] = 255 - v
	}
	return picture, nil
}

// Brightness is the mean of the pixels, 0 to 1, that each step sees of image i, whatever code of them the steps
// give.
func (s *PixelSequences) Brightness(i int) ([]float64, error) {
	plain := PixelSequences{Images: s.Images, coding: s.coding}
	plain.coding.Fields = 0
	plain.codes = plain.coding.codes()
	e := train.Example{X: make([]float32, plain.Spec().Steps*s.coding.Window), Classes: make([]int, 1)}
	if err := plain.Read(i, &e); err != nil {
		return nil, err
	}
	mean := make([]float64, plain.Spec().Steps)
	for k, v := range e.X {
		mean[k/s.coding.Window] += float64(v) / float64(s.coding.Window)
	}
	return mean, nil
}
