package cases

import "testing"

// Checkpoints with hyperparameters that are plain Python values: paths (microsoft/ai4g-flood#15,
// prob-ml/bliss#256), times, enumerations, partial functions (pytorch/pytorch#98921 is of the same kind).
func TestCase02PlainPythonValues(t *testing.T) { begin(t, "02").torch() }
