package data_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/shared"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

const side = 28

// idx is a file of bytes with the given dimensions.
func idx(content []byte, dims ...uint32) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, content...)
}

// imageFile holds n images; pixel p of image i is i+p, and where all is black, 0.
func imageFile(n int) []byte {
	pixels := make([]byte, n*side*side)
	for k := range pixels {
		pixels[k] = byte(k/(side*side) + k%(side*side))
	}
	return idx(pixels, uint32(n), side, side)
}

func labelFile(labels ...byte) []byte { return idx(labels, uint32(len(labels))) }

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// imageFolder writes files into a new folder.
func imageFolder(t testing.TB, contents map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sequences codes images.
func sequences(t *testing.T, m *data.Images, c data.PixelCoding) *data.PixelSequences {
	t.Helper()
	s, err := m.Sequences(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sequence is example i, and its class.
func sequence(t *testing.T, s *data.PixelSequences, i int) ([]float32, int) {
	t.Helper()
	e, err := train.ReadExample(s, i)
	if err != nil {
		t.Fatal(err)
	}
	return e.X, e.Classes[0]
}

func TestMNISTFiles(t *testing.T) {
	dir := imageFolder(t, map[string][]byte{
		"train-images-idx3-ubyte": imageFile(3), "train-labels-idx1-ubyte.gz": gzipped(labelFile(7, 0, 9)),
		"t10k-images-idx3-ubyte.gz": gzipped(imageFile(2)), "t10k-labels-idx1-ubyte": labelFile(1, 2),
	})
	train, test, err := data.MNIST(dir)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 3 || test.Len() != 2 {
		t.Fatalf("%d and %d images, want 3 and 2", train.Len(), test.Len())
	}
	for i, want := range []int{7, 0, 9} {
		pixels, class, err := train.Image(i)
		if err != nil || class != want || pixels[0] != float32(i)/255 || pixels[300] != float32(i+300-256)/255 {
			t.Errorf("image %d is of class %d with pixels %v, %v: %v", i, class, pixels[0], pixels[300], err)
		}
	}
	for _, i := range []int{-1, 3} {
		if _, _, err := train.Image(i); err == nil {
			t.Errorf("image %d gives no error", i)
		}
	}
}

func TestMNISTWithoutTrainingSet(t *testing.T) {
	test := map[string][]byte{"t10k-images-idx3-ubyte": imageFile(1), "t10k-labels-idx1-ubyte": labelFile(4)}
	train, images, err := data.MNIST(imageFolder(t, test))
	if err != nil || train != nil || images.Len() != 1 {
		t.Errorf("train %v, test %v, error %v", train, images, err)
	}
	for name, want := range map[string]string{
		"t10k-images-idx3-ubyte": "lacks the images of", "t10k-labels-idx1-ubyte": "lacks the labels of",
	} {
		some := map[string][]byte{}
		for k, v := range test {
			if k != name {
				some[k] = v
			}
		}
		if _, _, err := data.MNIST(imageFolder(t, some)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: error is %v, want one with %q", name, err, want)
		}
	}
	test["train-images-idx3-ubyte"] = imageFile(1)
	if _, _, err := data.MNIST(imageFolder(t, test)); err == nil || !strings.Contains(err.Error(), "lacks the labels of") {
		t.Errorf("without the labels for training: error is %v", err)
	}
	if _, _, err := data.MNIST("/no/such/folder"); err == nil || !strings.Contains(err.Error(), "/no/such/folder") {
		t.Errorf("error is %v", err)
	}
}

func TestReadMNISTRefuses(t *testing.T) {
	images, labels := imageFile(2), labelFile(1, 2)
	changed := func(b []byte, at int, v byte) []byte {
		b = slices.Clone(b)
		b[at] = v
		return b
	}
	for _, c := range []struct {
		name           string
		images, labels []byte
		file, want     string // the file that is to blame
	}{
		{"empty", nil, labels, "images", "offset 0"},
		{"short magic number", images[:3], labels, "images", "offset 3"},
		{"short header", images[:10], labels, "images", "offset 10"},
		{"no IDX", []byte("<html> no such file"), labels, "images", "magic number is 0x3c68746d"},
		{"an unknown type", changed(images, 2, 0x0a), labels, "images", "magic number is 0x00000a03"},
		{"labels for images", labelFile(1, 2), labels, "images", "has shape [2], want three dimensions"},
		{"images for labels", images, images, "labels", "want one label"},
		{"no images", imageFile(0), labels, "images", "offset 4: dimension 0 is 0"},
		{"no columns", changed(images, 15, 0), labels, "images", "offset 12: dimension 2 is 0"},
		{"more than can be", idx(nil, 1<<20, 1<<31, 1<<31), labels, "images", "offset 12"},
		{"billions of images", changed(images, 4, 0xff), labels, "images", "[4278190082 28 28] end at"},
		{"more images than there are", changed(images, 7, 3), labels, "images", "the file ends"},
		{"fewer images than there are", changed(images, 7, 1), labels, "images", "goes on after"},
		{"fewer of gzip", gzipped(changed(images, 7, 1)), labelFile(1), "images", "offset 800: the file goes on after"},
		{"more of gzip", gzipped(changed(images, 7, 3)), labelFile(1, 2, 3), "images", "offset 1584: the file ends"},
		{"more than gzip can", gzipped(changed(images, 5, 0xff)), labels, "images", "cannot hold"},
		{"29 rows", changed(images, 11, 29), labels, "images", "[2 29 28]"},
		{"three labels", images, labelFile(1, 2, 3), "labels", "2 images"},
		{"labels of xz", images, []byte("\xfd7zXZ\x00and so on"), "labels", "compressed by xz"},
		{"a zip", []byte("PK\x03\x04and so on"), labels, "images", "compressed by zip"},
		{"ones and zeros", idx(slices.Repeat([]byte{0, 1}, side*side), 2, side, side), labels, "images", "brightest pixel is 1"},
		{"bad gzip", []byte{0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, labels, "images", "gzip"},
		{"gzip cut off", gzipped(images)[:30], labels, "images", "offset"},
		{"gzip with a wrong sum", changed(gzipped(images), len(gzipped(images))-6, 0x77), labels, "images", "offset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := imageFolder(t, map[string][]byte{"images": c.images, "labels": c.labels})
			_, err := data.ReadMNIST(filepath.Join(dir, "images"), filepath.Join(dir, "labels"))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{filepath.Join(dir, c.file), c.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
		})
	}
}

// The real test set: 980 zeros, 1135 ones, … and a seven first.
func TestMNISTTestSet(t *testing.T) {
	_, test, err := data.MNIST(shared.Path(t, "data", "mnist"))
	if err != nil {
		t.Fatal(err)
	}
	var counts [10]int
	sum := 0.
	for i := range test.Len() {
		pixels, class, err := test.Image(i)
		if err != nil {
			t.Fatal(err)
		}
		counts[class]++
		for _, v := range pixels {
			sum += float64(v)
		}
	}
	if want := [10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}; counts != want {
		t.Errorf("classes occur %v times, want %v", counts, want)
	}
	if mean := sum / float64(test.Len()*side*side); math.Abs(mean-.1325) > .0005 {
		t.Errorf("mean brightness is %v, want .1325", mean)
	}
	traintest.Dataset(t, sequences(t, test, data.PixelCoding{Window: 8}))
}

// handmade are two images whose pixels are 0, 1, … and 1, 2, … modulo 256.
func handmade(t *testing.T) *data.Images {
	t.Helper()
	dir := imageFolder(t, map[string][]byte{"images": imageFile(2), "labels": labelFile(3, 5)})
	m, err := data.ReadMNIST(filepath.Join(dir, "images"), filepath.Join(dir, "labels"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPixelCodings(t *testing.T) {
	m := handmade(t)
	pixel := func(p int) float32 { return float32(float64((p+1)%256) / 255) } // of image 1
	order := data.PixelPermutation(784, 3)
	for _, c := range []struct {
		name            string
		coding          data.PixelCoding
		steps, features int
		want            func(step, feature int) float32
	}{
		{"pixel by pixel", data.PixelCoding{}, 784, 1, func(t, _ int) float32 { return pixel(t) }},
		{"permuted", data.PixelCoding{Order: order}, 784, 1, func(t, _ int) float32 { return pixel(order[t]) }},
		{"windows", data.PixelCoding{Window: 8}, 784, 8, func(t, k int) float32 { return pixel(min(t, 776) + k) }},
		{"permuted windows", data.PixelCoding{Window: 8, Order: order}, 784, 8, func(t, k int) float32 { return pixel(order[min(t, 776)+k]) }},
		{"rows", data.PixelCoding{Window: 28, Stride: 28}, 28, 28, func(t, k int) float32 { return pixel(28*t + k) }},
		{"an uneven stride", data.PixelCoding{Window: 8, Stride: 5}, 157, 8, func(t, k int) float32 { return pixel(min(5*t, 776) + k) }},
		{"receptive fields", data.PixelCoding{Fields: 5}, 784, 5, func(t, i int) float32 {
			const sigma = 1. / 3
			z := (float64(pixel(t)) - float64(i-1)*sigma) / sigma
			return float32(math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / sigma)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sequences(t, m, c.coding)
			if d := s.Spec(); d.Steps != c.steps || d.Features != c.features || d.Classes != 6 || d.PerStep {
				t.Fatalf("dims are %+v", d)
			}
			x, class := sequence(t, s, 1)
			if class != 5 {
				t.Errorf("class is %d, want 5", class)
			}
			for k, got := range x {
				if want := c.want(k/c.features, k%c.features); math.Abs(float64(got-want)) > 1e-6 {
					t.Fatalf("x[%d, %d] is %v, want %v", k/c.features, k%c.features, got, want)
				}
			}
			traintest.Dataset(t, s)
		})
	}
}

func TestPixelCodingErrors(t *testing.T) {
	m := handmade(t)
	twice := data.PixelPermutation(784, 1)
	twice[0] = twice[1]
	for name, c := range map[string]data.PixelCoding{
		"window": {Window: -1}, "long window": {Window: 785}, "stride": {Stride: -1}, "stride above the window": {Window: 4, Stride: 5},
		"two fields": {Fields: 2}, "order of three": {Order: []int{2, 0, 1}}, "a pixel twice": {Order: twice},
	} {
		if _, err := m.Sequences(c); err == nil {
			t.Errorf("%s gives no error", name)
		}
	}
}

// The permutation is written down here, for results with it shall remain comparable.
func TestPixelPermutation(t *testing.T) {
	order := data.PixelPermutation(784, 1)
	if want := []int{96, 737, 99, 698, 49, 251, 436, 732}; !slices.Equal(order[:8], want) {
		t.Errorf("the permutation begins %v, want %v", order[:8], want)
	}
	if slices.Equal(order, data.PixelPermutation(784, 2)) {
		t.Error("the permutation does not depend on the seed")
	}
	slices.Sort(order)
	for i, p := range order {
		if i != p {
			t.Fatal("not a permutation")
		}
	}
}

func TestImagesSplitAndHead(t *testing.T) {
	m, err := data.Strokes{Images: 100}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	a, b, err := m.Split(80, 7)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := m.Split(80, 7)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := m.Split(80, 8)
	if err != nil {
		t.Fatal(err)
	}
	all := func(m *data.Images) (out []string) {
		for i := range m.Len() {
			pixels, class, err := m.Image(i)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(pixels, class))
		}
		return out
	}
	if !slices.Equal(all(a), all(again)) || slices.Equal(all(a), all(other)) {
		t.Error("the division does not depend on the seed, or on more than that")
	}
	both, want := append(all(a), all(b)...), all(m)
	slices.Sort(both)
	slices.Sort(want)
	if len(all(b)) != 20 || !slices.Equal(both, want) {
		t.Error("the parts are not the whole")
	}
	head, err := m.Head(3)
	if err != nil || !slices.Equal(all(head), all(m)[:3]) {
		t.Errorf("the first three are others: %v", err)
	}
	for _, n := range []int{-1, 0, 100, 101} {
		if _, _, err := m.Split(n, 1); err == nil {
			t.Errorf("%d of 100 split off give no error", n)
		}
		if _, err := m.Head(n); (err == nil) != (n == 100) {
			t.Errorf("the first %d of 100: %v", n, err)
		}
	}
}

func FuzzReadMNIST(f *testing.F) {
	images, labels := imageFile(2), labelFile(1, 2)
	f.Add(images, labels)
	f.Add(gzipped(images), gzipped(labels))
	f.Add(images[:100], labels[:5])
	f.Add(idx(nil, 1<<20, side, side), idx(nil, 1<<20))
	f.Add(gzipped(images)[:40], labels)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for name, content := range map[string][]byte{"images": a, "labels": b} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := data.ReadMNIST(filepath.Join(dir, "images"), filepath.Join(dir, "labels"))
		runtime.ReadMemStats(&after)
		// Gzip makes at most about a thousand bytes of one, and a growing slice is copied.
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20+10000*uint64(len(a)+len(b)) {
			t.Errorf("allocated %d bytes for files of %d and %d", n, len(a), len(b))
		}
		if (m == nil) == (err == nil) {
			t.Fatalf("images %v and error %v", m, err)
		}
		if err == nil {
			if _, _, err := m.Image(m.Len() - 1); err != nil {
				t.Error(err)
			}
		}
	})
}

// The checksums of the files that are at hand are those that a download must have.
func TestMNISTSource(t *testing.T) {
	dir := shared.Path(t, "data", "mnist")
	found := 0
	for _, f := range data.MNISTSource().Files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			continue // the training images are not there
		}
		found++
		if sum := fmt.Sprintf("%x", sha256.Sum256(content)); sum != f.SHA256 || int64(len(content)) != f.Size {
			t.Errorf("%s has %d bytes and the checksum %s, want %d and %s", f.Name, len(content), sum, f.Size, f.SHA256)
		}
	}
	if found < 2 {
		t.Errorf("%d files are there, want at least the two of the test set", found)
	}
}

// What steps see of an image is as bright as its pixels, in every coding, and the picture is its negative.
func TestBrightness(t *testing.T) {
	images, err := data.Strokes{Images: 3}.Generate(4)
	if err != nil {
		t.Fatal(err)
	}
	pixels, _, err := images.Image(2)
	if err != nil {
		t.Fatal(err)
	}
	order := data.PixelPermutation(784, 7)
	for _, c := range []data.PixelCoding{{}, {Window: 8, Stride: 4, Order: order}, {Window: 2, Stride: 2, Fields: 5}} {
		s, err := images.Sequences(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Brightness(2)
		if err != nil || len(got) != s.Spec().Steps {
			t.Fatalf("%d steps of %d, %v", len(got), s.Spec().Steps, err)
		}
		for step, x := range got {
			want, window := 0., max(c.Window, 1)
			for k := range window {
				at := min(step*max(c.Stride, 1), len(pixels)-window) + k
				if c.Order != nil {
					at = c.Order[at]
				}
				want += float64(pixels[at]) / float64(window)
			}
			if math.Abs(x-want) > 1e-6 {
				t.Errorf("%+v: step %d is %v, want %v", c, step, x, want)
			}
		}
		if _, err := s.Brightness(3); err == nil {
			t.Error("there is no image 3, and no error")
		}
	}
	picture, err := images.Gray(2)
	if err != nil || picture.Bounds().Dx() != 28 || picture.GrayAt(5, 14).Y != 255-uint8(math.Round(255*float64(pixels[14*28+5]))) {
		t.Errorf("the picture is %v, %v", picture.Bounds(), err)
	}
	if _, err := images.Gray(3); err == nil {
		t.Error("there is no image 3, and no error")
	}
}
