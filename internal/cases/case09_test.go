package cases

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// The files of MNIST under the names that they have once they are unpacked by many programs, and in Kaggle's and
// torchvision's folders: tbennun/cudnn-training#13, flashlight/flashlight#97, sorki/python-mnist#13.
func TestCase09MNISTDotNames(t *testing.T) {
	r := begin(t, "09")
	const n = 10000
	x := idxFile(8, n, 28, 28)
	x = append(x, make([]byte, n*28*28)...)
	y := idxFile(8, n)
	for i := range n {
		y = append(y, byte(i%10))
	}
	try := func(name, images, labels string) {
		dir := t.TempDir()
		for _, f := range []struct {
			name    string
			content []byte
		}{{images, x}, {labels, y}} {
			path := filepath.Join(dir, filepath.FromSlash(f.name))
			r.must(os.MkdirAll(filepath.Dir(path), 0o755))
			r.must(os.WriteFile(path, f.content, 0o644))
		}
		_, test, err := data.MNIST(dir)
		r.check(name, err == nil && test.Len() == n, "%v", err)
	}
	try("control: t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
	try("unpacked by a file manager, and Kaggle: t10k-images.idx3-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte")
	try("torchvision's root, with MNIST/raw in it", "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte")
	try("each file in a folder of its name, as Kaggle's zip has it", "t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte")
}

// idxFile is the header of an IDX file: the type of its elements, and its dimensions.
func idxFile(kind byte, dims ...int) []byte {
	b := []byte{0, 0, kind, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return b
}
