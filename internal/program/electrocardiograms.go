package program

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/data"
	"github.com/srnn-go/srnn/models/plot"
	"github.com/srnn-go/srnn/models/train"
)

// Electrocardiograms are the flags of a program whose data are electrocardiograms, with a wave for every step.
type Electrocardiograms struct {
	Data    string `help:"Folder with QTDB_train.mat and QTDB_test.mat, or 'qtdb' to download them; with -wfdb, recordings. Without it, synthetic electrocardiograms are made from the seed." placeholder:"DIR"`
	Records int    `help:"Synthetic records to train on; a third as many, but at least one, to test on." default:"300"`
	Recordings
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
	switch {
	case e.WFDB:
		return "recordings in " + e.Data
	case e.Data == "":
		return "synthetic electrocardiograms (ECGSYN)"
	}
	return QTDatabase
}

// Check finds flags that are out of range, or do not go together. Those of a run that is resumed all are given.
func (e Electrocardiograms) Check(t *Training) error {
	given := t.Given
	if t.Resume {
		given = func(string) bool { return false }
	}
	if e.Records < 1 {
		return errors.Errorf("-records is %d, want at least 1", e.Records)
	}
	return e.Recordings.check(e.Data, given, t.Resume)
}

// Read reads, downloads or makes the records to train on and those to test on, and says what they are. For an
// evaluation there are none to train on.
func (e Electrocardiograms) Read(ctx context.Context, seed uint64, evaluate bool) (training, test train.Dataset, name string, err error) {
	var a, b *data.Records
	switch {
	case e.WFDB:
		return e.Recordings.read(e.Data, evaluate)
	case e.Data == "":
		name = "synthetic electrocardiograms (ECGSYN)"
		if a, err = (data.ECGSyn{Records: e.Records}).Generate(2 * seed); err == nil {
			b, err = data.ECGSyn{Records: max(1, e.Records/3)}.Generate(2*seed + 1)
		}
	case e.Data == "qtdb":
		var dir string
		name = "QT Database"
		if dir, err = Fetch(ctx, "QT Database", data.QTDBSource()); err == nil {
			a, b, err = data.QTDB(dir)
		}
	default:
		name = "QT Database in " + e.Data
		if a, b, err = data.QTDB(e.Data); errors.Is(err, fs.ErrNotExist) {
			if headers, _ := filepath.Glob(filepath.Join(e.Data, "*.hea")); len(headers) > 0 {
				err = errors.Wrapf(err, "%s has recordings of WFDB (.hea), which -wfdb reads", e.Data)
			}
		}
	}
	if err != nil {
		return nil, nil, "", err
	}
	return a, b, name, nil
}

// sampleMS is the time between two samples of an electrocardiogram.
const sampleMS = 4

// Electrocardiogram draws record i of a dataset on its way through a network, record.png.
func (r *Run) Electrocardiogram(ctx context.Context, net *train.Network, records train.Dataset, i int) error {
	p, err := net.Record(ctx, records, i)
	if err != nil {
		return err
	}
	figure := plot.RunFigure{StepMS: sampleMS, Classes: Waves(), Channels: []string{"lead 1 ↑", "lead 1 ↓", "lead 2 ↑", "lead 2 ↓"}, Neurons: 1}
	leads, err := leadsOf(records, i)
	if err != nil {
		return err
	}
	for k, s := range leads {
		figure.SignalName = "signal (mV)"
		figure.Signals = append(figure.Signals, plot.Trace{Name: fmt.Sprint("lead ", k+1), Values: plot.Float64s(s)})
	}
	if w, ok := records.(*data.WFDB); ok {
		figure.StepMS = w.StepMS()
		if w.Normalised() {
			figure.SignalName = "signal (standard deviations)"
		}
		if !w.Annotated() {
			p.Classes = nil
		}
	}
	return r.Write("record.png", func(path string) error { return figure.Draw(path, p) })
}

// leadsOf are the signals of record i, none where they are not known.
func leadsOf(records train.Dataset, i int) ([][]float32, error) {
	switch d := records.(type) {
	case *data.Records:
		if i < len(d.Signal) {
			return d.Signal[i][:], nil
		}
	case *data.WFDB:
		leads, err := d.Leads(i)
		return leads[:], err
	}
	return nil, nil
}
