package data

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// wfdbHeader is what a header file (.hea) of PhysioNet's WFDB says of a record, see header(5) of
// the WFDB Applications Guide (Moody).
type wfdbHeader struct {
	frequency float64 // of frames, Hz
	frames    int64   // samples per signal where each frame has one of each; wfdbUnknown where it is not said
	signals   []wfdbSignal
	segments  []wfdbSegment // of a record that is made of others, which has no signals then
}

// wfdbSignal is a signal line of a header.
type wfdbSignal struct {
	file        string
	format      *wfdbFormat
	perFrame    int     // samples in a frame
	skew        int64   // samples of the file that come before sample 0
	offset      int64   // byte at which the samples of the file begin
	gain        float64 // ADC units per physical unit
	baseline    float64 // the sample that stands for 0 physical units
	units       string
	checksum    int16
	checked     bool // whether the header has a checksum
	description string
	line        int
}

// wfdbSegment is a segment line: another record, and how many of its frames belong here.
type wfdbSegment struct {
	name   string
	frames int64
	line   int
}

const (
	wfdbUnknown     = -1
	wfdbFrequency   = 250     // Hz, where a header has none
	wfdbGain        = 200     // ADC units per mV, where a header has none
	wfdbMaxHeader   = 1 << 20 // bytes
	wfdbMaxSignals  = 1 << 16 // of a record, in all its segments
	wfdbMaxPerFrame = 1 << 16
)

// readWFDBHeader reads a .hea file. Errors name the path, the line and the field.
func readWFDBHeader(path string) (*wfdbHeader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, wfdbMaxHeader+1))
	if err != nil {
		return nil, err
	}
	if len(content) > wfdbMaxHeader {
		return nil, errors.Errorf("%s: is longer than %d bytes, which no header is", path, wfdbMaxHeader)
	}
	h, err := parseWFDBHeader(content)
	return h, errors.Wrap(err, path)
}

// parseWFDBHeader reads the lines of a header. Comments, which begin with #, and empty lines mean nothing here.
func parseWFDBHeader(content []byte) (*wfdbHeader, error) {
	var h *wfdbHeader
	signals, segments, line := 0, 0, 0
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	for lines.Scan() {
		line++
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		var err error
		switch {
		case h == nil:
			h = new(wfdbHeader)
			signals, segments, err = h.record(text)
		case segments > 0 && len(h.segments) < segments:
			err = h.segment(text, line)
		case segments == 0 && len(h.signals) < signals:
			err = h.signal(text, line)
		default:
			err = errors.Errorf("more lines than the record line says: it has %d signals and %d segments", signals, segments)
		}
		if err != nil {
			return nil, errors.Wrapf(err, "line %d", line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	switch {
	case h == nil:
		return nil, errors.New("has no record line: it is no WFDB header")
	case segments > 0 && len(h.segments) < segments:
		return nil, errors.Errorf("ends after %d of %d segment lines", len(h.segments), segments)
	case segments == 0 && len(h.signals) < signals:
		return nil, errors.Errorf("ends after %d of %d signal lines", len(h.signals), signals)
	case signals == 0:
		return nil, errors.New("line 1: the record has no signals")
	}
	return h, nil
}

// record reads the record line: name[/segments] signals [frequency[/counter[(base)]] [frames [time [date]]]].
func (h *wfdbHeader) record(text string) (signals, segments int, err error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0, 0, errors.Errorf("record line %s has no number of signals", quoteShort(text))
	}
	if len(fields) > 6 {
		return 0, 0, errors.Errorf("record line has %d fields, want at most 6", len(fields))
	}
	if _, n, ok := strings.Cut(fields[0], "/"); ok {
		if segments, err = wfdbCount("number of segments", n, 1, math.MaxInt32); err != nil {
			return 0, 0, err
		}
	}
	if signals, err = wfdbCount("number of signals", fields[1], 0, wfdbMaxSignals); err != nil {
		return 0, 0, err
	}
	h.frequency, h.frames = wfdbFrequency, wfdbUnknown
	if len(fields) > 2 {
		// The frequency of a counter, as of the frames of a tape, and its base say nothing of the samples.
		frequency, counter, ok := strings.Cut(fields[2], "/")
		if h.frequency, err = wfdbNumber("sampling frequency", frequency); err != nil {
			return 0, 0, err
		}
		if !(h.frequency > 0) {
			return 0, 0, errors.Errorf("sampling frequency is %v Hz, want a positive one", h.frequency)
		}
		if ok {
			if err := wfdbCounter(counter); err != nil {
				return 0, 0, err
			}
		}
	}
	if len(fields) > 3 {
		frames, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil || frames < 0 {
			return 0, 0, errors.Errorf("number of samples is %s, want a whole number that is not negative", quoteShort(fields[3]))
		}
		if frames > 0 { // 0 stands for not known
			h.frames = frames
		}
	}
	return signals, segments, nil
}

// wfdbCounter checks a counter frequency and its base, frequency[(base)].
func wfdbCounter(text string) error {
	frequency, base, ok := strings.Cut(text, "(")
	if _, err := wfdbNumber("counter frequency", frequency); err != nil {
		return err
	}
	if !ok {
		return nil
	}
	base, ok = strings.CutSuffix(base, ")")
	if !ok {
		return errors.Errorf("base counter value %s has no )", quoteShort(base))
	}
	_, err := wfdbNumber("base counter value", base)
	return err
}

// segment reads a segment line: name frames.
func (h *wfdbHeader) segment(text string, line int) error {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return errors.Errorf("segment line has %d fields, want a record and its number of samples", len(fields))
	}
	frames, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || frames < 0 {
		return errors.Errorf("number of samples of segment %s is %s, want a whole number that is not negative", quoteShort(fields[0]), quoteShort(fields[1]))
	}
	if frames == 0 || fields[0] == "~" {
		return errors.Errorf("segment %s: a record of variable layout, whose segments have other signals or gaps between them, is not read", quoteShort(fields[0]))
	}
	if err := wfdbInside("segment", fields[0]); err != nil {
		return err
	}
	h.segments = append(h.segments, wfdbSegment{fields[0], frames, line})
	return nil
}

// wfdbInside checks that a name in a header is one of a file in the header's folder or below.
func wfdbInside(what, name string) error {
	if len(name) > 1000 {
		return errors.Errorf("%s %s has a name of %d bytes", what, quoteShort(name), len(name))
	}
	if !filepath.IsLocal(name) {
		return errors.Errorf("%s %s lies outside the folder of its record", what, quoteShort(name))
	}
	return nil
}

// signal reads a signal line: file format[xsamples][:skew][+offset], and then, each only after those before it,
// [gain[(baseline)][/units] resolution zero initial checksum block description].
func (h *wfdbHeader) signal(text string, line int) error {
	s := wfdbSignal{perFrame: 1, gain: wfdbGain, units: "mV", line: line}
	fields, rest := cutFields(text, 8)
	if len(fields) < 2 {
		return errors.Errorf("signal line %s has no format", quoteShort(text))
	}
	s.file, s.description = fields[0], rest
	if err := wfdbInside("signal file", s.file); err != nil {
		return err
	}
	if err := s.readFormat(fields[1]); err != nil {
		return err
	}
	var zero int64
	numbers := []struct {
		name string
		into *int64
	}{{"ADC resolution", nil}, {"ADC zero", &zero}, {"initial value", nil}, {"checksum", nil}, {"block size", nil}}
	for k, n := range numbers {
		if k+3 >= len(fields) {
			break
		}
		v, err := strconv.ParseInt(fields[k+3], 10, 64)
		if err != nil {
			return errors.Errorf("%s is %s, want a whole number", n.name, quoteShort(fields[k+3]))
		}
		if n.into != nil {
			*n.into = v
		}
		if n.name == "checksum" {
			// It is of 16 bits; some programs write it as unsigned, or the sum as it is.
			s.checksum, s.checked = int16(v), true
		}
	}
	s.baseline = float64(zero)
	if len(fields) > 2 {
		if err := s.readGain(fields[2]); err != nil {
			return err
		}
	}
	h.signals = append(h.signals, s)
	return nil
}

// readFormat reads format[xsamples][:skew][+offset].
func (s *wfdbSignal) readFormat(text string) (err error) {
	end := strings.IndexAny(text, "x:+")
	if end < 0 {
		end = len(text)
	}
	if s.format, err = wfdbFormatOf(text[:end]); err != nil {
		return err
	}
	for rest := text[end:]; rest != ""; {
		mark := rest[0]
		end := strings.IndexAny(rest[1:], "x:+")
		if end < 0 {
			end = len(rest) - 1
		}
		number := rest[1 : 1+end]
		rest = rest[1+end:]
		switch v, err := strconv.ParseInt(number, 10, 64); {
		case mark == 'x' && (err != nil || v < 1 || v > wfdbMaxPerFrame):
			return errors.Errorf("samples per frame is %s, want 1 to %d", quoteShort(number), wfdbMaxPerFrame)
		case mark == ':' && (err != nil || v < 0 || v > math.MaxInt32):
			return errors.Errorf("skew is %s, want 0 to %d samples", quoteShort(number), math.MaxInt32)
		case mark == '+' && (err != nil || v < 0):
			return errors.Errorf("byte offset is %s, want a whole number that is not negative", quoteShort(number))
		case mark == 'x':
			s.perFrame = int(v)
		case mark == ':':
			s.skew = v
		default:
			s.offset = v
		}
	}
	return nil
}

// readGain reads gain[(baseline)][/units].
func (s *wfdbSignal) readGain(text string) error {
	number, units, ok := strings.Cut(text, "/")
	if ok {
		s.units = units
	}
	number, baseline, ok := strings.Cut(number, "(")
	gain, err := wfdbNumber("gain", number)
	if err != nil {
		return err
	}
	if gain != 0 { // 0 stands for not calibrated
		s.gain = gain
	}
	if !ok {
		return nil
	}
	baseline, ok = strings.CutSuffix(baseline, ")")
	if !ok {
		return errors.Errorf("baseline %s has no )", quoteShort(baseline))
	}
	s.baseline, err = wfdbNumber("baseline", baseline)
	return err
}

// cutFields splits off up to n fields, and returns what is left.
func cutFields(text string, n int) (fields []string, rest string) {
	for rest = strings.TrimSpace(text); rest != "" && len(fields) < n; {
		end := strings.IndexAny(rest, " \t")
		if end < 0 {
			return append(fields, rest), ""
		}
		fields, rest = append(fields, rest[:end]), strings.TrimLeft(rest[end:], " \t")
	}
	return fields, rest
}

// wfdbCount reads a whole number in a range.
func wfdbCount(name, text string, least, most int) (int, error) {
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		return 0, errors.Errorf("%s is %s, want %d to %d", name, quoteShort(text), least, most)
	}
	return v, nil
}

// wfdbNumber reads a finite number.
func wfdbNumber(name, text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, errors.Errorf("%s is %s, want a number", name, quoteShort(text))
	}
	return v, nil
}

// quoteShort quotes the beginning of what a file says, however long it is.
func quoteShort(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(text[:most]) + "…"
	}
	return strconv.Quote(text)
}
