// Package cli is the manner all example programs share: flags, interruption, progress and result
// files. A program is a struct of flags and a function:
//
//	var flags struct {
//		Epochs int     `help:"Passes over the training set." default:"20"`
//		LR     float64 `help:"Learning rate." default:"0.001"`
//		Out    string  `help:"Folder for figures and results." default:"out"`
//	}
//	cli.Parse(&flags, "ecg", "Train a spiking recurrent network on ECG segmentation.")
//	cli.Run("ecg", func(ctx context.Context) error { … })
//
// The exit status is 0 for success and for help, 1 for an error, 2 for wrong flags and 130 for a
// run that was interrupted and says so, see [Run].
package cli
