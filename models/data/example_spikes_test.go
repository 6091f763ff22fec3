package data_test

import (
	"archive/zip"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/models/data"
)

// Spike trains of one's own, in an HDF5 file with spikes/times in ms, spikes/units and labels that a script has written.
func ExampleOpenSpikes() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	archive, err := zip.OpenReader("testdata/spikes.zip")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.CopyFS(dir, archive); err != nil {
		log.Fatal(err)
	}

	path := filepath.Join(dir, "! milliseconds.h5")
	spikes, err := data.OpenSpikes(path, data.SpikesFile{Units: 700, TimeUnit: "ms"})
	if err != nil {
		log.Fatal(err)
	}
	defer spikes.Close()
	events := spikes.Events()
	times, units, err := events.Example(0)
	fmt.Println(events.Len(), "examples of", events.Classes(), "classes")
	fmt.Println(times, units, events.Label(0), err)
	// Output:
	// 4 examples of 20 classes
	// [125 250 250] [5 6 699] 3 <nil>
}
