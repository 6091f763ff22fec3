package program

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/srnn-go/srnn/internal/atomicfile"
)

// common are the files that a run may have without having said so.
var common = []string{CheckpointName, TrainingName, HistoryName, MetricsName}

// setAside renames the files of an earlier run in a folder, all by the same number, so that nothing is lost,
// and says so. It goes on with what a program that was killed here had begun.
func setAside(dir string) error {
	old, err := readRecord(filepath.Join(dir, recordName))
	if err != nil {
		return err
	}
	if old != nil {
		// The record goes first: where it has a number and no other is there, its files are to follow.
		names := append([]string{recordName}, files(old)...)
		return moveAside(dir, names, 0)
	}
	last := lastNumber(dir, recordName)
	if last == 0 {
		return moveAside(dir, common, 0) // of a program that did not write records
	}
	if old, err = readRecord(numbered(filepath.Join(dir, recordName), last)); err != nil {
		return err
	}
	if err := moveAside(dir, files(old), last); err != nil {
		return err
	}
	return moveAside(dir, files(old), 0) // what has a namesake under that number
}

// files are all that a run may have.
func files(c *record) []string {
	list := slices.Clone(common)
	for _, name := range c.Files {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// moveAside renames the files of these names that there are, by the given number, or if it is 0, by the first
// that none of them has yet.
func moveAside(dir string, names []string, number int) error {
	if number == 0 {
		for _, name := range names {
			number = max(number, lastNumber(dir, name))
		}
		number++
	}
	var moved []string
	for _, name := range names {
		path := filepath.Join(dir, name)
		if !exists(path) || exists(numbered(path, number)) {
			continue
		}
		if err := atomicfile.Rename(path, numbered(path, number)); err != nil {
			return err
		}
		moved = append(moved, name)
	}
	if moved != nil {
		fmt.Printf("of an earlier run, now with .%d behind their names: %s\n", number, strings.Join(moved, ", "))
	}
	return nil
}

// lastNumber is the greatest number by which a file of that name is set aside; 0: there is none.
func lastNumber(dir, name string) (last int) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0 // what comes next will say so
	}
	for _, e := range entries {
		var n int
		if rest, ok := strings.CutPrefix(e.Name(), name+"."); ok {
			if _, err := fmt.Sscanf(rest, "%d", &n); err == nil && fmt.Sprint(n) == rest {
				last = max(last, n)
			}
		}
	}
	return last
}

func numbered(path string, number int) string { return fmt.Sprintf("%s.%d", path, number) }

// exists says whether there is anything at path, also a link to nowhere.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
