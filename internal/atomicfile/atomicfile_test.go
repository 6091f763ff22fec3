package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, text := range []string{"one", "two"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("holds %q, want %q", got, text)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("permissions are %v, want those that were there", s.Mode())
	}
}

// Where the file cannot be put in its place, nothing is left behind.
func TestFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Error("over a folder: want an error")
	}
	if err := Write(filepath.Join(dir, "no", "such", "folder"), nil); err == nil {
		t.Error("into no folder: want an error")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// A temporary file is one that Clear removes, and it removes nothing else.
func TestClear(t *testing.T) {
	dir := t.TempDir()
	kept := []string{"a.tmp", ".srnn-notes", ".srnn-folder.tmp", "srnn-1.tmp"}
	for _, name := range kept {
		if name == ".srnn-folder.tmp" {
			if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		f, err := Temp(dir)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(kept) {
		t.Errorf("the folder holds %v, want %v", entries, kept)
	}
	if err := Clear(filepath.Join(dir, "none")); err == nil {
		t.Error("no folder: no error")
	}
}

func TestRenameAndMkdirAll(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a", "b", "c"), filepath.Join(dir, "d")
	for _, made := range []string{a, a, b} {
		if err := MkdirAll(made); err != nil {
			t.Fatal(err)
		}
	}
	from, to := filepath.Join(a, "file"), filepath.Join(b, "other")
	if err := Write(from, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(from); err == nil {
		t.Error("the file is still where it was")
	}
	if err := Rename(from, to); err == nil {
		t.Error("no file: no error")
	}
	if err := MkdirAll(filepath.Join(to, "x")); err == nil {
		t.Error("below a file: no error")
	}
}
