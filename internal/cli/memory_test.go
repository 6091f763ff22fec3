package cli

import (
	"runtime"
	"testing"
)

func TestPeakMemory(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\ta\nVmPeak:\t  200 kB\nVmHWM:\t    1234 kB\nVmRSS:\t 7 kB\n": 1234 * 1024,
		"VmHWM:\t12 kB":                  12 * 1024,
		"VmHWM:\tmuch kB":                0,
		"VmHWM:\t-3 kB":                  0,
		"VmHWM:\t9223372036854775807 kB": 0,
		"VmRSS:\t12 kB\n":                0,
		"":                               0,
	} {
		if got := peakOf(status); got != want {
			t.Errorf("%q: %d bytes, want %d", status, got, want)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	before := PeakMemory()
	block := make([]byte, 64<<20)
	for i := range block {
		block[i] = 1
	}
	after := PeakMemory()
	runtime.KeepAlive(block)
	if before < 1<<20 || after < 64<<20 || after < before {
		t.Errorf("the peak was %d bytes, and with 64 MiB more %d", before, after)
	}
}
