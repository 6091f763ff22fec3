// Package atomicfile writes whole files, or none.
package atomicfile

import (
	"os"
	"path/filepath"
)

// Write puts content at path by renaming a temporary file of the same folder, once it is on
// disk. After an error, what was at path is still there. A file that was there keeps its
// permissions.
func Write(path string, content []byte) (err error) {
	mode := os.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".srnn-*.tmp")
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
