package hdf5

import (
	"bytes"
	"compress/zlib"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// use reads of all that a file has a part: what a fuzzer and hostile files are met with.
func use(b []byte) error {
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	if _, e := f.Dataset("soft/x"); e != nil {
		err = e
	}
	all := f.List()
	for _, path := range all[:min(len(all), 80)] {
		d, e := f.Dataset(path)
		if e != nil {
			err = e
			continue
		}
		if e := useDataset(d); e != nil {
			err = e
		}
	}
	return err
}

func useDataset(d *Dataset) (err error) {
	keep := func(e error) {
		if e != nil {
			err = e
		}
	}
	_, e := d.Variable()
	keep(e)
	_, e = d.Attribute("units")
	keep(e)
	d.Fill()
	n := min(d.Len(), 300)
	switch t := d.Type(); {
	case t.Class == Sequence:
		keep(d.Lengths(0, make([]int, n)))
		for i := range n {
			_, e := ReadSequence[float32](d, i, nil)
			keep(e)
		}
	case t.Class == Reference:
		for i := range n {
			_, e := d.Referenced(i)
			keep(e)
		}
	default:
		keep(Read(d, 0, make([]float64, n)))
		keep(Read(d, d.Len()-n, make([]int32, n)))
		if s := d.Shape(); len(s) == 2 && s[0] < 1000 && s[1] > 0 {
			keep(ReadColumn(d, s[1]-1, make([]float64, s[0])))
		}
	}
	return err
}

// zeros is a deflate stream of n zeros.
func zeros(n int) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	piece := make([]byte, 1<<20)
	for ; n > 0; n -= len(piece) {
		_, _ = z.Write(piece[:min(n, len(piece))])
	}
	_ = z.Close()
	return b.Bytes()
}

// lzfZeros is one of LZF: a zero, and copies of 264 bytes.
func lzfZeros(n int) []byte {
	return append([]byte{0, 0}, bytes.Repeat([]byte{0xe0, 0xff, 0}, n/264)...)
}

// bomb is a small file that would take memory or time without end.
type bomb struct {
	name, want string // part of the error
	build      func(w *builder) (root uint64)
}

// oneDataset is a file with the dataset x.
func oneDataset(messages func(w *builder) [][]byte) func(w *builder) uint64 {
	return func(w *builder) uint64 { return w.group(hard("x", w.header(messages(w)...))) }
}

func compressed(filter uint16, elements uint64, data func() []byte) func(w *builder) uint64 {
	return oneDataset(func(w *builder) [][]byte {
		b := data()
		return [][]byte{u1(), extent1(elements), filtered(filter), oneChunk(w.put(b), uint64(len(b)), elements, 1)}
	})
}

// sequences is a file with n sequences of one number, each in a heap of its own.
func sequences(n int, count uint32, heap func(w *builder, i int) uint64) func(w *builder) uint64 {
	return oneDataset(func(w *builder) [][]byte {
		var refs []any
		for i := range n {
			refs = append(refs, count, heap(w, i), uint32(1))
		}
		return [][]byte{vlen(), extent1(uint64(n)), contiguous(w.put(refs...), uint64(16*n))}
	})
}

// heap is a global heap of a size with one object, whose bytes follow.
func heap(size, object uint64) []byte {
	return fields("GCOL", 1, 0, 0, 0, size, uint16(1), uint16(1), uint32(0), object)
}

var bombs = []bomb{
	{"a chunk of 1 GiB of zeros", "has chunks of 1073741824 bytes, want at most 16777216",
		compressed(filterDeflate, 1<<30, func() []byte { return zeros(1 << 25) })},
	{"more zeros than a chunk", "deflate: gives more than the", compressed(filterDeflate, 1<<16, func() []byte { return zeros(1 << 25) })},
	{"the largest chunks that are read for a few numbers", "has no soft/x", oneDataset(func(w *builder) [][]byte {
		b := zeros(maxChunk)
		both := msg(messageFilters, 2, 2, uint16(filterShuffle), uint16(0), uint16(1), uint32(4), uint16(filterDeflate), uint16(0), uint16(0))
		return [][]byte{u1(), extent1(maxChunk), both, oneChunk(w.put(b), uint64(len(b)), maxChunk, 1)}
	})},
	{"more zeros of LZF", "LZF: gives more than the", compressed(filterLZF, 1<<16, func() []byte { return lzfZeros(1 << 22) })},
	{"zeros of LZF in a large chunk", "has chunks of 268435456 bytes", compressed(filterLZF, 1<<28, func() []byte { return lzfZeros(1 << 20) })},
	{"elements that are not there", "the file ends at", oneDataset(func(w *builder) [][]byte {
		return [][]byte{u1(), extent1(1e9), contiguous(48, 1e9)}
	})},
	{"sequences longer than their heap", "sequence of 4294967295",
		sequences(1, 1<<32-1, func(w *builder, _ int) uint64 { return w.put(heap(64, 8), make([]byte, 32)) })},
	{"an object larger than its heap", "an object of 1099511627776 bytes",
		sequences(1, 1, func(w *builder, _ int) uint64 { return w.put(heap(64, 1<<40), make([]byte, 32)) })},
	{"heaps within heaps", "overlaps others",
		sequences(200, 1, func(w *builder, i int) uint64 { n := uint64(200-i) * 32; return w.put(heap(n, n-32)) })},
	{"a continuation of itself", circle, func(w *builder) uint64 {
		at := uint64(len(w.b))
		again := msg(messageContinuation, at+34, uint64(44))
		w.header(again)
		w.put("OCHK", again, make([]byte, 20))
		return at
	}},
	{"a B-tree of one node a level", circle, tree2},
	{"a B-tree of version 1 of one node a level", circle, tree1},
	{"an array of arrays of arrays", "is nested more than", oneDataset(func(w *builder) [][]byte {
		t := fields(0x10, 0, 0, 0, uint32(1), uint16(0), uint16(8))
		for range 3000 {
			t = fields(0x3a, 0, 0, 0, uint32(1), 1, uint32(1), t)
		}
		return [][]byte{msg(messageType, t), extent1(1), contiguous(48, 1)}
	})},
	{"large chunks of which a row takes one number each", "has to read 300 chunks of 8388608 bytes for 300", oneDataset(func(w *builder) [][]byte {
		n := uint64(1 << 30)
		b := zeros(1 << 20)
		space := msg(messageSpace, 2, 2, 0, 1, n, uint64(1000))
		layout := msg(messageLayout, 4, layoutChunked, 2, 3, 8, uint64(1<<23), uint64(1), uint64(1), 1, uint64(len(b)), uint32(0), w.put(b))
		return [][]byte{u1(), space, filtered(filterDeflate), layout}
	})},
}

const circle = "overlap, run in a circle"

// tree2 is a group whose links are in a B-tree of which each node has 20 branches, all to the one node below.
func tree2(w *builder) uint64 {
	const node = 1024
	t := &btree2{f: &File{offsetSize: 8}, kind: 5, node: node, record: 11, depth: maxTreeDepth}
	_ = t.measure()
	block := w.put("FHDB", make([]byte, 20), hard("y", 0)[4:])
	record := fields(uint32(0), 0, uint32(24), uint16(13))
	links := w.put("FRHP", 0, uint16(7), uint16(0), 0, uint32(4096), make([]byte, 96), uint16(4), uint64(512), uint64(1<<16), uint16(32), uint16(1), block, uint16(0), uint32(0))
	next := w.put("BTLF", 0, 5, bytes.Repeat(record, 19), make([]byte, node))
	depth := len(t.most) - 1
	for h := 1; h <= depth; h++ {
		branch := append(fields(next, 19), make([]byte, t.pointer(h)-9)...)
		b := fields("BTIN", 0, 5, bytes.Repeat(record, 19), bytes.Repeat(branch, 20))
		next = w.put(b, make([]byte, node-len(b)))
	}
	tree := w.put("BTHD", 0, 5, uint32(node), uint16(11), uint16(depth), 0, 0, next, uint16(19), uint64(1), uint32(0))
	return w.header(msg(messageLinkInfo, 0, 0, links, tree))
}

// tree1 is the same of an old group, with 20 branches a node.
func tree1(w *builder) uint64 {
	names := w.put("HEAP", 0, 0, 0, 0, uint64(8), uint64(1), w.put("x\x00\x00\x00\x00\x00\x00\x00"))
	next := w.put("SNOD", 1, 0, uint16(0))
	for h := range 20 {
		n := fields("TREE", 0, h, uint16(20), uint64(undefined), uint64(undefined))
		for range 20 {
			n = append(n, fields(uint64(0), next)...)
		}
		next = w.put(n, uint64(0))
	}
	return w.header(msg(messageSymbolTable, next, names))
}

// No file takes more memory than itself and a few chunks, or time without end.
func TestBombs(t *testing.T) {
	for _, b := range bombs {
		t.Run(b.name, func(t *testing.T) {
			w := newBuilder()
			file := w.file(b.build(w))
			peak, err := memlimit.Run(t, 40<<20, func() error { return use(file) })
			if err == nil || !strings.Contains(err.Error(), b.want) {
				t.Errorf("error is %v, want one with %q", err, b.want)
			}
			t.Logf("%d KiB, peak %.1f MiB: %v", len(file)>>10, float64(peak)/(1<<20), err)
		})
	}
}
