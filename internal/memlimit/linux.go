//go:build linux && !race

package memlimit

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/pkg/errors"
)

const supported = true

// begin limits the address space to so many bytes more than there are, and gives the memory that is held.
func begin(more int64) (held int64, err error) {
	debug.FreeOSMemory()
	// 5 has the most memory that was held count from now on (proc(5), clear_refs).
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil {
		return 0, err
	}
	size, err := status("VmSize")
	if err != nil {
		return 0, err
	}
	limit := syscall.Rlimit{Cur: uint64(size + more), Max: uint64(size + more)}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		return 0, err
	}
	return status("VmRSS")
}

// status is a number of bytes of this process as the system knows it.
func status(field string) (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.Errorf("the system does not tell %s", field)
}
