package data

import (
	"strconv"

	"github.com/pkg/errors"
)

// classReader reads the labels of a text: numbers, or words that have been given in the order of their classes.
type classReader struct {
	labelReader
	names []string
	index map[string]int
}

// check finds out whether the settings make sense.
func (r *classReader) check() error {
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

// read is the class of a label.
func (r *classReader) read(mark *decimalMark, text []byte) (int, error) {
	if r.index != nil {
		class, ok := r.index[string(text)]
		if !ok {
			return 0, errors.Errorf("label is %s, want one of the %d ClassNames", short(text), len(r.names))
		}
		return class, nil
	}
	v, err := mark.number(text)
	if err != nil && !isNumber(text) && len(text) > 0 {
		return 0, errors.Errorf("label is %s, want a whole number: ClassNames gives the classes of words, in their order", short(text))
	}
	if err != nil {
		return 0, errors.Wrap(err, "label is")
	}
	return r.class(v)
}

// count is the number of classes, once all labels have been read.
func (r *classReader) count() (int, error) { return r.classes() }

// list are the names of the classes: those that were given, or their labels.
func (r *classReader) list(classes int) []string {
	if r.names != nil {
		return r.names
	}
	names := make([]string, classes)
	for class := range names {
		names[class] = strconv.Itoa(class + r.FirstClass)
	}
	return names
}
