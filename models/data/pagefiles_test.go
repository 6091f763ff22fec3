package data_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/wfdbtest"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
)

// place writes a file below a folder.
func place(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// unpack takes a file out of an archive of testdata.
func unpack(t *testing.T, archive, name, dir, as string) {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	place(t, dir, as, b.Bytes())
}

// binaryOf is what values are in a file.
func binaryOf(order binary.ByteOrder, values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, order, v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func placeArrays(t *testing.T, dir string) {
	x, y := make([]float32, 12*5*3), make([]int64, 12)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	for i := range y {
		y[i] = int64(i % 2)
	}
	place(t, dir, "x.npy", npy("<f4", "12, 5, 3", binaryOf(binary.LittleEndian, x)))
	place(t, dir, "y.npy", npy("<i8", "12,", binaryOf(binary.LittleEndian, y)))
	for i := range y {
		y[i]++
	}
	place(t, dir, "set.npz", npz(map[string][]byte{
		"X_train": npy("<f4", "12, 5, 3", binaryOf(binary.LittleEndian, x)), "y_train": npy("<i8", "12,", binaryOf(binary.LittleEndian, y)),
	}))
	unpack(t, "arrays.zip", "h5py.h5", dir, "h5py.h5")
	unpack(t, "arrays.zip", "v73.mat", dir, "v73.mat")
	unpack(t, "spikes.zip", "! milliseconds.h5", dir, "spikes.h5")
	events, labels := make([]byte, 4*6*2), make([]byte, 4*6) // records, steps, channels; by columns
	for i := range events {
		events[i] = byte(i % 2)
	}
	for i := range labels {
		labels[i] = byte(1 + i/4%3)
	}
	place(t, dir, "records.mat", little.bytes(variable{"x", []uint32{4, 6, 2}, 9, 2, events}, variable{"y", []uint32{4, 6}, 9, 2, labels}))
}

func placeTexts(t *testing.T, dir string) {
	events, unix, signal := "trial;time_s;neuron;class\n", "recording,timestamp,channel,label\n", "time_s,ecg\n"
	for i := range 12 {
		for k := range 5 {
			events += fmt.Sprintf("%d;0,0%d;%d;%d\n", i, 10+7*k, (k+i)%4, 1+i%2)
			unix += fmt.Sprintf("%d,%d,%d,%s\n", i, 1_700_000_000_000_000+int64(i)*1e9+int64(k)*1500, (k+i)%4, []string{"rest", "go"}[i%2])
		}
	}
	flowers := ",length,width,species\n"
	for i := range 12 {
		flowers += fmt.Sprintf("%d,%d.5,%s,%s\n", i, i%5, []string{"", "1.5", "2", "0.5"}[i%4], []string{"setosa", "virginica"}[i%2])
	}
	for i := range 1001 {
		signal += fmt.Sprintf("%v,%v\n", float64(i)/1000, math.Sin(float64(i)/30))
	}
	place(t, dir, "events.csv", []byte(events))
	place(t, dir, "unix.csv", []byte(unix))
	place(t, dir, "flowers.csv", []byte(flowers))
	place(t, dir, "signal.csv", []byte(signal))
}

func placeRecordings(t *testing.T, dir string) {
	be := binary.BigEndian
	for set, n := range map[string]int{"train": 20, "t10k": 5} {
		labels := make([]byte, n)
		for i := range labels {
			labels[i] = byte(i % 5)
		}
		place(t, dir, "images/"+set+"-images-idx3-ubyte", binaryOf(be, []uint32{0x803, uint32(n), 20, 20}, make([]byte, n*400)))
		place(t, dir, "images/"+set+"-labels-idx1-ubyte", binaryOf(be, []uint32{0x801, uint32(n)}, labels))
	}
	for i := range 2 {
		labels := make([]int, 1500)
		x := wfdbtest.Signal{Format: 212, Gain: "200", Samples: make([]int32, len(labels))}
		for k := range labels {
			labels[k], x.Samples[k] = k/20%6, int32(100*math.Sin(float64(k)/20))
		}
		wfdbtest.Record{Name: fmt.Sprint("rec", i), Frequency: "250", Signals: []wfdbtest.Signal{x, x}, Annotator: "q1c",
			Annotations: wfdbtest.Waves(labels)}.Write(t, dir)
	}
	for class, left := range []uint32{0, 64} {
		name := fmt.Sprintf("camera/%s/0.aedat", []string{"left", "right"}[class])
		b := []byte("#!AER-DAT2.0\r\n# HardwareInterface: DVS128\r\n")
		for k := range uint32(100) {
			b = append(b, binaryOf(be, k%128<<8|(left+k%64)<<1|k%2, 10_000*k)...)
		}
		place(t, dir, name, b)
	}
	for _, set := range []string{"Train", "Test"} {
		for digit := range 10 {
			var b []byte
			for k := range 30 {
				b = append(b, byte(digit), byte(k), byte(k%2<<7), byte(k), 0)
			}
			place(t, dir, fmt.Sprintf("nmnist/%s/%d/00001.bin", set, digit), b)
		}
	}
}

// Every way of the page leads to a network that has learnt for two epochs.
func TestPage(t *testing.T) {
	dir := t.TempDir()
	placeArrays(t, dir)
	placeTexts(t, dir)
	placeRecordings(t, dir)
	var paths []string
	for i := range 4 {
		name := fmt.Sprint("own", i)
		place(t, dir, name, binaryOf(binary.LittleEndian, []uint32{1500, 3, 20_000, uint32(i)}))
		paths = append(paths, filepath.Join(dir, name))
	}
	first := func(d, _ train.Dataset, err error) (train.Dataset, error) { return d, err }
	cochlea, err := data.Cochlea{Examples: 40, Speakers: 5, Duration: 200}.Generate(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		open func() (train.Dataset, error)
		want train.Spec
	}{
		"memory":      {func() (train.Dataset, error) { return inMemory(), nil }, train.Spec{Steps: 3, Features: 2, Varying: true, Classes: 2}},
		"npy":         {func() (train.Dataset, error) { return arrays(dir) }, train.Spec{Steps: 5, Features: 3, Classes: 2}},
		"npz":         {func() (train.Dataset, error) { return arraysOfOneFile(dir) }, train.Spec{Steps: 5, Features: 3, Classes: 2}},
		"hdf5":        {func() (train.Dataset, error) { return arraysOfHDF5(dir) }, train.Spec{Steps: 4, Features: 2, Classes: 3}},
		"mat":         {func() (train.Dataset, error) { return arraysOfMATLAB(dir) }, train.Spec{Steps: 4, Features: 2, Varying: true, Classes: 3}},
		"records":     {func() (train.Dataset, error) { return records(dir) }, train.Spec{Steps: 6, Features: 2, Classes: 3, PerStep: true}},
		"spikes":      {func() (train.Dataset, error) { return spikes(dir) }, train.Spec{Steps: 250, Features: 700, Events: true, Classes: 20}},
		"events":      {func() (train.Dataset, error) { return eventsOfText(dir) }, train.Spec{Steps: 39, Features: 4, Events: true, Varying: true, Classes: 2}},
		"Unix times":  {func() (train.Dataset, error) { return eventsOfUnixTimes(dir) }, train.Spec{Steps: 7, Features: 4, Events: true, Classes: 2}},
		"table":       {func() (train.Dataset, error) { return table(dir) }, train.Spec{Steps: 1, Features: 2, Classes: 2}},
		"signal":      {func() (train.Dataset, error) { return signal(dir) }, train.Spec{Steps: 50, Features: 1, Numbers: 1, PerStep: true}},
		"images":      {func() (train.Dataset, error) { return first(images(dir + "/images")) }, train.Spec{Steps: 20, Features: 20, Classes: 5}},
		"ECG":         {func() (train.Dataset, error) { return first(electrocardiograms(dir)) }, train.Spec{Steps: 1301, Features: 4, Varying: true, Classes: 6, PerStep: true}},
		"N-MNIST":     {func() (train.Dataset, error) { return first(nmnist(dir + "/nmnist")) }, train.Spec{Steps: 310, Features: 2312, Events: true, Classes: 10}},
		"own events":  {func() (train.Dataset, error) { return eventsOfOnesOwn(paths, []int{0, 1, 0, 1}) }, train.Spec{Steps: 100, Features: 64, Events: true, Classes: 2}},
		"own dataset": {func() (train.Dataset, error) { return ramps(20), nil }, train.Spec{Steps: 20, Features: 1, Classes: 2}},
		"speakers":    {func() (train.Dataset, error) { return first(bySpeaker(cochlea)) }, train.Spec{Steps: 50, Features: 70, Events: true, Classes: 20}},
		"camera": {func() (train.Dataset, error) {
			d, classes, err := camera(dir + "/camera")
			if fmt.Sprint(classes) != "[left right]" {
				t.Error(classes)
			}
			return d, err
		}, train.Spec{Steps: 20, Features: 512, Events: true, Classes: 2}},
	} {
		d, err := c.open()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Spec() != c.want {
			t.Errorf("%s: got %+v, want %+v", name, d.Spec(), c.want)
		}
		var loss train.Loss[*models.Output] = models.SumSoftmax{}
		switch {
		case c.want.Numbers > 0:
			loss = models.SquaredError{Read: models.EachStep}
		case c.want.PerStep:
			loss = models.PerStep{}
		}
		if _, err := learn(d, loss); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What README.md shows is what is compiled and run here.
func TestPageShowsWhatRuns(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("page_test.go")
	if err != nil {
		t.Fatal(err)
	}
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	blocks := strings.Split(string(page), "```go\n")[1:]
	if len(blocks) < 15 {
		t.Errorf("the page has %d blocks of Go", len(blocks))
	}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		if !strings.Contains(words(string(code)), words(b)) {
			t.Errorf("is not in page_test.go:\n%s", b)
		}
	}
}
