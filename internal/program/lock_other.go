//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package program

import (
	"fmt"
	"os"
)

const removable = true

// tryLock cannot lock a file where the system has no lock that ends with its process. A lock of another kind
// would have to be removed by hand after a run that was killed.
func tryLock(file *os.File) (held bool, err error) {
	fmt.Fprintf(os.Stderr, "%s: this system has no locks, so that a second program which writes here is not noticed\n", file.Name())
	return false, nil
}
