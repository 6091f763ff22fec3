package data_test

// These functions stand in README.md, as they are here; pagefiles_test.go makes their files and runs them.

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/nodes"
	"github.com/srnn-go/srnn/optim"
)

func learn(d train.Dataset, loss train.Loss[*models.Output]) (*train.Trainer, error) {
	spec := d.Spec()
	task := train.Task[*models.Output]{
		Model: models.SRNN{
			In:      spec.Features,
			Hidden:  []nodes.Layer{{Units: 32, Cell: nodes.ALIF{}, Recurrent: true}},
			Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: spec.Classes + spec.Numbers}},
		},
		Loss: loss, // models.SumSoftmax{}: a class for a sequence
	}
	t, err := train.New(task, d, train.Settings{
		Epochs: 2, Batch: 16, Share: .1,
		Solver: optim.New(optim.Adam(optim.Constant(1e-2))),
		Log:    io.Discard,
	})
	if err != nil {
		return nil, err
	}
	return t, t.Run(context.Background())
}

func inMemory() train.Dataset {
	return train.Sequences{
		X: [][][]float32{ // [example][step][feature], of any lengths
			{{0, 1}, {1, 1}, {0, 1}},
			{{1, 0}, {0, 0}},
		},
		Y: []int{1, 0},
	}
}

func arrays(dir string) (train.Dataset, error) {
	// np.save("x.npy", x); np.save("y.npy", y)
	return data.ReadNPY(filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy"), data.ArrayOptions{})
}

func arraysOfOneFile(dir string) (train.Dataset, error) {
	// np.savez("set.npz", X_train=x, y_train=y): x [N, T, F], and y [N] with labels from 1
	return data.ReadArrays(filepath.Join(dir, "set.npz"), data.ArrayOptions{
		X: "X_train", Y: "y_train", FirstClass: 1,
	})
}

func arraysOfHDF5(dir string) (train.Dataset, error) {
	// f["train/x"] = x; f["train/y"] = y
	return data.ReadArrays(filepath.Join(dir, "h5py.h5"), data.ArrayOptions{
		X: "train/x", Y: "train/y", FirstClass: 1,
	})
}

func arraysOfMATLAB(dir string) (train.Dataset, error) {
	// save set.mat x y lengths
	return data.ReadArrays(filepath.Join(dir, "v73.mat"), data.ArrayOptions{FirstClass: 1})
}

func records(dir string) (train.Dataset, error) {
	return data.ReadRecords(filepath.Join(dir, "records.mat"), data.RecordOptions{
		Labels: true, FirstClass: 1,
	})
}

func spikes(dir string) (train.Dataset, error) {
	spikes, err := data.OpenSpikes(filepath.Join(dir, "spikes.h5"), data.SpikesFile{
		Units: 700, TimeUnit: "ms",
	})
	if err != nil {
		return nil, err
	}
	return spikes.Events().Bin(data.Binning{Dt: 4, Duration: 1000})
}

func eventsOfText(dir string) (train.Dataset, error) {
	// trial;time_s;neuron;class
	events, err := data.ReadEventsCSV(filepath.Join(dir, "events.csv"), data.CSVOptions{
		FirstClass: 1,
	})
	if err != nil {
		return nil, err
	}
	return events.Bin(data.Binning{Dt: 1, Varying: true})
}

func eventsOfUnixTimes(dir string) (train.Dataset, error) {
	// recording,timestamp,channel,label
	events, err := data.ReadEventsCSV(filepath.Join(dir, "unix.csv"), data.CSVOptions{
		ClassNames: []string{"rest", "go"},
		Clock:      data.Clock{TimeUnit: "us", FromFirst: true},
	})
	if err != nil {
		return nil, err
	}
	return events.Bin(data.Binning{Dt: 1})
}

func table(dir string) (train.Dataset, error) {
	// frame.to_csv("flowers.csv"), with an index, a column of words and some values missing
	table, err := data.ReadTable(filepath.Join(dir, "flowers.csv"), data.TableOptions{
		Label: "species", ClassNames: []string{"setosa", "virginica"}, Missing: []string{""},
	})
	if err != nil {
		return nil, err
	}
	return train.Subset(table, table.Complete())
}

func signal(dir string) (train.Dataset, error) {
	// time_s,ecg
	s, err := data.ReadSignalCSV(filepath.Join(dir, "signal.csv"), data.SignalOptions{Value: "ecg"})
	if err != nil {
		return nil, err
	}
	v, err := s.Resample(4) // steps of 4 ms
	if err != nil {
		return nil, err
	}
	const steps = 50
	var x, next [][][]float32 // what follows is to be predicted
	for ; len(v) > steps; v = v[steps:] {
		var now, then [][]float32
		for k := range steps {
			now = append(now, []float32{float32(v[k])})
			then = append(then, []float32{float32(v[k+1])})
		}
		x, next = append(x, now), append(next, then)
	}
	return train.Sequences{X: x, Y: next}, nil
}

func images(dir string) (training, test train.Dataset, err error) {
	first, second, err := data.ReadImageFolder(dir, data.ImageOptions{})
	if err != nil {
		return nil, nil, err
	}
	rows := data.PixelCoding{Window: 20, Stride: 20} // images of 20×20 pixels, row by row
	if training, err = first.Sequences(rows); err != nil {
		return nil, nil, err
	}
	test, err = second.Sequences(rows)
	return training, test, err
}

func electrocardiograms(dir string) (training, validation train.Dataset, err error) {
	// The manual annotations of the QT Database have the extension q1c.
	all, err := data.ReadWFDB(dir, data.WFDBOptions{Annotator: "q1c"})
	if err != nil {
		return nil, nil, err
	}
	return all.Split(1, .2) // by records
}

func camera(dir string) (train.Dataset, []string, error) {
	// left/*.aedat, right/*.aedat
	events, classes, err := data.ReadDVS(dir, data.DVSOptions{Pool: 8, Window: 100})
	if err != nil {
		return nil, nil, err
	}
	d, err := events.Bin(data.Binning{Dt: 5})
	return d, classes, err
}

func nmnist(dir string) (training, test train.Dataset, err error) {
	first, second, err := data.ReadNMNIST(dir, data.DVSOptions{})
	if err != nil {
		return nil, nil, err
	}
	steps := data.Binning{Dt: 1, Duration: 310}
	if training, err = first.Bin(steps); err != nil {
		return nil, nil, err
	}
	test, err = second.Bin(steps)
	return training, test, err
}

// trains are spike trains in files of one's own form: pairs of uint32, time in µs and unit.
type trains []string

func (t trains) ReadEvents(i int) (times []float64, units []uint32, err error) {
	f, err := os.Open(t[i])
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		var event [2]uint32
		switch err := binary.Read(r, binary.LittleEndian, &event); err {
		case nil:
			times, units = append(times, float64(event[0])/1000), append(units, event[1])
		case io.EOF:
			return times, units, nil
		default:
			return nil, nil, fmt.Errorf("%s: %w", t[i], err)
		}
	}
}

func eventsOfOnesOwn(paths []string, labels []int) (train.Dataset, error) {
	events, err := data.EventsFrom(trains(paths), 64, 2, labels, nil)
	if err != nil {
		return nil, err
	}
	return events.Bin(data.Binning{Dt: 1, Duration: 100})
}

// ramps rise in half of the examples and fall in the others: a dataset that is computed.
type ramps int

func (n ramps) Len() int         { return int(n) }
func (n ramps) Spec() train.Spec { return train.Spec{Steps: 20, Features: 1, Classes: 2} }

func (n ramps) Read(i int, e *train.Example) error {
	for t := range e.X {
		e.X[t] = float32(t) / 20
		if i%2 == 1 {
			e.X[t] = 1 - e.X[t]
		}
	}
	e.Classes[0] = i % 2
	return nil
}

func bySpeaker(events *data.Events) (training, validation train.Dataset, err error) {
	rest, held, err := events.SplitSpeakers(1, .2)
	if err != nil {
		return nil, nil, err
	}
	d, err := events.Bin(data.Binning{Dt: 4})
	if err != nil {
		return nil, nil, err
	}
	if training, err = train.Subset(d, rest); err != nil {
		return nil, nil, err
	}
	validation, err = train.Subset(d, held)
	return training, validation, err
}
