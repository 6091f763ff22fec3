package models

import "github.com/srnn-go/srnn/internal/tensorfile"

// Contents says what a file of weights holds.
type Contents struct {
	// Collections are all dicts, lists, modules and the like that hold tensors, in the order of the file.
	Collections []Collection

	// Default is the path of the one that [ReadStateDict] reads when nobody chooses. It is empty where somebody has
	// to.
	Default string
}

// Collection is a dict, a list, a module or the like that holds tensors.
type Collection struct {
	// Path is where it lies in the file, for [At]: state.model, [0], checkpoint["a.b"], or a dot for the whole file.
	Path string

	// Kind is what it is: dict, list, tuple, set, or the class of an object or a module.
	Kind string

	Tensors []TensorInfo
}

// TensorInfo says what a tensor is.
type TensorInfo struct {
	Name  string
	Shape []int

	// DType is the type of the elements, under the names of the safetensors format: F32, BF16, I64, …. Tensors of
	// another type cannot be read; it is PyTorch's name then, or says what is wrong with the tensor.
	DType string
}

// Inspect lists what a file of weights holds, of any format that [ReadStateDict] reads. It runs no code.
func Inspect(path string) (Contents, error) {
	w, err := tensorfile.OpenWeights(path)
	if err != nil {
		return Contents{}, err
	}
	all, err := w.Collections()
	if err != nil {
		return Contents{}, err
	}
	var out Contents
	for _, d := range all {
		c := Collection{Path: d.Path, Kind: d.Kind, Tensors: make([]TensorInfo, len(d.Tensors))}
		for i, t := range d.Tensors {
			c.Tensors[i] = TensorInfo(t)
		}
		out.Collections = append(out.Collections, c)
	}
	if path, err := w.Default(); err == nil {
		out.Default = path
	}
	return out, nil
}
