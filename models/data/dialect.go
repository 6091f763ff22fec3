package data

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Dialect says of a text file with columns what the file itself does not tell, or not clearly enough. The zero
// value recognises commas, semicolons, tabs, bars and spaces between columns, a line with the names of the columns,
// which a comment may be, too, UTF-8 and UTF-16. Lines that are blank, or begin with #, % or //, are left out.
// A column without a name, or with Unnamed in it, that numbers the lines is that of pandas and R, and left out;
// R has no field at all for its name.
type Dialect struct {
	// Separator is between columns, as ','. ' ' stands for spaces and tabs, as many as there are.
	Separator byte

	// DecimalComma says that numbers have a comma for their point. Where it can be told, as in "0,5;3", it need
	// not be said.
	DecimalComma bool

	// Columns are the names of all columns, for a file that has no line of them, or has other ones.
	Columns []string

	// Ignore are the names of columns that are not wanted. Any other that is of no use is an error.
	Ignore []string

	unnamed bool // a line of names is an error
}

// tableFile is a text file with columns, of which it gives one row after the other.
type tableFile struct {
	rowReader
	decimalMark
	file *os.File

	names    []string // of the columns; nil if there are none
	namesAt  int      // their line
	assumed  bool     // the names are those of a file without any
	columns  int
	first    bool // the row that was read to find out about names is to come again
	trailing bool // a separator ends the line of names
	ignored  []bool
	index    int // column that numbers the lines; −1: there is none
	indexed  bool
	lastLine float64 // the number of the last line in that column
}

// open opens a file at its first row.
func (d Dialect) open(path string) (*tableFile, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file, which it has to be to be read twice")
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := d.read(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	t.file = file
	return t, nil
}

func (t *tableFile) close() {
	if t.file != nil {
		t.file.Close()
	}
}

// eachRow calls a function for each row of a file, after another, unless that is nil, for the names of the columns.
func eachRow(open func() (*tableFile, error), begin, f func(t *tableFile) error) error {
	t, err := open()
	if err != nil {
		return err
	}
	defer t.close()
	if begin != nil && t.ignored != nil {
		if err := begin(t); err != nil {
			return errors.Wrapf(err, "line %d", t.namesAt)
		}
	}
	for {
		switch err := t.row(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := f(t); err != nil {
			return errors.Wrapf(err, "line %d", t.line)
		}
	}
}

// sameColumns wants as many columns in the second reading as in the first.
func sameColumns(columns int) func(t *tableFile) error {
	return func(t *tableFile) error {
		if t.columns != columns {
			return errChanged
		}
		return nil
	}
}

// readTwice counts the rows of a file, has room made for so many, and then adds them, so that what they are kept in has its
// length from the start.
func readTwice(open func() (*tableFile, error), begin func(t *tableFile) error, room func(rows int) error, add func(t *tableFile) error) error {
	columns, rows := 0, 0
	if err := eachRow(open, func(t *tableFile) error {
		columns = t.columns
		return begin(t)
	}, func(*tableFile) error {
		rows++
		return nil
	}); err != nil {
		return err
	}
	if err := room(rows); err != nil {
		return err
	}
	if err := eachRow(open, sameColumns(columns), func(t *tableFile) error {
		if rows--; rows < 0 {
			return errChanged
		}
		return add(t)
	}); err != nil {
		return err
	}
	if rows > 0 {
		return errChanged
	}
	return nil
}

// read begins to read a text.
func (d Dialect) read(text io.Reader) (*tableFile, error) {
	if d.Separator != 0 && !strings.ContainsRune(",;|\t :", rune(d.Separator)) {
		return nil, errors.Errorf("Separator is %q, want a comma, semicolon, colon, bar, tab or space", d.Separator)
	}
	in, err := decodeText(text)
	if err != nil {
		return nil, err
	}
	t := &tableFile{rowReader: rowReader{in: in, next: 1}, index: -1}
	if err := t.skipComments(); err != nil {
		return nil, err
	}
	comment := t.comment
	if err := d.declared(in, t); err != nil {
		return nil, err
	}
	if d.Separator != 0 {
		t.separator = d.Separator
	} else if t.separator == 0 {
		if t.separator, err = recognise(in); err != nil {
			return nil, err
		}
	}
	t.comma, t.allowed = d.DecimalComma, t.separator != ',' || d.DecimalComma
	if err := t.rowReader.read(); err != nil && err != io.EOF {
		return nil, err
	} else if err == io.EOF {
		return t, nil
	}
	if t.comment == nil {
		t.comment = comment
	}
	if err := t.findNames(); err != nil {
		return nil, err
	}
	if t.separator == noSeparator && t.names == nil && !d.DecimalComma {
		t.allowed = false // 2,3 may be two columns
	}
	return t, d.apply(t)
}

// declared obeys a first line as sep=; which Excel writes and reads.
func (d Dialect) declared(in *bufio.Reader, t *tableFile) error {
	head, _ := in.Peek(6)
	if len(head) < 6 || !strings.EqualFold(string(head[:4]), "sep=") || head[5] != '\r' && head[5] != '\n' {
		return nil
	}
	t.separator = head[4]
	if d.Separator != 0 && d.Separator != t.separator {
		return errors.Errorf("line %d says that %q separates columns, but Separator is %q", t.next, t.separator, d.Separator)
	}
	for c := byte(0); c != '\n'; {
		var err error
		if c, err = t.char(); err != nil {
			return err
		}
	}
	return nil
}

// findNames takes the first row, or the comment before it, for the names of the columns.
func (t *tableFile) findNames() error {
	t.columns = len(t.fields)
	t.namesAt = t.line
	if namesColumns(t.fields) {
		t.names = joinUnits(t.separator, t.fields)
		return t.compareNames()
	}
	t.first = true
	if len(t.comment) == 0 {
		return nil
	}
	inside := rowReader{in: bufio.NewReader(bytes.NewReader(bytes.TrimLeft(t.comment, "#%/! "))), separator: t.separator}
	if inside.read() == nil && namesColumns(inside.fields) {
		// A comment may say anything: it has names if one of them is known.
		names := joinUnits(t.separator, inside.fields)
		for _, name := range names {
			if role, _, _ := roleOf(name); len(names) == t.columns && role != noRole {
				t.names = names
			}
		}
	}
	return nil
}

// compareNames reads the first row after that of the names: R's write.table leaves out the name of the column that
// numbers the lines.
func (t *tableFile) compareNames() error {
	t.columns = len(t.names)
	err := t.rowReader.read()
	if err == io.EOF {
		return nil
	}
	t.first = err == nil
	if lacksName(t.separator, len(t.names), t.fields) {
		t.names = append([]string{""}, t.names...)
		t.columns++
	}
	return err
}

// lacksName says whether a row has one field more than names. Only between spaces, as in R, does that not mean that a
// name is forgotten.
func lacksName(separator byte, names int, fields [][]byte) bool {
	return separator == whitespace && len(fields) == names+1
}

// namesColumns says whether a row has names: none of its fields is a number, or a word for one that is missing.
func namesColumns(fields [][]byte) bool {
	named := false
	for _, text := range fields {
		if isNumber(text) || missingWords[strings.ToLower(string(text[:min(len(text), 10)]))] {
			return false
		}
		named = named || len(text) > 0
	}
	return named
}

var missingWords = map[string]bool{"nan": true, "inf": true, "+inf": true, "-inf": true, "infinity": true, "-infinity": true, "na": true, "n/a": true,
	"null": true, "none": true, "?": true, "-": true}

const longestName = 1000 // that is joined from parts

// joinUnits are names, of which those that spaces have taken from their unit, as time and (ms), are one again.
func joinUnits(separator byte, fields [][]byte) (names []string) {
	for _, text := range fields {
		if n := len(names); separator == whitespace && n > 0 && len(text) > 0 && len(names[n-1]) < longestName && (text[0] == '(' || text[0] == '[') {
			names[n-1] += " " + string(text)
			continue
		}
		names = append(names, string(text))
	}
	return names
}

// apply takes over what is said of the names.
func (d Dialect) apply(t *tableFile) error {
	if n := len(t.names); n > 1 && t.names[n-1] == "" {
		t.names, t.columns, t.trailing = t.names[:n-1], n-1, true
	}
	if d.unnamed && t.names != nil {
		return errors.Errorf("line %d has names of columns, want none: ReadTable reads such files", t.namesAt)
	}
	if d.Columns != nil {
		if len(d.Columns) != t.columns {
			return errors.Errorf("line %d has %d columns, but Columns names %d", t.namesAt, t.columns, len(d.Columns))
		}
		t.names = d.Columns
	}
	t.ignored = make([]bool, t.columns)
	seen := map[string]int{}
	for k, name := range t.names {
		name = strings.ToLower(name)
		if first, twice := seen[name]; twice && name != "" {
			return errors.Errorf("line %d: columns %d and %d are both named %s: Columns gives other names", t.namesAt, first+1, k+1, short([]byte(name)))
		}
		seen[name] = k
	}
	for _, name := range d.Ignore {
		k, ok := seen[strings.ToLower(name)]
		if !ok {
			return errors.Errorf("Ignore has %q, which is no column of line %d", name, t.namesAt)
		}
		t.ignored[k] = true
	}
	for k, name := range t.names {
		if t.ignored[k] || name != "" && !strings.HasPrefix(name, "Unnamed") {
			continue
		}
		if t.index >= 0 {
			return errors.Errorf("line %d: columns %d and %d have no names: Columns gives them", t.namesAt, t.index+1, k+1)
		}
		t.index, t.ignored[k] = k, true
	}
	return nil
}

// row reads the next row. At the end, the error is io.EOF.
func (t *tableFile) row() error {
	if t.ignored == nil {
		return io.EOF // there is no first row
	}
	begins := t.first
	if t.first = false; !begins {
		if err := t.rowReader.read(); err != nil {
			return err
		}
	}
	if n := len(t.fields); n == t.columns+1 && t.names != nil && !t.assumed && len(t.fields[n-1]) == 0 {
		t.fields = t.fields[:n-1]
	}
	if len(t.fields) != t.columns {
		return errors.Errorf("line %d has %d columns, want %d as the first line", t.line, len(t.fields), t.columns)
	}
	if t.index < 0 {
		return nil
	}
	// Rows that were sorted or drawn keep their numbers. One that comes twice on end is none.
	v, err := t.whole(t.fields[t.index], 0, 1<<53)
	if err != nil || t.indexed && v == t.lastLine {
		return errors.Errorf("line %d, column %d is %s: it has no name, and does not number the lines: Ignore or Columns can say what it is",
			t.line, t.index+1, short(t.fields[t.index]))
	}
	t.lastLine, t.indexed = v, true
	return nil
}

// column names a column in an error.
func (t *tableFile) column(k int) string {
	if t.names == nil || t.assumed {
		return "column " + strconv.Itoa(k+1)
	}
	return "column " + strconv.Itoa(k+1) + " (" + short([]byte(t.names[k])) + ")"
}

// recognised is how a separator divides the first rows of a file.
type recognised struct {
	separator byte
	columns   int     // of the first row
	even      bool    // all rows have as many
	numbers   float64 // the share of fields that are
}

// recognise finds the separator by which the first rows have the same number of columns, and most fields are
// numbers.
func recognise(in *bufio.Reader) (byte, error) {
	sample, err := in.Peek(textBuffer)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return 0, err
	}
	if end := bytes.LastIndexAny(sample, "\r\n"); err == nil && end >= 0 {
		sample = sample[:end+1]
	}
	best := divide(sample, noSeparator)
	var tie *recognised
	for _, separator := range []byte("\t;|, ") {
		r := divide(sample, separator)
		even := r.even && best.even && best.columns > 1
		switch {
		case r.columns < 2 || !r.even && best.even && best.columns > 1:
		case r.even && !even, r.numbers > best.numbers:
			best, tie = r, nil
		case even && r.numbers == best.numbers && separator != whitespace:
			tie = &r
		}
	}
	if tie != nil {
		return 0, errors.Errorf("columns may be separated by %q or %q: set Separator", best.separator, tie.separator)
	}
	return best.separator, nil
}

// divide divides the first rows of a sample of a file.
func divide(sample []byte, separator byte) recognised {
	const most = 50
	rows := rowReader{in: bufio.NewReaderSize(bytes.NewReader(sample), 256), separator: separator}
	r := recognised{separator: separator, even: true}
	fields, numbers, named := 0, 0, false
	for n := 0; n < most && rows.read() == nil; n++ {
		columns := len(rows.fields)
		if n == 0 {
			if named = namesColumns(rows.fields); named {
				columns = len(joinUnits(separator, rows.fields))
				fields, numbers = -columns, 0
			}
			r.columns = columns
		} else if n == 1 && named && lacksName(separator, r.columns, rows.fields) {
			r.columns++
		}
		trailing := columns == r.columns+1 && len(rows.fields[columns-1]) == 0
		r.even = r.even && (columns == r.columns || trailing)
		fields += columns
		for _, text := range rows.fields {
			// In a single column without a name, a comma is more likely between two.
			comma := bytes.IndexByte(text, ',') >= 0
			if isNumber(text) && !(comma && (separator == ',' || separator == noSeparator && !named)) {
				numbers++
			}
		}
	}
	r.numbers = float64(numbers) / float64(max(fields, 1))
	return r
}

// roles are the columns of a file by what they are for, but for those that are known otherwise. A name that is for
// none of some roles is an error.
func (t *tableFile) roles(known func(k int) bool, wanted ...role) (map[role]int, error) {
	columns := map[role]int{}
	for k, name := range t.names {
		if t.ignored[k] || known(k) {
			continue
		}
		r, _, _ := roleOf(name)
		if !slices.Contains(wanted, r) {
			var names []string
			for _, w := range wanted {
				names = append(names, roleNames[w])
			}
			return nil, errors.Errorf("%s: want a name for one of %s; Ignore takes a column out, Columns gives other names",
				t.column(k), strings.Join(names, ", "))
		}
		if other, twice := columns[r]; twice {
			return nil, errors.Errorf("%s and %s are both for %s: Ignore takes one out", t.column(other), t.column(k), roleNames[r])
		}
		columns[r] = k
	}
	return columns, nil
}

// wrong says of which row and column a field is that cannot be read as something.
func (t *tableFile) wrong(err error, k int, what string) error {
	if err == nil {
		return nil
	}
	return errors.Errorf("%s: %s is %v", t.column(k), what, err)
}
