package models

import "github.com/srnn-go/srnn/nodes"

// OutputOf is what the losses here read of a model of one's own: of its last layer.
func OutputOf(readout *nodes.Activity) (*Output, error) {
	out := &Output{Readout: readout}
	if readout.Spiking() {
		s, err := readout.Spikes()
		if err != nil {
			return nil, err
		}
		out.Spikes = append(out.Spikes, s)
	}
	var err error
	out.Membrane, err = readout.Membrane()
	return out, err
}
