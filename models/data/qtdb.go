package data

import (
	"path/filepath"

	"github.com/pkg/errors"
)

// The files of the QT Database, as coded and published by Yin, Corradi & Bohté.
const (
	qtdbTrain = "QTDB_train.mat"
	qtdbTest  = "QTDB_test.mat"
)

// QTDB reads QTDB_train.mat (618 records) and QTDB_test.mat (141) from dir: the QT Database of
// electrocardiograms (Laguna et al. 1997), 1301 steps at 250 Hz, coded and split as in Yin,
// Corradi & Bohté, "Effective and efficient computation with multiple-timescale spiking
// recurrent neural networks", ICONS 2020. [Fetch] downloads them from [QTDBSource].
//
// The files have their ways, kept as they are so that results can be compared: labels lag behind
// the events by 19 steps, and the first 19 of every record are P; the last step of channel 0 is
// −1, the only one, whatever the signal. A tenth of the steps, at the start of most records and
// the end of some, has no label. Published accuracies count these as class P, and so does QTDB;
// set Unlabelled to train.Ignore to leave them out.
func QTDB(dir string) (train, test *Records, err error) {
	if train, err = ReadQTDB(filepath.Join(dir, qtdbTrain)); err != nil {
		return nil, nil, err
	}
	if test, err = ReadQTDB(filepath.Join(dir, qtdbTest)); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// QTDBSource is where the files of [QTDB] are published: the authors' repository, at the commits
// that brought them.
func QTDBSource() Source {
	return Source{
		Name: "qtdb",
		Base: "https://raw.githubusercontent.com/byin-cwi/Efficient-spiking-networks",
		Files: []File{
			{
				Name:   qtdbTrain,
				Path:   "1331f6c052e73d48eb71a1dc62239948e874ecb2/data/" + qtdbTrain,
				SHA256: "72d1a10c96f1540880447e07256835d66da419c0b34f3dff495731a7928c5bc7",
				Size:   537262,
			},
			{
				Name:   qtdbTest,
				Path:   "25a29e8d1ebfef6df6a7689d76000f702a21e8d7/NMI_vis/ecg/" + qtdbTest,
				SHA256: "916f11e21679a5b61988305bbb7cd1e6df8b34f1ed4a157a7a4e295d400ef232",
				Size:   112720,
			},
		},
	}
}

// ReadQTDB reads one file of this form: variables x [records, steps, 4], events in {−1, 0, 1}, and y
// [records, steps, 6], one-hot classes, all zero where a step has none. [ReadRecords] tells which files are
// read, and reads those with other channels and classes. Errors name the path, the variable and the element.
func ReadQTDB(path string) (*Records, error) {
	r, err := RecordOptions{}.read(path)
	switch {
	case err != nil:
	case r.channels != channels || r.classes != waves:
		err = errors.Errorf("x has %d channels and y %d classes, want %d and %d; ReadRecords reads others", r.channels, r.classes, channels, waves)
	default:
		err = r.checkEvents()
	}
	if err != nil {
		return nil, errors.Wrapf(err, "data: QTDB: %s", path)
	}
	return r, nil
}

// checkEvents refuses what is no event.
func (r *Records) checkEvents() error {
	for i, e := range r.events {
		if e < -1 || e > 1 {
			step := i / r.channels
			return errors.Errorf("x[%d, %d, %d] is %d, want −1, 0 or 1", step/r.steps, step%r.steps, i%r.channels, e)
		}
	}
	return nil
}
