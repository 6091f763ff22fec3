package hdf5

import (
	"testing"
	"time"
)

// Whatever the bytes, reading ends, and does not panic.
func FuzzHDF5(f *testing.F) {
	files, _ := written(f)
	for _, b := range files {
		f.Add(b)
	}
	for _, b := range bombs {
		w := newBuilder()
		if file := w.file(b.build(w)); len(file) < 1<<14 {
			f.Add(file)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<17 {
			return
		}
		done := time.AfterFunc(time.Minute, func() { panic("without an end") })
		defer done.Stop()
		_ = use(b)
	})
}

// Each byte of small files that is changed gives an error or numbers, but no panic, and no end of it.
func TestChanged(t *testing.T) {
	files, _ := written(t)
	for _, name := range []string{"links earliest", "links latest", "numbers latest"} {
		whole := files[name]
		for at := 0; at < len(whole); at += 11 {
			if whole[at] == 0 && at%32 != 0 {
				continue // much of a file is empty
			}
			changed := append([]byte{}, whole...)
			changed[at] = 0xff
			_ = use(changed)
		}
	}
}

// A file that is cut anywhere is an error.
func TestCut(t *testing.T) {
	files, _ := written(t)
	for name, whole := range files {
		for n := 0; n < len(whole); n += 1 + n/7 {
			if err := use(whole[:n]); err == nil {
				t.Fatalf("%s: the first %d of %d bytes are read", name, n, len(whole))
			}
		}
	}
}
