package program

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/atomicfile"
)

const lockName = ".lock"

// Lock is a folder that belongs to this process alone, until it is closed or the process ends, however it
// ends: the system takes the lock away from a process that was killed.
type Lock struct {
	Dir string

	file *os.File
	made []string // folders that were not there before, from the innermost on
}

// holder is the process that holds a lock, as it says of itself.
type holder struct {
	Program string    `json:"program"`
	Process int       `json:"process"`
	Host    string    `json:"host,omitempty"`
	Since   time.Time `json:"since"`
}

func (h holder) String() string {
	if h.Process == 0 {
		return "it did not say which"
	}
	at := h.Since.Local().Format(time.TimeOnly)
	if time.Since(h.Since) > 12*time.Hour {
		at = h.Since.Local().Format(time.DateTime)
	}
	text := fmt.Sprintf("%s, process %d, since %s", h.Program, h.Process, at)
	if host, err := os.Hostname(); err == nil && h.Host != "" && h.Host != host {
		text += " on " + h.Host
	}
	return text
}

// Open makes the folder dir, with its parents, has it belong to this process, which is one of the program
// called name, and clears away what writers that were killed have left there. A folder that belongs to
// another process, or where nothing can be written, is an error.
func Open(dir, name string) (*Lock, error) {
	if dir == "" {
		return nil, errors.New("output folder: its name is empty")
	}
	l := &Lock{Dir: dir, made: missing(dir)}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, errors.Wrap(err, "output folder")
	}
	path := filepath.Join(dir, lockName)
	for try := 0; l.file == nil; try++ {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, errors.Wrapf(err, "output folder %s is not writable", dir)
		}
		held, err := tryLock(file)
		if err == nil && !held && isAt(file, path) {
			l.file = file
			break
		}
		file.Close()
		if held {
			return nil, errors.Errorf("%s belongs to a running program: %v", dir, holderOf(path))
		}
		if err != nil {
			return nil, errors.Wrapf(err, "output folder %s cannot be locked", dir)
		}
		// Its holder let go of the file, and removed it, between the two calls.
		if try == 100 {
			return nil, errors.Errorf("output folder %s cannot be locked: %s does not stay there", dir, lockName)
		}
	}
	err := l.write(name)
	if err == nil {
		err = atomicfile.Clear(dir)
	}
	if err != nil {
		l.Close()
		return nil, errors.Wrapf(err, "output folder %s", dir)
	}
	return l, nil
}

// write says who holds the lock.
func (l *Lock) write(name string) error {
	h := holder{Program: name, Process: os.Getpid(), Since: time.Now()}
	h.Host, _ = os.Hostname() // for people: without it, too
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(text, '\n'), 0)
	return err
}

// holderOf reads who holds a lock. The holder may not have written it yet.
func holderOf(path string) (h holder) {
	for range 20 {
		text, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(text, &h) == nil {
			return h
		}
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return holder{}
}

// isAt says whether a file is still the one at path.
func isAt(file *os.File, path string) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// missing are a folder and those around it, as far as they are not there.
func missing(dir string) (all []string) {
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return all
		}
		all = append(all, dir)
		up := filepath.Dir(dir)
		if up == dir {
			return all
		}
		dir = up
	}
}

// Close lets go of the folder. One that was made for a program which then wrote nothing goes, too.
func (l *Lock) Close() error {
	err := l.release()
	for _, dir := range l.made {
		if os.Remove(dir) != nil {
			break // there is something in it
		}
	}
	return err
}

func (l *Lock) release() error {
	path := filepath.Join(l.Dir, lockName)
	// As long as the lock is held, nobody else can hold the file that is removed.
	if removable && isAt(l.file, path) {
		if err := os.Remove(path); err != nil {
			l.file.Close()
			return err
		}
	}
	return l.file.Close()
}
