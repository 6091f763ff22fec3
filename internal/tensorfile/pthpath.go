package tensorfile

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// element is a step from a value to one that lies in it: the key of a dict or the name of an
// attribute, or the index of a list or a dict's key that is a number.
type element struct {
	name  string
	index int
	named bool
}

// isWord tells whether a name is written without brackets and quotes.
func isWord(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// wholeFile is the path of a file's outermost value.
const wholeFile = "."

// formatPath writes a path: state.model, [0], checkpoint["a.b"]. That of the whole is a dot.
func formatPath(path []element) string {
	if len(path) == 0 {
		return wholeFile
	}
	var b strings.Builder
	for i, e := range path {
		switch {
		case !e.named:
			b.WriteString("[" + strconv.Itoa(e.index) + "]")
		case !isWord(e.name):
			b.WriteString("[" + strconv.Quote(e.name) + "]")
		case i > 0:
			b.WriteString("." + e.name)
		default:
			b.WriteString(e.name)
		}
	}
	return b.String()
}

// parsePath reads a path as formatPath writes it. Keys may be in quotes of either kind.
func parsePath(s string) ([]element, error) {
	var path []element
	rest := s
	if rest == wholeFile {
		rest = ""
	}
	for rest != "" {
		if rest[0] != '[' {
			rest = strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, errors.Errorf("path %.100q: a name is empty; want one as state.model, [0] or checkpoint[\"a.b\"]", s)
			}
			path, rest = append(path, element{name: rest[:end], named: true}), rest[end:]
			continue
		}
		e, after, err := parseBracket(rest)
		if err != nil {
			return nil, errors.WithMessagef(err, "path %.100q", s)
		}
		path, rest = append(path, e), after
	}
	return path, nil
}

// parseBracket reads an index or a key in brackets, and gives what follows.
func parseBracket(s string) (e element, rest string, err error) {
	inner := s[1:]
	if strings.HasPrefix(inner, `"`) {
		quoted, err := strconv.QuotedPrefix(inner)
		if err != nil {
			return e, "", errors.New("a key lacks its closing quote")
		}
		e.named = true
		if e.name, err = strconv.Unquote(quoted); err != nil {
			return e, "", err
		}
		inner = inner[len(quoted):]
	} else if strings.HasPrefix(inner, "'") {
		end := strings.IndexByte(inner[1:], '\'')
		if end < 0 {
			return e, "", errors.New("a key lacks its closing quote")
		}
		e.name, e.named, inner = inner[1:1+end], true, inner[2+end:]
	} else {
		end := strings.IndexByte(inner, ']')
		if end < 0 {
			return e, "", errors.New("a bracket is not closed")
		}
		if e.index, err = strconv.Atoi(inner[:end]); err != nil {
			return e, "", errors.Errorf("%.40q in brackets is neither an index nor a key in quotes", inner[:end])
		}
		inner = inner[end:]
	}
	if !strings.HasPrefix(inner, "]") {
		return e, "", errors.New("a bracket is not closed")
	}
	return e, inner[1:], nil
}
