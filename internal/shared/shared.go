// Package shared finds the reference material that lies beside the repository.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is that of a file or folder of the shared material. Where there is none, the test is
// skipped.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(append([]string{dir, "shared"}, elem...)...)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skipf("there is no shared folder with %s beside the repository", filepath.Join(elem...))
		}
		dir = up
	}
}
