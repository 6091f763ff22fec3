package program

import (
	"context"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/data"
)

// Fetch is the folder of published files under this name. What is not there yet is downloaded, and shown on a
// bar.
func Fetch(ctx context.Context, name string, s data.Source) (dir string, err error) {
	bar := cli.NewByteProgress(0, name)
	defer bar.Close()
	return data.Fetch{Progress: func(file string, done, _ int64) { bar.Set(int(done), file) }}.Get(ctx, s)
}
