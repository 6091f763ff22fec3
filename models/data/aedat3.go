package data

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// aedat3 is a recording of AEDAT 3.1, as caer writes it and DVS128 Gesture has it: after lines of text, packets of events
// of one type, the low byte first.
type aedat3 struct {
	r      io.ReaderAt
	begin  int64
	size   int64
	camera string
}

const (
	aedat3Header   = 28 // bytes of a packet's header
	aedat3Polarity = 1  // the type of a packet of pixels' events
	aedat3Record   = 8
	aedat3Block    = 4096 * aedat3Record
)

func newAEDAT3(r io.ReaderAt, size int64) (*aedat3, error) {
	const end = "#!END-HEADER"
	lines, begin, err := aedatHeader(r, size, end)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 || lines[len(lines)-1] != end {
		return nil, errors.Errorf("byte %d: the header has no line %s", begin, end)
	}
	for _, line := range lines {
		// Frames may be compressed, but not times: SerializedTS.
		format, ok := strings.CutPrefix(line, "#Format:")
		if format = strings.TrimSpace(format); ok && format != "RAW" && format != "PNGFrames" {
			return nil, errors.Errorf("the packets are of the format %s, of which RAW is read: save the recording without compression", quoteShort(format))
		}
	}
	return &aedat3{r: r, begin: begin, size: size, camera: cameraOf(lines)}, nil
}

func (a *aedat3) sensor() (width, height int) {
	s := davisCameras[a.camera]
	return s[0], s[1]
}

func (a *aedat3) start() dvsMark { return dvsMark{at: a.begin} }

// aedat3Packet is a packet's header.
type aedat3Packet struct {
	kind, overflow       int64
	each, offset, events int64 // bytes of an event, and where in it the time is; how many there are
}

func (a *aedat3) packet(at int64) (p aedat3Packet, err error) {
	var b [aedat3Header]byte
	if a.size-at < aedat3Header {
		return p, errors.Errorf("ends within a packet's header, after %d of %d bytes", a.size-at, aedat3Header)
	}
	if _, err := a.r.ReadAt(b[:], at); err != nil {
		return p, err
	}
	field := func(at int) int64 { return int64(int32(binary.LittleEndian.Uint32(b[at:]))) }
	p = aedat3Packet{kind: int64(int16(binary.LittleEndian.Uint16(b[0:]))), each: field(4), offset: field(8), overflow: field(12), events: field(20)}
	switch {
	case p.each < 1 || p.events < 0 || p.overflow < 0:
		return p, errors.Errorf("a packet has %d events of %d bytes, and an overflow of %d", p.events, p.each, p.overflow)
	case p.events > (a.size-at-aedat3Header)/p.each:
		return p, errors.Errorf("a packet has %d events of %d bytes, but the file ends after %d bytes", p.events, p.each, a.size-at-aedat3Header)
	case p.kind == aedat3Polarity && (p.each != aedat3Record || p.offset != 4):
		return p, errors.Errorf("a packet of pixels has events of %d bytes with the time at %d, want %d and 4", p.each, p.offset, aedat3Record)
	}
	return p, nil
}

func (a *aedat3) block(m dvsMark, f func(dvsEvent) error) (dvsMark, bool, error) {
	if m.at >= a.size {
		return m, false, nil
	}
	p, err := a.packet(m.at)
	if err != nil {
		return m, false, err
	}
	at := m.at + aedat3Header
	end := at + p.each*p.events
	if p.kind == aedat3Polarity {
		var b []byte
		for ; at < end; at += int64(len(b)) {
			b = append(b[:0], make([]byte, min(aedat3Block, end-at))...)
			if _, err := a.r.ReadAt(b, at); err != nil {
				return m, false, err
			}
			for k := 0; k < len(b); k += aedat3Record {
				data, stamp := binary.LittleEndian.Uint32(b[k:]), int32(binary.LittleEndian.Uint32(b[k+4:]))
				if data&1 == 0 {
					continue // it was taken out
				}
				if stamp < 0 {
					return m, false, errors.Errorf("event %d of the packet has the time %d", (at-m.at-aedat3Header)/aedat3Record+int64(k/aedat3Record), stamp)
				}
				e := dvsEvent{us: p.overflow<<31 | int64(stamp), x: int32(data >> 17), y: int32(data >> 2 & 0x7fff), on: data>>1&1 == 1}
				if err := f(e); err != nil {
					return m, false, err
				}
			}
		}
	}
	return dvsMark{at: end}, true, nil
}
