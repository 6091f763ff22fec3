package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train/traintest"
)

// The same three flowers in many files.
func TestReadTable(t *testing.T) {
	const plain = "length,width,class\n5.1,3.5,0\n7,3.2,1\n4.9,3,0\n"
	for name, c := range map[string]struct {
		text string
		o    TableOptions
	}{
		"plain":           {text: plain},
		"label first":     {text: "Label;length;width\n0;5,1;3,5\n1;7;3,2\n0;4,9;3\n"},
		"an index":        {text: "Unnamed: 0,length,width,target\n0,5.1,3.5,0\n1,7,3.2,1\n2,4.9,3,0\n"},
		"an id":           {text: "id,length,width,class\nA7,5.1,3.5,0\nB2,7,3.2,1\nC,4.9,3,0\n", o: TableOptions{Dialect: Dialect{Ignore: []string{"id"}}}},
		"labels from 1":   {text: "length,width,class\n5.1,3.5,1\n7,3.2,2\n4.9,3,1\n", o: TableOptions{FirstClass: 1}},
		"words":           {text: "length,width,species\n5.1,3.5,setosa\n7,3.2,virginica\n4.9,3,setosa\n", o: TableOptions{Label: "species", ClassNames: []string{"setosa", "virginica"}}},
		"-1 and 1":        {text: "length,width,y\n5.1,3.5,-1\n7,3.2,1\n4.9,3,-1\n", o: TableOptions{Label: "y", ClassNames: []string{"-1", "1"}}},
		"one-hot":         {text: "a,length,b,width\n1,5.1,0,3.5\n0,7,1,3.2\n1,4.9,0,3\n", o: TableOptions{OneHot: []string{"a", "b"}}},
		"without names":   {text: "5.1,3.5,0\n7,3.2,1\n4.9,3,0\n", o: TableOptions{Dialect: Dialect{Columns: []string{"length", "width", "class"}}}},
		"other names":     {text: "l,w,c\n5.1,3.5,0\n7,3.2,1\n4.9,3,0\n", o: TableOptions{Dialect: Dialect{Columns: []string{"length", "width", "class"}}}},
		"a named comment": {text: "# length width class\n5.1 3.5 0\n7 3.2 1\n4.9 3 0\n"},
	} {
		table, err := c.o.parse(text(c.o.Dialect, c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(table.Features, []string{"length", "width"}) || !slices.Equal(table.Labels, []int{0, 1, 0}) || len(table.Classes) != 2 {
			t.Errorf("%s: %+v", name, table)
		}
		for i, want := range [][]float64{{5.1, 3.5}, {7, 3.2}, {4.9, 3}} {
			if !slices.Equal(table.Values[i], want) {
				t.Errorf("%s: example %d is %v, want %v", name, i, table.Values[i], want)
			}
		}
		traintest.Dataset(t, table)
	}
	table, err := ReadTable(write(t, "table.csv", []byte("a,b,class\n1,NA,0\n,2,1\n")), TableOptions{Missing: []string{"NA", ""}})
	if err != nil || !math.IsNaN(table.Values[0][1]) || !math.IsNaN(table.Values[1][0]) || table.Values[1][1] != 2 {
		t.Errorf("%+v, %v: want what is missing to be NaN", table, err)
	}
}

func TestReadTableRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		o    TableOptions
		want string
	}{
		{"", TableOptions{}, "has no lines"},
		{"a,class\n", TableOptions{}, "has no lines"},
		{"1,2\n", TableOptions{}, "columns have no names: Columns gives them"},
		{"a,b\n1,2\n", TableOptions{}, "no column is named label or class"},
		{"label,class,a\n1,2,3\n", TableOptions{}, "Label says which"},
		{"class\n1\n", TableOptions{}, "no column of a feature"},
		{"a,class\n1,0\nNA,0\n", TableOptions{}, `line 3: column 1 ("a") is "NA", want a number; Missing`},
		{"a,class\n1,0\nnan,0\n", TableOptions{}, `is "nan", want a number`},
		{"a,class\n1,yes\n", TableOptions{}, "ClassNames gives the classes of words"},
		{"a,class\n1,yes\n", TableOptions{ClassNames: []string{"no"}}, `label is "yes", want one of the 1 ClassNames`},
		{"a,class\n1,1\n1,2\n", TableOptions{}, "set FirstClass to 1"},
		{"a,class\n1,-1\n1,1\n", TableOptions{}, "ClassNames can say that it is one"},
		{"a,class\n1,0.5\n", TableOptions{}, "label is 0.5"},
		{"a,b,c\n1,0,0\n", TableOptions{OneHot: []string{"b", "c"}}, "want one to be 1"},
		{"a,b,c\n1,1,1\n", TableOptions{OneHot: []string{"b", "c"}}, "want one to be 1"},
		{"a,b,c\n1,1,1\n", TableOptions{OneHot: []string{"b", "b"}}, `OneHot has "b" twice`},
		{"a,b,c\n1,1,1\n", TableOptions{OneHot: []string{"b", "d"}}, `OneHot is "d", which is no column`},
		{"a,b,c\n1,1,1\n", TableOptions{OneHot: []string{"b", "c"}, Label: "a"}, "want no Label"},
	} {
		table, err := c.o.parse(text(c.o.Dialect, c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gives %v, %v: want an error with %q", c.text, table, err, c.want)
		}
	}
}

func TestSignalDialects(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    SignalOptions
	}{
		"seconds":          {text: "time_s,mV\n0,1\n0.0015,2\n0.004,3\n"},
		"values first":     {text: "mV;ms\n1;0\n2;1,5\n3;4\n"},
		"an index":         {text: ",t,v\n0,0,1\n1,1.5,2\n2,4,3\n"},
		"the unit alone":   {text: "us\tV\n0\t1\n1500\t2\n4000\t3\n"},
		"several channels": {text: "time,a,b\n0,9,1\n1.5,9,2\n4,9,3\n", o: SignalOptions{Value: "b"}},
		"others ignored":   {text: "time,a,b\n0,9,1\n1.5,x,2\n4,9,3\n", o: SignalOptions{Dialect: Dialect{Ignore: []string{"a"}}}},
		"Unix time":        {text: "1700000000000000000 1\n1700000000001500000 2\n1700000000004000000 3\n", o: SignalOptions{Clock: Clock{TimeUnit: "ns", FromFirst: true}}},
	} {
		s, err := c.o.parse(text(c.o.Dialect, c.text))
		if err != nil || !near(s.Times, []float64{0, 1.5, 4}) || !slices.Equal(s.Values, []float64{1, 2, 3}) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	german, err := SignalOptions{Interval: 2}.parse(text(Dialect{}, "Spannung in mV\n0,5\n-1,25\n3\n"))
	if err != nil || !slices.Equal(german.Values, []float64{.5, -1.25, 3}) || !slices.Equal(german.Times, []float64{0, 2, 4}) || german.Interval != 2 {
		t.Errorf("%+v, %v", german, err)
	}
	for _, c := range []struct {
		text string
		o    SignalOptions
		want string
	}{
		{"a,b\n1,2\n", SignalOptions{Interval: 1}, "may both be values: Value says which"},
		{"t,time_s,v\n1,2,3\n", SignalOptions{}, "are both times"},
		{"time\n1\n", SignalOptions{}, "no column has values"},
		{"v\n1\n", SignalOptions{}, "Interval is 0 ms"},
		{"v\n1\n", SignalOptions{Interval: 1, Clock: Clock{TimeUnit: "s"}}, "the file has no times"},
		{"time_s,v\n1,2\n", SignalOptions{Clock: Clock{TimeUnit: "ms"}}, "are in \"s\""},
		{"1,2\n", SignalOptions{Value: "a"}, "columns have no names"},
		{"t,v\n1,2\n", SignalOptions{Value: "a"}, "which is no column"},
		{"1\n2,3\n", SignalOptions{Interval: 1}, "want a number with a decimal point"},
	} {
		if s, err := c.o.parse(text(c.o.Dialect, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gives %+v, %v: want an error with %q", c.text, s, err, c.want)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("length,width,class\n5.1,3.5,0\n7,3.2,1\n")
	f.Add("# a label\n1;2,5\n\"3\";4\n")
	f.Add("\xff\xfea\x00\t\x00c\x00l\x00a\x00s\x00s\x00\n\x001\x00\t\x000\x00")
	f.Fuzz(func(t *testing.T, raw string) {
		table, err := TableOptions{Missing: []string{"?"}}.parse(text(Dialect{}, raw))
		if err != nil {
			return
		}
		if len(table.Values) == 0 || len(table.Labels) != len(table.Values) || len(table.Values)*len(table.Features) > len(raw) {
			t.Fatalf("%d rows and %d labels from %d bytes", len(table.Values), len(table.Labels), len(raw))
		}
		for i, label := range table.Labels {
			if label < 0 || label >= len(table.Classes) || len(table.Values[i]) != len(table.Features) {
				t.Fatalf("example %d is of class %d", i, label)
			}
		}
	})
}
