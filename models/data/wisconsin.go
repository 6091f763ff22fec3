package data

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"

	"github.com/pkg/errors"
)

// maxWisconsin bounds the bytes of the file, which has 20 kB as it is published.
const maxWisconsin = 1 << 24

// Columns of the file: the number of a sample, nine measures, and a class.
const (
	wisconsinColumns   = 11
	wisconsinBenign    = 2
	wisconsinMalignant = 4
)

// ReadWisconsin reads breast-cancer-wisconsin.data, the Wisconsin breast cancer database as the UCI
// repository has it (Wolberg & Mangasarian 1990): 699 biopsies, a line each, with the number of the sample,
// nine measures from 1 to 10, and the class, 2 for benign and 4 for malignant. A measure that is missing
// is written as ? and becomes NaN.
func ReadWisconsin(path string) (*Table, error) {
	raw, err := readBounded(path, maxWisconsin)
	if err != nil {
		return nil, errors.Wrap(err, "data: Wisconsin breast cancer")
	}
	t, err := parseWisconsin(raw)
	return t, errors.Wrapf(err, "data: Wisconsin breast cancer: %s", path)
}

func parseWisconsin(raw []byte) (*Table, error) {
	t := &Table{
		Features: []string{"clump thickness", "uniformity of cell size", "uniformity of cell shape", "marginal adhesion",
			"single epithelial cell size", "bare nuclei", "bland chromatin", "normal nucleoli", "mitoses"},
		Classes: []string{"benign", "malignant"},
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true
	for {
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(fields) != wisconsinColumns {
			return nil, errors.Errorf("line %d has %d columns, want %d: number, nine measures, class", line, len(fields), wisconsinColumns)
		}
		values, label, err := t.parseBiopsy(fields)
		if err != nil {
			return nil, errors.Wrapf(err, "line %d", line)
		}
		t.Values, t.Labels = append(t.Values, values), append(t.Labels, label)
	}
	if len(t.Values) == 0 {
		return nil, errors.New("has no lines")
	}
	return t, nil
}

// parseBiopsy reads the columns of a line after the first, which means nothing here.
func (t *Table) parseBiopsy(fields []string) (values []float64, label int, err error) {
	values = make([]float64, len(t.Features))
	for k, name := range t.Features {
		if fields[k+1] == "?" {
			values[k] = math.NaN()
			continue
		}
		v, err := parseWhole(name, fields[k+1], 1, 10)
		if err != nil {
			return nil, 0, err
		}
		values[k] = float64(v)
	}
	switch class, err := parseWhole("class", fields[wisconsinColumns-1], wisconsinBenign, wisconsinMalignant); {
	case err != nil:
		return nil, 0, err
	case class == wisconsinBenign:
		return values, 0, nil
	case class == wisconsinMalignant:
		return values, 1, nil
	default:
		return nil, 0, errors.Errorf("class is %d, want %d for benign or %d for malignant", class, wisconsinBenign, wisconsinMalignant)
	}
}
