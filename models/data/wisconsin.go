package data

import (
	"slices"

	"github.com/pkg/errors"
)

// ReadWisconsin reads breast-cancer-wisconsin.data, the Wisconsin breast cancer database as the UCI
// repository has it (Wolberg & Mangasarian 1990): 699 biopsies, a line each, with the number of the sample,
// nine measures from 1 to 10, and the class, 2 for benign and 4 for malignant. A measure that is missing
// is written as ? and becomes NaN.
func ReadWisconsin(path string) (*Table, error) {
	o := wisconsin()
	t, err := o.parse(func() (*tableFile, error) { return o.open(path) })
	if err != nil {
		return nil, errors.Wrapf(err, "data: Wisconsin breast cancer: %s", path)
	}
	t.Classes = []string{"benign", "malignant"}
	return t, nil
}

// wisconsin says how the file is written.
func wisconsin() TableOptions {
	measures := []string{"clump thickness", "uniformity of cell size", "uniformity of cell shape", "marginal adhesion",
		"single epithelial cell size", "bare nuclei", "bland chromatin", "normal nucleoli", "mitoses"}
	return TableOptions{
		Dialect: Dialect{Separator: ',', Columns: slices.Concat([]string{"number"}, measures, []string{"class"}), Ignore: []string{"number"}, unnamed: true},
		Missing: []string{"?"}, low: 1, high: 10,
		ClassNames: []string{"2", "4"},
	}
}
