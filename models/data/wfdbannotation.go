package data

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// wfdbAnnotation is an annotation of a record: what was seen at a sample.
type wfdbAnnotation struct {
	time    int64 // in ticks, see eachWFDBAnnotation
	code    string
	channel int // the signal that it is of, if that is said
}

// wfdbCodes are the mnemonics of the annotation codes, see annot(5) of the WFDB Programmer's Guide.
var wfdbCodes = [...]string{
	0: "", 1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/", 13: "Q", 14: "~",
	16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: "\"", 23: "=", 24: "p", 25: "B", 26: "^", 27: "t", 28: "+", 29: "u",
	30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@", 37: "x", 38: "f", 39: "(", 40: ")", 41: "r",
}

// The codes that are no annotations of their own in a file of MIT format.
const (
	wfdbNote = 22
	wfdbLast = 49 // of annotations; 42 to 49 are a user's own
	wfdbSkip = 59
	wfdbNum  = 60
	wfdbSub  = 61
	wfdbChan = 62
	wfdbAux  = 63
)

// wfdbAnnotations is an annotation file of MIT format that is read from its beginning to its end, in little memory.
type wfdbAnnotations struct {
	path string
	r    *bufio.Reader
	at   int64 // bytes that were read
	time int64
	next int // the word that was read ahead, wfdbNoWord for none

	channel int // holds until another one is given

	// resolution is ticks per second, where a file says so in its first annotations; 0 stands for samples.
	resolution float64
}

const wfdbNoWord = -1

// eachWFDBAnnotation calls f for the annotations of a file, in the order of the file, which is that of time. The
// resolution that f is given is in ticks per second, or 0 where a tick is a sample of the record. Errors name the
// path and the byte.
func eachWFDBAnnotation(path string, f func(a wfdbAnnotation, resolution float64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := wfdbAnnotations{path: path, r: bufio.NewReader(file), next: wfdbNoWord}
	for {
		a, ok, err := r.read()
		if err == nil && ok {
			err = f(a, r.resolution)
		}
		if err != nil {
			return errors.Wrapf(err, "%s: byte %d", path, r.at)
		}
		if !ok {
			return nil
		}
	}
}

// word reads 16 bits.
func (r *wfdbAnnotations) word() (int, error) {
	if w := r.next; w != wfdbNoWord {
		r.next = wfdbNoWord
		r.at += 2
		return w, nil
	}
	low, err := r.r.ReadByte()
	if err == io.EOF {
		return 0, errors.New("ends without its end mark: it is cut off, or no annotation file of MIT format")
	}
	if err != nil {
		return 0, err
	}
	high, err := r.r.ReadByte()
	if err == io.EOF {
		return 0, errors.New("ends within an annotation")
	}
	if err != nil {
		return 0, err
	}
	r.at += 2
	return int(low) | int(high)<<8, nil
}

// read reads an annotation with all that belongs to it, and reports false at the end mark.
func (r *wfdbAnnotations) read() (wfdbAnnotation, bool, error) {
	code, ok, err := r.head()
	if err != nil || !ok {
		return wfdbAnnotation{}, false, err
	}
	var aux string
	for more := true; more; {
		if more, err = r.modifier(&aux); err != nil {
			return wfdbAnnotation{}, false, err
		}
	}
	if code == wfdbNote && r.time == 0 {
		if err := r.define(aux); err != nil {
			return wfdbAnnotation{}, false, err
		}
	}
	a := wfdbAnnotation{time: r.time, channel: r.channel}
	if code < len(wfdbCodes) {
		a.code = wfdbCodes[code]
	}
	return a, true, nil
}

// head reads the word of an annotation, and the skips before it, and reports false at the end mark. The code 0 with
// an interval is an annotation that means nothing: it comes after what a file says of itself.
func (r *wfdbAnnotations) head() (code int, ok bool, err error) {
	for {
		w, err := r.word()
		if err != nil || w == 0 {
			return 0, false, err
		}
		code, interval := w>>10, w&0x3ff
		switch {
		case code == wfdbSkip && interval != 0:
			return 0, false, errors.Errorf("a skip has the interval %d, want 0", interval)
		case code == wfdbSkip:
			// The interval of 32 bits that follows has its high half first.
			high, err := r.word()
			if err != nil {
				return 0, false, err
			}
			low, err := r.word()
			if err != nil {
				return 0, false, err
			}
			r.time += int64(int32(uint32(high)<<16 | uint32(low)))
		case code > wfdbLast:
			return 0, false, errors.Errorf("an annotation has the code %d, want 0 to %d", code, wfdbLast)
		default:
			if r.time += int64(interval); r.time < 0 {
				return 0, false, errors.Errorf("an annotation is at sample %d, before the record", r.time)
			}
			return code, true, nil
		}
	}
}

// modifier reads what belongs to the annotation before it, if that comes next.
func (r *wfdbAnnotations) modifier(aux *string) (bool, error) {
	w, err := r.word()
	if err != nil {
		return false, err
	}
	switch value := w & 0x3ff; w >> 10 {
	case wfdbNum, wfdbSub:
	case wfdbChan:
		r.channel = value
	case wfdbAux:
		// So many bytes, and one more where that is odd.
		b := make([]byte, value+value&1)
		n, err := io.ReadFull(r.r, b)
		r.at += int64(n)
		if err != nil {
			return false, errors.Errorf("ends within a text of %d bytes", value)
		}
		*aux = string(b[:value])
	default:
		r.next = w
		r.at -= 2
		return false, nil
	}
	return true, nil
}

// define reads what the notes at the beginning of a file say of the file itself.
func (r *wfdbAnnotations) define(aux string) error {
	text, ok := strings.CutPrefix(strings.TrimRight(aux, "\x00"), "## time resolution: ")
	if !ok {
		return nil
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(v > 0 && v <= 1e12) {
		return errors.Errorf("time resolution is %s, want a positive number of ticks per second", quoteShort(text))
	}
	r.resolution = v
	return nil
}
