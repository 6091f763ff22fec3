package nodetest

import (
	"fmt"

	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// sum adds up the elements of tensors. Those of one shape are added before they are summed.
type sum struct {
	shapes []string
	terms  map[string]graph.Expr
	err    error
}

func (s *sum) add(x graph.Expr) {
	n, err := x.Node()
	if err != nil {
		s.err = err
		return
	}
	shape := fmt.Sprint(n.Shape())
	if s.terms == nil {
		s.terms = map[string]graph.Expr{}
	}
	if _, ok := s.terms[shape]; !ok {
		s.shapes, s.terms[shape] = append(s.shapes, shape), x
		return
	}
	s.terms[shape] = s.terms[shape].Add(x)
}

func (s *sum) node() (*gorgonia.Node, error) {
	if s.err != nil {
		return nil, s.err
	}
	var total graph.Expr
	for k, shape := range s.shapes {
		one := s.terms[shape].Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n) })
		if k == 0 {
			total = one
		} else {
			total = total.Add(one)
		}
	}
	return total.Node()
}
