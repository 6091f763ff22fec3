package data

import (
	"io"
	"os"

	"github.com/pkg/errors"
)

// readBounded reads a file of no more than limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, errors.Errorf("%s is larger than %d bytes", path, limit)
	}
	return raw, nil
}
