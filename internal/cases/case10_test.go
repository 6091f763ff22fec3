package cases

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// IDX files that are not the ten digits of 28×28 pixels: EMNIST has up to 62 classes and letters from 1 on
// (sorki/python-mnist#11, myleott/mnist_png#3, pytorch/vision#2673), others have other sizes.
func TestCase10EMNISTAndSizes(t *testing.T) {
	r := begin(t, "10")
	const unsigned, float = 0x08, 0x0d
	try := func(name string, kind byte, side, classes, first int) {
		const n = 130
		size := map[byte]int{unsigned: 1, float: 4}[kind]
		images := append(idxFile(kind, n, side, side), make([]byte, n*side*side*size)...)
		labels := idxFile(unsigned, n)
		for i := range n {
			labels = append(labels, byte(first+i%classes))
		}
		dir := t.TempDir()
		x, y := filepath.Join(dir, "images"), filepath.Join(dir, "labels")
		r.must(os.WriteFile(x, images, 0o644))
		r.must(os.WriteFile(y, labels, 0o644))
		m, err := data.ReadMNIST(x, y)
		r.check(name, err == nil && m.Len() == n, "%v", err)
	}
	try("control: digits, Fashion-MNIST, KMNIST", unsigned, 28, 10, 0)
	try("EMNIST balanced, 47 classes", unsigned, 28, 47, 0)
	try("EMNIST letters, 1 to 26", unsigned, 28, 26, 1)
	try("EMNIST by class, 62 classes", unsigned, 28, 62, 0)
	try("images of 32×32", unsigned, 32, 10, 0)
	try("QMNIST-like floats", float, 28, 10, 0)
}
