// Package atomicfile writes whole files, or none, and what it has written is still there after a power
// failure.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The name of a file that is being written.
const prefix, suffix = ".srnn-", ".tmp"

// Write puts content at path by renaming a temporary file of the same folder, once it is on
// disk. After an error, what was at path is still there; only where the very last step fails, which
// is to have the folder itself on disk, content is there already. A file that was there keeps its
// permissions. What a writer that was killed leaves behind is cleared by [Clear].
func Write(path string, content []byte) (err error) {
	mode := os.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	tmp, err := Temp(filepath.Dir(path))
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
	return Rename(tmp.Name(), path)
}

// Temp makes a new, empty file in dir of the kind that [Clear] removes.
func Temp(dir string) (*os.File, error) { return os.CreateTemp(dir, prefix+"*"+suffix) }

// Rename is os.Rename within one folder, or between two, of which the disk knows when it returns.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(to)); err != nil || filepath.Dir(from) == filepath.Dir(to) {
		return err
	}
	return syncDir(filepath.Dir(from))
}

// MkdirAll is os.MkdirAll with permissions for all to read, of which the disk knows when it returns.
func MkdirAll(dir string) error {
	missing := []string{}
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, made := range missing {
		if err := syncDir(filepath.Dir(made)); err != nil {
			return err
		}
	}
	return nil
}

// Clear removes from dir what writers that were killed have left behind. A writer at work loses its file,
// too, and fails: only who knows that there is none, as the holder of the folder's lock does, may call it.
func Clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
