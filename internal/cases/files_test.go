package cases

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
)

// made is a file that a script of testdata has made.
type made struct {
	name string // what it is
	path string // where it lies now
}

// unpack puts the files of a case into a folder, in the order of the archive and with an ending. Their names there
// are numbers: what they are called cannot be a file's name everywhere.
func unpack(t *testing.T, archive, number, ending string) (files []made) {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	for _, f := range z.File {
		name, ok := strings.CutPrefix(f.Name, number+"/")
		if !ok {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprint(len(files), ending))
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, made{name, path})
	}
	if len(files) == 0 {
		t.Fatalf("%s has no files of case %s", archive, number)
	}
	return files
}

// weights checks that a file of PyTorch weights can be read: fc.weight is 1 to 6.
func (r *reproduction) weights(name, path string) {
	r.Helper()
	r.try(name, func() error { return fcWeight(path) })
}

// torch checks all files that testdata/torch.py has made for a case.
func (r *reproduction) torch() {
	r.Helper()
	for _, f := range unpack(r.T, "torch.zip", r.number, ".pth") {
		r.weights(f.name, f.path)
	}
}

// fcWeight wants fc.weight [2, 3] to be 1 to 6.
func fcWeight(path string, options ...models.ReadOption) error {
	s, err := models.ReadStateDict(path, options...)
	if err != nil {
		return err
	}
	w, ok := s["fc.weight"]
	values, err := w.Float64s()
	if !ok || err != nil || len(values) != 6 {
		return fmt.Errorf("fc.weight is %v, %v, %v", w.Shape, values, err)
	}
	for i, v := range values {
		if math.Abs(v-float64(i+1)) > 1e-12 {
			return fmt.Errorf("fc.weight is %v", values)
		}
	}
	return nil
}

// numpy writes a .npy file as NumPy does.
func numpy(t *testing.T, path, descr, shape string, version byte, data []byte) {
	t.Helper()
	h := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }", descr, shape)
	n := 10
	if version > 1 {
		n = 12
	}
	h += strings.Repeat(" ", (64-(n+len(h)+1)%64)%64) + "\n"
	b := append([]byte("\x93NUMPY"), version, 0)
	if version > 1 {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(h)))
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(h)))
	}
	if err := os.WriteFile(path, append(append(b, h...), data...), 0o644); err != nil {
		t.Fatal(err)
	}
}
