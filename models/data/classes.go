package data

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// classReader reads the classes of a text with columns: labels that are numbers, or words that have been given in the
// order of their classes, or columns of which one is 1.
type classReader struct {
	labelReader
	label  string   // name of the column of labels; "": one that is named as such
	names  []string // of classes whose labels are words
	oneHot []string // names of columns

	index   map[string]int // of the names
	column  int            // of labels; −1: there is none
	columns []int          // that are one-hot
	hot     []float64
}

// check finds out whether the settings make sense.
func (r *classReader) check() error {
	r.column = -1
	if r.oneHot != nil && (r.label != "" || r.names != nil || r.FirstClass != 0 || r.Classes != 0) {
		return errors.New("OneHot says what the classes are: want no Label, ClassNames, FirstClass and Classes beside it")
	}
	if r.names == nil {
		return r.labelReader.check()
	}
	if r.FirstClass != 0 || r.Classes != 0 && r.Classes != len(r.names) {
		return errors.Errorf("there are %d ClassNames, but FirstClass is %d and Classes %d: want 0, or their number", len(r.names), r.FirstClass, r.Classes)
	}
	r.Classes, r.index = len(r.names), map[string]int{}
	for class, name := range r.names {
		if _, twice := r.index[name]; twice {
			return errors.Errorf("ClassNames has %q twice", name)
		}
		r.index[name] = class
	}
	return r.labelReader.check()
}

// begin finds the columns that tell the class, if there are any.
func (r *classReader) begin(t *tableFile) (err error) {
	for _, name := range r.oneHot {
		k, err := t.find("OneHot", name)
		if err != nil {
			return err
		}
		if slices.Contains(r.columns, k) {
			return errors.Errorf("OneHot has %q twice", name)
		}
		r.columns = append(r.columns, k)
	}
	r.hot = make([]float64, len(r.columns))
	if r.oneHot != nil {
		return nil
	}
	if r.label != "" {
		r.column, err = t.find("Label", r.label)
		return err
	}
	for k, name := range t.names {
		if role, _, _ := roleOf(name); role != labelRole || t.ignored[k] {
			continue
		}
		if r.column >= 0 {
			return errors.Errorf("%s and %s may both be labels: Label says which, Ignore takes the other out", t.column(r.column), t.column(k))
		}
		r.column = k
	}
	return nil
}

// none says whether no column tells the class.
func (r *classReader) none() bool { return r.column < 0 && r.columns == nil }

// has says whether a column is one of those that tell the class.
func (r *classReader) has(k int) bool { return k == r.column || slices.Contains(r.columns, k) }

// find finds a column that a setting names.
func (t *tableFile) find(setting, name string) (int, error) {
	k := slices.IndexFunc(t.names, func(n string) bool { return strings.EqualFold(n, name) })
	if k < 0 || t.ignored[k] {
		return 0, errors.Errorf("%s is %q, which is no column, or one that Ignore has", setting, name)
	}
	return k, nil
}

// read is the class of a row.
func (r *classReader) read(t *tableFile) (int, error) {
	if r.columns != nil {
		return r.readOneHot(t)
	}
	text := t.fields[r.column]
	if r.index != nil {
		class, ok := r.index[string(text)]
		if !ok {
			return 0, errors.Errorf("%s: label is %s, want one of the %d ClassNames", t.column(r.column), short(text), len(r.names))
		}
		return class, nil
	}
	v, err := t.number(text)
	if err != nil && !isNumber(text) && len(text) > 0 {
		err = errors.Errorf("%s, want a whole number: ClassNames gives the classes of words, in their order", short(text))
	}
	if err != nil {
		return 0, t.wrong(err, r.column, "label")
	}
	class, err := r.class(v)
	if err != nil {
		return 0, errors.Wrap(err, t.column(r.column))
	}
	return class, nil
}

func (r *classReader) readOneHot(t *tableFile) (int, error) {
	for i, k := range r.columns {
		v, err := t.flag(t.fields[k], 0)
		if err != nil {
			return 0, t.wrong(err, k, "class")
		}
		r.hot[i] = v
	}
	class, ok := oneHot(r.hot)
	if !ok || class < 0 {
		return 0, errors.Errorf("of the %d columns of OneHot, want one to be 1 and the others 0", len(r.columns))
	}
	return class, nil
}

// list are the names of the classes, once all labels have been read: those that were given, those of one-hot columns, or
// the labels.
func (r *classReader) list() ([]string, error) {
	if r.oneHot != nil {
		return r.oneHot, nil
	}
	classes, err := r.classes()
	if err != nil || r.names != nil {
		return r.names, err
	}
	names := make([]string, classes)
	for class := range names {
		names[class] = strconv.Itoa(class + r.FirstClass)
	}
	return names, nil
}
