package cases

import "testing"

// A checkpoint with the state of torch.optim.lr_scheduler.MultiStepLR: pytorch/pytorch#98921.
func TestCase01MultiStepLRCounter(t *testing.T) { begin(t, "01").torch() }
