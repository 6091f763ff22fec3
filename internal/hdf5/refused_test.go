package hdf5

import (
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// What cannot be read is refused by name once it is asked for. TestRead reads what is beside it.
func TestRefused(t *testing.T) {
	files, _ := written(t)
	for _, name := range []string{"refused earliest", "refused latest"} {
		f := open(t, files[name])
		for path, want := range map[string]string{
			"offset":       "is compressed by the filter scale-offset",
			"elsewhere":    "has its data in another file",
			"virtual":      "is virtual",
			"text":         "holds strings, want numbers",
			"texts":        "holds strings, want numbers",
			"pairs":        "holds compounds",
			"opaque":       "holds opaque bytes",
			"complex":      "holds co", // compounds, or complex numbers
			"regions":      "holds references",
			"long":         "of 16 bytes, want at most 8",
			"none":         "elements 0 to 1 of 0",
			"outside":      "outside is a link to another file",
			"dangling":     "has no dangling",
			"around":       "leads through more than 32 others, or in a circle",
			"good/nothing": "has no good/nothing",
			"":             "is not a dataset",
		} {
			d, err := f.Dataset(path)
			if err == nil {
				err = Read(d, 0, make([]float64, 1))
			}
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %s: error is %v, want one with %q", name, path, err, want)
			}
			var missing *NotFound
			if found := errors.As(err, &missing); found != strings.Contains(want, "has no") {
				t.Errorf("%s: %s: error is %v", name, path, err)
			}
		}
	}
}

func TestWrongElements(t *testing.T) {
	files, _ := written(t)
	f := open(t, files["links latest"])
	d, err := f.Dataset("hard")
	if err != nil {
		t.Fatal(err)
	}
	one := make([]int, 1)
	r, err := f.Dataset("reference")
	if err != nil {
		t.Fatal(err)
	}
	_, sequence := ReadSequence[int](d, 0, nil)
	_, referenced := r.Referenced(1)
	_, number := d.Referenced(0)
	for want, err := range map[string]error{
		"elements 3 to 4 of 3":        Read(d, 3, one),
		"no element -1":               Read(d, -1, one),
		"want sequences of numbers":   sequence,
		"want sequences":              d.Lengths(0, one),
		"of column 0 of shape [3]":    ReadColumn(d, 0, one),
		"there is no element 1 of 1":  referenced,
		"want references to objects":  number,
		"holds references, want numb": Read(r, 0, one),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	if to, err := r.Referenced(0); err != nil || to.Len() != 3 {
		t.Errorf("%v (%v)", to, err)
	}
}

func TestAttributes(t *testing.T) {
	files, _ := written(t)
	for _, name := range []string{"links earliest", "links v108", "links latest"} {
		f := open(t, files[name])
		hard, err := f.Dataset("hard")
		if err != nil {
			t.Fatal(err)
		}
		table, err := f.Dataset("table")
		if err != nil {
			t.Fatal(err)
		}
		ten, err := hard.Attribute("ten")
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := ten.Float(); !ok || v != 10 {
			t.Errorf("ten is %v", v)
		}
		word, err := hard.Attribute("word")
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := word.Text(); !ok || v != "double" {
			t.Errorf("word is %q", v)
		}
		if _, ok := word.Float(); ok {
			t.Error("a text is a number")
		}
		if many, err := table.Attribute("attribute 19"); err != nil || many == nil {
			t.Errorf("%s: attribute 19: %v", name, err)
		}
		if none, err := hard.Attribute("none"); err != nil || none != nil {
			t.Errorf("none is %v (%v)", none, err)
		}
	}
}

// An attribute larger than 64 KiB has a place of its own in the file: it stands in the way of no other.
func TestLargeAttributes(t *testing.T) {
	files, _ := written(t)
	d, err := open(t, files["large attributes"]).Dataset("x")
	if err != nil {
		t.Fatal(err)
	}
	units, err := d.Attribute("units")
	if err != nil || units == nil {
		t.Fatal(units, err)
	}
	if text, ok := units.Text(); !ok || text != "ms" {
		t.Errorf("units are %q", text)
	}
	large, err := d.Attribute("large")
	if err != nil || large == nil {
		t.Fatal(large, err)
	}
	if v, ok := large.Float(); !ok || v != 7 {
		t.Errorf("large is %v", v)
	}
}

func TestList(t *testing.T) {
	files, _ := written(t)
	for _, name := range []string{"refused earliest", "refused latest"} {
		all := open(t, files[name]).List()
		slices.Sort(all) // new groups are in the order of a hash
		if got := strings.Join(all, " "); got != "complex elsewhere good long none offset opaque pairs regions text texts virtual" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
