package data

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// aedat4 is a recording of AEDAT 4.0, as DV writes it: a header and packets, which are FlatBuffers, and at the end a
// table of the packets, which reading from the beginning does not need.
type aedat4 struct {
	r             io.ReaderAt
	begin, end    int64 // of the packets
	stream        int32 // that has the events
	streams       map[int32]bool
	width, height int
}

const (
	aedat4Event     = 16      // bytes
	aedat4MaxHeader = 1 << 20 // bytes
	aedat4MaxDepth  = 64      // of its XML
	aedat4Events    = "EVTS"
)

// aedat4Compressions are the ways in which packets may be compressed, by number.
var aedat4Compressions = []string{"none", "LZ4", "LZ4 (high)", "ZSTD", "ZSTD (high)"}

func newAEDAT4(r io.ReaderAt, size int64) (*aedat4, error) {
	at := int64(len(aedatMagic) + len("4.0\r\n"))
	b, err := aedat4Sized(r, at, size, aedat4MaxHeader)
	if err != nil {
		return nil, errors.Wrapf(err, "byte %d: header", at)
	}
	a, err := parseAEDAT4Header(b)
	if err != nil {
		return nil, errors.Wrapf(err, "byte %d: header", at)
	}
	a.r, a.begin = r, at+int64(len(b))
	switch {
	case a.end == -1: // the recording was broken off before the table was written
		a.end = size
	case a.end < a.begin || a.end > size:
		return nil, errors.Errorf("byte %d: header: the table of packets is at byte %d, want %d to %d", at, a.end, a.begin, size)
	}
	return a, nil
}

// aedat4Sized reads a buffer that begins with its size.
func aedat4Sized(r io.ReaderAt, at, size, most int64) ([]byte, error) {
	var n [4]byte
	if size-at < 4 {
		return nil, errors.New("the file ends")
	}
	if _, err := r.ReadAt(n[:], at); err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(n[:]))
	if length > size-at-4 || length > most {
		return nil, errors.Errorf("has %d bytes, but the file %d more, and at most %d are wanted", length, size-at-4, most)
	}
	b := make([]byte, length+4)
	_, err := r.ReadAt(b, at)
	return b, err
}

// parseAEDAT4Header reads the header: the compression, where the table of packets is, and the streams as XML.
func parseAEDAT4Header(b []byte) (*aedat4, error) {
	t, err := newFlatBuffer(b, "IOHE")
	if err != nil {
		return nil, err
	}
	compression, err := t.number(0, 4, 0)
	if err != nil {
		return nil, err
	}
	if compression != 0 {
		name := strconv.FormatInt(compression, 10)
		if compression > 0 && compression < int64(len(aedat4Compressions)) {
			name = aedat4Compressions[compression]
		}
		return nil, errors.Errorf("the packets are compressed with %s, which is not read: save the recording without compression", name)
	}
	a := new(aedat4)
	if a.end, err = t.number(1, 8, -1); err != nil {
		return nil, err
	}
	info, err := t.vector(2, 1)
	if err != nil {
		return nil, err
	}
	return a, a.readStreams(info)
}

// aedat4Stream is what the XML says of a stream.
type aedat4Stream struct {
	id, kind      string
	width, height int
}

// readStreams finds the stream of events in the XML of the header: a node "outInfo" with a node for each stream, whose
// attributes say what it is, and whose node "info" says how large the sensor is.
func (a *aedat4) readStreams(info []byte) error {
	var streams []aedat4Stream
	var path []string // names of the nodes that are open
	var key string
	d := xml.NewDecoder(bytes.NewReader(info))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Wrap(err, "XML")
		}
		switch e := token.(type) {
		case xml.StartElement:
			if key = ""; len(path) == aedat4MaxDepth {
				return errors.Errorf("XML: is nested deeper than %d", aedat4MaxDepth)
			}
			name := xmlAttribute(e, "name")
			if e.Name.Local == "attr" {
				key = xmlAttribute(e, "key")
			}
			if e.Name.Local == "node" && len(path) > 0 && path[len(path)-1] == "outInfo" {
				streams = append(streams, aedat4Stream{id: name})
			}
			path = append(path, name)
		case xml.EndElement:
			key, path = "", path[:len(path)-1]
		case xml.CharData:
			if len(streams) > 0 {
				if err := streams[len(streams)-1].set(path, key, string(bytes.TrimSpace(e))); err != nil {
					return err
				}
			}
		}
	}
	return a.choose(streams)
}

func xmlAttribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// set takes an attribute of a stream.
func (s *aedat4Stream) set(path []string, key, value string) (err error) {
	switch {
	case key == "typeIdentifier" && len(path) >= 2 && path[len(path)-2] == s.id:
		s.kind = value
	case key == "sizeX" && len(path) >= 3 && path[len(path)-3] == s.id:
		s.width, err = strconv.Atoi(value)
	case key == "sizeY" && len(path) >= 3 && path[len(path)-3] == s.id:
		s.height, err = strconv.Atoi(value)
	}
	if err != nil || s.width < 0 || s.height < 0 || s.width > maxSensor || s.height > maxSensor {
		return errors.Errorf("XML: %s of stream %s is %s, want a number up to %d", key, quoteShort(s.id), quoteShort(value), maxSensor)
	}
	return nil
}

// choose finds the one stream of events.
func (a *aedat4) choose(streams []aedat4Stream) error {
	found := false
	a.streams = map[int32]bool{}
	var kinds []string
	for _, s := range streams {
		kinds = append(kinds, quoteShort(s.kind))
		id, err := strconv.ParseInt(s.id, 10, 32)
		if err == nil {
			a.streams[int32(id)] = true
		}
		if s.kind != aedat4Events {
			continue
		}
		if err != nil || id < 0 {
			return errors.Errorf("XML: a stream has the number %s", quoteShort(s.id))
		}
		if found {
			return errors.Errorf("has several streams of events, %d and %d: save one of them", a.stream, id)
		}
		found, a.stream, a.width, a.height = true, int32(id), s.width, s.height
	}
	if !found {
		return errors.Errorf("has no stream of events (%s) among %d: %s", aedat4Events, len(kinds), strings.Join(kinds[:min(len(kinds), 10)], ", "))
	}
	return nil
}

func (a *aedat4) sensor() (width, height int) {
	if a.width == 0 || a.height == 0 {
		return 0, 0
	}
	return a.width, a.height
}

func (a *aedat4) start() dvsMark { return dvsMark{at: a.begin} }

func (a *aedat4) block(m dvsMark, f func(dvsEvent) error) (dvsMark, bool, error) {
	if m.at >= a.end {
		return m, false, nil
	}
	var head [8]byte
	if a.end-m.at < int64(len(head)) {
		return m, false, errors.New("ends within a packet's header")
	}
	if _, err := a.r.ReadAt(head[:], m.at); err != nil {
		return m, false, err
	}
	stream, size := int32(binary.LittleEndian.Uint32(head[:])), int64(int32(binary.LittleEndian.Uint32(head[4:])))
	at := m.at + int64(len(head))
	if size < 0 || size > a.end-at {
		return m, false, errors.Errorf("a packet of stream %d has %d bytes, but the packets end after %d", stream, size, a.end-at)
	}
	next := dvsMark{at: at + size}
	if !a.streams[stream] {
		return m, false, errors.Errorf("a packet is of stream %d, of which the header says nothing", stream)
	}
	if stream != a.stream {
		return next, true, nil
	}
	b := make([]byte, size)
	if _, err := a.r.ReadAt(b, at); err != nil {
		return m, false, err
	}
	t, err := newFlatBuffer(b, aedat4Events)
	if err != nil {
		return m, false, err
	}
	events, err := t.vector(0, aedat4Event)
	if err != nil {
		return m, false, err
	}
	for ; len(events) > 0; events = events[aedat4Event:] {
		e := dvsEvent{
			us: int64(binary.LittleEndian.Uint64(events)),
			x:  int32(int16(binary.LittleEndian.Uint16(events[8:]))), y: int32(int16(binary.LittleEndian.Uint16(events[10:]))),
			on: events[12] != 0,
		}
		if err := f(e); err != nil {
			return m, false, err
		}
	}
	return next, true, nil
}
