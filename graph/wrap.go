package graph

import (
	"fmt"
	"strings"
)

// Wrapf says where in the module an error happened, as in "srnn: layer0: w_rec: …". It returns
// nil for nil.
func Wrapf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &located{where: fmt.Sprintf(format, args...), err: err}
}

// located is an error with the place where it happened. Places nest, without a prefix for each.
type located struct {
	where string
	err   error
}

const prefix = "srnn: "

func (e *located) Error() string {
	return prefix + e.where + ": " + strings.TrimPrefix(e.err.Error(), prefix)
}

func (e *located) Unwrap() error { return e.err }
