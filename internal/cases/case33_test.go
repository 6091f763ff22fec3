package cases

import "testing"

// State dicts whose tensors are rebuilt by other functions than _rebuild_tensor_v2: PyTorch before 0.4
// (tinygrad/tinygrad#13253: the VGG file), tensors with attributes or of derived classes (pytorch/pytorch#81616,
// mittagessen/party#8), a seventh argument (PyTorch 2), other pickle protocols.
func TestCase33RebuildFunctions(t *testing.T) { begin(t, "33").torch() }
