package data

import (
	"encoding/binary"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// aedat2 is a recording of AEDAT 2.0, as jAER writes it: after lines of text, pairs of an address and a time in µs, each of
// 32 bits, the high byte first. What an address means depends on the camera. Times wrap around.
type aedat2 struct {
	r      io.ReaderAt
	begin  int64
	size   int64
	camera string
}

const (
	aedat2Record = 8
	aedat2Block  = 4096 * aedat2Record

	// aedat2Back is by how much time may go back, µs: events that are out of order. More is a clock that was set back,
	// after which times mean nothing.
	aedat2Back = 1e6
)

func newAEDAT2(r io.ReaderAt, size int64, o DVSOptions) (*aedat2, error) {
	lines, begin, err := aedatHeader(r, size, "#End Of ASCII Header")
	if err != nil {
		return nil, err
	}
	a := &aedat2{r: r, begin: begin, size: size, camera: cameraOf(lines)}
	switch {
	case o.Camera != "" && a.camera != "" && o.Camera != a.camera:
		return nil, errors.Errorf("is of camera %s, not %s", a.camera, o.Camera)
	case o.Camera != "":
		a.camera = o.Camera
	case a.camera == "":
		return nil, errors.Errorf("does not say which camera it is of, on which its addresses depend: Camera must, one of %s", strings.Join(cameraNames(), ", "))
	}
	if (size-begin)%aedat2Record != 0 {
		return nil, errors.Errorf("byte %d: ends within an event: after the header there are %d bytes, want %d for each", size, size-begin, aedat2Record)
	}
	return a, nil
}

func (a *aedat2) sensor() (width, height int) {
	s := davisCameras[a.camera]
	return s[0], s[1]
}

func (a *aedat2) start() dvsMark { return dvsMark{at: a.begin, time: -1} }

func (a *aedat2) block(m dvsMark, f func(dvsEvent) error) (dvsMark, bool, error) {
	if m.at >= a.size {
		return m, false, nil
	}
	b := make([]byte, min(aedat2Block, a.size-m.at))
	if _, err := a.r.ReadAt(b, m.at); err != nil {
		return m, false, err
	}
	for k := 0; k+aedat2Record <= len(b); k += aedat2Record {
		address, stamp := binary.BigEndian.Uint32(b[k:]), binary.BigEndian.Uint32(b[k+4:])
		if m.time < 0 {
			m.time = int64(stamp)
		}
		// The difference is one of 32 bits, whether time has wrapped around in between or not.
		delta := int64(int32(stamp - uint32(m.time)))
		if delta < -aedat2Back {
			return m, false, errors.Errorf("event %d: time goes back by %d µs, as where a clock was reset", (m.at-a.begin)/aedat2Record+int64(k/aedat2Record), -delta)
		}
		m.time = max(0, m.time+delta)
		if e, ok := a.decode(address); ok {
			e.us = m.time
			if err := f(e); err != nil {
				return m, false, err
			}
		}
	}
	m.at += int64(len(b))
	return m, true, nil
}

// decode turns an address into an event, if it is that of a pixel.
func (a *aedat2) decode(address uint32) (dvsEvent, bool) {
	if a.camera == "dvs128" {
		// Bit 15 marks a signal from outside; bit 0 is set where there is less light. Nothing is above these 16 bits: where
		// there is, as where the low byte comes first, it makes y one of no pixel.
		return dvsEvent{x: int32(address >> 1 & 0x7f), y: int32(address>>8&0x7f | address>>16<<7), on: address&1 == 0}, address&0x8000 == 0
	}
	// Bit 31 marks samples of frames and of inertial measurements, bit 10 signals from outside.
	return dvsEvent{x: int32(address >> 12 & 0x3ff), y: int32(address >> 22 & 0x1ff), on: address>>11&1 == 1}, address&(1<<31|1<<10) == 0
}
