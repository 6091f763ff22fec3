package hdf5

import (
	"slices"

	"github.com/pkg/errors"
)

// Variable is an array of a file of MATLAB 7.3 (save -v7.3), which is an HDF5 file. MATLAB keeps arrays by columns, and so
// the dimensions stand the other way round in the file: [Read] gives the elements by columns, the first dimension
// changing fastest.
type Variable struct {
	*Dataset
	Dims  []int  // as MATLAB's size gives them
	Class string // as MATLAB's class gives it: double, single, int8, logical, char, cell; empty if not said
}

// Variable opens a variable by its name, as "x", or a field of a structure, as "s/x". An array without elements has Len
// 0.
func (f *File) Variable(name string) (*Variable, error) {
	d, err := f.Dataset(name)
	if err != nil {
		return nil, err
	}
	return d.Variable()
}

// Variable is the dataset as a variable of MATLAB. An element of a cell is one, see [Dataset.Referenced].
func (d *Dataset) Variable() (*Variable, error) {
	v := &Variable{Dataset: d, Dims: d.Shape()}
	slices.Reverse(v.Dims)
	class, err := d.Attribute("MATLAB_class")
	if err != nil {
		return nil, err
	}
	if class != nil {
		v.Class, _ = class.Text()
	}
	empty, err := d.Attribute("MATLAB_empty")
	if err != nil || empty == nil {
		return v, err
	}
	if is, ok := empty.Float(); !ok || is == 0 {
		return v, nil
	}
	// What is stored of an array without elements are its dimensions.
	if d.Len() > maxRank {
		return nil, errors.Errorf("%s: an empty array of %d dimensions", d.path, d.Len())
	}
	v.Dims = make([]int, d.Len())
	if err := Read(d, 0, v.Dims); err != nil {
		return nil, err
	}
	nothing := &Dataset{f: d.f, object: d.object, path: d.path, typ: d.typ, space: d.space, layout: d.layout, work: d.work}
	for _, n := range v.Dims {
		nothing.dims = append(nothing.dims, uint64(max(n, 0)))
	}
	if n, ok := product(nothing.dims...); !ok || n != 0 {
		return nil, errors.Errorf("%s: an empty array of shape %v", d.path, v.Dims)
	}
	v.Dataset = nothing
	return v, nil
}
