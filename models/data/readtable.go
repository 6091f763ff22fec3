package data

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// TableOptions say of a text file with features and classes what it does not tell itself.
type TableOptions struct {
	Dialect

	// Label is the name of the column of labels. Default: the one that is named label, class, target or category.
	Label string

	// OneHot are the names of columns of which one is 1 in each line, and the others are 0: the classes in their
	// order. There is no column of labels then.
	OneHot []string

	// FirstClass is the label of class 0: 1 where labels count from 1. Classes is the number of classes; default:
	// the highest label and one.
	FirstClass, Classes int

	// ClassNames are the classes of a file whose labels are words, or numbers other than 0, 1, 2, …, in the order
	// of the classes.
	ClassNames []string

	// Missing are texts for a feature that is missing, as "?", "NA" or "". Default: there are none.
	Missing []string

	low, high float64 // where high > low, features are whole numbers from low to high
}

// ReadTable reads features and classes, an example a line, from a text file with columns, see [Dialect]. Columns go
// by their names: one has the labels, and all others, but for those that Ignore has, are features, which are
// numbers. Errors name the path, the line and the column.
//
// The file is read twice: no more memory is taken than for the table, and 64 KB.
func ReadTable(path string, o TableOptions) (*Table, error) {
	t, err := o.parse(func() (*tableFile, error) { return o.open(path) })
	return t, errors.Wrapf(err, "data: table %s", path)
}

// featureTable reads the lines of a file with features.
type featureTable struct {
	o        TableOptions
	labels   classReader
	label    int   // column; −1: one-hot
	oneHot   []int // columns
	features []int // columns
	rows     int
	hot      []float64
	values   []float64 // that no example has yet
	table    *Table
}

func (o TableOptions) parse(open func() (*tableFile, error)) (*Table, error) {
	r := &featureTable{o: o, labels: classReader{labelReader: labelReader{FirstClass: o.FirstClass, Classes: o.Classes}, names: o.ClassNames}}
	if err := r.labels.check(); err != nil {
		return nil, err
	}
	if err := eachRow(open, func(t *tableFile) error {
		r.rows++
		return r.begin(t)
	}); err != nil {
		return nil, err
	}
	if r.rows == 0 {
		return nil, errors.New("has no lines")
	}
	r.table.Values, r.table.Labels = make([][]float64, 0, r.rows), make([]int, 0, r.rows)
	r.values = make([]float64, r.rows*len(r.features))
	if err := eachRow(open, r.add); err != nil {
		return nil, err
	}
	if len(r.table.Values) != r.rows {
		return nil, errChanged
	}
	if r.label < 0 {
		return r.table, nil
	}
	classes, err := r.labels.classes()
	r.table.Classes = r.labels.list(classes)
	return r.table, err
}

// begin finds the columns of a file.
func (r *featureTable) begin(t *tableFile) error {
	if r.table != nil {
		return nil
	}
	if t.names == nil {
		return errors.New("columns have no names: Columns gives them")
	}
	r.table, r.label = new(Table), -1
	if err := r.findLabels(t); err != nil {
		return err
	}
	for k, name := range t.names {
		if !t.ignored[k] && k != r.label && !slices.Contains(r.oneHot, k) {
			r.features, r.table.Features = append(r.features, k), append(r.table.Features, name)
		}
	}
	if len(r.features) == 0 {
		return errors.New("there is no column of a feature")
	}
	return nil
}

// findLabels finds the columns that tell the class.
func (r *featureTable) findLabels(t *tableFile) error {
	find := func(name string) (int, error) {
		k := slices.IndexFunc(t.names, func(n string) bool { return strings.EqualFold(n, name) })
		if k < 0 || t.ignored[k] {
			return 0, errors.Errorf("there is no column %q of labels, or Ignore has it", name)
		}
		return k, nil
	}
	var err error
	if r.o.OneHot != nil {
		if r.o.Label != "" || r.o.ClassNames != nil || r.o.FirstClass != 0 || r.o.Classes != 0 {
			return errors.New("OneHot says what the classes are: want no Label, ClassNames, FirstClass and Classes beside it")
		}
		for _, name := range r.o.OneHot {
			k, err := find(name)
			if err != nil {
				return err
			}
			if slices.Contains(r.oneHot, k) {
				return errors.Errorf("OneHot has %q twice", name)
			}
			r.oneHot, r.table.Classes = append(r.oneHot, k), append(r.table.Classes, t.names[k])
		}
		r.hot = make([]float64, len(r.oneHot))
		return nil
	}
	if r.o.Label != "" {
		r.label, err = find(r.o.Label)
		return err
	}
	for k, name := range t.names {
		if role, _, _ := roleOf(name); role != labelRole || t.ignored[k] {
			continue
		}
		if r.label >= 0 {
			return errors.Errorf("%s and %s may both be labels: Label says which, Ignore takes the other out", t.column(r.label), t.column(k))
		}
		r.label = k
	}
	if r.label < 0 {
		return errors.New("no column is named label or class: Label says which has the labels, or OneHot which are 1 for a class")
	}
	return nil
}

// add adds the example of a row.
func (r *featureTable) add(t *tableFile) error {
	if len(r.table.Values) == r.rows {
		return errChanged
	}
	n := len(r.features)
	row := r.values[:n:n]
	for i, k := range r.features {
		if slices.Contains(r.o.Missing, string(t.fields[k])) {
			row[i] = math.NaN()
			continue
		}
		v, err := t.number(t.fields[k])
		if r.o.high > r.o.low {
			v, err = t.whole(t.fields[k], r.o.low, r.o.high)
		}
		if err != nil {
			return errors.Errorf("%s is %v; Missing has texts for what is missing, Ignore columns that are no features", t.column(k), err)
		}
		row[i] = v
	}
	class, err := r.class(t)
	if err != nil {
		return err
	}
	r.values = r.values[n:]
	r.table.Values, r.table.Labels = append(r.table.Values, row), append(r.table.Labels, class)
	return nil
}

// class is that of a row.
func (r *featureTable) class(t *tableFile) (int, error) {
	if r.label >= 0 {
		class, err := r.labels.read(&t.decimalMark, t.fields[r.label])
		if err == nil && class == train.Ignore {
			err = errors.Errorf("label is %s, which is no class: ClassNames can say that it is one", short(t.fields[r.label]))
		}
		if err != nil {
			return 0, errors.Wrap(err, t.column(r.label))
		}
		return class, nil
	}
	for i, k := range r.oneHot {
		v, err := t.number(t.fields[k])
		if err != nil {
			return 0, t.wrong(err, k, "class")
		}
		r.hot[i] = v
	}
	class, ok := oneHot(r.hot)
	if !ok || class == train.Ignore {
		return 0, errors.Errorf("of the %d columns of OneHot, want one to be 1 and the others 0", len(r.oneHot))
	}
	return class, nil
}
