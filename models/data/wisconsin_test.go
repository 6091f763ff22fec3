package data

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const someBiopsies = `1000025,5,1,1,1,2,1,3,1,1,2
1057013,8,4,5,1,2,?,7,3,1,4

7, 10,10,10,10,10,10,10,10,10, 4
`

func TestReadWisconsin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "breast-cancer-wisconsin.data")
	if err := os.WriteFile(path, []byte(someBiopsies), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := ReadWisconsin(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.Labels, []int{0, 1, 1}) || len(table.Features) != 9 || len(table.Classes) != 2 {
		t.Errorf("labels are %v of %v", table.Labels, table.Classes)
	}
	nan := math.NaN()
	for i, want := range [][]float64{{5, 1, 1, 1, 2, 1, 3, 1, 1}, {8, 4, 5, 1, 2, nan, 7, 3, 1}, {10, 10, 10, 10, 10, 10, 10, 10, 10}} {
		if !slices.EqualFunc(table.Values[i], want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
			t.Errorf("biopsy %d is %v, want %v", i, table.Values[i], want)
		}
	}
	if _, err := ReadWisconsin(path + ".not"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want one with the path", err)
	}
}

func TestReadWisconsinMalformed(t *testing.T) {
	for raw, want := range map[string]string{
		"":                         "has no lines",
		"\n\n":                     "has no lines",
		"1,2,3\n":                  "line 1 has 3 columns, but Columns names 11",
		"1,1,1,1,1,1,1,1,1,1,2,2":  "line 1 has 12 columns",
		"1,5,1,1,1,2,1,3,1,1,3":    `line 1: column 11 ("class"): label is "3"`,
		"1,5,1,1,1,2,1,3,1,1,?":    `label is "?"`,
		"1,0,1,1,1,2,1,3,1,1,2":    `line 1: column 2 ("clump thickness") is "0", want a whole number from 1 to 10`,
		"1,5,1,1,1,2,11,3,1,1,2":   `column 7 ("bare nuclei") is "11"`,
		"1,5,1,1,1,2,1.5,3,1,1,2":  `column 7 ("bare nuclei") is "1.5"`,
		"1,5,1,1,1,2,NaN,3,1,1,2":  `column 7 ("bare nuclei") is "NaN"`,
		"1,5,1,1,1,2,1,3,1,,2":     `column 10 ("mitoses") is ""`,
		"1,5,1,1,1,2,1,3,1,\"1,2":  "line 1: a quoted field does not end",
		someBiopsies + "1,a,1,1,1": "line 5 has 5 columns",
	} {
		if table, err := wisconsin().parse(text(wisconsin().Dialect, raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v and the error %v, want one with %q", raw, table, err, want)
		}
	}
}

func FuzzReadWisconsin(f *testing.F) {
	f.Add([]byte(someBiopsies))
	f.Add([]byte("1,?,?,?,?,?,?,?,?,?,2"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		table, err := wisconsin().parse(text(wisconsin().Dialect, string(raw)))
		if err != nil {
			return
		}
		if len(table.Values) == 0 || len(table.Values) != len(table.Labels) || len(table.Values) > len(raw)/21+1 {
			t.Fatalf("%d rows and %d labels from %d bytes", len(table.Values), len(table.Labels), len(raw))
		}
		for i, row := range table.Values {
			for _, v := range row {
				if !math.IsNaN(v) && !(v >= 1 && v <= 10) {
					t.Fatalf("row %d is %v", i, row)
				}
			}
		}
	})
}
