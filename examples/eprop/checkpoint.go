package main

import (
	"encoding/json"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/models"
)

const checkpointName = "checkpoint.safetensors"

// save writes the parameters, and as metadata the task and what the neurons are.
func (s settings) save(n *network, path string) error {
	neurons, err := json.Marshal(n.neurons)
	if err != nil {
		return err
	}
	return models.SaveParams(path, n.params, map[string]string{"task": s.name, "neurons": string(neurons)})
}

// restore reads the parameters that save wrote.
func (s settings) restore(n *network, path string) error {
	metadata, err := models.LoadParams(path, n.params)
	if err == nil && metadata["task"] != s.name {
		err = errors.Errorf("%s: has parameters for the task %q, want %q", path, metadata["task"], s.name)
	}
	return err
}
