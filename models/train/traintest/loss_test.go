package traintest

import (
	"strings"
	"testing"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
	"gorgonia.org/gorgonia"
)

// linear is a model that losses of nodes are tried on.
func linear(n int) train.Model[*gorgonia.Node] {
	return train.Forward[*gorgonia.Node](func(p *graph.Params, b train.Batch) (*gorgonia.Node, error) { return Scores(p, b, n) })
}

var stepNumbers = train.Spec{Steps: 5, Features: 2, Numbers: 2, PerStep: true, Varying: true}

// lossOf is a loss that is a function: of the squared error at each step, the mask and the weights.
type lossOf func(e graph.Expr, b train.Batch) graph.Expr

func (f lossOf) Loss(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
	return f(graph.Of(out).Sub(graph.Of(b.Y)).Square(), b).Node()
}

func total(e graph.Expr) graph.Expr {
	return e.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n) })
}

func sumOver(e graph.Expr, axis int) graph.Expr {
	return e.Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Sum(n, axis) })
}

// sound is Σ over an example's steps, and its mean over the examples.
func sound(e graph.Expr, b train.Batch) graph.Expr {
	masked := sumOver(e, 2).Mul(graph.Of(b.Mask)) // [T, B]
	return total(sumOver(masked, 0).Mul(weights(b)))
}

// weights are [B].
func weights(b train.Batch) graph.Expr {
	return graph.Of(b.Weight).Map(func(n *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Reshape(n, n.Shape()[1:]) })
}

// scoring is a loss with scores.
type scoring struct {
	lossOf
	scores func(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error)
}

func (s scoring) Scores(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
	return s.scores(out, b)
}

// forgetful is registered and loses its setting.
type forgetful struct {
	scoring `json:"-"`
	Scale   float64 `json:"-"`
}

// A sound loss passes; each of the others is found out by what it does wrong.
func TestLossFindsFaults(t *testing.T) {
	train.MustRegisterLoss("forgetful", forgetful{})
	whole := func(out *gorgonia.Node, _ train.Batch) (*gorgonia.Node, error) { return out, nil }
	for name, c := range map[string]struct {
		loss train.Loss[*gorgonia.Node]
		want map[string]string // by check
	}{
		"sound":             {lossOf(sound), nil},
		"sound with scores": {scoring{sound, whole}, nil},
		"sum over the batch": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr { return total(sumOver(e, 2).Mul(graph.Of(b.Mask))) }),
			map[string]string{"mean over the examples": "one by one is", "filling up changes nothing": "one by one is"}},
		"no mask": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr { return total(sumOver(sumOver(e, 2), 0).Mul(weights(b))) }),
			map[string]string{"mean over the examples": "one by one is"}},
		"mean without weights": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr {
			return total(sumOver(e, 2).Mul(graph.Of(b.Mask))).Times(1 / float64(b.X.Shape()[1]))
		}), map[string]string{"mean over the examples": "one by one is"}},
		"not a scalar": {lossOf(func(e graph.Expr, _ train.Batch) graph.Expr { return sumOver(e, 2) }),
			map[string]string{"gradient": "not a scalar"}},
		"detached": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr { return sound(e, b).Detach().Add(sound(e, b).Times(2)) }),
			map[string]string{"gradient": "central differences"}},
		"flat": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr { return sound(e, b).Times(0) }),
			map[string]string{"gradient": "does not depend"}},
		"infinite": {lossOf(func(e graph.Expr, b train.Batch) graph.Expr { return sound(e, b).Times(0).Inverse() }),
			map[string]string{"gradient": "+Inf"}},
		"scores of the targets": {scoring{sound, func(out *gorgonia.Node, b train.Batch) (*gorgonia.Node, error) {
			if b.Y == nil {
				return graph.Of(out).Times(2).Node()
			}
			return out, nil
		}}, map[string]string{"scores": "without targets"}},
		"forgetful": {forgetful{scoring{sound, whole}, 3}, map[string]string{"settings are saved": "loaded"}},
	} {
		found := map[string]string{}
		for _, k := range lossChecks(c.loss, linear(2), stepNumbers) {
			if err := guarded(k.check); err != nil {
				found[k.name] = err.Error()
			}
		}
		if c.want == nil && len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
		for check, want := range c.want {
			if !strings.Contains(found[check], want) {
				t.Errorf("%s: %s says %q, want %q", name, check, found[check], want)
			}
		}
	}
}

// TestLoss runs the whole suite as others do.
func TestLoss(t *testing.T) { Loss(t, lossOf(sound), linear(2), stepNumbers) }
