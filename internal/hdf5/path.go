package hdf5

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
)

// maxSoft bounds the soft links that lead to one object.
const maxSoft = 32

// NotFound is the error for a path that leads to nothing.
type NotFound struct{ Path string }

// Error tells the path.
func (e *NotFound) Error() string { return fmt.Sprintf("has no %s", quote(e.Path)) }

// quote shortens a path to what an error may hold of it.
func quote(path string) string {
	if len(path) > 100 {
		path = path[:100] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return '?'
		}
		return r
	}, path)
}

// finder follows paths through groups.
type finder struct {
	f    *File
	w    *work
	soft int // links that may still be followed
}

// find follows a path to the address of an object.
func (f *File) find(path string) (uint64, error) {
	return (&finder{f, f.work(), maxSoft}).follow(f.root, path)
}

// follow follows a path from a group.
func (d *finder) follow(group uint64, path string) (uint64, error) {
	at := group
	if strings.HasPrefix(path, "/") {
		at = d.f.root
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." {
			continue
		}
		next, err := d.step(at, name)
		if err != nil {
			var missing *NotFound
			if errors.As(err, &missing) {
				missing.Path = path
			}
			return 0, err
		}
		at = next
	}
	return at, nil
}

// step finds the object that a group calls by a name.
func (d *finder) step(group uint64, name string) (uint64, error) {
	o, err := d.f.object(group, d.w)
	if err != nil {
		return 0, err
	}
	var found *link
	if o.isGroup() {
		err = d.f.eachLink(o, d.w, func(l link) (bool, error) {
			if l.name == name {
				found = &l
			}
			return found == nil, nil
		})
	}
	switch {
	case err != nil:
		return 0, err
	case found == nil:
		return 0, &NotFound{name}
	case found.outside:
		return 0, errors.Errorf("%s is a link to another file, which is not followed", quote(name))
	case found.soft == "":
		return found.address, nil
	case d.soft == 0:
		return 0, errors.Errorf("%s is a soft link that leads through more than %d others, or in a circle", quote(name), maxSoft)
	}
	d.soft--
	return d.follow(group, found.soft)
}

const (
	maxListed      = 1000
	maxListedBytes = 1 << 13
	maxGroupDepth  = 64
)

// List returns the paths of the datasets, at most 1000 of them and not more than 8 KiB, without those behind soft
// links, and without #refs# and what else MATLAB keeps for itself under such names. What cannot be read is left out.
func (f *File) List() []string {
	l := lister{f: f, w: f.work(), groups: map[uint64]bool{}}
	l.group(f.root, "", 0)
	return l.paths
}

type lister struct {
	f      *File
	w      *work
	groups map[uint64]bool
	paths  []string
	bytes  int
}

func (l *lister) group(address uint64, path string, depth int) {
	o, err := l.f.object(address, l.w)
	if err != nil {
		return
	}
	if o.isDataset() && l.bytes+len(path) <= maxListedBytes {
		l.paths, l.bytes = append(l.paths, path), l.bytes+len(path)
		return
	}
	if !o.isGroup() || l.groups[address] || depth > maxGroupDepth {
		return
	}
	l.groups[address] = true
	// An error ends the list of this group only.
	_ = l.f.eachLink(o, l.w, func(next link) (bool, error) {
		if next.soft == "" && !next.outside && !strings.HasPrefix(next.name, "#") && len(path)+len(next.name) < maxName {
			l.group(next.address, strings.TrimPrefix(path+"/"+next.name, "/"), depth+1)
		}
		return len(l.paths) < maxListed && l.bytes < maxListedBytes, nil
	})
}
