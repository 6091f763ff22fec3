package data

import (
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/scigolib/matlab"
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

// ReadQTDB reads one MATLAB v5 file with variables x [records, steps, 4], events in {−1, 0, 1},
// and y [records, steps, 6], one-hot classes, all zero where a step has none. Errors name the
// path, the variable and the element.
func ReadQTDB(path string) (*Records, error) {
	file, err := openMAT(path)
	if err != nil {
		return nil, err
	}
	r, err := qtdbRecords(file)
	return r, errors.Wrapf(err, "data: QTDB: %s", path)
}

// qtdbRecords turns the variables into records.
func qtdbRecords(file *matlab.MatFile) (*Records, error) {
	x, err := newVolume(file, "x", channels)
	if err != nil {
		return nil, err
	}
	y, err := newVolume(file, "y", waves)
	if err != nil {
		return nil, err
	}
	if x.records != y.records || x.steps != y.steps {
		return nil, errors.Errorf("x is [%d, %d, %d] and y [%d, %d, %d]: they differ in records or steps",
			x.records, x.steps, x.width, y.records, y.steps, y.width)
	}
	r := newRecords(x.records, x.steps)
	for i := range x.records {
		for t := range x.steps {
			at := i*x.steps + t
			if err := x.events(i, t, r.events[at*channels:(at+1)*channels]); err != nil {
				return nil, err
			}
			if r.labels[at], err = y.class(i, t); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// volume is a MATLAB array of three dimensions. The first index moves fastest.
type volume struct {
	name                  string
	records, steps, width int
	data                  []int32
}

// newVolume gets the variable, of shape [records, steps, width].
func newVolume(file *matlab.MatFile, name string, width int) (*volume, error) {
	v := file.GetVariable(name)
	if v == nil {
		return nil, errors.Errorf("has no variable %s", name)
	}
	if len(v.Dimensions) != 3 || v.Dimensions[0] < 1 || v.Dimensions[1] < 1 || v.Dimensions[2] != width {
		return nil, errors.Errorf("%s has shape %v, want [records, steps, %d]", name, v.Dimensions, width)
	}
	data, err := v.GetInt32Array()
	if err != nil {
		return nil, errors.Wrap(err, name)
	}
	// Dimensions are of 32 bits each: their product may overflow, quotients do not.
	records, steps := v.Dimensions[0], v.Dimensions[1]
	if len(data)%(records*width) != 0 || len(data)/(records*width) != steps {
		return nil, errors.Errorf("%s holds %d elements, want %d×%d×%d", name, len(data), records, steps, width)
	}
	return &volume{name: name, records: records, steps: steps, width: width, data: data}, nil
}

func (v *volume) at(record, step, k int) int32 {
	return v.data[record+v.records*(step+v.steps*k)]
}

// events copies one step of x.
func (v *volume) events(record, step int, into []int8) error {
	for k := range into {
		e := v.at(record, step, k)
		if e < -1 || e > 1 {
			return errors.Errorf("%s[%d, %d, %d] is %d, want −1, 0 or 1", v.name, record, step, k, e)
		}
		into[k] = int8(e)
	}
	return nil
}

// class is the index of the one in one step of y.
func (v *volume) class(record, step int) (uint8, error) {
	class := uint8(unlabelled)
	for k := range v.width {
		switch e := v.at(record, step, k); {
		case e == 0:
		case e == 1 && class == unlabelled:
			class = uint8(k)
		case e == 1:
			return 0, errors.Errorf("%s[%d, %d] is of classes %d and %d, want at most one", v.name, record, step, class, k)
		default:
			return 0, errors.Errorf("%s[%d, %d, %d] is %d, want 0 or 1", v.name, record, step, k, e)
		}
	}
	return class, nil
}
