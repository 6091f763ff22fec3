package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// Bounds of a line of a text file with columns. They keep a file that is none from filling the memory.
const (
	maxTextLine    = 1 << 22 // bytes
	maxTextColumns = 1 << 18
	textBuffer     = 1 << 16
)

// Separators other than characters.
const (
	noSeparator = 0   // a line is one field
	whitespace  = ' ' // spaces and tabs, as many as there are
)

// rowReader divides a text into rows of fields, as RFC 4180 has it for commas, with lines that end in LF, CRLF or
// CR. Lines that are blank, or begin with #, % or //, are left out. Its memory is that of the longest row.
type rowReader struct {
	in        *bufio.Reader
	separator byte

	line    int    // of the row, from 1
	comment []byte // the line of comment before the row; nil if there is none
	fields  [][]byte

	next   int    // line that comes
	buf    []byte // text of the row
	ends   []int  // of the fields in it
	quoted bool   // whether any field of the row is quoted
}

// field states of rowReader.
const (
	fieldBegins = iota
	fieldBare
	fieldQuoted
	fieldClosed // after the closing quote
)

// read reads the next row; its fields are valid until the one after. At the end, the error is io.EOF.
func (r *rowReader) read() error {
	for {
		if err := r.skipComments(); err != nil {
			return err
		}
		if err := r.row(); err != nil {
			return err
		}
		r.fields = r.fields[:0]
		start, blank := 0, !r.quoted
		for _, end := range r.ends {
			r.fields = append(r.fields, r.buf[start:end:end])
			blank = blank && start == end
			start = end
		}
		if !blank {
			return nil
		}
	}
}

// skipComments skips lines of comment and remembers the last.
func (r *rowReader) skipComments() error {
	r.comment = nil
	for {
		ahead, _ := r.in.Peek(64)
		ahead = bytes.TrimLeft(ahead, " ")
		if len(ahead) == 0 || ahead[0] != '#' && ahead[0] != '%' && !bytes.HasPrefix(ahead, []byte("//")) {
			return nil
		}
		r.comment = []byte{}
		for {
			c, err := r.char()
			if err == io.EOF || err == nil && c == '\n' {
				break
			}
			if err != nil {
				return err
			}
			if len(r.comment) < textBuffer {
				r.comment = append(r.comment, c)
			}
		}
	}
}

// char is the next character of the text, with \n for each end of a line.
func (r *rowReader) char() (byte, error) {
	c, err := r.in.ReadByte()
	switch {
	case err != nil:
		return 0, err
	case c == 0:
		return 0, errors.Errorf("line %d has a zero byte: the file is not text, or is UTF-16 without a byte order mark", r.next)
	case c == '\r':
		if ahead, _ := r.in.Peek(1); len(ahead) > 0 && ahead[0] == '\n' {
			r.in.Discard(1)
		}
		c = '\n'
	}
	if c == '\n' {
		r.next++
	}
	return c, nil
}

// row reads the text of a row and where its fields end.
func (r *rowReader) row() error {
	r.line, r.buf, r.ends, r.quoted = r.next, r.buf[:0], r.ends[:0], false
	state := fieldBegins
	for first := true; ; first = false {
		c, err := r.char()
		switch {
		case err == io.EOF && first:
			return io.EOF
		case err == io.EOF && state == fieldQuoted:
			return errors.Errorf("line %d: a quoted field does not end", r.line)
		case err == io.EOF || err == nil && c == '\n' && state != fieldQuoted:
			if state != fieldBegins || r.separator != whitespace || len(r.ends) == 0 {
				r.end(state)
			}
			return nil
		case err != nil:
			return err
		}
		if state, err = r.take(state, c); err != nil {
			return err
		}
		if len(r.buf) > maxTextLine || len(r.ends) > maxTextColumns {
			return errors.Errorf("line %d has more than %d bytes or %d columns", r.line, maxTextLine, maxTextColumns)
		}
	}
}

// take adds a character to the row.
func (r *rowReader) take(state int, c byte) (int, error) {
	separates := r.separator != noSeparator && c == r.separator || r.separator == whitespace && c == '\t'
	switch state {
	case fieldBegins:
		switch {
		case separates && r.separator == whitespace, c == ' ':
			return state, nil
		case c == '"':
			r.quoted = true
			return fieldQuoted, nil
		case separates:
			r.end(state)
			return fieldBegins, nil
		}
		r.buf = append(r.buf, c)
		return fieldBare, nil
	case fieldBare:
		if separates {
			r.end(state)
			return fieldBegins, nil
		}
		if c == '"' {
			return state, errors.Errorf("line %d, column %d: a quote is within a field that does not begin with one", r.line, len(r.ends)+1)
		}
		r.buf = append(r.buf, c)
		return state, nil
	case fieldQuoted:
		if c != '"' {
			r.buf = append(r.buf, c)
			return state, nil
		}
		if ahead, _ := r.in.Peek(1); len(ahead) > 0 && ahead[0] == '"' { // a quote within the field is doubled
			r.in.Discard(1)
			r.buf = append(r.buf, c)
			return state, nil
		}
		return fieldClosed, nil
	}
	switch {
	case separates:
		r.end(state)
		return fieldBegins, nil
	case c == ' ':
		return state, nil
	}
	return state, errors.Errorf("line %d, column %d: text follows on a quoted field", r.line, len(r.ends)+1)
}

// end ends a field. Spaces around one that is not quoted do not belong to it.
func (r *rowReader) end(state int) {
	if state == fieldBare {
		start := 0
		if n := len(r.ends); n > 0 {
			start = r.ends[n-1]
		}
		r.buf = r.buf[:start+len(bytes.TrimRight(r.buf[start:], " \t"))]
	}
	r.ends = append(r.ends, len(r.buf))
}

// decodeText gives the text of a file as UTF-8 without a byte order mark. Files that are not text are named.
func decodeText(file io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(file, textBuffer)
	head, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return nil, err
	}
	for magic, what := range map[string]string{
		"\x1f\x8b": "compressed by gzip", "PK\x03\x04": "a zip archive, as .xlsx and .npz are", "\x89HDF": "HDF5", "\x93NUMPY": "a .npy array",
		"\xd0\xcf\x11\xe0": "an Excel workbook", "PAR1": "Parquet", "\xff\xfe\x00\x00": "UTF-32 text", "\x00\x00\xfe\xff": "UTF-32 text",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, errors.Errorf("the file is %s, want text with columns", what)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		in.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{in: in, order: binary.LittleEndian}, textBuffer), nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		in.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{in: in, order: binary.BigEndian}, textBuffer), nil
	}
	return in, nil
}

// utf16Reader turns UTF-16, as Excel writes it for "Unicode text", into UTF-8.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	ready []byte // decoded, and not read yet
	array [utf8.UTFMax]byte
}

func (r *utf16Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.ready) == 0 {
			if n > 0 && r.in.Buffered() < 4 {
				break // what comes may have to be waited for
			}
			if err := r.decode(); err != nil {
				return n, err
			}
		}
		k := copy(p[n:], r.ready)
		n, r.ready = n+k, r.ready[k:]
	}
	return n, nil
}

// decode reads a character.
func (r *utf16Reader) decode() error {
	unit, err := r.unit()
	if err != nil {
		return err
	}
	char := rune(unit)
	if utf16.IsSurrogate(char) {
		low, err := r.unit()
		if err != nil && err != io.EOF {
			return err
		}
		char = utf16.DecodeRune(char, rune(low))
	}
	r.ready = utf8.AppendRune(r.array[:0], char)
	return nil
}

func (r *utf16Reader) unit() (uint16, error) {
	var b [2]byte
	if _, err := io.ReadFull(r.in, b[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = errors.New("the file is UTF-16, but ends within a character")
		}
		return 0, err
	}
	return r.order.Uint16(b[:]), nil
}
