package program

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/srnn-go/srnn/models/train"
)

// Test is a network that is to be tested, trained just now or read from a file.
type Test struct {
	Network    *train.Network
	Trainer    *train.Trainer // nil of one that was read
	Data       train.Dataset
	About      string // what the data are
	Seed       uint64
	Batch      int
	Checkpoint string // the file that it was read from
	Trained    string // what it was trained on before, see [Run.On]; "" where that is not known
}

// Test runs a network over data for testing, and writes and prints what came out. In metrics.json there are, beside
// the numbers of [Results], the data, the layers, the network and whatever else more makes of the report; more may
// be nil.
func (r *Run) Test(ctx context.Context, x Test, more func(*train.Report) (any, error)) (*train.Report, error) {
	rep, err := Evaluate(ctx, x.Network, x.Data, x.Seed, x.Batch)
	if err != nil {
		return nil, err
	}
	all := tested{Test: x, layers: train.HealthOf(rep), on: r.record.Data}
	if x.Trainer == nil {
		fmt.Print(all.familiarity())
	}
	if more != nil {
		if all.more, err = more(rep); err != nil {
			return nil, err
		}
	}
	return rep, r.Results(x.Trainer, rep, all)
}

// tested is what metrics.json says of a test beside its numbers.
type tested struct {
	Test
	on     string // kind of data
	layers []train.LayerHealth
	more   any
}

// familiarity tells of a network that was read, and of data which it was not trained on.
func (t tested) familiarity() string {
	switch t.Trained {
	case t.on:
		return ""
	case "":
		return fmt.Sprintf("NOTE: %s does not tell what it was trained on, and is tested on %s\n", t.Checkpoint, t.on)
	}
	return fmt.Sprintf("NOTE: %s was trained on %s, and is tested on %s, which it does not know: what comes out says little of it\n", t.Checkpoint, t.Trained, t.on)
}

// MarshalJSON implements [json.Marshaler].
func (t tested) MarshalJSON() ([]byte, error) {
	out, err := fields(t.more)
	if err != nil {
		return nil, err
	}
	all := map[string]any{"seed": t.Seed, "data": t.About, "layers": t.layers, "network": t.Network.Model()}
	if t.Checkpoint != "" {
		all["checkpoint"] = t.Checkpoint
	}
	if t.Trainer == nil {
		all["trained_on"], all["tested_on"] = cmp.Or(t.Trained, "unknown"), t.on
		all["unfamiliar_data"] = t.Trained != t.on
	}
	for name, v := range out {
		all[name] = v
	}
	return json.Marshal(all)
}
