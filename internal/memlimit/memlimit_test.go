//go:build linux && !race

package memlimit

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

var kept []byte

func take(n int) {
	kept = make([]byte, n)
	for i := 0; i < n; i += 1 << 10 {
		kept[i] = 1
	}
}

func TestTellsPeakAndError(t *testing.T) {
	take(100 << 20) // before the call: does not count
	kept = nil
	peak, err := Run(t, 80<<20, func() error {
		take(50 << 20)
		return errors.New(`"an" error`)
	})
	if peak < 50<<20 || peak > 60<<20 || err == nil || err.Error() != `"an" error` {
		t.Errorf("peak %d, error %v", peak, err)
	}
}

func TestNoErrorWithinTheLimit(t *testing.T) {
	if _, err := Run(t, 10<<20, func() error { return nil }); err != nil {
		t.Error(err)
	}
}

// What exceeds the limit must fail the test that calls Run. The test runs itself in another process, to see that.
func TestFailures(t *testing.T) {
	const failing = "SRNN_MEMLIMIT_FAILS"
	if os.Getenv(failing) != "" {
		for name, f := range map[string]func() error{
			"little more": func() error { take(40 << 20); return nil },
			"much more":   func() error { take(4 << 30); return nil },
			"panic":       func() error { panic("at the disco") },
		} {
			t.Run(name, func(t *testing.T) { Run(t, 20<<20, f) })
		}
		return
	}
	c := exec.Command(os.Args[0], "-test.run", "^TestFailures$", "-test.v")
	c.Env = append(os.Environ(), failing+"=1")
	out, _ := c.CombinedOutput()
	for _, want := range []string{"--- FAIL: TestFailures/little_more", "want at most 20.0", "--- FAIL: TestFailures/much_more", "out of memory", "--- FAIL: TestFailures/panic", "at the disco"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
}
