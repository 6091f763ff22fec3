package tensorfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/srnn-go/srnn/internal/tensorfile"
)

func ExampleReadPTH() {
	tensors, err := tensorfile.ReadPTH("testdata/nested.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range tensors {
		values, err := t.Float64s()
		fmt.Println(t.Name, t.Shape, t.DType, values, err)
	}
	// Output:
	// 0.bias [1] F32 [0.25] <nil>
	// 0.weight [1 2] F32 [0.5 0.5] <nil>
}

// A whole module gives the tensors of its state_dict().
func ExampleReadPTH_module() {
	tensors, err := tensorfile.ReadPTH("testdata/module.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range tensors {
		values, err := t.Float64s()
		fmt.Println(t.Name, t.Shape, t.DType, values, err)
	}
	// Output:
	// 0.bias [1] F32 [0.25] <nil>
	// 0.weight [1 2] F32 [0.5 0.5] <nil>
}

func ExampleWriteSafetensors() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "net.safetensors")
	weights := tensorfile.FromFloats("hidden.weight", []int{2, 2}, []float32{1, 2, 3, 4})
	if err := tensorfile.WriteSafetensors(path, []tensorfile.Tensor{weights}, map[string]string{"epoch": "3"}); err != nil {
		fmt.Println(err)
		return
	}
	tensors, metadata, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := tensorfile.Floats[float32](tensors[0])
	fmt.Println(tensors[0].Name, tensors[0].Shape, tensors[0].DType, values, err, metadata)
	// Output:
	// hidden.weight [2 2] F32 [1 2 3 4] <nil> map[epoch:3]
}
