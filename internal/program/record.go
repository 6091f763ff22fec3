package program

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/cli"
	"github.com/srnn-go/srnn/internal/strictjson"
)

const (
	recordName    = "run.json"
	recordVersion = 1
)

// record is what run.json says of a run.
type record struct {
	Version    int                        `json:"version"`
	Program    string                     `json:"program"`
	Evaluation bool                       `json:"evaluation,omitempty"` // of a checkpoint, without training
	Data       string                     `json:"data,omitempty"`       // what it trains or tests on
	Settings   map[string]json.RawMessage `json:"settings"`             // flags by name, with the values in force
	Files      []string                   `json:"files"`                // that the run writes, in order of their first time
}

// readRecord reads run.json under the given name, or returns nil where there is none.
func readRecord(path string) (*record, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var head struct{ Version int }
	if err := strictjson.Check(raw); err != nil {
		return nil, errors.Wrapf(err, "%s is not the record of a run", path)
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, errors.Wrapf(err, "%s is not the record of a run", path)
	}
	if head.Version != recordVersion {
		return nil, errors.Errorf("%s has version %d, want %d: it is of another version of this program", path, head.Version, recordVersion)
	}
	c := new(record)
	if err := strictjson.Unmarshal(raw, c); err != nil {
		return nil, errors.Wrapf(err, "%s is not the record of a run", path)
	}
	for _, name := range c.Files {
		if !validName(name) {
			return nil, errors.Errorf("%s is not the record of a run: it has a file %q of another folder", path, name)
		}
	}
	return c, nil
}

// validName says whether a file of a run may have this name: it lies in the run's folder itself, and is not what
// this package writes there.
func validName(name string) bool {
	return name == filepath.Base(name) && filepath.IsLocal(name) && name != "." && name != recordName && name != lockName
}

// recorded are the flags that make a run what it is: not where it is, or whether it is a new one.
func recorded(all []cli.Setting) (list []cli.Setting) {
	for _, s := range all {
		if s.Tag("change") != "-" {
			list = append(list, s)
		}
	}
	return list
}

// take has the flags that are not given take the values of the run.
func (c *record) take(settings []cli.Setting, given map[string]bool) error {
	known := map[string]bool{}
	for _, s := range recorded(settings) {
		raw, ok := c.Settings[s.Name]
		if !ok {
			return errors.Errorf("the run has no -%s: it is of another version of this program", s.Name)
		}
		known[s.Name] = true
		given[s.Name] = true
		if s.Given {
			continue
		}
		if err := s.SetJSON(raw); err != nil {
			return errors.Wrap(err, recordName)
		}
	}
	for name := range c.Settings {
		if !known[name] {
			return errors.Errorf("the run has a -%s, which is none of this program's flags: it is of another version of it", name)
		}
	}
	return nil
}

// values are those of the flags.
func values(settings []cli.Setting) (map[string]json.RawMessage, error) {
	m := map[string]json.RawMessage{}
	for _, s := range recorded(settings) {
		raw, err := s.JSON()
		if err != nil {
			return nil, err
		}
		m[s.Name] = raw
	}
	return m, nil
}

// compare refuses to change what makes the run what it is, and otherwise says what is changed. What vars say
// of a flag, see [Varier], is why it cannot be.
func (r *Run) compare(vars map[string]string) error {
	now, err := values(r.settings)
	if err != nil {
		return err
	}
	var wrong, changed []string
	for _, s := range recorded(r.settings) {
		// Through the type of the flag, so that 1.0 is 1.
		want := s.String()
		if err := s.SetJSON(r.record.Settings[s.Name]); err != nil {
			return errors.Wrap(err, recordName)
		}
		had, err := s.JSON()
		if err != nil {
			return err
		}
		before := s.String()
		if err := s.SetJSON(now[s.Name]); err != nil {
			return err
		}
		switch fixed := vars[s.Name+"_fixed"]; {
		case bytes.Equal(had, now[s.Name]):
		case s.Tag("change") != "yes":
			wrong = append(wrong, fmt.Sprintf("-%s: the run has %s, %s asked for", s.Name, before, want))
		case fixed != "":
			wrong = append(wrong, fmt.Sprintf("-%s: the run has %s, %s asked for, but %s", s.Name, before, want, fixed))
		default:
			changed = append(changed, fmt.Sprintf("-%s: %s, now %s", s.Name, before, want))
		}
	}
	if wrong != nil {
		return errors.New(strings.Join(wrong, "; "))
	}
	for _, line := range changed {
		fmt.Println(line)
	}
	r.record.Settings = now
	return nil
}
