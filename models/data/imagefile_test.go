package data_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// idxOf is a file of a type, whose elements are encoded one by one.
func idxOf[T any](kind byte, values []T, dims ...uint32) []byte {
	b := idx(nil, dims...)
	b[2] = kind
	b, err := binary.Append(b, binary.BigEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

// readImages reads images of files that are written to a folder of the test.
func readImages(t *testing.T, images, labels []byte, o data.ImageOptions) (*data.Images, error) {
	t.Helper()
	dir := imageFolder(t, map[string][]byte{"images": images, "labels": labels})
	return data.ReadImages(filepath.Join(dir, "images"), filepath.Join(dir, "labels"), o)
}

// Images of all types, of two rows and three columns.
func TestImageTypes(t *testing.T) {
	dims := []uint32{2, 2, 3}
	want := []float32{0, .2, .4, .6, .8, 1}
	for name, c := range map[string]struct {
		file []byte
		o    data.ImageOptions
	}{
		"bytes":                    {idxOf(8, []uint8{1, 2, 3, 4, 5, 6, 0, 51, 102, 153, 204, 255}, dims...), data.ImageOptions{}},
		"bytes from 0 to 5":        {idxOf(8, []uint8{1, 2, 3, 4, 5, 0, 0, 1, 2, 3, 4, 5}, dims...), data.ImageOptions{White: 5}},
		"int8":                     {idxOf(9, []int8{1, 2, 3, 4, 5, 0, 0, 1, 2, 3, 4, 5}, dims...), data.ImageOptions{White: 5}},
		"int16":                    {idxOf(0xb, []int16{1, 2, 3, 4, 5, 6, 0, 51, 102, 153, 204, 255}, dims...), data.ImageOptions{}},
		"int32":                    {idxOf(0xc, []int32{1, 2, 3, 4, 5, 6, 0, 13107, 26214, 39321, 52428, 65535}, dims...), data.ImageOptions{White: 65535}},
		"float32 from 0 to 1":      {idxOf(0xd, []float32{0, 0, 0, 0, 0, 1, 0, .2, .4, .6, .8, 1}, dims...), data.ImageOptions{}},
		"float64 from 0 to 255":    {idxOf(0xe, []float64{0, 0, 0, 0, 0, 1, 0, 51, 102, 153, 204, 255}, dims...), data.ImageOptions{}},
		"float32 column by column": {idxOf(0xd, []float32{0, 0, 0, 0, 0, 1, 0, .6, .2, .8, .4, 1}, 2, 3, 2), data.ImageOptions{Stored: data.ColumnByColumn}},
		"bytes column by column":   {idxOf(8, []uint8{0, 0, 0, 0, 0, 1, 0, 153, 51, 204, 102, 255}, 2, 3, 2), data.ImageOptions{Stored: data.ColumnByColumn}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, labels := range [][]byte{labelFile(1, 2), idxOf(0xc, []int32{1, 2}, 2), idxOf(0xb, []int16{1, 2}, 2), idxOf(0xd, []float32{1, 2}, 2),
				idxOf(0xc, []int32{1, 0, 3, 4, 5, 6, 7, 8, 2, 7, 6, 5, 4, 3, 2, 1}, 2, 8)} {
				m, err := readImages(t, gzipped(c.file), labels, c.o)
				if err != nil {
					t.Fatal(err)
				}
				got, class, err := m.Image(1)
				if rows, columns := m.Size(); err != nil || class != 2 || rows != 2 || columns != 3 || m.Classes() != 3 {
					t.Fatalf("%v, image 1 of class %d: %v", m, class, err)
				}
				for i := range want {
					if math.Abs(float64(got[i]-want[i])) > 1e-6 {
						t.Fatalf("image is %v, want %v", got, want)
					}
				}
			}
		})
	}
}

// Labels may count from 1, and files say of which set they are.
func TestImageLabels(t *testing.T) {
	letters := make([]byte, 52)
	for i := range letters {
		letters[i] = byte(1 + i%26)
	}
	images := imageFile(52)
	for _, c := range []struct {
		o       data.ImageOptions
		classes int
		first   int
		says    string
	}{
		{data.ImageOptions{}, 27, 1, "those below 1 do not occur"},
		{data.ImageOptions{FirstClass: 1}, 26, 0, "in 26 classes"},
		{data.ImageOptions{Classes: 1 << 20}, 1 << 20, 1, "1048576 classes"},
	} {
		m, err := readImages(t, images, labelFile(letters...), c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, class, _ := m.Image(26); class != c.first || m.Classes() != c.classes || !strings.Contains(m.String(), c.says) {
			t.Errorf("%+v: %v, class %d, want %d and %q", c.o, m, class, c.first, c.says)
		}
	}
	most := int32(math.MaxInt32 - 1)
	m, err := readImages(t, imageFile(1), idxOf(0xc, []int32{most}, 1), data.ImageOptions{Classes: math.MaxInt32})
	if err != nil {
		t.Fatal(err)
	}
	if _, class, _ := m.Image(0); class != int(most) {
		t.Errorf("class is %d, want %d", class, most)
	}
	if m, err = m.WithClasses(math.MaxInt32 - 1); err == nil {
		t.Errorf("a class too few gives %v", m)
	}
}

// Files of EMNIST are stored column by column, as their names tell.
func TestEMNISTIsTurned(t *testing.T) {
	pixels := []byte{0, 1, 2, 3, 4, 255}
	dir := imageFolder(t, map[string][]byte{"emnist-letters-test-images-idx3-ubyte": idx(pixels, 1, 2, 3), "kmnist-images": idx(pixels, 1, 2, 3), "labels": labelFile(0)})
	for name, turned := range map[string]bool{"emnist-letters-test-images-idx3-ubyte": true, "kmnist-images": false} {
		for _, o := range []data.PixelOrder{data.ByName, data.RowByRow} {
			m, err := data.ReadImages(filepath.Join(dir, name), filepath.Join(dir, "labels"), data.ImageOptions{Stored: o})
			if err != nil {
				t.Fatal(err)
			}
			got, _, _ := m.Image(0)
			rows, columns := m.Size()
			want, says := pixels, turned && o == data.ByName
			if says {
				want = []byte{0, 3, 1, 4, 2, 255}
			}
			for i, v := range want {
				if got[i] != float32(float64(v)/255) || (rows == 3) != says || rows*columns != 6 || strings.Contains(m.String(), "column by column") != says {
					t.Errorf("%s, %d: %v is %v, want %v", name, o, m, got, want)
				}
			}
		}
	}
}

func TestReadImagesRefuses(t *testing.T) {
	bytes2 := idxOf(8, []uint8{0, 1, 2, 3, 4, 255}, 1, 2, 3)
	label := labelFile(0)
	for _, c := range []struct {
		name           string
		images, labels []byte
		o              data.ImageOptions
		want           string
	}{
		{"negative floats", idxOf(0xd, []float32{0, 0, 0, 0, -.4, 1}, 1, 2, 3), label, data.ImageOptions{}, "[0, 1, 1] is -0.4000000059604645, want 0 for black"},
		{"floats that are none", idxOf(0xd, []float32{0, 0, float32(math.NaN())}, 1, 1, 3), label, data.ImageOptions{}, "[0, 0, 2] is NaN"},
		{"floats beyond float32", idxOf(0xe, []float64{0, 0, 1e300}, 1, 1, 3), label, data.ImageOptions{}, "[0, 0, 2] is 1e+300"},
		{"floats of which scale", idxOf(0xd, []float32{0, 0, 7}, 1, 1, 3), label, data.ImageOptions{}, "the brightest pixel is 7: set White"},
		{"16 bits", idxOf(0xb, []int16{0, 0, 1000}, 1, 1, 3), label, data.ImageOptions{}, "the brightest pixel is 1000: set White"},
		{"brighter than white", bytes2, label, data.ImageOptions{White: 200}, "[0, 1, 2] is 255, want 0 for black to 200"},
		{"floats brighter than white", idxOf(0xd, []float32{0, 0, 2}, 1, 1, 3), label, data.ImageOptions{White: 1}, "is 2, want 0 for black to 1"},
		{"white below black", bytes2, label, data.ImageOptions{White: -1}, "White is -1"},
		{"an order that there is not", bytes2, label, data.ImageOptions{Stored: 3}, "Stored 3"},
		{"classes", bytes2, labelFile(10), data.ImageOptions{Classes: 10}, "offset 8: label 0: label is 10, want at most 9 of 10"},
		{"a label below the first", bytes2, labelFile(0), data.ImageOptions{FirstClass: 1}, "want at least 1"},
		{"half a label", bytes2, idxOf(0xd, []float32{.5}, 1), data.ImageOptions{}, "want a whole number"},
		{"one-hot labels", bytes2, idxOf(0xc, []int32{0, 0, 1, 0, 0, 0, 0, 0}, 1, 8), data.ImageOptions{}, "looks like one-hot"},
		{"labels of two columns", bytes2, idxOf(0xc, []int32{0, 0}, 1, 2), data.ImageOptions{}, "want one label for each image"},
		{"no label", bytes2, idxOf(9, []int8{-1}, 1), data.ImageOptions{}, "no image has a class"},
	} {
		if _, err := readImages(t, c.images, c.labels, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// Images of other sizes are sequences of as many steps as they have pixels; floats and bytes give the same.
func TestSequencesOfOtherSizes(t *testing.T) {
	pixels, floats := make([]uint8, 2*20*28), make([]float32, 2*20*28)
	for i := range pixels {
		pixels[i] = uint8(i * 7)
		floats[i] = float32(float64(pixels[i]) / 255)
	}
	a, err := readImages(t, idxOf(8, pixels, 2, 20, 28), labelFile(0, 11), data.ImageOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := readImages(t, idxOf(0xd, floats, 2, 20, 28), labelFile(0, 11), data.ImageOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []data.PixelCoding{{}, {Window: 8, Stride: 3, Order: data.PixelPermutation(560, 2)}, {Fields: 6}} {
		s, r := sequences(t, a, c), sequences(t, b, c)
		traintest.Dataset(t, r)
		x, class := sequence(t, s, 1)
		y, _ := sequence(t, r, 1)
		spec := s.Spec()
		if spec.Steps != (560+max(c.Stride, 1)-1)/max(c.Stride, 1) || spec.Classes != 12 || class != 11 || spec != r.Spec() {
			t.Errorf("%+v: %+v and %+v, class %d", c, spec, r.Spec(), class)
		}
		for k := range x {
			if math.Abs(float64(x[k]-y[k])) > 1e-5*(1+math.Abs(float64(x[k]))) {
				t.Fatalf("%+v: x[%d] is %v of bytes and %v of floats", c, k, x[k], y[k])
			}
		}
	}
	if _, err := a.Sequences(data.PixelCoding{Order: data.PixelPermutation(784, 1)}); err == nil || !strings.Contains(err.Error(), "the images have 560") {
		t.Errorf("an order of 784 pixels gives %v", err)
	}
	first, rest, err := b.Split(1, 1)
	if err != nil || first.Len() != 1 || rest.Len() != 1 {
		t.Errorf("%v and %v: %v", first, rest, err)
	}
}

// zipped is a gzip file of b and so many zeros.
func zipped(b []byte, zeros int) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	for chunk := make([]byte, 1<<20); zeros > 0; zeros -= len(chunk) {
		w.Write(chunk[:min(zeros, len(chunk))])
	}
	w.Close()
	return out.Bytes()
}

// What files declare, and what they inflate to, takes no more memory than the images.
func TestImageMemory(t *testing.T) {
	const n, large = 10, 1 << 26
	honest := 56 << 20 / (28 * 28)
	for _, c := range []struct {
		name           string
		images, labels func() []byte
		limit          int64
		want           string
	}{
		{"ten images and zeros without end", func() []byte { return zipped(idx(nil, n, 28, 28), large) }, func() []byte { return labelFile(make([]byte, n)...) }, 8 << 20, "goes on"},
		{"ten labels and zeros without end", func() []byte { return imageFile(n) }, func() []byte { return zipped(idx(nil, n), large) }, 8 << 20, "goes on"},
		{"images that are cut", func() []byte { return zipped(idx(nil, large, 28, 28), large) }, func() []byte { return zipped(idx(nil, large), large) }, 8 << 20, "cannot hold"},
		{"images that are cut late", func() []byte { return zipped(idx(nil, large/784+50, 28, 28), large) }, func() []byte { return labelFile(0) }, 8 << 20, "the file ends"},
		{"fewer labels", func() []byte { return zipped(idx(nil, large/784, 28, 28), large/784*784) }, func() []byte { return labelFile(0) }, 8 << 20, "holds 85598 images"},
		{"as many as there are", func() []byte { return zipped(idx(nil, uint32(honest), 28, 28), honest*784) }, func() []byte { return idx(make([]byte, honest), uint32(honest)) }, 64 << 20, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := imageFolder(t, map[string][]byte{"images": c.images(), "labels": c.labels()})
			peak, err := memlimit.Run(t, c.limit, func() error {
				_, err := data.ReadMNIST(filepath.Join(dir, "images"), filepath.Join(dir, "labels"))
				return err
			})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
			t.Logf("%.1f MiB", float64(peak)/(1<<20))
		})
	}
}

func FuzzReadImages(f *testing.F) {
	f.Add(idxOf(0xd, []float32{0, .2, .4, .6, .8, 1}, 1, 2, 3), labelFile(2), 0., 0, byte(0))
	f.Add(idxOf(0xe, []float64{0, 255}, 1, 2, 1), idxOf(0xc, []int32{1, 2, 3, 4, 5, 6, 7, 8}, 1, 8), 255., 1, byte(2))
	f.Add(gzipped(idxOf(0xb, []int16{0, 255}, 2, 1, 1)), idxOf(0xd, []float32{1, 2}, 2), 0., 2, byte(1))
	dir := f.TempDir()
	images, labels := filepath.Join(dir, "images"), filepath.Join(dir, "labels")
	f.Fuzz(func(t *testing.T, a, b []byte, white float64, first int, order byte) {
		for path, content := range map[string][]byte{images: a, labels: b} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := data.ReadImages(images, labels, data.ImageOptions{White: white, FirstClass: first, Stored: data.PixelOrder(order)})
		if err != nil {
			return
		}
		for i := range m.Len() {
			pixels, class, err := m.Image(i)
			if err != nil || class >= m.Classes() {
				t.Fatalf("%v: class %d, %v", m, class, err)
			}
			if at := slices.IndexFunc(pixels, func(v float32) bool { return !(v >= 0 && v <= 1) }); at >= 0 {
				t.Fatal(fmt.Sprint(m, ": pixel ", at, " is ", pixels[at]))
			}
		}
	})
}
