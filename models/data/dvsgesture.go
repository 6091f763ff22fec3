package data

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// DVSGestures are the names of the classes of [ReadDVSGesture].
func DVSGestures() []string {
	return []string{
		"hand clapping", "right hand wave", "left hand wave", "right arm clockwise", "right arm counter clockwise",
		"left arm clockwise", "left arm counter clockwise", "arm roll", "air drums", "air guitar", "other gestures",
	}
}

// ReadDVSGesture opens DVS128 Gesture (Amir et al., "A low power, fully event-based gesture recognition system", CVPR
// 2017): a folder with trials_to_train.txt and trials_to_test.txt, which name recordings of AEDAT 3.1, a line each, and
// for each recording NAME.aedat a table NAME_labels.csv of the classes, from 1, with the µs at which they begin and end.
// Each line of a table is an example, as long as it says, whose times begin where it begins. Units are as in [ReadDVS], of
// 128 × 128 pixels; speakers are the numbers of the users in the recordings' names.
//
// Events stay in their recordings, all of which are read once.
func ReadDVSGesture(dir string, o DVSOptions) (train, test *Events, err error) {
	if train, err = readDVSGesture(dir, "trials_to_train.txt", o); err == nil {
		test, err = readDVSGesture(dir, "trials_to_test.txt", o)
	}
	return train, test, errors.Wrap(err, "data: DVS Gesture")
}

func readDVSGesture(dir, list string, o DVSOptions) (*Events, error) {
	o = o.withDefaults()
	if o.Width == 0 && o.Height == 0 {
		o.Width, o.Height = 128, 128
	}
	if o.Window != 0 {
		return nil, errors.New("Window is not for DVS Gesture, whose tables say when an example begins and ends")
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	names, err := wfdbList(filepath.Join(dir, list))
	if err != nil {
		return nil, err
	}
	r := &dvsReader{o: o, open: openAEDAT}
	var labels, speakers []int
	for _, name := range names {
		path := filepath.Join(dir, name)
		table, err := readGestures(strings.TrimSuffix(path, filepath.Ext(path)) + "_labels.csv")
		if err != nil {
			return nil, err
		}
		_, err = r.add(path, func(f dvsFormat) ([]dvsSpan, error) { return r.gestures(f, table) })
		if err != nil {
			return nil, err
		}
		for _, g := range table {
			labels, speakers = append(labels, g.class), append(speakers, userOf(name))
		}
	}
	return r.events(labels, len(DVSGestures()), speakers)
}

// gesture is a line of a table: a class from 0, and when it begins and ends, µs.
type gesture struct {
	class    int
	from, to int64
}

// gestures finds the examples of a table in their recording.
func (r *dvsReader) gestures(f dvsFormat, table []gesture) ([]dvsSpan, error) {
	spans := make([]dvsSpan, len(table))
	for k, g := range table {
		spans[k] = dvsSpan{from: g.from, to: g.to, last: -1}
	}
	err := r.spansOf(f, spans, func(us int64) int {
		k := sort.Search(len(spans), func(k int) bool { return spans[k].to > us })
		if k == len(spans) || us < spans[k].from {
			return -1
		}
		return k
	})
	for k, s := range spans {
		if err == nil && s.events == 0 {
			err = errors.Errorf("has no events of example %d of its table, from %d to %d µs: is that of another recording?", k+1, s.from, s.to)
		}
	}
	return spans, err
}

// readGestures reads a table class,startTime_usec,endTime_usec.
func readGestures(path string) (table []gesture, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	table, err = parseGestures(file)
	return table, errors.Wrap(err, path)
}

func parseGestures(r io.Reader) (table []gesture, err error) {
	const header = "class,startTime_usec,endTime_usec"
	lines, line := bufio.NewScanner(r), 0
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if line++; line == 1 {
			if text != header {
				return nil, errors.Errorf("line 1: header is %s, want %s", quoteShort(text), header)
			}
			continue
		}
		if text == "" {
			continue
		}
		var numbers [3]int64
		fields := strings.Split(text, ",")
		for k := range numbers {
			if len(fields) != len(numbers) {
				return nil, errors.Errorf("line %d: has %d columns, want %s", line, len(fields), header)
			}
			if numbers[k], err = strconv.ParseInt(strings.TrimSpace(fields[k]), 10, 64); err != nil {
				return nil, errors.Errorf("line %d: column %d is %s, want a whole number", line, k+1, quoteShort(fields[k]))
			}
		}
		g := gesture{int(numbers[0]) - 1, numbers[1], numbers[2]}
		if numbers[0] < 1 || numbers[0] > int64(len(DVSGestures())) {
			return nil, errors.Errorf("line %d: class is %d, want 1 to %d", line, numbers[0], len(DVSGestures()))
		}
		if g.from < 0 || g.to <= g.from || len(table) > 0 && g.from < table[len(table)-1].to {
			return nil, errors.Errorf("line %d: from %d to %d µs, want it after the line before", line, g.from, g.to)
		}
		table = append(table, g)
	}
	if err := lines.Err(); err != nil {
		return nil, errors.Wrapf(err, "line %d", line+1)
	}
	if line == 0 {
		return nil, errors.New("line 1: there is no header")
	}
	return table, nil
}

var userPattern = regexp.MustCompile(`user0*(\d{1,6})`)

// userOf is the number of a user in the name of a recording, noSpeaker where there is none.
func userOf(name string) int {
	m := userPattern.FindStringSubmatch(name)
	if m == nil {
		return noSpeaker
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return noSpeaker
	}
	return n
}
