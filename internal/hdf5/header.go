package hdf5

import "github.com/pkg/errors"

// Kinds of messages of object headers that are looked at.
const (
	messageSpace        = 0x01
	messageLinkInfo     = 0x02
	messageType         = 0x03
	messageOldFill      = 0x04
	messageFill         = 0x05
	messageLink         = 0x06
	messageExternal     = 0x07
	messageLayout       = 0x08
	messageGroupInfo    = 0x0a
	messageFilters      = 0x0b
	messageAttribute    = 0x0c
	messageSharedTable  = 0x0f
	messageContinuation = 0x10
	messageSymbolTable  = 0x11
	messageAttributes   = 0x15
)

// message is one of an object header.
type message struct {
	kind   int
	shared bool // the body only tells where the message is
	body   []byte
}

// work is what may still be spent on structures of a file that could be walked over without end: bytes, of
// which an honest walk passes over each a few times.
type work struct{ left uint64 }

func (f *File) work() *work { return &work{8*f.size + 1<<16} }

func (w *work) spend(n uint64) error {
	if n > w.left {
		return errors.New("its structures overlap, run in a circle, or are larger than any that is known")
	}
	w.left -= n
	return nil
}

// extent is a part of an object header.
type extent struct{ address, size uint64 }

// messages calls visit for each message of the object header at an address whose kind is wanted, until it
// returns an error.
func (f *File) messages(address uint64, w *work, wanted func(kind int) bool, visit func(message) error) error {
	head, err := f.read(address, 4, "object header")
	if err != nil {
		return err
	}
	h := headerWalk{f: f, w: w, wanted: wanted, visit: visit, count: -1}
	if string(head) == "OHDR" {
		err = h.startNew(address)
	} else {
		err = h.startOld(address)
	}
	// Each continuation is a message of its own, so that there are no more than what may be spent.
	for err == nil && len(h.parts) > 0 {
		part := h.parts[0]
		h.parts = h.parts[1:]
		err = h.part(part)
	}
	return errors.Wrapf(err, "object header at offset %d", f.offset(address))
}

// headerWalk is a walk over the messages of one object header.
type headerWalk struct {
	f       *File
	w       *work
	wanted  func(kind int) bool
	visit   func(message) error
	parts   []extent // to be walked over
	isNew   bool     // version 2
	ordered bool     // each message has the order of its creation
	count   int      // messages that are left in version 1, −1: any
}

// startOld starts at a header of version 1: the first part follows a prefix of 16 bytes.
func (h *headerWalk) startOld(address uint64) error {
	c, err := h.f.parse(address, 16, "object header")
	if err != nil {
		return err
	}
	if version := c.u8(); version != 1 {
		return errors.Errorf("version %d, want 1 or OHDR", version)
	}
	c.skip(1)
	h.count = c.u16()
	c.skip(4)
	h.parts = []extent{{address + 16, c.u32()}}
	return nil
}

// startNew starts at a header of version 2.
func (h *headerWalk) startNew(address uint64) error {
	c, err := h.f.parse(address, 6, "object header")
	if err != nil {
		return err
	}
	c.skip(4)
	version, flags := c.u8(), c.u8()
	if version != 2 {
		return errors.Errorf("version %d, want 2", version)
	}
	at := address + 6
	if flags&0x20 != 0 {
		at += 16 // times
	}
	if flags&0x10 != 0 {
		at += 4 // how many attributes are kept where
	}
	width := uint64(1) << (flags & 3)
	if c, err = h.f.parse(at, width, "object header"); err != nil {
		return err
	}
	h.isNew, h.ordered = true, flags&4 != 0
	h.parts = []extent{{at + width, c.uint(int(width))}}
	return nil
}

// part walks over one part.
func (h *headerWalk) part(p extent) error {
	if err := h.f.within(p.address, p.size, "a part of it"); err != nil {
		return err
	}
	if err := h.w.spend(p.size); err != nil {
		return err
	}
	prefix := uint64(8)
	if h.isNew {
		prefix = 4
		if h.ordered {
			prefix = 6
		}
	}
	for at, end := p.address, p.address+p.size; end-at >= prefix && h.count != 0; {
		c, err := h.f.parse(at, prefix, "message")
		if err != nil {
			return err
		}
		m, size, flags := message{}, 0, 0
		if h.isNew {
			m.kind, size, flags = c.u8(), c.u16(), c.u8()
		} else {
			m.kind, size, flags = c.u16(), c.u16(), c.u8()
			h.count--
		}
		m.shared = flags&2 != 0
		at += prefix
		if uint64(size) > end-at {
			return errors.Errorf("offset %d: a message of %d bytes in a part that has %d left", h.f.offset(at), size, end-at)
		}
		if err := h.message(m, extent{at, uint64(size)}); err != nil {
			return err
		}
		at += uint64(size)
	}
	return nil
}

// message follows a continuation and visits what is wanted.
func (h *headerWalk) message(m message, e extent) (err error) {
	if m.kind != messageContinuation && !h.wanted(m.kind) {
		return nil
	}
	if m.body, err = h.f.read(e.address, e.size, "message"); err != nil {
		return err
	}
	if m.kind != messageContinuation {
		return h.visit(m)
	}
	c := h.f.cursor(m.body, "continuation")
	next := extent{c.offset(), c.length()}
	if err := c.err(); err != nil {
		return err
	}
	if h.isNew { // between a signature and a checksum
		if _, err := h.f.block(next.address, 4, "OCHK", "continuation"); err != nil {
			return err
		}
		if next.size < 8 {
			return errors.Errorf("a continuation of %d bytes", next.size)
		}
		next = extent{next.address + 4, next.size - 8}
	}
	h.parts = append(h.parts, next)
	return nil
}
