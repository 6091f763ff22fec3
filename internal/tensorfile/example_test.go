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
		fmt.Println(t.Name, t.Shape, t.DType, t.Data)
	}
	// Output:
	// 0.bias [1] F32 [0.25]
	// 0.weight [1 2] F32 [0.5 0.5]
}

// A whole module gives the tensors of its state_dict().
func ExampleReadPTH_module() {
	tensors, err := tensorfile.ReadPTH("testdata/module.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range tensors {
		fmt.Println(t.Name, t.Shape, t.DType, t.Data)
	}
	// Output:
	// 0.bias [1] F32 [0.25]
	// 0.weight [1 2] F32 [0.5 0.5]
}

func ExampleWriteSafetensors() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "net.safetensors")
	weights := tensorfile.Tensor{Name: "hidden.weight", Shape: []int{2, 2}, DType: "F32", Data: []float64{1, 2, 3, 4}}
	if err := tensorfile.WriteSafetensors(path, []tensorfile.Tensor{weights}, map[string]string{"epoch": "3"}); err != nil {
		fmt.Println(err)
		return
	}
	tensors, metadata, err := tensorfile.ReadSafetensors(path)
	fmt.Println(tensors, metadata, err)
	// Output:
	// [{hidden.weight [2 2] F32 [1 2 3 4]}] map[epoch:3] <nil>
}
