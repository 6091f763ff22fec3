package cli_test

import (
	"fmt"
	"os"

	"github.com/srnn-go/srnn/internal/cli"
)

func ExampleParseArgs() {
	var flags struct {
		Epochs int      `help:"Passes over the training set." default:"20"`
		LR     float64  `help:"Learning rate." default:"0.001"`
		Files  []string `arg:"" optional:"" name:"FILE" help:"Recordings to classify."`
	}
	args := []string{"-lr=0.01", "a.mat", "b.mat"}
	if err := cli.ParseArgs(&flags, "ecg", "Train on ECG segmentation.", args, os.Stdout); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(flags.Epochs, flags.LR, flags.Files)
	err := cli.ParseArgs(&flags, "ecg", "Train on ECG segmentation.", []string{"-epoch", "3"}, os.Stdout)
	fmt.Println(err)
	// Output:
	// 20 0.01 [a.mat b.mat]
	// unknown flag --epoch, did you mean "--epochs"?
}

func ExampleNewProgress() {
	progress := cli.NewProgress(3, "training")
	defer progress.Close()
	for epoch := range 3 {
		progress.Set(epoch+1, fmt.Sprintf("loss %.2f", 1/float64(epoch+1)))
	}
	// Output:
}
