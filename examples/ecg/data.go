package main

import (
	"context"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/data"
)

// records are the training and the test set.
func (f *flags) records(ctx context.Context) (train, test *data.Records, name string, err error) {
	switch f.Data {
	case "":
		train, err = data.ECGSyn{Records: f.Records}.Generate(2 * f.Seed)
		if err != nil {
			return nil, nil, "", err
		}
		test, err = data.ECGSyn{Records: f.Records / 3}.Generate(2*f.Seed + 1)
		return train, test, "synthetic electrocardiograms (ECGSYN)", err
	case "qtdb":
		bar := cli.NewByteProgress(0, "QT Database")
		dir, err := data.Fetch{Progress: func(name string, done, total int64) { bar.Set(int(done), name) }}.Get(ctx, data.QTDBSource())
		bar.Close()
		if err != nil {
			return nil, nil, "", err
		}
		train, test, err = data.QTDB(dir)
		return train, test, "QT Database", err
	}
	train, test, err = data.QTDB(f.Data)
	return train, test, "QT Database in " + f.Data, err
}
