package cli

import (
	"os"
	"strconv"
	"strings"
)

// PeakMemory is the largest amount of memory that the process has held so far, its peak resident set, in
// bytes. It is 0 where the system does not tell: it is read from /proc/self/status, which Linux has.
// (What getrusage says may be that of the program which started this one.)
func PeakMemory() int64 {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return peakOf(string(content))
}

// peakOf finds the peak in the text of /proc/self/status.
func peakOf(status string) int64 {
	for line := range strings.Lines(status) {
		size, ok := strings.CutPrefix(line, "VmHWM:")
		if !ok {
			continue
		}
		kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(size), "kB")), 10, 64)
		if err != nil || kB < 0 || kB > 1<<50 {
			return 0
		}
		return kB * 1024
	}
	return 0
}
