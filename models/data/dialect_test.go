package data

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// wideText is a text in UTF-16 with a byte order mark.
func wideText(order binary.AppendByteOrder, text string) string {
	b := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// The same three events in many dialects: of example 7 at 1.5 ms in unit 2 and 0.25 ms in unit 9, of class 1; of
// example 3 at 0 ms in unit 0, of class 0.
func TestEventsDialects(t *testing.T) {
	const plain = "example,time,unit,label\n7,1.5,2,1\n3,0,0,0\n7,0.25,9,1\n"
	mu := "time (µs),label,unit,example\n1500,1,2,7\n0,0,0,3\n250,1,9,7\n"
	for name, c := range map[string]struct {
		text string
		o    CSVOptions
	}{
		"plain":                     {text: plain},
		"semicolons":                {text: strings.ReplaceAll(plain, ",", ";")},
		"tabs":                      {text: strings.ReplaceAll(plain, ",", "\t")},
		"bars":                      {text: strings.ReplaceAll(plain, ",", " | ")},
		"spaces":                    {text: strings.ReplaceAll(plain, ",", "   ")},
		"indented":                  {text: "  " + strings.ReplaceAll(strings.ReplaceAll(plain, ",", "   "), "\n", "  \n  ")},
		"commas and spaces":         {text: strings.ReplaceAll(plain, ",", ", ")},
		"colons":                    {text: strings.ReplaceAll(plain, ",", ":"), o: CSVOptions{Dialect: Dialect{Separator: ':'}}},
		"CRLF":                      {text: strings.ReplaceAll(plain, "\n", "\r\n")},
		"CR":                        {text: strings.ReplaceAll(plain, "\n", "\r")},
		"no last line end":          {text: strings.TrimSuffix(plain, "\n")},
		"UTF-8 with a mark":         {text: "\ufeff" + plain},
		"UTF-16, little-endian":     {text: wideText(binary.LittleEndian, strings.ReplaceAll(plain, ",", "\t"))},
		"UTF-16, big-endian":        {text: wideText(binary.BigEndian, plain)},
		"quoted":                    {text: "\"example\",\"time\",\"unit\",\"label\"\n\"7\",\"1.5\" ,\"2\",\"1\"\n3,0,0,0\n7,\"0.25\",9,1\n"},
		"trailing separators":       {text: strings.ReplaceAll(plain, "\n", ",\n")},
		"trailing after rows":       {text: "example,time,unit,label\n7,1.5,2,1,\n3,0,0,0\n7,0.25,9,1,\n"},
		"blank lines":               {text: "\n\n" + strings.ReplaceAll(plain, "\n", "\n\n  \n")},
		"empty rows":                {text: plain + ",,,\n,,,\n"},
		"comments":                  {text: "# by hand\n" + strings.ReplaceAll(plain, "\n", "\n% more, of it\n") + "// end"},
		"numpy.savetxt":             {text: "# time_s unit example label\n1.5e-03 2.0e+00 7 1\n0 0 3 0\n2.5e-4 9e0 7 1\n"},
		"pandas":                    {text: ",example,time,unit,label\n0,7,1.5,2,1\n1,3,0,0,0\n2,7,0.25,9,1\n"},
		"pandas, read once more":    {text: "Unnamed: 0,example,time,unit,label\n0,7,1.5,2,1\n1,3,0,0,0\n5,7,0.25,9,1\n"},
		"R, write.table":            {text: "\"example\" \"time\" \"unit\" \"label\"\n\"1\" 7 1.5 2 1\n\"2\" 3 0 0 0\n\"3\" 7 0.25 9 1\n"},
		"R":                         {text: "\"\",\"example\",\"time\",\"unit\",\"label\"\n\"1\",7,1.5,2,1\n\"2\",3,0,0,0\n\"3\",7,0.25,9,1\n"},
		"another order":             {text: "unit,label,time,trial\n2,1,1.5,7\n0,0,0,3\n9,1,0.25,7\n"},
		"other names":               {text: "Trial ID;spikeTime [ms];Neuron;Class\n7;1.5;2;1\n3;0;0;0\n7;0.25;9;1\n"},
		"seconds":                   {text: "example,time_s,unit,label\n7,0.0015,2,1\n3,0,0,0\n7,.25e-3,9,1\n"},
		"microseconds":              {text: mu},
		"microseconds in Latin-1":   {text: strings.ReplaceAll(mu, "µ", "\xb5")},
		"microseconds, camera":      {text: "t_us,label,channel,sample\n1500,1,2,7\n0,0,0,3\n250,1,9,7\n"},
		"nanoseconds":               {text: "timestampNs,label,addr,seq_id\n1500000,1,2,7\n0,0,0,3\n250000,1,9,7\n", o: CSVOptions{Dialect: Dialect{Columns: []string{"timestampNs", "label", "addr", "sequence"}}}},
		"time in ms":                {text: "time in ms;label;unit;example\n1,5;1;2;7\n0;0;0;3\n0,25;1;9;7\n"},
		"spaces within names":       {text: "time (ms)  label  unit  example\n1.5 1 2 7\n0 0 0 3\n0.25 1 9 7\n"},
		"decimal commas":            {text: "example;time;unit;label\n7;1,5;2;1\n3;0;0;0\n7;0,25;9;1\n"},
		"decimal commas and spaces": {text: "example time unit label\n7 1,5 2 1\n3 0 0 0\n7 0,25 9 1\n"},
		"quoted decimal commas":     {text: "example,time,unit,label\n7,\"1,5\",2,1\n3,0,0,0\n7,\"0,25\",9,1\n", o: CSVOptions{Dialect: Dialect{DecimalComma: true}}},
		"without names":             {text: "7,1.5,2,1\n3,0,0,0\n7,0.25,9,1\n"},
		"names of the caller's":     {text: "1.5,2,1,7\n0,0,0,3\n0.25,9,1,7\n", o: CSVOptions{Dialect: Dialect{Columns: []string{"time", "unit", "label", "example"}}}},
		"a column too many":         {text: "example,time,depth,unit,label\n7,1.5,x,2,1\n3,0,y,0,0\n7,0.25,z,9,1\n", o: CSVOptions{Dialect: Dialect{Ignore: []string{"Depth"}}}},
		"seconds, says the caller":  {text: "example,time,unit,label\n7,0.0015,2,1\n3,0,0,0\n7,.00025,9,1\n", o: CSVOptions{Clock: Clock{TimeUnit: "s"}}},
		"labels from 1":             {text: "example,time,unit,label\n7,1.5,2,2\n3,0,0,1\n7,0.25,9,2\n", o: CSVOptions{FirstClass: 1}},
		"words":                     {text: "example,time,unit,label\n7,1.5,2,no\n3,0,0,yes\n7,0.25,9,no\n", o: CSVOptions{ClassNames: []string{"yes", "no"}}},
		"Unix time in s": {text: "example,time_s,unit,label\n7,1700000000.0015,2,1\n3,1700000000,0,0\n7,1700000000.00025,9,1\n",
			o: CSVOptions{Clock: Clock{TimeOrigin: "1700000000"}}},
		"Excel's first line": {text: "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";")},
		"pandas, sorted":     {text: ",example,time,unit,label\n5,7,1.5,2,1\n9,3,0,0,0\n2,7,0.25,9,1\n"},
		"one-hot of pandas":  {text: "yes,example,time,unit,no\nFalse,7,1.5,2,True\nTrue,3,0,0,False\nFalse,7,0.25,9,True\n", o: CSVOptions{OneHot: []string{"yes", "no"}}},
		"one-hot":            {text: "yes,example,time,unit,no\n0,7,1.5,2,1\n1,3,0,0,0\n0,7,0.25,9,1\n", o: CSVOptions{OneHot: []string{"yes", "no"}}},
		"a label's own name": {text: strings.ReplaceAll(plain, "label", "digit"), o: CSVOptions{Label: "digit"}},
		"camera":             {text: "t,x,y,p,example,label\n1.5,2,0,-1,7,1\n0,0,0,-1,3,0\n0.25,0,1,1,7,1\n", o: CSVOptions{Width: 3, Height: 2}},
	} {
		e, err := c.o.parse(text(c.o.Dialect, c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Len() != 2 || e.Label(0) != 0 || e.Label(1) != 1 || e.Classes() != 2 {
			t.Errorf("%s: %v", name, e)
			continue
		}
		none, _, _ := e.Example(0)
		times, units, _ := e.Example(1)
		if !slices.Equal(none, []float64{0}) || !near(times, []float64{1.5, .25}) || !slices.Equal(units, []uint32{2, 9}) {
			t.Errorf("%s: %v and %v ms of %v", name, none, times, units)
		}
	}
}

func near(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-9 })
}

// What can be read in two ways, or not at all, is refused, with what would settle it.
func TestEventsDialectsRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"example,time,unit,depth\n1,2,3,4\n", `column 4 ("depth"): want a name for one of example, time, unit`},
		{"example,time,time_us,unit\n1,2,3,4\n", "are both for time: Ignore takes one out"},
		{"example,time,unit,unit\n1,2,3,4\n", "columns 3 and 4 are both named"},
		{"example,time_h_x,unit\n1,2,3\n", `column 2 ("time_h_x")`},
		{"example,time_samples,unit\n1,2,3\n", `times are in "samples", want s, ms, us or ns: TimeUnit says it`},
		{"example,unit\n1,2\n", "no column is named time"},
		{"1,2\n3,4\n", "line 1: there are 2 columns without names, want 3 or 4"},
		{"1,2,3,4,5\n", "5 columns without names"},
		{"example;time;unit\n1;1,234;3\n", `"1,234" may have a decimal comma or one between thousands: set DecimalComma`},
		{"example;time;unit\n1;1,5;3\n1;2.5;3\n", "another decimal mark"},
		{"example,time,unit\n1,\"1,234.5\",3\n", `time is "1,234.5", want a number`},
		{"example;time;unit\n1;1.234,5;3\n", `time is "1.234,5", want a number`},
		{"example,time,unit\n1,0x1p3,3\n", `time is "0x1p3"`},
		{"example,time,unit\n1,1_000,3\n", `time is "1_000"`},
		{"example,time,unit\n1,1e400,3\n", `"1e400" is beyond`},
		{"example,time,unit\n1,inf,3\n", `time is "inf"`},
		{"example,time,unit\n1,12:30:01,3\n", `time is "12:30:01"`},
		{"example,time,unit\n1,1e99999999999999999999,3\n", "is beyond"},
		{"example,time,unit\n1,2,-1\n", `unit is "-1"`},
		{"example,time,unit,label\n1,2,3,yes\n", "ClassNames gives the classes of words"},
		{"example,time,unit,label\n1,2,3,1\n2,2,3,2\n", "set FirstClass to 1"},
		{"example,time_ns,unit\n1,1700000000123456789,3\n", "set TimeOrigin, or FromFirst"},
		{"example,time_s,unit\n1,1700000000.123456789,3\n", "set TimeOrigin, or FromFirst"},
		{",,example,time,unit\n1,1,1,1,1\n", "columns 1 and 2 have no names"},
		{",example,time,unit\n1,1,1,1\n1,1,1,1\n", "does not number the lines"},
		{"t,x,y\n1,1,1\n", "Width and Height give its size"},
		{"t,x,unit\n1,1,1\n", "want one for the unit"},
		{"a\x00b", "zero byte"},
		{"\x1f\x8b\x08\x00", "compressed by gzip"},
		{"PK\x03\x04", "a zip archive"},
		{"example,time,unit\n1,2\"3,4\n", "a quote is within a field"},
		{"example,time,unit\n1,\"2\"3,4\n", "text follows on a quoted field"},
		{"example,time,unit\n1,2,3\n1,2\n", "line 3 has 2 columns, want 3"},
		{"example,time,unit\n1,2,3,4\n", "line 2 has 4 columns, want 3"},
		{"a;b|c\nd;e|f\n", "set Separator"},
	} {
		e, err := CSVOptions{}.parse(text(Dialect{}, c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gives %v, %v: want an error with %q", c.text, e, err, c.want)
		}
	}
	for _, c := range []struct {
		o    CSVOptions
		want string
	}{
		{CSVOptions{Clock: Clock{TimeUnit: "s"}}, "TimeUnit is \"s\", but the times of column 2"},
		{CSVOptions{Clock: Clock{TimeOrigin: "1", FromFirst: true}}, "want one of them"},
		{CSVOptions{Clock: Clock{TimeOrigin: "x"}}, "TimeOrigin is \"x\""},
		{CSVOptions{Dialect: Dialect{Ignore: []string{"foo"}}}, "Ignore has \"foo\""},
		{CSVOptions{Dialect: Dialect{Columns: []string{"a"}}}, "Columns names 1"},
		{CSVOptions{Dialect: Dialect{Separator: 'x'}}, "Separator is 'x'"},
		{CSVOptions{ClassNames: []string{"a", "a"}}, "twice"},
		{CSVOptions{Width: 5}, "Width is 5 and Height 0"},
		{CSVOptions{Width: 5, Height: 5}, "no columns x and y"},
		{CSVOptions{Classes: -1}, "Classes is -1"},
		{CSVOptions{Units: -1}, "Units is -1"},
		{CSVOptions{ClassNames: []string{"a"}}, "no column is named label"},
		{CSVOptions{Label: "a"}, `Label is "a", which is no column`},
		{CSVOptions{OneHot: []string{"a"}}, `OneHot is "a", which is no column`},
		{CSVOptions{OneHot: []string{"a"}, FirstClass: 1}, "want no Label"},
	} {
		if _, err := c.o.parse(text(c.o.Dialect, "example,time_ms,unit\n1,2,3\n")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error is %v, want one with %q", c.o, err, c.want)
		}
	}
}

// Times keep what their text says, whatever their unit and origin: each is in its step.
func TestTimesOfTexts(t *testing.T) {
	counted := func(from int) func(int) string { return func(k int) string { return strconv.Itoa(from + k) } }
	for _, c := range []struct {
		name, column string
		text         func(k int) string // the time of event k
		clock        Clock
		b            Binning
	}{
		{"microseconds after five hours", "time_us", counted(18_000_000_000), Clock{}, Binning{Dt: .001, Start: 18_000_000}},
		{"milliseconds of Unix time", "time_ms", counted(1_700_000_000_000), Clock{}, Binning{Dt: 1, Start: 1.7e12}},
		{"nanoseconds of Unix time", "time_ns", counted(1_700_000_000_000_000_000), Clock{TimeOrigin: "1700000000000000000"}, Binning{Dt: 1e-6}},
		{"nanoseconds from the first", "time_ns", counted(1_700_000_000_000_000_000), Clock{FromFirst: true}, Binning{Dt: 1e-6}},
		{"seconds", "time_s", counted(0), Clock{}, Binning{Dt: 1000}},
		{"tenths", "t", func(k int) string { return fmt.Sprintf("%d.%d", k/10, k%10) }, Clock{}, Binning{Dt: .1}},
		{"tenths of seconds", "t (s)", func(k int) string { return fmt.Sprintf("%de-1", k) }, Clock{}, Binning{Dt: 100}},
		{"Unix time by numpy.savetxt", "time_ms", func(k int) string { return fmt.Sprintf("%.18e", 1.7e12+float64(k)+.123) }, Clock{}, Binning{Start: 1.7e12}},
	} {
		var b strings.Builder
		b.WriteString("unit," + c.column + "\n")
		for k := range 500 {
			b.WriteString("0," + c.text(k) + "\n")
		}
		e, err := CSVOptions{Clock: c.clock}.parse(text(Dialect{}, b.String()))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d, err := e.Bin(c.b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		x, _ := dense(t, d, 0)
		if len(x) != 500 || slices.Contains(x, 0) {
			t.Errorf("%s: 500 events are in %d steps", c.name, len(x))
		}
	}
}

// Times that count from elsewhere are not put into steps that are as many as that.
func TestTimesFromElsewhere(t *testing.T) {
	e, err := CSVOptions{}.parse(text(Dialect{}, "unit,t\n0,1700000000000\n0,1700000000063\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []Binning{{}, {Duration: 1000}, {Start: 5}} {
		if _, err := e.Bin(b); err == nil || !strings.Contains(err.Error(), "Binning.Start") || !strings.Contains(err.Error(), "FromFirst") {
			t.Errorf("%+v: error is %v, want one that names the settings", b, err)
		}
	}
	for _, b := range []Binning{{Start: 1.7e12}, {FromFirst: true}} {
		if d, err := e.Bin(b); err != nil || d.Spec().Steps != 64 {
			t.Errorf("%+v: %v, want 64 steps", b, err)
		}
	}
}

// Rows are those that encoding/csv writes, whatever is in quotes, in either end of lines.
func TestRowsAreCSV(t *testing.T) {
	field := rapid.StringOfN(rapid.SampledFrom([]rune("ab1,\"\n;\t#é")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(field, 2, 4), 1, 5).Draw(t, "rows")
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.UseCRLF = rapid.Bool().Draw(t, "CRLF")
		for _, row := range rows {
			row[0] = "x" + strings.ReplaceAll(row[0], "\t", " ") // no row is blank, or a comment
			for k := range row {
				row[k] = strings.TrimSpace(row[k])
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		r := rowReader{in: bufio.NewReader(strings.NewReader(b.String())), separator: ',', next: 1}
		for i, want := range rows {
			if err := r.read(); err != nil {
				t.Fatalf("row %d of %q: %v", i, b.String(), err)
			}
			got := make([]string, len(r.fields))
			for k := range got {
				got[k] = string(r.fields[k])
			}
			if !slices.Equal(got, want) {
				t.Fatalf("row %d is %q, want %q", i, got, want)
			}
		}
		if err := r.read(); err != io.EOF {
			t.Fatalf("after the last row, the error is %v", err)
		}
	})
}
