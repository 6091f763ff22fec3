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

// What exceeds the limit must fail the test that calls Run: these tests are run by the one that follows.
func TestFails(t *testing.T) {
	if os.Getenv("SRNN_MEMLIMIT_FAILS") == "" {
		t.Skip("fails by intention, in TestFailures")
	}
	for name, f := range map[string]func() error{
		"little more": func() error { take(40 << 20); return nil },
		"much more":   func() error { take(4 << 30); return nil },
		"panic":       func() error { panic("at the disco") },
	} {
		t.Run(name, func(t *testing.T) { Run(t, 20<<20, f) })
	}
}

func TestFailures(t *testing.T) {
	if !supported {
		t.Skip("nothing is measured here")
	}
	c := exec.Command(os.Args[0], "-test.run", "^TestFails$", "-test.v")
	c.Env = append(os.Environ(), "SRNN_MEMLIMIT_FAILS=1")
	out, _ := c.CombinedOutput()
	for _, want := range []string{"--- FAIL: TestFails/little_more", "want at most 20.0", "--- FAIL: TestFails/much_more", "out of memory", "--- FAIL: TestFails/panic", "at the disco"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
}
