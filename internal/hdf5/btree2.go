package hdf5

import (
	"math/bits"

	"github.com/pkg/errors"
)

// btree2 is a B-tree of version 2: records in order, in nodes of one size. It indexes links, attributes and chunks.
type btree2 struct {
	f      *File
	kind   int
	node   uint64 // bytes of each
	record int    // bytes of each
	depth  int
	root   branch
	most   []uint64 // records that a node has at most, by its height
	bytes  []int    // of the number of records below a node, by its height
}

// branch is where a node is, and how many records it has itself.
type branch struct {
	address, records uint64
}

// nodeFrame is what a node has beside its records and branches: signature, version, kind and checksum.
const nodeFrame = 4 + 1 + 1 + 4

// maxTreeDepth bounds the height of a B-tree.
const maxTreeDepth = 32

// btree2 reads the header at an address.
func (f *File) btree2(address uint64) (*btree2, error) {
	c, err := f.block(address, uint64(4+1+1+4+2+2+1+1+f.offsetSize+2+f.lengthSize), "BTHD", "B-tree")
	if err != nil {
		return nil, err
	}
	t := &btree2{f: f}
	version := c.u8()
	t.kind, t.node, t.record, t.depth = c.u8(), c.u32(), c.u16(), c.u16()
	c.skip(2)
	t.root = branch{c.offset(), uint64(c.u16())}
	if version != 0 || t.record == 0 || t.depth > maxTreeDepth || t.node < nodeFrame+uint64(t.record) {
		return nil, errors.Errorf("offset %d: B-tree of version %d, with nodes of %d bytes, records of %d and depth %d",
			f.offset(address), version, t.node, t.record, t.depth)
	}
	return t, t.measure()
}

// measure finds how many records nodes have at most, which says how many bytes the numbers of records take.
func (t *btree2) measure() error {
	most := (t.node - nodeFrame) / uint64(t.record)
	t.most, t.bytes = []uint64{most}, []int{0}
	below := most
	for h := 1; h <= t.depth; h++ {
		pointer := uint64(t.pointer(h))
		if t.node < nodeFrame+pointer {
			return errors.Errorf("nodes of a B-tree of %d bytes have no room for branches", t.node)
		}
		most = (t.node - nodeFrame - pointer) / (uint64(t.record) + pointer)
		if high, low := bits.Mul64(most+1, below); high != 0 || low+most < low {
			return errors.Errorf("a B-tree of depth %d has room for more than 2⁶⁴ records", t.depth)
		}
		below = (most+1)*below + most
		t.most, t.bytes = append(t.most, most), append(t.bytes, encoded(below))
	}
	return nil
}

// encoded is how many bytes a number of at most n takes.
func encoded(n uint64) int { return (bits.Len64(max(n, 1))-1)/8 + 1 }

// pointer is how many bytes a branch takes in a node of a height.
func (t *btree2) pointer(height int) int {
	return t.f.offsetSize + encoded(t.most[0]) + t.bytes[height-1]
}

// check reads the start of a node.
func (t *btree2) check(b branch, height int) error {
	signature := "BTLF"
	if height > 0 {
		signature = "BTIN"
	}
	c, err := t.f.block(b.address, 6, signature, "node of a B-tree")
	if err != nil {
		return err
	}
	if c.skip(1); c.u8() != t.kind || b.records > t.most[height] {
		return errors.Errorf("offset %d: a node of a B-tree with %d records, want the kind %d and at most %d", t.f.offset(b.address), b.records, t.kind, t.most[height])
	}
	return t.f.within(b.address, t.node, "node of a B-tree")
}

// at reads a record of a node.
func (t *btree2) at(b branch, i uint64) (*cursor, error) {
	return t.f.parse(b.address+6+i*uint64(t.record), uint64(t.record), "record of a B-tree")
}

// branch reads a branch of a node of a height: record i is between the branches i and i + 1.
func (t *btree2) branch(b branch, height int, i uint64) (branch, error) {
	n := t.pointer(height)
	c, err := t.f.parse(b.address+6+b.records*uint64(t.record)+i*uint64(n), uint64(n), "branch of a B-tree")
	if err != nil {
		return branch{}, err
	}
	return branch{c.offset(), c.uint(encoded(t.most[0]))}, nil
}

// eachRecord calls visit for all records of the B-tree at an address, until it returns false.
func (f *File) eachRecord(address uint64, w *work, visit func(kind int, r *cursor) (more bool, err error)) error {
	t, err := f.btree2(address)
	if err != nil || t.root.address == undefined {
		return err
	}
	_, err = t.walk(t.root, t.depth, w, visit)
	return err
}

func (t *btree2) walk(b branch, height int, w *work, visit func(kind int, r *cursor) (bool, error)) (more bool, err error) {
	if err := w.spend(nodeFrame + b.records*uint64(t.record)); err != nil {
		return false, err
	}
	if err := t.check(b, height); err != nil {
		return false, err
	}
	for i := range b.records + 1 {
		if height > 0 {
			next, err := t.branch(b, height, i)
			if err != nil {
				return false, err
			}
			if more, err := t.walk(next, height-1, w, visit); !more || err != nil {
				return false, err
			}
		}
		if i < b.records {
			r, err := t.at(b, i)
			if err != nil {
				return false, err
			}
			if more, err := visit(t.kind, r); !more || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// find looks for the record that compare finds equal to what is looked for: it returns less than 0 if that comes
// before the record.
func (t *btree2) find(compare func(r *cursor) int) (*cursor, error) {
	b := t.root
	for height := t.depth; b.address != undefined; height-- {
		if err := t.check(b, height); err != nil {
			return nil, err
		}
		low, high := uint64(0), b.records
		for low < high {
			middle := (low + high) / 2
			r, err := t.at(b, middle)
			if err != nil {
				return nil, err
			}
			order := compare(r)
			switch {
			case order == 0:
				r.at = 0
				return r, nil
			case order < 0:
				high = middle
			default:
				low = middle + 1
			}
		}
		if height == 0 {
			break
		}
		var err error
		if b, err = t.branch(b, height, low); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
