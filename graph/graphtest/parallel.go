package graphtest

import (
	"sync"

	"gorgonia.org/tensor"
)

// inParallel runs graphs of their own at the same time. Their inputs are different headers over
// the same memory, as those of replicas of a model are.
func (s suite) inParallel() error {
	want, err := s.reference()
	if err != nil {
		return err
	}
	shared := s.values(tensor.Float64)
	const replicas = 3
	errs := make([]error, replicas)
	var wait sync.WaitGroup
	for r := range errs {
		headers := make([]*tensor.Dense, len(shared))
		for i, v := range shared {
			headers[i] = tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(v.Data()))
		}
		wait.Go(func() { errs[r] = s.replica(headers, want) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s suite) replica(values []*tensor.Dense, want [][]float64) error {
	p, err := s.trainable(values)
	if err != nil {
		return err
	}
	got, err := p.finish()
	if err != nil {
		return err
	}
	return same(got, want, 0)
}
