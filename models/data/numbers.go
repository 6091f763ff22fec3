package data

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// decimalMark is how a text writes the point of numbers.
type decimalMark struct {
	comma   bool // a comma, and no other
	point   bool // a point, and no other
	allowed bool // a comma may be one, because it does not separate columns
}

// number reads a decimal number: digits, a sign, a decimal mark and an exponent, and nothing else.
func (d *decimalMark) number(text []byte) (float64, error) {
	plain, err := d.plain(text)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(plain), 64)
	if err != nil {
		return 0, errors.Errorf("%s is beyond the range of numbers", short(text))
	}
	return v, nil
}

// plain is a number with a decimal point, if any.
func (d *decimalMark) plain(text []byte) ([]byte, error) {
	comma := bytes.IndexByte(text, ',')
	point := bytes.IndexByte(text, '.')
	if !isNumber(text) {
		return nil, errors.Errorf("%s, want a number", short(text))
	}
	switch {
	case comma >= 0 && !d.allowed:
		return nil, errors.Errorf("%s, want a number with a decimal point: DecimalComma and Separator say that it has a comma", short(text))
	case comma >= 0 && d.point || point >= 0 && d.comma:
		return nil, errors.Errorf("%s has another decimal mark than numbers before it", short(text))
	case comma >= 0 && !d.comma && grouped(text, comma):
		return nil, errors.Errorf("%s may have a decimal comma or one between thousands: set DecimalComma if it is decimal", short(text))
	case comma >= 0:
		d.comma = true
		plain := bytes.Clone(text)
		plain[comma] = '.'
		return plain, nil
	case point >= 0:
		d.point = true
	}
	return text, nil
}

// grouped says whether a comma may separate thousands: one to three digits that do not begin with 0 come before
// it, and three digits after it.
func grouped(text []byte, comma int) bool {
	before, after := bytes.TrimLeft(text[:comma], "+-"), text[comma+1:]
	return len(before) >= 1 && len(before) <= 3 && before[0] != '0' && len(after) == 3 && isDigits(after)
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// isNumber says whether a text is a decimal number, with a point or a comma.
func isNumber(text []byte) bool {
	rest := text
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	digits := 0
	count := func() {
		for len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' {
			rest = rest[1:]
			digits++
		}
	}
	if count(); len(rest) > 0 && rest[0] == '.' || len(rest) > 1 && rest[0] == ',' && rest[1] >= '0' && rest[1] <= '9' {
		rest = rest[1:]
		count()
	}
	if digits == 0 {
		return false
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		digits = 0
		if count(); digits == 0 {
			return false
		}
	}
	return len(rest) == 0
}

// whole reads a whole number, which may be written as 3 or 3.0.
func (d *decimalMark) whole(text []byte, low, high float64) (float64, error) {
	v, err := d.number(text)
	if err != nil || v != math.Trunc(v) || v < low || v > high {
		return 0, errors.Errorf("%s, want a whole number from %.0f to %.0f", short(text), low, high)
	}
	return v, nil
}

// flag reads 0 or 1, or low, which may be written as False and True.
func (d *decimalMark) flag(text []byte, low float64) (float64, error) {
	switch strings.ToLower(string(text[:min(len(text), 6)])) {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	}
	return d.whole(text, low, 1)
}

// short quotes the beginning of a text.
func short(text []byte) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "…"
	}
	return strconv.Quote(string(text))
}

// timeUnit is a unit of time: ms are factor·10^shift of it.
type timeUnit struct {
	shift  int
	factor float64
}

// timeUnits by their names.
var timeUnits = func() map[string]timeUnit {
	units := map[string]timeUnit{}
	for names, u := range map[string]timeUnit{
		"h hr hrs hour hours": {0, 3600e3}, "min mins minute minutes": {0, 60e3},
		"s sec secs second seconds":                                                         {3, 1},
		"ms msec msecs millis millisec millisecs millisecond milliseconds":                  {0, 1},
		"us µs μs \xb5s usec usecs µsec micros microsec microsecs microsecond microseconds": {-3, 1},
		"ns nsec nsecs nanos nanosec nanosecs nanosecond nanoseconds":                       {-6, 1},
	} {
		for _, name := range strings.Fields(names) {
			units[name] = u
		}
	}
	return units
}()

// instant is a time in the unit of its file, exact where that has no more digits than a 64-bit integer and the
// fraction of a second or so that Unix time in ns, or in s with a fraction, needs.
type instant struct {
	whole    int64
	fraction float64 // 0 ≤ fraction < 1
}

func (i instant) before(other instant) bool {
	return i.whole < other.whole || i.whole == other.whole && i.fraction < other.fraction
}

// since is the time from another instant to this one.
func (i instant) since(other instant) float64 {
	return float64(i.whole-other.whole) + (i.fraction - other.fraction)
}

// ms is a number of the unit in ms.
func (u timeUnit) ms(v float64) float64 {
	if u.shift < 0 {
		return v / math.Pow10(-u.shift) * u.factor
	}
	return v * math.Pow10(u.shift) * u.factor
}

// parse reads a time as ms, rounded once: the power of ten goes into the text.
func (u timeUnit) parse(d *decimalMark, text []byte) (float64, error) {
	plain, err := d.plain(text)
	if err != nil {
		return 0, err
	}
	mantissa, exponent := plain, 0
	if at := bytes.IndexAny(plain, "eE"); at >= 0 {
		mantissa = plain[:at]
		if exponent, err = strconv.Atoi(string(plain[at+1:])); err != nil {
			return 0, errors.Errorf("%s is beyond the range of numbers", short(text))
		}
	}
	v, err := strconv.ParseFloat(string(mantissa)+"e"+strconv.Itoa(exponent+u.shift), 64)
	if err == nil {
		v *= u.factor
	}
	if err != nil || math.IsInf(v, 0) {
		return 0, errors.Errorf("%s is beyond the range of numbers", short(text))
	}
	if ulp := math.Nextafter(math.Abs(v), math.Inf(1)) - math.Abs(v); ulp > 1e-6 && loses(plain, mantissa) {
		return 0, errors.Errorf("%s has more digits than are kept of it: set TimeOrigin, or FromFirst, so that times count from near by", short(text))
	}
	return v, nil
}

// loses says whether a number has digits that floating point does not keep. More than 17 are those of an integer or
// of decimal arithmetic, unless they are what a float was written with, as by numpy.savetxt.
func loses(plain, mantissa []byte) bool {
	digits := make([]byte, 0, 20)
	for _, c := range mantissa {
		if c >= '1' && c <= '9' || c == '0' && len(digits) > 0 {
			digits = append(digits, c)
		}
	}
	const kept, most = 17, 64
	if len(digits) <= kept {
		return false
	}
	v, err := strconv.ParseFloat(string(plain), 64)
	if err != nil || len(digits) > most {
		return true
	}
	written := strconv.FormatFloat(math.Abs(v), 'e', len(digits)-1, 64)
	written = strings.Replace(written[:strings.IndexByte(written, 'e')], ".", "", 1)
	return written != string(digits)
}

// instantOf reads a time to the last digit.
func (d *decimalMark) instantOf(text []byte) (i instant, err error) {
	plain, err := d.plain(text)
	if err != nil {
		return i, err
	}
	v, err := strconv.ParseFloat(string(plain), 64)
	if err != nil || math.Abs(v) >= 1<<62 {
		return i, errors.Errorf("%s is beyond the range of times", short(text))
	}
	i = instant{int64(math.Floor(v)), v - math.Floor(v)}
	if bytes.ContainsAny(plain, "eE") {
		return i, nil
	}
	digits, fraction, _ := bytes.Cut(bytes.TrimLeft(plain, "+-"), []byte("."))
	if i.whole, i.fraction = 0, 0; len(digits) > 0 {
		if i.whole, err = strconv.ParseInt(string(digits), 10, 64); err != nil {
			return i, errors.Errorf("%s is beyond the range of times", short(text))
		}
	}
	if len(fraction) > 0 {
		if i.fraction, err = strconv.ParseFloat("0."+string(fraction), 64); err != nil {
			return i, errors.Errorf("%s, want a number", short(text))
		}
	}
	if i.fraction == 1 { // rounded up
		i.whole, i.fraction = i.whole+1, 0
	}
	if plain[0] == '-' {
		if i.whole = -i.whole; i.fraction > 0 {
			i.whole, i.fraction = i.whole-1, 1-i.fraction
		}
	}
	return i, nil
}
