package graph

// Attempt calls a function that changes values of parameters. If it fails, all of them, in whatever scope, are
// what they were before.
func (p *Params) Attempt(change func() error) error {
	before := map[string][]float64{}
	for _, q := range p.list {
		before[q.Name] = q.Values()
	}
	err := change()
	if err == nil {
		return nil
	}
	for _, q := range p.list {
		if x, ok := before[q.Name]; ok {
			q.overwrite(x)
		}
	}
	return err
}

// overwrite copies values into the parameter.
func (q Param) overwrite(values []float64) {
	switch d := q.Node.Value().Data().(type) {
	case []float32:
		convert(d, values)
	case []float64:
		convert(d, values)
	}
}
