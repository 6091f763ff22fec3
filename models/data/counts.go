package data

import (
	"fmt"
	"math"
	"strings"

	"github.com/pkg/errors"
)

// count is a setting that is a number of things, and how many there must be at least.
type count struct {
	name         string
	value, least int
}

// wantCounts is an error that names all settings of something that are out of range: products of two that are not are
// counted without overflow.
func wantCounts(what string, counts ...count) error {
	const most = math.MaxInt32
	var wrong []string
	for _, c := range counts {
		switch {
		case c.value < c.least:
			wrong = append(wrong, fmt.Sprintf("%s is %d, want at least %d", c.name, c.value, c.least))
		case c.value > most:
			wrong = append(wrong, fmt.Sprintf("%s is %d, want at most %d", c.name, c.value, most))
		}
	}
	if wrong == nil {
		return nil
	}
	return errors.Errorf("data: %s: %s", what, strings.Join(wrong, "; "))
}
