package cases

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/models/data"
)

// The arrays of the authors' own scripts (byin-cwi/Efficient-spiking-networks#3 asks for them): SHD in steps of 4 ms
// is 8156×250×700, 1.4 GB as bytes and 11.4 GB as NumPy's default float64. Here a sparse file of 3 GB of bytes: it is
// read, or refused without taking memory. It needs 2 to 14 GB of memory: set HEAVY=1.
func TestCase29LargeNPY(t *testing.T) {
	r := begin(t, "29")
	if dir := os.Getenv("CASES_LARGE_NPY"); dir != "" {
		largeNPY(dir)
		return
	}
	if os.Getenv("HEAVY") == "" {
		r.unable("set HEAVY=1")
	}
	dir := t.TempDir()
	x := filepath.Join(dir, "x.npy")
	numpy(t, x, "'|u1'", "(17143, 250, 700)", 1, nil)
	info, err := os.Stat(x)
	r.must(err)
	r.must(os.Truncate(x, info.Size()+17143*250*700))
	numpy(t, filepath.Join(dir, "y.npy"), "'|u1'", "(17143,)", 1, make([]byte, 17143))
	// In a process of its own, whose memory is that of the reader.
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCase29LargeNPY$")
	c.Env = append(os.Environ(), "CASES_LARGE_NPY="+dir)
	out, err := c.CombinedOutput()
	r.must(err)
	verdict := strings.SplitN(string(out), "\n", 2)[0]
	r.check("3 GB of bytes are read, or refused with less than 200 MB", strings.HasPrefix(verdict, "good: "), "%s", verdict)
}

// largeNPY reads the arrays of a folder and prints how that went.
func largeNPY(dir string) {
	start := time.Now()
	_, err := data.ReadNPY(filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy"), data.ArrayOptions{})
	memory, verdict := cli.PeakMemory()>>20, "bad"
	if err == nil || memory < 200 {
		verdict = "good"
	}
	fmt.Printf("%s: %v, %d MB at most: %v\n", verdict, time.Since(start), memory, err)
}
