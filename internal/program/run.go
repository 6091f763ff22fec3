package program

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
)

// The files that runs have in common.
const (
	CheckpointName = "checkpoint.safetensors" // the network of the best epoch
	TrainingName   = "training.safetensors"   // where the last epoch left all that -resume needs
	HistoryName    = "history.json"           // the results of all epochs
	MetricsName    = "metrics.json"           // the results of the run
)

// Run is a run of a program in a folder of its own.
type Run struct {
	dir      string
	lock     *Lock
	settings []cli.Setting
	record   *record
	resumed  bool
	begun    bool
	started  time.Time
}

// newRun opens a folder for a new run. What lies there stays until the run begins.
func newRun(name, dir string, settings []cli.Setting, evaluate bool) (*Run, error) {
	values, err := values(settings)
	if err != nil {
		return nil, err
	}
	lock, err := Open(dir, name)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, lock: lock, settings: settings, started: time.Now()}
	r.record = &record{Version: recordVersion, Program: name, Evaluation: evaluate, Settings: values, Files: []string{}}
	old, err := readRecord(r.Path(recordName))
	if err == nil && evaluate && old != nil && !old.Evaluation {
		err = errors.Errorf("%s has a run of %s, whose results -eval would replace: give it another -out", dir, old.Program)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// openRun opens the folder of a run that is to go on, and has flags take its values.
func openRun(name, dir string, settings []cli.Setting, given map[string]bool) (*Run, error) {
	// Before there is a lock, so that no folder is made.
	if _, err := runToResume(name, dir); err != nil {
		return nil, err
	}
	lock, err := Open(dir, name)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, lock: lock, settings: settings, resumed: true, started: time.Now()}
	if r.record, err = runToResume(name, dir); err == nil {
		err = errors.Wrap(r.record.take(settings, given), dir)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// runToResume reads what a folder says of its run, if that can go on.
func runToResume(name, dir string) (*record, error) {
	c, err := readRecord(filepath.Join(dir, recordName))
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, errors.Errorf("%s has no run that could go on: there is no %s", dir, recordName)
	case c.Program != name:
		return nil, errors.Errorf("%s has a run of %s, not of %s", dir, c.Program, name)
	case c.Evaluation:
		return nil, errors.Errorf("%s has an evaluation, of which nothing can go on", dir)
	}
	return c, nil
}

func (r *Run) close() { _ = r.lock.Close() } // what was to be written is

// Path is that of a file of the run.
func (r *Run) Path(name string) string { return filepath.Join(r.dir, name) }

// Resumed says whether the run goes on from where it was stopped.
func (r *Run) Resumed() bool { return r.resumed }

// Seconds are the time since the program began, or went on.
func (r *Run) Seconds() float64 { return time.Since(r.started).Seconds() }

// Begin is called where the run first writes, once all that can be wrong with its data and its network is
// checked. It sets aside what an earlier run has left, and writes run.json. What else a run writes comes
// through [Run.JSON] and [Run.Write], or is one of the files that runs have in common. To call it again does
// nothing.
func (r *Run) Begin() error {
	if r.begun {
		return nil
	}
	if !r.resumed {
		if err := setAside(r.dir); err != nil {
			return err
		}
	}
	if err := cli.WriteJSON(r.Path(recordName), r.record); err != nil {
		return err
	}
	r.begun = true
	return nil
}

// JSON writes v, indented, to a file of the run, see [cli.WriteJSON].
func (r *Run) JSON(name string, v any) error {
	return r.Write(name, func(path string) error { return cli.WriteJSON(path, v) })
}

// Write has write make a file of the run, of which run.json then knows. A file of that name which is none of
// the run's is set aside.
func (r *Run) Write(name string, write func(path string) error) error {
	if err := r.Begin(); err != nil {
		return err
	}
	if !r.has(name) {
		if !validName(name) {
			return errors.Errorf("%q cannot be the name of a file of a run", name)
		}
		if err := moveAside(r.dir, []string{name}, 0); err != nil {
			return err
		}
		r.record.Files = append(r.record.Files, name)
		if err := cli.WriteJSON(r.Path(recordName), r.record); err != nil {
			return err
		}
	}
	return write(r.Path(name))
}

// has says whether a file is one of the run's.
func (r *Run) has(name string) bool { return slices.Contains(r.record.Files, name) }
