package cases

import "testing"

// Checkpoints with more than one dict of tensors, or one that lies deeper: Sense-X/UniFormer#87,
// zhuyu-cs/MeanFlow#12. Right: there is a way to say which, and the error names it.
func TestCase12TwoStateDicts(t *testing.T) { begin(t, "12").torch() }
