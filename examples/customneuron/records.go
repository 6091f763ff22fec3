package main

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/data"
)

// part is a selection of records.
type part struct {
	*data.Records
	indices []int
}

// parts are the records to train on, those that choose the best epoch, and those to test on.
func (f *flags) parts() (train, validate, test part, name string, err error) {
	var records, unseen *data.Records
	if f.Data == "" {
		name = "synthetic electrocardiograms (ECGSYN)"
		if records, err = (data.ECGSyn{Records: f.Records}).Generate(2 * f.Seed); err == nil {
			unseen, err = data.ECGSyn{Records: f.Records / 3}.Generate(2*f.Seed + 1)
		}
	} else {
		name = "QT Database in " + f.Data
		records, unseen, err = data.QTDB(f.Data)
	}
	if err != nil {
		return train, validate, test, name, err
	}
	if records.Len() < 2 {
		return train, validate, test, name, errors.Errorf("%s: %d records are too few to train and to validate on", name, records.Len())
	}
	order := graph.Stream(f.Seed, "split").Perm(records.Len())
	held := max(1, len(order)/10)
	test = part{Records: unseen}
	for i := range unseen.Len() {
		test.indices = append(test.indices, i)
	}
	return part{records, order[held:]}, part{records, order[:held]}, test, name, nil
}
