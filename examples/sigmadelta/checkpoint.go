package main

import (
	"fmt"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const checkpointName = "checkpoint.safetensors"

// save writes the parameters of an encoder, and as metadata what they belong to.
func (s *settings) save(e encoder, path string) error {
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		return err
	}
	if _, err := s.declare(p, e); err != nil {
		return err
	}
	return models.SaveParams(path, p, map[string]string{"adaptation": e.Adaptation, "dt_ms": fmt.Sprint(s.Dt)})
}

// restore reads what save wrote.
func (s *settings) restore(path string) (encoder, error) {
	e := s.encoder(s.Adaptation, 1, 1, 1, 1)
	p, err := graph.NewParams(gorgonia.NewGraph(), tensor.Float32, 0)
	if err != nil {
		return e, err
	}
	if _, err := s.declare(p, e); err != nil {
		return e, err
	}
	metadata, err := models.LoadParams(path, p)
	if err != nil {
		return e, err
	}
	if metadata["adaptation"] != s.Adaptation {
		return e, errors.Errorf("%s: has an encoder with the adaptation %q, want %q", path, metadata["adaptation"], s.Adaptation)
	}
	e = encoderOf(s.Adaptation, p)
	for name, values := range e.values() {
		for _, v := range values {
			if !graph.Finite(v) || v < 0 || v == 0 && name != "beta" {
				return e, errors.Errorf("%s: %s is %v, want a positive number", path, name, v)
			}
		}
	}
	return e, nil
}

// encoderOf has the parameters of the encoder in a graph.
func encoderOf(adaptation string, p *graph.Params) encoder {
	e := encoder{Adaptation: adaptation}
	for name, to := range map[string]*[]float64{"tau": &e.Tau, "b0": &e.B0, "tau_adp": &e.TauAdp, "beta": &e.Beta} {
		if q, ok := p.Get(name); ok {
			*to = q.Values()
		}
	}
	return e
}
