package cli

import (
	"encoding/json"
	"os"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/atomicfile"
)

// OutputDir makes the folder dir, with its parents, and checks that files can be written in it. A
// program calls it before a long run rather than lose the result after it.
func OutputDir(dir string) error {
	if dir == "" {
		return errors.New("output folder: its name is empty")
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return errors.Wrap(err, "output folder")
	}
	probe, err := atomicfile.Temp(dir)
	if err != nil {
		return errors.Wrapf(err, "output folder %s is not writable", dir)
	}
	probe.Close()
	return errors.Wrap(os.Remove(probe.Name()), "output folder")
}

// WriteJSON writes v, indented, to the file at path: the whole of it or, after an error, nothing.
// A file that was there before keeps its permissions. JSON has no NaN and no infinity: a v with
// one of them, as of a run that diverged, is an error.
func WriteJSON(path string, v any) error {
	content, err := json.MarshalIndent(v, "", "  ")
	var unsupported *json.UnsupportedValueError
	if errors.As(err, &unsupported) && unsupported.Value.CanFloat() {
		return errors.Errorf("write %s: JSON cannot hold the value %s, only finite numbers", path, unsupported.Str)
	}
	if err != nil {
		return errors.Wrapf(err, "write %s", path)
	}
	return errors.Wrapf(atomicfile.Write(path, append(content, '\n')), "write %s", path)
}
