package graph

import (
	"path"
	"slices"
)

// Fix has the parameters whose full names match one of the patterns of package path, as "*.tau_*", stay what
// they are: those that are there, of every scope, and those that are declared later. They are not among Nodes
// and Trainable, so that no gradient of them is taken, and are saved with the others. It is for the set that a
// model is trained in, before its graphs are made: a twin, see [Params.In], fixes what its source does.
func (p *Params) Fix(patterns ...string) error {
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil {
			return Wrapf(err, "fix parameters %q", pattern)
		}
	}
	p.fixed = append(p.fixed, patterns...)
	for i := range p.list {
		p.list[i].Fixed = p.list[i].Fixed || p.fixes(p.list[i].Name)
	}
	return nil
}

// fixes tells whether a parameter of that name is not to be trained.
func (d *declared) fixes(name string) bool {
	return slices.ContainsFunc(d.fixed, func(pattern string) bool {
		match, err := path.Match(pattern, name)
		return err == nil && match // Fix has seen that they are patterns
	})
}
