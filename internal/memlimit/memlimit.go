// Package memlimit measures what a function takes of memory, for tests of readers that meet hostile files.
// The function runs in a process of its own, whose address space is limited: Go's own limit (GOMEMLIMIT)
// stops nothing.
package memlimit

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
)

const (
	// inside is the variable of the environment that names the test whose function a process runs.
	inside = "SRNN_MEMLIMIT"

	// slack is what the limit of address space leaves beyond that of memory: Go reserves it in pieces of 64 MiB.
	slack = 256 << 20

	// most is the longest time that a function may take. It ends loops for ever, and is no measure of speed.
	most = 2 * time.Minute

	// said begins the line by which the process tells what it saw.
	said = "memlimit:"
)

// Run calls f in another process, which runs the same test up to this call, and gives the most memory, in bytes,
// that the process held beyond what it held before the call, and f's error. The test fails where that is more than
// the limit, or where f panics or does not end. What the test does before this call is done in both processes;
// what follows it only here. A test may call Run once; subtests are tests of their own.
//
// It skips the test on systems other than Linux, and in a build with the race detector, which takes memory itself.
func Run(t *testing.T, limit int64, f func() error) (peak int64, err error) {
	t.Helper()
	if !supported {
		t.Skip("memory is measured on Linux, without the race detector")
	}
	if os.Getenv(inside) == t.Name() {
		child(limit, f)
	}
	parts := strings.Split(t.Name(), "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	c := exec.Command(os.Args[0], "-test.run", strings.Join(parts, "/"), "-test.count=1", "-test.timeout", most.String())
	c.Env = append(os.Environ(), inside+"="+t.Name())
	out, failed := c.CombinedOutput()
	at := strings.LastIndex(string(out), said)
	if failed != nil || at < 0 {
		t.Fatalf("beyond %d MiB of memory, or otherwise without an end: %v\n%s", limit>>20, failed, head(string(out), 2000))
	}
	number, message, _ := strings.Cut(strings.TrimSpace(string(out[at+len(said):])), " ")
	peak, e := strconv.ParseInt(number, 10, 64)
	if e != nil {
		t.Fatalf("%v\n%s", e, head(string(out), 2000))
	}
	if peak > limit {
		t.Errorf("took %.1f MiB of memory, want at most %.1f", float64(peak)/(1<<20), float64(limit)/(1<<20))
	}
	if message, e = strconv.Unquote(message); e != nil {
		t.Fatalf("%v\n%s", e, head(string(out), 2000))
	}
	if message != "" {
		err = errors.New(message)
	}
	return peak, err
}

// child runs f within the limit, says what it saw, and ends the process.
func child(limit int64, f func() error) {
	before, err := begin(limit + slack)
	if err != nil {
		fmt.Println("memlimit cannot measure:", err)
		os.Exit(2)
	}
	message := ""
	if err := f(); err != nil {
		message = head(err.Error(), 2000)
	}
	after, err := status("VmHWM")
	if err != nil {
		fmt.Println("memlimit cannot measure:", err)
		os.Exit(2)
	}
	fmt.Printf("\n%s%d %q\n", said, max(0, after-before), message)
	os.Exit(0)
}

func head(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + " …"
	}
	return s
}
