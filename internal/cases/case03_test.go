package cases

import "testing"

// Checkpoints that keep the history of the training, or a raster, beside the weights: their pickle is larger than a
// megabyte, though the weights are small.
func TestCase03HistoryInCheckpoint(t *testing.T) { begin(t, "03").torch() }
