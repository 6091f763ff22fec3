package tensorfile

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// checkKeys fails if a name occurs twice in one object of valid JSON, or is not UTF-8.
func checkKeys(header []byte) error {
	if !utf8.Valid(header) {
		return errors.New("not UTF-8")
	}
	type container struct {
		keys  map[string]bool // nil for an array
		value bool            // the next token is a value, not a key
	}
	var open []container
	for d := json.NewDecoder(bytes.NewReader(header)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'):
			open = append(open, container{keys: map[string]bool{}})
			continue
		case json.Delim('['):
			open = append(open, container{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) == 0 || open[len(open)-1].keys == nil {
			continue
		}
		in := &open[len(open)-1]
		if !in.value {
			key := token.(string)
			if in.keys[key] {
				return errors.Errorf("two entries are named %q, the second before byte %d", key, 8+d.InputOffset())
			}
			in.keys[key] = true
		}
		in.value = !in.value
	}
}
