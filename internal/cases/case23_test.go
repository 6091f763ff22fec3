package cases

import (
	"fmt"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// Spike trains in the form of the Spiking Heidelberg Digits as h5py writes them without more ado
// (tihbe/python-ebdataset#2, fangwei123456/spikingjelly#609 are loaders of such files): wider numbers, links, newer
// versions of the format. testdata/hdf5.py makes the files.
func TestCase23SHDResaved(t *testing.T) {
	r := begin(t, "23")
	for _, f := range unpack(t, "hdf5.zip", r.number, ".h5") {
		r.try(f.name, func() error {
			e, err := data.ReadSHD(f.path)
			if err != nil {
				return err
			}
			times, units, err := e.Example(0)
			if err != nil {
				return err
			}
			if e.Len() != 2 || len(times) != 2 || !(times[0] > 99 && times[0] < 101) || units[1] != 6 || e.Label(1) != 4 {
				return fmt.Errorf("times %v, units %v, label %d", times, units, e.Label(1))
			}
			return nil
		})
	}
}
