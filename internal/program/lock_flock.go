//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package program

import (
	"fmt"
	"os"
	"syscall"

	"github.com/pkg/errors"
)

// removable says that a file can be removed while it is open.
const removable = true

// tryLock locks a file for this process, unless another one holds it.
func tryLock(file *os.File) (held bool, err error) {
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, nil
	case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS):
		fmt.Fprintf(os.Stderr, "%s: this file system has no locks, so that a second program which writes here is not noticed\n", file.Name())
		return false, nil
	}
	return false, err
}
