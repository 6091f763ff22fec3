package data

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// pour writes a file piece by piece, n times.
func pour(t *testing.T, head string, n int, piece func(i int) string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	w.WriteString(head)
	for i := range n {
		w.WriteString(piece(i))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Files that are none of events take no memory to speak of, and those that are, that of their events.
func TestEventsCSVMemory(t *testing.T) {
	const mega = 1 << 20
	megabyte := func(of string) func(int) string {
		s := strings.Repeat(of, mega/len(of))
		return func(int) string { return s }
	}
	for name, c := range map[string]struct {
		head  string
		n     int
		piece func(i int) string
		limit int64
		want  string // the error
	}{
		"a line of 20 MB":            {"", 20, megabyte("1"), 32 * mega, "more than"},
		"a line of 20 MB of columns": {"", 20, megabyte(","), 32 * mega, "more than"},
		"names of 20 MB":             {"example,time,", 20, megabyte("a,"), 32 * mega, "more than"},
		"a quote that does not end":  {"example,time,unit\n1,2,\"", 20, megabyte("x\n"), 32 * mega, "more than"},
		"a comment of 20 MB":         {"#", 20, megabyte("x"), 4 * mega, "has no events"},
		"20 MB of blank lines":       {"", 20, megabyte("\n"), 4 * mega, "has no events"},
		"a number of 20 MB":          {"example,time,unit\n1,0.", 20, megabyte("3"), 32 * mega, "more than"},
		"example 2³²−1":              {"4294967295,0,0\n", 1, func(int) string { return "0,1,0\n" }, 16 * mega, ""},
		"unit 2²⁸−1":                 {"0,0,268435455\n", 1, func(int) string { return "0,1,0\n" }, 16 * mega, ""},
		"200,000 examples":           {"", 2e5, func(i int) string { return fmt.Sprintf("%d,0,0\n", i) }, 28 * mega, ""},
		"200,000 examples backwards": {"", 2e5, func(i int) string { return fmt.Sprintf("%d,0,0\n", 199_999-i) }, 48 * mega, ""},
		"half a million events":      {"", 5e5, func(i int) string { return fmt.Sprintf("0,%d,%d\n", i, i%700) }, (6 + 8) * mega, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := pour(t, c.head, c.n, c.piece)
			peak, err := memlimit.Run(t, c.limit, func() error {
				_, err := ReadEventsCSV(path, CSVOptions{})
				return err
			})
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			t.Logf("%.1f MiB", float64(peak)/mega)
		})
	}
}

// Signals and tables take the memory that is returned.
func TestTextMemory(t *testing.T) {
	const mega, rows = 1 << 20, 250e3
	t.Run("signal", func(t *testing.T) {
		path := pour(t, "t,v\n", rows, func(i int) string { return fmt.Sprintf("%d,1\n", i) })
		if _, err := memlimit.Run(t, (4+8)*mega, func() error {
			_, err := ReadSignalCSV(path, SignalOptions{})
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	t.Run("table", func(t *testing.T) {
		path := pour(t, "a,b,class\n", rows, func(i int) string { return fmt.Sprintf("%d,1,%d\n", i, i%3) })
		if _, err := memlimit.Run(t, (12+8)*mega, func() error {
			_, err := ReadTable(path, TableOptions{})
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
