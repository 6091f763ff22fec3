package cli

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// OutputDir makes the folder dir, with its parents, and checks that files can be written in it. A
// program calls it before a long run rather than lose the result after it.
func OutputDir(dir string) error {
	if dir == "" {
		return errors.New("output folder: its name is empty")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.Wrap(err, "output folder")
	}
	probe, err := os.CreateTemp(dir, ".writable-*.tmp")
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
	return errors.Wrapf(replace(path, append(content, '\n')), "write %s", path)
}

// replace puts a whole file in its place by renaming a temporary one of the same folder.
func replace(path string, content []byte) (err error) {
	mode := os.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".json-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// The first error is the one to report; these only tidy up.
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := tmp.Chmod(mode); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
