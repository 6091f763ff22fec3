package data

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// role is what a column is for.
type role int

const (
	noRole role = iota
	exampleRole
	timeRole
	unitRole
	labelRole
	speakerRole
	xRole
	yRole
	polarityRole
	valueRole
)

var roleNames = map[role]string{exampleRole: "example", timeRole: "time", unitRole: "unit", labelRole: "label", speakerRole: "speaker",
	xRole: "x", yRole: "y", polarityRole: "polarity", valueRole: "value"}

// roles by the names of columns, in small letters and with spaces between words.
var roles = func() map[string]role {
	of := map[string]role{}
	for role, names := range map[role]string{
		exampleRole:  "example examples sample trial trials sequence recording episode example_id sample_id trial_id sequence_id recording_id",
		timeRole:     "time times t ts timestamp timestamps spike_time spike_times event_time event_times time_stamp",
		unitRole:     "unit units channel channels neuron neurons address addr cell cells i sender senders electrode cluster unit_id channel_id neuron_id cell_id cluster_id electrode_id spike_unit spike_units",
		labelRole:    "label labels class classes target targets category class_id label_id",
		speakerRole:  "speaker speakers subject subject_id speaker_id participant",
		xRole:        "x",
		yRole:        "y",
		polarityRole: "p pol polarity",
		valueRole:    "value values signal amplitude voltage current",
	} {
		for _, name := range strings.Fields(names) {
			of[strings.ReplaceAll(name, "_", " ")] = role
		}
	}
	return of
}()

// roleOf is what a column of a name is for. Of times it gives the unit that the name says, as time_us, "t [s]" and
// timestampNs do, "" where it says none.
func roleOf(name string) (r role, unit string, known bool) {
	words := wordsOf(name)
	n := len(words)
	if n == 0 {
		return noRole, "", false
	}
	if r, ok := roles[strings.Join(words, " ")]; ok {
		return r, "", true
	}
	if n == 1 {
		if _, ok := timeUnits[words[0]]; ok {
			return timeRole, words[0], true
		}
		return noRole, "", false
	}
	before := words[:n-1]
	if len(before) > 1 && before[len(before)-1] == "in" {
		before = before[:len(before)-1]
	}
	r = roles[strings.Join(before, " ")]
	if r == timeRole {
		return r, words[n-1], true
	}
	if r == valueRole { // the unit of a value is not converted
		return r, "", true
	}
	return noRole, "", false
}

// wordsOf are the words of a name, in small letters: they are separated by anything but letters and digits, and where
// a capital follows on a small letter.
func wordsOf(name string) []string {
	if !utf8.ValidString(name) { // of Latin-1, a µ matters
		name = strings.ReplaceAll(name, "\xb5", "µ")
	}
	var b strings.Builder
	small := false
	for _, c := range name {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			c = ' '
		case unicode.IsUpper(c) && small:
			b.WriteByte(' ')
		}
		small = unicode.IsLower(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return strings.Fields(b.String())
}
