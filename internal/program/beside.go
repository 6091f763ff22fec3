package program

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/strictjson"
)

// Beside reads a JSON file of the run that left a checkpoint, which lies beside it, under the same number where the run
// was set aside. It tells where that is, and whether it is there.
func Beside(checkpoint, name string, v any) (path string, found bool, err error) {
	if number, ok := strings.CutPrefix(filepath.Base(checkpoint), CheckpointName); ok {
		name += number
	}
	path = filepath.Join(filepath.Dir(checkpoint), name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, false, nil
	}
	if err != nil {
		return path, false, err
	}
	return path, true, errors.Wrap(strictjson.Unmarshal(content, v), path)
}
