package main

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/srnn-go/srnn/internal/program"
	"github.com/srnn-go/srnn/internal/tensorfile"
)

// Runs that are killed by kill -9 at random moments, up to three times each, and then resumed, end with the bits
// of a run that was not. SRNN_KILLS says how many runs that were killed there are to be, 4 without it.
func TestKilled(t *testing.T) {
	runs := 4
	if s := os.Getenv("SRNN_KILLS"); s != "" {
		var err error
		if runs, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(t.TempDir(), "ecg")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := func(out string, more ...string) *exec.Cmd {
		return exec.Command(bin, append([]string{"-records", "12", "-hidden", "5", "-batch", "4", "-epochs", "12", "-out", out}, more...)...)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	start := time.Now()
	if out, err := command(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	length := time.Since(start)
	want := bitsOf(t, filepath.Join(whole, program.CheckpointName))
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for i := 0; i < runs; {
		dir := filepath.Join(t.TempDir(), "run")
		c, before := command(dir), kills
		for left := 3; ; left-- {
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if left > 0 {
				time.AfterFunc(time.Duration(rng.Float64()*float64(length)), func() { c.Process.Kill() })
			}
			if err := c.Wait(); err == nil {
				break
			} else if left == 0 {
				t.Fatalf("run %d: %v", i, err)
			}
			kills++
			if c = command(dir, "-resume"); !exists(filepath.Join(dir, "run.json")) {
				c = command(dir) // it was killed before it began
			}
		}
		if got := bitsOf(t, filepath.Join(dir, program.CheckpointName)); got != want {
			t.Fatalf("run %d: a run that was killed and resumed ends with other bits", i)
		}
		left, err := filepath.Glob(filepath.Join(dir, ".srnn-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("run %d left %v behind: %v", i, left, err)
		}
		if _, err := os.Stat(filepath.Join(dir, program.MetricsName)); err != nil {
			t.Error(err)
		}
		if kills > before { // it may have been done before it was to be killed
			i++
		}
	}
	t.Logf("%d runs of %v were killed %d times", runs, length, kills)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// bitsOf are all numbers of a checkpoint but those that are times.
func bitsOf(t *testing.T, path string) string {
	t.Helper()
	tensors, _, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, x := range tensors {
		if strings.HasSuffix(x.Name, "seconds") {
			continue
		}
		b.WriteString(x.Name)
		values, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			b.WriteString(strconv.FormatUint(math.Float64bits(v), 16))
		}
	}
	return b.String()
}
