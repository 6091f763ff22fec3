package main

import (
	"encoding/json"
	"path/filepath"

	"github.com/srnn-go/srnn/models"
)

const checkpointName = "checkpoint.safetensors"

// save writes the parameters, and as the metadata "neurons" what the neurons are.
func (f *flags) save(m *model) error {
	neurons, err := json.Marshal(m.layer)
	if err != nil {
		return err
	}
	return models.SaveParams(filepath.Join(f.Out, checkpointName), m.params, map[string]string{"neurons": string(neurons)})
}
