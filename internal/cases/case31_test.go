package cases

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The disk fills up while a training saves, or the folder is read-only (Lightning, Keras and others leave a broken
// checkpoint then). Right: an error with the name of the file, the checkpoint of before whole, no rubbish, -resume
// goes on once there is room. It needs the right to mount a tmpfs.
func TestCase31DiskFullAndReadOnly(t *testing.T) {
	r := begin(t, "31")
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk")
	r.must(os.Mkdir(disk, 0o755))
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		r.unable("cannot mount a tmpfs: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", disk).Run() })
	ecg := program(t, "ecg")
	run := func(args ...string) (string, error) {
		return start(t, dir, ecg, append([]string{"-records", "10", "-hidden", "8", "-out", "disk/o"}, args...)...)
	}
	out, err := run("-epochs", "1")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	checkpoint := filepath.Join(disk, "o", "checkpoint.safetensors")
	before, err := os.ReadFile(checkpoint)
	r.must(err)

	full := filepath.Join(disk, "full")
	_ = os.WriteFile(full, make([]byte, 4<<20), 0o644) // as far as there is room
	out, err = run("-epochs", "2", "-resume")
	r.check("a full disk is an error", err != nil && strings.Contains(out, "no space"), "%v: %s", err, last(out))
	r.check("it names the file", strings.Contains(last(out), "disk/o/"), "%s", last(out))
	after, err := os.ReadFile(checkpoint)
	r.must(err)
	r.check("the checkpoint is as it was", bytes.Equal(before, after), "%d bytes before, %d after", len(before), len(after))
	left := rubbish(r, filepath.Join(disk, "o"))
	r.check("nothing is left behind", len(left) == 0, "%q", left)
	r.must(os.Remove(full))
	out, err = run("-epochs", "2", "-resume")
	r.check("with room, -resume goes on", err == nil, "%s", last(out))

	if text, err := exec.Command("mount", "-o", "remount,ro", disk).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	out, err = run("-epochs", "3", "-resume")
	r.check("a read-only folder is an error", err != nil, "%s", last(out))
	out, err = start(t, dir, ecg, "-eval", "-checkpoint", "disk/o/checkpoint.safetensors", "-records", "3")
	r.check("a checkpoint on a read-only disk can be evaluated", err == nil, "%s", last(out))
}

// rubbish are files of a folder that only a program which is at work has.
func rubbish(r *reproduction, dir string) (names []string) {
	files, err := os.ReadDir(dir)
	r.must(err)
	for _, f := range files {
		for _, part := range []string{"tmp", "part", "writable"} {
			if strings.Contains(f.Name(), part) {
				names = append(names, f.Name())
			}
		}
	}
	return names
}
