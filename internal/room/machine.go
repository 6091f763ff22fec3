package room

import (
	"os"
	"strconv"
	"strings"
)

// machine is the memory that this machine can still give, as Linux tells it, free swap included, or what the
// control group of this process may have, whichever is less. Elsewhere it is [Most].
func machine() uint64 {
	have := uint64(Most)
	if content, err := os.ReadFile("/proc/meminfo"); err == nil {
		memory, known := kilobytes(string(content), "MemAvailable:")
		swap, _ := kilobytes(string(content), "SwapFree:")
		if known {
			have = min(have, memory+swap)
		}
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// Without a limit there is a word, or a number beyond all machines.
		if n, err := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64); err == nil {
			have = min(have, n)
		}
	}
	return have
}

// kilobytes is the number of bytes on a line of /proc/meminfo.
func kilobytes(content, field string) (bytes uint64, ok bool) {
	for line := range strings.Lines(content) {
		if rest, found := strings.CutPrefix(line, field); found {
			n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 53)
			return n << 10, err == nil
		}
	}
	return 0, false
}
