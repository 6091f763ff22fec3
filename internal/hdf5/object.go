package hdf5

import "github.com/pkg/errors"

// object is what an object header says, apart from links and attributes.
type object struct {
	address  uint64
	messages map[int]message // the first of each kind
}

// object reads the object header at an address. Of messages that come more than once, the first counts.
func (f *File) object(address uint64, w *work) (*object, error) {
	o := &object{address, map[int]message{}}
	err := f.messages(address, w, func(kind int) bool {
		_, known := o.messages[kind]
		return !known && kind != messageAttribute && kind <= messageAttributes
	}, func(m message) error {
		o.messages[m.kind] = m
		return nil
	})
	return o, err
}

func (o *object) has(kind int) bool {
	_, ok := o.messages[kind]
	return ok
}

// isGroup reports whether the object has links.
func (o *object) isGroup() bool {
	return o.has(messageSymbolTable) || o.has(messageLinkInfo) || o.has(messageGroupInfo) || o.has(messageLink)
}

// isDataset reports whether the object has data.
func (o *object) isDataset() bool { return o.has(messageLayout) && o.has(messageType) }

// body is the body of a message of a kind, wherever it is kept; nil if there is none.
func (f *File) body(o *object, kind int, w *work) ([]byte, error) {
	m, ok := o.messages[kind]
	if !ok {
		return nil, nil
	}
	if !m.shared {
		return m.body, nil
	}
	return f.sharedMessage(m.body, kind, w)
}

// sharedMessage reads a message that is kept elsewhere: in the header of a committed datatype, or in the heap of
// shared messages.
func (f *File) sharedMessage(body []byte, kind int, w *work) ([]byte, error) {
	c := f.cursor(body, "shared message")
	version, where := c.u8(), c.u8()
	switch {
	case version == 1:
		c.skip(6)
	case version == 3 && where == 1:
		id := c.bytes(8)
		if err := c.err(); err != nil {
			return nil, err
		}
		return f.messageInHeap(id, kind, w)
	case version < 1 || version > 3:
		return nil, errors.Errorf("a shared message of version %d, want 1 to 3", version)
	}
	at := c.offset()
	if err := c.err(); err != nil {
		return nil, err
	}
	var found []byte
	err := f.messages(at, w, func(k int) bool { return k == kind && found == nil }, func(m message) error {
		if m.shared {
			return errors.New("a message is shared twice over")
		}
		found = m.body
		return nil
	})
	if err == nil && found == nil {
		err = errors.Errorf("offset %d: what is shared is not there", f.offset(at))
	}
	return found, err
}

// messageInHeap reads a message from the heap of shared messages of its kind, which the superblock's extension
// leads to.
func (f *File) messageInHeap(id []byte, kind int, w *work) ([]byte, error) {
	table, indices := uint64(undefined), 0
	if f.extension != undefined {
		err := f.messages(f.extension, w, func(k int) bool { return k == messageSharedTable }, func(m message) error {
			c := f.cursor(m.body, "table of shared messages")
			c.skip(1)
			table, indices = c.offset(), c.u8()
			return c.err()
		})
		if err != nil {
			return nil, err
		}
	}
	each := 14 + 2*f.offsetSize
	c, err := f.block(table, 4+uint64(indices*each), "SMTB", "table of shared messages")
	if err != nil {
		return nil, err
	}
	for range indices {
		c.skip(2)
		kinds := c.u16()
		c.skip(4 + 2 + 2 + 2)
		c.offset() // of the index
		if heap := c.offset(); kinds>>kind&1 != 0 {
			h, err := f.fractalHeap(heap, w)
			if err != nil {
				return nil, err
			}
			return h.get(id)
		}
	}
	return nil, errors.Errorf("no heap has shared messages of kind %d", kind)
}
