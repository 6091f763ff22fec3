package coding

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
)

// Load reads the encoder of a [Coder] from a file that [train.Network.Save] or [train.Trainer.Save] wrote; of a
// training, that of its best epoch.
func Load(path string) (c Coder, e Encoder, err error) {
	net, err := train.Load(path)
	if err != nil {
		return c, e, err
	}
	c, ok := net.Model().(Coder)
	if !ok {
		return c, e, errors.Errorf("srnn: %s: has a %T, want an encoder of package coding", path, net.Model())
	}
	e = EncoderOf(c.Adaptation, net.Params())
	return c, e, errors.WithMessage(e.check(), "srnn: "+path)
}

// check refuses parameters that no neuron has.
func (e Encoder) check() error {
	for name, values := range e.Values() {
		for _, v := range values {
			if !graph.Finite(v) || v < 0 || v == 0 && name != "beta" {
				return errors.Errorf("%s is %v, want a positive number", name, v)
			}
		}
	}
	return nil
}
