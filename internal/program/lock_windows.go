package program

import (
	"os"

	"github.com/pkg/errors"
	"golang.org/x/sys/windows"
)

// removable says that a file can be removed while it is open.
const removable = false

// tryLock locks a file for this process, unless another one holds it. It locks a byte far behind the end, as
// others cannot read what is locked.
func tryLock(file *os.File) (held bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return true, nil
	}
	return false, err
}
