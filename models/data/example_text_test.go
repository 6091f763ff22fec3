package data_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/models/data"
)

// writeText writes a text file for an example.
func writeText(text string) string {
	dir, err := os.MkdirTemp("", "srnn-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "some.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}
	return path
}

// Spikes of one's own: columns go by their names, and times by the unit that theirs has. Labels count from 1, which
// has to be said.
func ExampleReadEventsCSV() {
	path := writeText("trial;time_s;neuron;class\n1;0,0125;7;2\n1;0,0300;2;2\n2;0,0011;0;1\n")
	defer os.RemoveAll(filepath.Dir(path))
	events, err := data.ReadEventsCSV(path, data.CSVOptions{FirstClass: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(events)
	times, units, err := events.Example(0)
	fmt.Println(times, units, events.Label(0), err)
	binned, err := events.Bin(data.Binning{Dt: .5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(binned.Spec().Steps, "steps")
	// Output:
	// 2 examples of 8 units and 2 classes, 3 events
	// [12.5 30] [7 2] 1 <nil>
	// 61 steps
}

// Features and classes of one's own. Classes that are words are given in their order, so that the files for training
// and for testing agree.
func ExampleReadTable() {
	path := writeText("id,length,width,species\nA1,5.1,3.5,setosa\nA2,NA,3.2,virginica\n")
	defer os.RemoveAll(filepath.Dir(path))
	table, err := data.ReadTable(path, data.TableOptions{
		Dialect: data.Dialect{Ignore: []string{"id"}},
		Label:   "species", ClassNames: []string{"setosa", "virginica"},
		Missing: []string{"NA"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.Features, table.Values, table.Labels)
	fmt.Println("without what is missing:", table.Complete())
	// Output:
	// [length width] [[5.1 3.5] [NaN 3.2]] [0 1]
	// without what is missing: [0]
}
