package cases

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models"
)

// Checkpoints with more than one dict of tensors, or one that lies deeper: Sense-X/UniFormer#87,
// zhuyu-cs/MeanFlow#12. Right: there is a way to say which, and the error names it.
func TestCase12TwoStateDicts(t *testing.T) {
	r := begin(t, "12")
	paths := map[string]string{
		"net and its average, net_ema":                       "net",
		"weights, and mean and std of the input beside them": "net",
		"encoder and classifier":                             "encoder",
		"two levels deep (checkpoint[state][model])":         "state.model",
		"a tuple (state dict, args)":                         "[0]",
		"a list of one state dict":                           "[0]",
		"control: model and optimizer":                       "model",
	}
	for _, f := range unpack(t, "torch.zip", r.number, ".pth") {
		r.try(f.name, func() error { return fcWeight(f.path, models.At(paths[f.name])) })
		if f.name != "encoder and classifier" {
			r.try(f.name+", by default", func() error { return fcWeight(f.path) })
			continue
		}
		err := fcWeight(f.path)
		r.check(f.name+", by default", err != nil && strings.Contains(err.Error(), "encoder, classifier"), "%v", err)
	}
}
