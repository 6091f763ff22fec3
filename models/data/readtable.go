package data

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models/train"
)

// TableOptions say of a text file with features and classes what it does not tell itself.
type TableOptions struct {
	Dialect

	// Label is the name of the column of labels. Default: the one that is named label, class, target or category.
	Label string

	// OneHot are the names of columns of which one is 1, or True, in each line, and the others are 0: the classes in their
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
	features []int     // columns
	values   []float64 // that no example has yet
	table    Table
}

func (o TableOptions) parse(open func() (*tableFile, error)) (*Table, error) {
	r := &featureTable{o: o, labels: classReader{labelReader: labelReader{FirstClass: o.FirstClass, Classes: o.Classes},
		label: o.Label, names: o.ClassNames, oneHot: o.OneHot}}
	if err := r.labels.check(); err != nil {
		return nil, err
	}
	if err := readTwice(open, r.begin, r.room, r.add); err != nil {
		return nil, err
	}
	var err error
	if r.table.Classes, err = r.labels.list(); err != nil {
		return nil, err
	}
	return &r.table, nil
}

// room makes room for so many examples.
func (r *featureTable) room(rows int) error {
	if rows == 0 {
		return errors.New("has no lines of values")
	}
	r.table.Values, r.table.Labels = make([][]float64, 0, rows), make([]int, 0, rows)
	r.values = make([]float64, rows*len(r.features))
	return nil
}

// begin finds the columns of a file.
func (r *featureTable) begin(t *tableFile) error {
	if t.names == nil {
		return errors.New("columns have no names: Columns gives them")
	}
	if err := r.labels.begin(t); err != nil {
		return err
	}
	if r.labels.none() {
		var names []string
		for _, name := range t.names {
			names = append(names, short([]byte(name)))
		}
		return errors.Errorf("no column is named label or class, target or category, but %s: Label says which has the labels, "+
			"or OneHot which are 1 for a class", list(names))
	}
	for k, name := range t.names {
		if !t.ignored[k] && !r.labels.has(k) {
			r.features, r.table.Features = append(r.features, k), append(r.table.Features, name)
		}
	}
	if len(r.features) == 0 {
		return errors.New("there is no column of a feature")
	}
	return nil
}

// add adds the example of a row.
func (r *featureTable) add(t *tableFile) error {
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
	class, err := r.labels.read(t)
	if err == nil && class == train.Ignore {
		err = errors.Errorf("%s: label is %d, which is no class: ClassNames can say that it is one", t.column(r.labels.column), class)
	}
	if err != nil {
		return err
	}
	r.values = r.values[n:]
	r.table.Values, r.table.Labels = append(r.table.Values, row), append(r.table.Labels, class)
	return nil
}
