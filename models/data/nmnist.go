package data

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// ReadNMNIST opens N-MNIST (Orchard et al., "Converting static image datasets to spiking neuromorphic datasets using
// saccades", Front. Neurosci. 2015): a folder with the folders Train and Test, in each of them one for each digit, 0 to 9,
// with files of the kind .bin. Units and Pool are as in [ReadDVS], of 34 × 34 pixels unless Width and Height say otherwise,
// as for N-Caltech101, whose classes have names. Times are those of the files, which begin near 0.
//
// Events stay in their 70,000 files, each of which is read when its example is asked for.
func ReadNMNIST(dir string, o DVSOptions) (train, test *Events, err error) {
	var a, b []string
	if train, a, err = readNMNIST(filepath.Join(dir, "Train"), o); err == nil {
		test, b, err = readNMNIST(filepath.Join(dir, "Test"), o)
	}
	if err == nil && !slices.Equal(a, b) {
		err = errors.Errorf("%s: Train has %d classes and Test %d, which are not the same", dir, len(a), len(b))
	}
	if err != nil {
		return nil, nil, errors.Wrap(err, "data: N-MNIST")
	}
	return train, test, nil
}

func readNMNIST(dir string, o DVSOptions) (*Events, []string, error) {
	if o.Window != 0 || o.Camera != "" {
		return nil, nil, errors.New("Window and Camera are not for N-MNIST")
	}
	digits := o.Width == 0 && o.Height == 0
	if o = o.withDefaults(); digits {
		o.Width, o.Height = 34, 34
	}
	r := &dvsReader{o: o, open: openNMNIST, absolute: true}
	e, classes, err := r.readClasses(dir, ".bin")
	if err == nil && digits && !slices.Equal(classes, strings.Split("0123456789", "")) {
		err = errors.Errorf("%s: has the folders %.200q, want one for each digit, 0 to 9", dir, classes)
	}
	return e, classes, err
}

// nmnist is a file of events of 40 bits: x, y, polarity (1 for more light) and a time of 23 bits in µs.
type nmnist struct {
	r    io.ReaderAt
	size int64
}

const (
	nmnistRecord = 5
	nmnistBlock  = 4096 * nmnistRecord

	// An event of this row is none: it says that the times after it are later by so many µs.
	nmnistOverflow = 240
	nmnistLater    = 1 << 13
)

func openNMNIST(path string, _ DVSOptions) (dvsFormat, func() error, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size()%nmnistRecord != 0 {
		err = errors.Errorf("has %d bytes, want %d for each event", info.Size(), nmnistRecord)
	}
	if err == nil && info.Size() == 0 {
		err = errors.New("is empty, want an event at least")
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return &nmnist{file, info.Size()}, file.Close, nil
}

func (n *nmnist) sensor() (width, height int) { return 0, 0 }

func (n *nmnist) start() dvsMark { return dvsMark{} }

// block implements [dvsFormat]. The mark's time is what overflows have added.
func (n *nmnist) block(m dvsMark, f func(dvsEvent) error) (dvsMark, bool, error) {
	if m.at >= n.size {
		return m, false, nil
	}
	b := make([]byte, min(nmnistBlock, n.size-m.at))
	if _, err := n.r.ReadAt(b, m.at); err != nil {
		return m, false, err
	}
	m.at += int64(len(b))
	for ; len(b) > 0; b = b[nmnistRecord:] {
		if b[1] == nmnistOverflow {
			m.time += nmnistLater
			continue
		}
		us := int64(b[2]&0x7f)<<16 | int64(b[3])<<8 | int64(b[4])
		if err := f(dvsEvent{us: m.time + us, x: int32(b[0]), y: int32(b[1]), on: b[2]&0x80 != 0}); err != nil {
			return m, false, err
		}
	}
	return m, true, nil
}
