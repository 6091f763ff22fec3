package program

import (
	"context"

	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// Electrocardiograms are the flags of a program whose data are electrocardiograms, with a wave for every step.
type Electrocardiograms struct {
	Data    string `help:"Folder with QTDB_train.mat and QTDB_test.mat, or 'qtdb' to download them. Without it, synthetic electrocardiograms are made from the seed." placeholder:"DIR"`
	Records int    `help:"Synthetic records to train on; a third as many, but at least one, to test on." default:"300"`
}

// Waves are the names of the classes, from P to TP.
func Waves() (names []string) {
	for w := data.WaveP; w <= data.WaveTP; w++ {
		names = append(names, w.String())
	}
	return names
}

// Kind is what the records are, wherever they lie, see [Run.On].
func (e Electrocardiograms) Kind() string {
	if e.Data == "" {
		return "synthetic electrocardiograms (ECGSYN)"
	}
	return QTDatabase
}

// Read reads, downloads or makes the records to train on and those to test on, and says what they are.
func (e Electrocardiograms) Read(ctx context.Context, seed uint64) (train, test *data.Records, name string, err error) {
	switch e.Data {
	case "":
		train, err = data.ECGSyn{Records: e.Records}.Generate(2 * seed)
		if err != nil {
			return nil, nil, "", err
		}
		test, err = data.ECGSyn{Records: max(1, e.Records/3)}.Generate(2*seed + 1)
		return train, test, "synthetic electrocardiograms (ECGSYN)", err
	case "qtdb":
		dir, err := Fetch(ctx, "QT Database", data.QTDBSource())
		if err != nil {
			return nil, nil, "", err
		}
		train, test, err = data.QTDB(dir)
		return train, test, "QT Database", err
	}
	train, test, err = data.QTDB(e.Data)
	return train, test, "QT Database in " + e.Data, err
}

// sampleMS is the time between two samples of an electrocardiogram.
const sampleMS = 4

// Electrocardiogram draws record i of a dataset on its way through a network, record.png.
func (r *Run) Electrocardiogram(ctx context.Context, net *train.Network, records *data.Records, i int) error {
	p, err := net.Record(ctx, records, i)
	if err != nil {
		return err
	}
	figure := plot.RunFigure{StepMS: sampleMS, Classes: Waves(), Channels: []string{"lead 1 ↑", "lead 1 ↓", "lead 2 ↑", "lead 2 ↓"}, Neurons: 1}
	if len(records.Signal) > i {
		figure.SignalName = "signal (mV)"
		for lead, s := range records.Signal[i] {
			figure.Signals = append(figure.Signals, plot.Trace{Name: []string{"lead 1", "lead 2"}[lead], Values: plot.Float64s(s)})
		}
	}
	return r.Write("record.png", func(path string) error { return figure.Draw(path, p) })
}
