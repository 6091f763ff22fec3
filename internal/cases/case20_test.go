package cases

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

// Rasters and features in half precision, which is what one saves large arrays in (aplbrain/npyjs#49), and other
// dtypes of .npy files.
func TestCase20NPYFloat16(t *testing.T) {
	r := begin(t, "20")
	try := func(name, descr string, version byte, x []byte) {
		r.try(name, func() error { return sixNumbers(t, descr, version, x) })
	}
	// Six numbers: 1 0 1, 0 1 1.
	try("float16, '<f2'", "'<f2'", 1, []byte{0, 0x3c, 0, 0, 0, 0x3c, 0, 0, 0, 0x3c, 0, 0x3c})
	try("big-endian float16, '>f2'", "'>f2'", 1, []byte{0x3c, 0, 0, 0, 0x3c, 0, 0, 0, 0x3c, 0, 0x3c, 0})
	try("big-endian int16, '>i2'", "'>i2'", 1, []byte{0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1})
	try("float32 in a file of version 3.0, '<f4'", "'<f4'", 3, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f})
	try("control: bool, '|b1'", "'|b1'", 1, []byte{1, 0, 1, 0, 1, 1})
	try("control: big-endian float32, '>f4'", "'>f4'", 1, []byte{0x3f, 0x80, 0, 0, 0, 0, 0, 0, 0x3f, 0x80, 0, 0, 0, 0, 0, 0, 0x3f, 0x80, 0, 0, 0x3f, 0x80, 0, 0})
}

// sixNumbers reads a file whose second example is 0 1 1 of class 1.
func sixNumbers(t *testing.T, descr string, version byte, x []byte) error {
	dir := t.TempDir()
	xPath, yPath := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	numpy(t, xPath, descr, "(2, 3, 1)", version, x)
	numpy(t, yPath, "'|u1'", "(2,)", 1, []byte{0, 1})
	a, err := data.ReadNPY(xPath, yPath, data.ArrayOptions{})
	if err != nil {
		return err
	}
	e := train.Example{X: make([]float32, 3), Classes: make([]int, 1)}
	if err := a.Read(1, &e); err != nil {
		return err
	}
	if !slices.Equal(e.X, []float32{0, 1, 1}) || e.Classes[0] != 1 {
		return fmt.Errorf("%v, class %d", e.X, e.Classes[0])
	}
	return nil
}
