package cases

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The output of a training goes to head, or to a pager that is closed: opendatahub-io/agent-eval-harness#152,
// gHashTag/trinity#807. Right: the results are written all the same.
func TestCase30PipeClosed(t *testing.T) {
	r := begin(t, "30")
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), program(t, "ecg"), "-records", "10", "-epochs", "1", "-hidden", "4", "-out", "o")
	c.Dir = dir
	log, err := os.Create(filepath.Join(dir, "err.log"))
	r.must(err)
	defer log.Close()
	c.Stderr = log
	out, err := c.StdoutPipe()
	r.must(err)
	r.must(c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	r.must(err)
	r.must(out.Close())
	failed := c.Wait()
	printed, err := os.ReadFile(log.Name())
	r.must(err)
	for _, name := range []string{"metrics.json", "history.json", "checkpoint.safetensors", "learning_curves.png"} {
		info, err := os.Stat(filepath.Join(dir, "o", name))
		r.check("ecg whose output is closed after a line: "+name+" is there", err == nil && info.Size() > 0, "after %q: %v, %v\n%s", line, failed, err, printed)
	}
	r.check("nothing has failed", failed == nil, "%v\n%s", failed, printed)
}
