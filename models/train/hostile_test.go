package train_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
	"github.com/srnn-go/srnn/internal/tensorfile"
	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/models/train"
)

// Settings of a file that nest, repeat or count without end are refused, in memory in proportion to the file.
func TestHostileSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	tr := newTrainer(t, task(models.AdpMem, models.SumSoftmax{}), toy{10, 5, false}, train.Settings{Epochs: 1, Batch: 4, Solver: adam(.01)})
	if err := tr.Network.Save(path); err != nil {
		t.Fatal(err)
	}
	tensors, meta, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	was := meta["srnn.network"]
	hidden := was[strings.Index(was, `"hidden":[`)+len(`"hidden":[`) : strings.Index(was, `],"readout"`)]
	cell := hidden[strings.Index(hidden, `"cell":`)+len(`"cell":`) : strings.Index(hidden, `,"initial"`)]
	const size = 400_000
	for name, c := range map[string]struct{ old, new, want string }{
		"wrappers": {cell, strings.Repeat(`{"kind":"refractory","cell":`, size/50) + cell + strings.Repeat(`,"period":5}`, size/50), "nested more than 32 deep"},
		"two wrappers": {cell, strings.Repeat(`{"kind":"refractory","cell":`, 2) + cell + strings.Repeat(`,"period":5}`, 2),
			"its cell is a Refractory itself"},
		"layers":       {hidden, strings.Repeat(hidden+",", size/len(hidden)) + hidden, ""},
		"empty layers": {hidden, strings.Repeat("{},", size/3) + hidden, "more than 16384 objects and lists"},
		"numbers":      {hidden, strings.Repeat("0,", size/2) + hidden, "more than 65536 entries"},
		"few numbers":  {hidden, strings.Repeat("0,", 60000) + hidden, "a number, want an object"},
		"lists":        {hidden, strings.Repeat("[", size/2) + strings.Repeat("]", size/2), "nested"},
		"digits":       {`"units":8`, `"units":` + strings.Repeat("9", size), ""},
		"units":        {`"units":8`, `"units":1099511627776`, "1099511627776"},
		"negative":     {`"units":8`, `"units":-8`, "-8 units"},
		"inputs":       {`"in":2`, `"in":4611686018427387904`, "4611686018427387904"},
		"steps":        {`"Steps":5`, `"Steps":1099511627776`, "1099511627776 steps"},
		"features":     {`"Features":2`, `"Features":4611686018427387904`, "4611686018427387904 features"},
		"classes":      {`"Classes":2`, `"Classes":9223372036854775807`, "9223372036854775807 classes"},
		"seed":         {`"seed":0`, `"seed":1e300`, "seed is 1e300, want a whole number that is not negative"},
	} {
		t.Run(name, func(t *testing.T) {
			meta["srnn.network"] = strings.Replace(was, c.old, c.new, 1)
			if meta["srnn.network"] == was {
				t.Fatalf("%s is not in %s", c.old, was)
			}
			path := filepath.Join(t.TempDir(), "hostile.safetensors")
			if err := tensorfile.WriteSafetensors(path, tensors, meta); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			peak, err := memlimit.Run(t, 3*info.Size()+64<<20, func() error {
				n, err := train.Load(path)
				if err == nil {
					err = fmt.Errorf("there is a network all the same: %v", n)
				}
				return err
			})
			wantError(t, name, err, c.want)
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			t.Logf("%.1f MiB of a file of %.1f MiB: %.200v", float64(peak)/(1<<20), float64(info.Size())/(1<<20), err)
		})
	}
}
