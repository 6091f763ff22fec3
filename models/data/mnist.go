package data

import (
	"math"
	"path/filepath"
	"regexp"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/models/train"
)

// MNIST reads the database of handwritten digits (LeCun et al. 1998), or another set that is published in its
// form, from dir, as [ReadImageFolder] does without options.
func MNIST(dir string) (train, test *Images, err error) { return ReadImageFolder(dir, ImageOptions{}) }

// ReadMNIST reads a file of images and the file of their labels, as [ReadImages] does without options.
func ReadMNIST(images, labels string) (*Images, error) {
	return ReadImages(images, labels, ImageOptions{})
}

// ImageOptions say what files of images do not.
type ImageOptions struct {
	// Set is which of several sets in a folder to read: a word of their names, the name of a folder, or idx
	// or numpy for those of a format, such as "letters" or "FashionMNIST".
	Set string

	// FirstClass is the label of class 0: 1 makes the letters of EMNIST, whose labels are 1 to 26, 26 classes
	// from 0 on. By default labels are the classes as they are, and the letters have 27 with a class 0 that
	// does not occur, as in torchvision.
	FirstClass int

	// Classes is their number. Default: the highest of the labels, and one; in a folder the highest of both
	// sets.
	Classes int

	// White is the number that stands for white, 0 being black. Default: 255 for bytes; for other types 1
	// where the brightest pixel is at most 1, and 255 where it is above 127 and at most 255.
	White float64

	// Stored is the order of the pixels in the file.
	Stored PixelOrder
}

// PixelOrder is the order of pixels in a file.
type PixelOrder int

const (
	// ByName is ColumnByColumn for IDX files that have emnist or EMNIST in their names, as those of EMNIST are
	// published (Cohen et al. 2017), and RowByRow for all others. [Images.String] tells.
	ByName PixelOrder = iota

	// RowByRow is the order of MNIST.
	RowByRow

	// ColumnByColumn is that of EMNIST.
	ColumnByColumn
)

// emnist finds the name of EMNIST in that of a file.
var emnist = regexp.MustCompile(`(?i)(^|[^a-z])emnist([^a-z]|$)`)

// columns reports whether the pixels of a file are stored column by column.
func (o ImageOptions) columns(path string) bool {
	return o.Stored == ColumnByColumn || o.Stored == ByName && emnist.MatchString(filepath.Base(path)) && !isNumPy(path)
}

// ReadImages reads a file of images and the file of their labels, in the IDX format, plain or compressed by
// gzip: images of any size and any of the format's types, and one whole number for each as its class. Labels
// of QMNIST, [images, 8] of 32 bits, have the class in the first column. Bytes are kept as bytes, other types
// as float32. Files may also be of NumPy: .npy, or .npz with one array each, as KMNIST's. Errors name the path, and
// the offset in what the file holds uncompressed, or the element.
func ReadImages(images, labels string, o ImageOptions) (*Images, error) {
	m, err := o.read(imageSource{path: images}, imageSource{path: labels})
	return m, errors.Wrap(err, "data: images")
}

func (o ImageOptions) read(images, labels imageSource) (*Images, error) {
	if !(o.White >= 0) || o.White > math.MaxFloat32 || o.Stored < ByName || o.Stored > ColumnByColumn {
		return nil, errors.Errorf("White is %v and Stored %d, want the number that stands for white, or 0, and ByName, RowByRow or ColumnByColumn", o.White, o.Stored)
	}
	x, err := images.open()
	if err != nil {
		return nil, errors.Wrap(err, images.String())
	}
	defer x.Close()
	y, err := labels.open()
	if err != nil {
		return nil, errors.Wrap(err, labels.String())
	}
	defer y.Close()
	shape, ofLabels := x.shape(), y.shape()
	switch qmnist := y.numbers() == idxInt32 && len(ofLabels) == 2 && ofLabels[1] == 8; {
	case len(shape) != 3:
		return nil, errors.Errorf("%s: has shape %v, want three dimensions: images, rows and columns", images, shape)
	case len(ofLabels) != 1 && !(len(ofLabels) == 2 && ofLabels[1] == 1) && !qmnist:
		return nil, errors.Errorf("%s: has shape %v, want one label for each image", labels, ofLabels)
	case shape[0] != ofLabels[0]:
		return nil, errors.Errorf("%s holds %d images, but %s %d labels", images, shape[0], labels, ofLabels[0])
	}
	m := &Images{rows: shape[1], columns: shape[2], turned: o.columns(images.path)}
	if err := o.labels(m, y); err != nil {
		return nil, errors.Wrap(err, labels.String())
	}
	if err := o.pixels(m, x); err != nil {
		return nil, errors.Wrap(err, images.String())
	}
	if m.turned {
		m.rows, m.columns = m.columns, m.rows
		turn(m.bytes, m.rows, m.columns)
		turn(m.floats, m.rows, m.columns)
	}
	return m, nil
}

// labels reads the labels.
func (o ImageOptions) labels(m *Images, y imageArray) error {
	reader := labelReader{FirstClass: o.FirstClass, Classes: o.Classes}
	if err := reader.check(); err != nil {
		return err
	}
	m.labels = make([]int32, y.shape()[0])
	columns := 1
	if len(y.shape()) == 2 {
		columns = y.shape()[1]
	}
	oneHot := columns > 1 // as far as seen
	sum := 0.
	err := y.each(func(i int, v float64) error {
		if columns > 1 {
			if i%columns == 0 {
				sum = 0
			}
			sum += math.Abs(v)
			oneHot = oneHot && (v == 0 || v == 1) && (i%columns != columns-1 || sum == 1)
			if i%columns != 0 {
				return nil
			}
		}
		class, err := reader.class(v)
		if err == nil && class > math.MaxInt32 {
			err = errors.Errorf("label is %v, want a class below 2³¹", v)
		}
		m.labels[i/columns] = int32(class)
		return errors.Wrapf(err, "%s: label %d", y.place(i), i/columns)
	})
	switch {
	case err != nil:
		return err
	case oneHot:
		return errors.Errorf("has shape %v and looks like one-hot classes, want one label for each image, or QMNIST's eight columns", y.shape())
	case !reader.any:
		return errors.Errorf("all labels are %d: no image has a class", train.Ignore)
	}
	if m.classes = o.Classes; m.classes == 0 {
		m.classes = reader.highest + 1
	}
	return nil
}

// pixels reads the pixels, as bytes or as brightness.
func (o ImageOptions) pixels(m *Images, x imageArray) (err error) {
	highest := 0.
	if x.numbers() == idxUint8 {
		if m.bytes, err = x.bytes(); err != nil {
			return err
		}
		for i, v := range m.bytes {
			if highest = max(highest, float64(v)); o.White > 0 && highest > o.White {
				return m.notWithin(i, highest, o.White)
			}
		}
		m.white, err = o.white(x.numbers(), highest)
		return err
	}
	m.floats = make([]float32, len(m.labels)*m.pixels())
	limit := math.MaxFloat32
	if o.White > 0 {
		limit = o.White
	}
	if err := x.each(func(i int, v float64) error {
		if !(v >= 0 && v <= limit) {
			return m.notWithin(i, v, limit)
		}
		highest = max(highest, v)
		m.floats[i] = float32(v)
		return nil
	}); err != nil {
		return err
	}
	if m.white, err = o.white(x.numbers(), highest); err != nil {
		return err
	}
	for i, v := range m.floats {
		m.floats[i] = float32(float64(v) / m.white)
	}
	return nil
}

// notWithin is the error of a pixel that is not between black and white.
func (m *Images) notWithin(i int, v, white float64) error {
	row := i / m.columns
	return errors.Errorf("[%d, %d, %d] is %v, want 0 for black to %v for white", row/m.rows, row%m.rows, i%m.columns, v, white)
}

// white is the number that stands for white where the brightest pixel is the highest.
func (o ImageOptions) white(kind byte, highest float64) (float64, error) {
	floats := kind == idxFloat32 || kind == idxFloat64
	switch {
	case o.White > 0:
		return o.White, nil
	case highest == 0 || floats && highest <= 1:
		return 1, nil
	case kind == idxUint8 && highest > 1 || highest > 127 && highest <= 255:
		return 255, nil
	}
	return 0, errors.Errorf("the brightest pixel is %v: set White to the number that stands for white, such as 1 or 255", highest)
}

// turn makes images that are stored column by column such as are stored row by row.
func turn[T any](pixels []T, rows, columns int) {
	image := make([]T, rows*columns)
	for ; len(pixels) > 0; pixels = pixels[len(image):] {
		for i := range image {
			image[i] = pixels[i%columns*rows+i/columns]
		}
		copy(pixels, image)
	}
}
