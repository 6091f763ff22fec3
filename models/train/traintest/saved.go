package traintest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// saved checks that the loss or a metric of a task is in a file with all of its settings, if it is registered.
func saved[O any](task train.Task[O], data train.Dataset, field string, value any) error {
	t, _, err := trainer(task, data, data.Len(), nil)
	if err != nil {
		return err
	}
	defer t.Close()
	dir, err := os.MkdirTemp("", "traintest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "network")
	if err := t.Network.Save(path); err != nil {
		return err
	}
	meta, err := train.LoadParams(path, t.Params())
	if err != nil {
		return err
	}
	var file struct {
		Loss    entry   `json:"loss"`
		Metrics []entry `json:"metrics"`
	}
	if err := json.Unmarshal([]byte(meta["srnn.network"]), &file); err != nil {
		return err
	}
	e := file.Loss
	if field == "metric" {
		e = file.Metrics[0]
	}
	if e.Kind == "" {
		return nil
	}
	again := reflect.New(reflect.TypeOf(value))
	if err := json.Unmarshal(e.Settings, again.Interface()); err != nil {
		return err
	}
	if !reflect.DeepEqual(again.Elem().Interface(), value) {
		return errors.Errorf("saved and loaded again, it is %+v, and was %+v", again.Elem().Interface(), value)
	}
	return nil
}

// entry is what a file says of a loss or a metric.
type entry struct {
	Kind     string          `json:"kind"`
	Settings json.RawMessage `json:"settings"`
}
