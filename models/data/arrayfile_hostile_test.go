package data_test

import (
	"bytes"
	"compress/zlib"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/models/data"
)

// A MAT-file of 32 kB says that it holds 2²⁵ numbers, and is broken before it has shown them.
func TestArraysOfMATLABHostile(t *testing.T) {
	zeros := variable{name: "x", dims: []uint32{1 << 11, 1 << 11, 8}, class: 9, kind: 1, data: make([]byte, 1<<25)}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write(little.matrix(zeros)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	labels := variable{name: "y", dims: []uint32{1, 1 << 11}, class: 9, kind: 1, data: make([]byte, 1<<11)}
	for i := range 1000 {
		z.Bytes()[z.Len()-1-i] = 0xff
	}
	path := write(t, little.element(little.bytes(labels), kindCompressed, z.Bytes()))
	peak, err := memlimit.Run(t, 32<<20, func() error {
		a, err := data.ReadArrays(path, data.ArrayOptions{Classes: 1})
		if err == nil {
			a.Close()
		}
		return err
	})
	if err == nil {
		t.Error("was read")
	}
	t.Log(peak, err)
}
