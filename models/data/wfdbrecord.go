package data

import (
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// wfdbRecord is a record whose samples stay in their files.
type wfdbRecord struct {
	name      string  // as RECORDS and the header's path have it, without .hea
	path      string  // of the header
	frequency float64 // of frames, Hz
	frames    int64
	pieces    []wfdbPiece // one, or the segments
}

// wfdbPiece is a segment, or all of a record that has none.
type wfdbPiece struct {
	first, frames int64
	signals       []wfdbSignal
	groups        []wfdbGroup
	place         []wfdbPlace // of each signal
}

// wfdbGroup are the signals of one file, of which each frame has all samples, one signal after the other.
type wfdbGroup struct {
	path    string
	format  *wfdbFormat
	offset  int64 // byte
	width   int64 // samples in a frame, of all its signals
	more    int64 // frames that the file has beyond those of the record
	signals []int
}

// wfdbPlace says where in the frames of a group the samples of a signal are.
type wfdbPlace struct {
	group int // none: -1
	at    int64
}

// openWFDB reads the header of a record, and those of its segments, and checks that its files are as long as they
// say. The folder is that of the header, in which all other files are.
func openWFDB(path, name string) (*wfdbRecord, error) {
	h, err := readWFDBHeader(path)
	if err != nil {
		return nil, err
	}
	r := &wfdbRecord{name: name, path: path, frequency: h.frequency}
	if len(h.segments) == 0 {
		p, err := newWFDBPiece(path, h)
		if err != nil {
			return nil, err
		}
		r.pieces, r.frames = []wfdbPiece{p}, p.frames
		return r, nil
	}
	seen, signals := map[string]bool{}, 0
	for _, s := range h.segments {
		var p wfdbPiece
		err := errors.New("is there twice")
		if !seen[s.name] {
			p, err = r.segment(h, s)
		}
		seen[s.name] = true
		if signals += len(p.signals); signals > wfdbMaxSignals {
			err = errors.Errorf("the segments have more than %d signals", wfdbMaxSignals)
		}
		if err != nil {
			return nil, errors.Wrapf(err, "%s: line %d: segment %s", path, s.line, quoteShort(s.name))
		}
		p.first = r.frames
		if r.frames += p.frames; r.frames < 0 {
			return nil, errors.Errorf("%s: line %d: the segments have more samples than can be counted", path, s.line)
		}
		r.pieces = append(r.pieces, p)
	}
	if h.frames != wfdbUnknown && h.frames != r.frames {
		return nil, errors.Errorf("%s: line 1: number of samples is %d, but the segments have %d", path, h.frames, r.frames)
	}
	return r, nil
}

// segment opens a segment, which must have the signals of the segments before it.
func (r *wfdbRecord) segment(h *wfdbHeader, s wfdbSegment) (wfdbPiece, error) {
	path := filepath.Join(filepath.Dir(r.path), s.name+".hea")
	part, err := readWFDBHeader(path)
	if err != nil {
		return wfdbPiece{}, err
	}
	if len(part.segments) > 0 {
		return wfdbPiece{}, errors.New("has segments itself")
	}
	if part.frequency != h.frequency {
		return wfdbPiece{}, errors.Errorf("sampling frequency is %v Hz, that of the record %v", part.frequency, h.frequency)
	}
	if part.frames != wfdbUnknown && part.frames != s.frames {
		return wfdbPiece{}, errors.Errorf("number of samples is %d, but %d in the record", part.frames, s.frames)
	}
	part.frames = s.frames
	p, err := newWFDBPiece(path, part)
	if err != nil {
		return wfdbPiece{}, err
	}
	if len(r.pieces) > 0 {
		first := r.pieces[0].signals
		if len(first) != len(p.signals) {
			return wfdbPiece{}, errors.Errorf("has %d signals, the first segment %d", len(p.signals), len(first))
		}
		for k := range first {
			if a, b := first[k], p.signals[k]; a.description != b.description || a.units != b.units || a.perFrame != b.perFrame {
				return wfdbPiece{}, errors.Errorf("signal %d is %s in %s, %d a frame, in the first segment %s in %s, %d a frame", k+1,
					quoteShort(b.description), quoteShort(b.units), b.perFrame, quoteShort(a.description), quoteShort(a.units), a.perFrame)
			}
		}
	}
	return p, nil
}

// newWFDBPiece groups the signals of a header by their files.
func newWFDBPiece(path string, h *wfdbHeader) (wfdbPiece, error) {
	p := wfdbPiece{frames: h.frames, signals: h.signals}
	seen := map[string]bool{} // files
	for k, s := range h.signals {
		if s.file == "~" || s.format.number == 0 {
			p.place = append(p.place, wfdbPlace{group: -1})
			continue
		}
		file := filepath.Join(filepath.Dir(path), s.file)
		last := len(p.groups) - 1
		if last < 0 || p.groups[last].path != file {
			if seen[file] {
				return p, errors.Errorf("%s: line %d: the signals of %s do not follow one another", path, s.line, quoteShort(s.file))
			}
			seen[file] = true
			p.groups = append(p.groups, wfdbGroup{path: file, format: s.format, offset: s.offset})
			last++
		}
		g := &p.groups[last]
		if g.format != s.format {
			return p, errors.Errorf("%s: line %d: format is %d, but %d for the signal before it in the same file", path, s.line, s.format.number, g.format.number)
		}
		if s.offset != 0 && s.offset != g.offset {
			return p, errors.Errorf("%s: line %d: byte offset is %d, but %d for the signal before it in the same file", path, s.line, s.offset, g.offset)
		}
		p.place = append(p.place, wfdbPlace{last, g.width})
		g.width += int64(s.perFrame)
		g.signals = append(g.signals, k)
	}
	for k := range p.groups {
		g := &p.groups[k]
		info, err := os.Stat(g.path)
		if err != nil {
			return p, errors.Wrap(err, path)
		}
		var there int64
		if n := info.Size() - g.offset; n > 0 {
			there = g.format.samples(n) / g.width
		}
		if h.frames == wfdbUnknown && (k == 0 || there < p.frames) {
			p.frames = there
		}
		g.more = there
		if there < p.frames {
			return p, errors.Errorf("%s: has %d bytes, %d samples of each signal, but the header says %d", g.path, info.Size(), there, p.frames)
		}
	}
	for k := range p.groups {
		p.groups[k].more -= p.frames
	}
	if p.frames < 1 {
		return p, errors.Errorf("%s: the record has no samples", path)
	}
	return p, nil
}

// keep forgets all signals but some, which are 0, 1 … from now on, and those that are not there, which stay so.
func (r *wfdbRecord) keep(chosen []int) {
	for k := range r.pieces {
		p := &r.pieces[k]
		kept := wfdbPiece{first: p.first, frames: p.frames}
		for _, signal := range chosen {
			if signal == wfdbUnknown {
				continue
			}
			g := p.groups[p.place[signal].group]
			g.signals = nil
			kept.signals = append(kept.signals, p.signals[signal])
			kept.place = append(kept.place, wfdbPlace{len(kept.groups), p.place[signal].at})
			kept.groups = append(kept.groups, g)
		}
		*p = kept
	}
}

// perFrame is how many samples of a signal are in a frame.
func (r *wfdbRecord) perFrame(signal int) int64 { return int64(r.pieces[0].signals[signal].perFrame) }

// eachSample calls f for the samples from ≤ j < to of a signal, in ADC units, in their order. Of those that are
// marked as invalid, and of those that its skew moves beyond its file, valid is false.
func (r *wfdbRecord) eachSample(signal int, from, to int64, f func(v int32, s *wfdbSignal, valid bool)) error {
	for k := range r.pieces {
		p := &r.pieces[k]
		s := &p.signals[signal]
		n := int64(s.perFrame)
		lo, hi := max(from-p.first*n, 0), min(to-p.first*n, p.frames*n)
		if lo >= hi {
			continue
		}
		skew := s.skew
		end := p.frames * n
		read := min(hi, max(end-skew, lo)) // what lies beyond is not in the file
		if lo < read {
			g := &p.groups[p.place[signal].group]
			at := p.place[signal].at
			err := g.each((lo+skew)/n, (read+skew+n-1)/n, func(frame int64, decode func(k int64) int32) {
				for i := range n {
					if j := frame*n + i - skew; j >= lo && j < read {
						v := decode(at + i)
						f(v, s, v != g.format.invalid)
					}
				}
			})
			if err != nil {
				return err
			}
		}
		for range hi - max(read, lo) {
			f(0, s, false)
		}
	}
	return nil
}

// wfdbBlock is how many bytes are read at a time, or one frame.
const wfdbBlock = 1 << 16

// each calls f for the frames from ≤ frame < to. decode gives the samples of the frame, of all signals of the group.
func (g *wfdbGroup) each(from, to int64, f func(frame int64, decode func(k int64) int32)) error {
	file, err := os.Open(g.path)
	if err != nil {
		return err
	}
	defer file.Close()
	group, size := int64(g.format.group), int64(g.format.bytes)
	step := max(1, wfdbBlock/(g.width*size))
	var block []byte
	for ; from < to; from += step {
		last := min(from+step, to)
		unit := from * g.width / group
		begin, end := unit*size, g.format.size(last*g.width)
		block = append(block[:0], make([]byte, end-begin)...)
		if n, err := file.ReadAt(block, g.offset+begin); n < len(block) {
			if err == io.EOF {
				err = errors.New("ends before the samples that the header says")
			}
			return errors.Wrapf(err, "%s: byte %d", g.path, g.offset+begin+int64(n))
		}
		for frame := from; frame < last; frame++ {
			f(frame, func(k int64) int32 {
				s := frame*g.width + k
				return g.format.decode(block[(s/group-unit)*size:], int(s%group))
			})
		}
	}
	return nil
}

// wfdbScan is what reading all samples of a signal once tells.
type wfdbScan struct {
	invalid, samples int64
	mean, deviation  float64 // of the valid ones, in ADC units
	low, high        float64 // of the valid ones, in physical units
}

// check reads all samples of all signals once, in little memory, and compares the sums with the header's. Errors name
// the record and the signal.
func (r *wfdbRecord) check(sums bool) ([]wfdbScan, error) {
	scans := make([]wfdbScan, len(r.pieces[0].signals))
	for k := range scans {
		scans[k].low, scans[k].high = math.Inf(1), math.Inf(-1)
	}
	for k := range r.pieces {
		for g := range r.pieces[k].groups {
			if err := r.pieces[k].scan(&r.pieces[k].groups[g], sums, scans); err != nil {
				return nil, errors.Wrap(err, r.path)
			}
		}
	}
	for k := range scans {
		s := &scans[k]
		if n := float64(s.samples - s.invalid); n > 0 {
			s.mean /= n
			s.deviation = math.Sqrt(max(0, s.deviation/n-s.mean*s.mean))
		}
	}
	return scans, nil
}

// scan adds the samples of a file to what is known of its signals: mean and deviation are sums until the end.
func (p *wfdbPiece) scan(g *wfdbGroup, sums bool, scans []wfdbScan) error {
	sum, head := make([]int64, len(g.signals)), make([]int64, len(g.signals))
	err := g.each(0, p.frames, func(frame int64, decode func(int64) int32) {
		for k, signal := range g.signals {
			s, scan := &p.signals[signal], &scans[signal]
			at := p.place[signal].at
			for i := range int64(s.perFrame) {
				v := decode(at + i)
				sum[k] += int64(v)
				if frame*int64(s.perFrame)+i < s.skew {
					head[k] += int64(v)
				}
				scan.samples++
				if v == g.format.invalid {
					scan.invalid++
					continue
				}
				if physical := (float64(v) - s.baseline) / s.gain; physical < scan.low || physical > scan.high {
					scan.low, scan.high = math.Min(scan.low, physical), math.Max(scan.high, physical)
				}
				scan.mean += float64(v)
				scan.deviation += float64(v) * float64(v)
			}
		}
	})
	if err != nil || !sums {
		return err
	}
	for k, signal := range g.signals {
		// With a skew, the sum is that of the record, which begins later than the file, or of the file.
		s := &p.signals[signal]
		if got := int16(sum[k]); s.checked && s.checksum != got && s.checksum != int16(sum[k]-head[k]) {
			return errors.Errorf("line %d: signal %d (%s): the checksum is %d, but the samples in %s have the sum %d: one of the files was changed (SkipChecksums does without)",
				s.line, signal+1, quoteShort(s.description), s.checksum, filepath.Base(g.path), got)
		}
	}
	return nil
}
