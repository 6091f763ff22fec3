package plot

import (
	"os"
	"path/filepath"
)

// writeFile puts a whole file in its place, or none: it writes to a temporary file in the same
// folder and renames that. A file that was there keeps its permissions.
func writeFile(path string, content []byte) (err error) {
	mode := os.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".figure-*.tmp")
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
