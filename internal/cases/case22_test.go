package cases

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// Electrocardiograms coded by one's own script and saved by MATLAB or scipy.io.savemat, whose numbers are float64 or
// int64 by default (scipy/scipy#7298), and which MATLAB may store narrower than it calls them (scipy/scipy#4422).
func TestCase22MATDouble(t *testing.T) {
	r := begin(t, "22")
	x, y := make([]int, 2*3*4), make([]int, 2*3*6)
	for i := range x {
		x[i] = i%3 - 1
	}
	for i := range 6 { // the first index moves fastest: all steps are of class 0
		y[i] = 1
	}
	try := func(name string, class byte, kind uint32, encode func(int) []byte) {
		file := append(matHeader(), matMatrix("x", class, kind, encode, []int{2, 3, 4}, x)...)
		file = append(file, matMatrix("y", class, kind, encode, []int{2, 3, 6}, y)...)
		path := filepath.Join(t.TempDir(), "QTDB_train.mat")
		r.must(os.WriteFile(path, file, 0o644))
		q, err := data.ReadQTDB(path)
		r.check(name, err == nil && q.Len() == 2, "%v", err)
	}
	f64 := func(v int) []byte { return little.AppendUint64(nil, math.Float64bits(float64(v))) }
	f32 := func(v int) []byte { return little.AppendUint32(nil, math.Float32bits(float32(v))) }
	try("control: int8", 8, 1, func(v int) []byte { return []byte{byte(int8(v))} })
	try("control: int16", 10, 3, func(v int) []byte { return little.AppendUint16(nil, uint16(int16(v))) })
	try("double, as MATLAB and NumPy make it", 6, 9, f64)
	try("double stored as int8, as MATLAB saves whole numbers", 6, 1, func(v int) []byte { return []byte{byte(int8(v))} })
	try("single", 7, 7, f32)
	try("int64, NumPy's default", 14, 12, func(v int) []byte { return little.AppendUint64(nil, uint64(int64(v))) })
}

var little = binary.LittleEndian

// matHeader is the beginning of a file.
func matHeader() []byte {
	head := append(make([]byte, 0, 128), "MATLAB 5.0 MAT-file, written by hand"...)
	for len(head) < 124 {
		head = append(head, ' ')
	}
	return append(little.AppendUint16(head, 0x0100), "IM"...)
}

// matElement is what files consist of: a kind, a length and data up to a whole number of 8 bytes.
func matElement(kind uint32, data []byte) []byte {
	b := little.AppendUint32(little.AppendUint32(nil, kind), uint32(len(data)))
	b = append(b, data...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// matMatrix is a variable of a MATLAB class, whose numbers are stored as a kind.
func matMatrix(name string, class byte, kind uint32, encode func(int) []byte, dims []int, values []int) []byte {
	flags := little.AppendUint32(little.AppendUint32(nil, uint32(class)), 0)
	var d, v []byte
	for _, n := range dims {
		d = little.AppendUint32(d, uint32(n))
	}
	for _, x := range values {
		v = append(v, encode(x)...)
	}
	body := append(matElement(6, flags), matElement(5, d)...)
	body = append(append(body, matElement(1, []byte(name))...), matElement(kind, v)...)
	return matElement(14, body)
}
