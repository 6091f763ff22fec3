package models

import (
	"math"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/models/train"
)

// OnlineLoss is the loss of one step of one example, for learning online.
type OnlineLoss interface {
	// Targets is how many numbers the target of an example is, for so many outputs.
	Targets(outputs int) int

	// Loss is the loss of outputs y for a target, and writes its gradient with respect to y.
	Loss(y, target, gradient []float64) (float64, error)
}

// Stepwise is implemented by a [train.Loss] that is made of a loss of each step, so that a network can learn from it
// while it runs, see [OnlineRule].
type Stepwise interface {
	// Online is the loss of a step. That of an example is the sum over the steps with a target or, with
	// mean, over all steps and divided by their number.
	Online() (step OnlineLoss, mean bool, err error)
}

// OnlineCrossEntropy is the cross entropy with softmax(y) for the number of a class, of which there is
// one for each output; see [PerStep]. Ignore takes the example out of this step.
type OnlineCrossEntropy struct{ Labels }

// OnlineSquaredError is ½ Σ (y − target)², with as many targets as outputs.
type OnlineSquaredError struct{}

// OnlineMeanSquaredError is (y − target)², the mean over the outputs, with as many targets; see [SquaredError].
type OnlineMeanSquaredError struct{}

// Online implements [Stepwise].
func (l PerStep) Online() (OnlineLoss, bool, error) { return OnlineCrossEntropy{l.Labels}, false, nil }

// Online implements [Stepwise], for each step.
func (l SquaredError) Online() (OnlineLoss, bool, error) {
	if l.Read != EachStep {
		return nil, false, errors.Errorf("srnn: the squared error of the reading %q cannot be learnt from while the network runs, but that of %q", string(l.Read), EachStep)
	}
	return OnlineMeanSquaredError{}, true, nil
}

func (OnlineCrossEntropy) Targets(int) int { return 1 }

func (OnlineSquaredError) Targets(outputs int) int { return outputs }

func (OnlineMeanSquaredError) Targets(outputs int) int { return outputs }

func (l OnlineCrossEntropy) Loss(y, target, gradient []float64) (float64, error) {
	class := int(target[0])
	if float64(class) != target[0] || class < train.Ignore || class >= len(y) { // true of NaN and of infinities
		return 0, errors.Errorf("the target is %v, want a class 0 to %d, or %d for none", target[0], len(y)-1, train.Ignore)
	}
	if err := l.check(len(y)); err != nil {
		return 0, err
	}
	clear(gradient)
	if class == train.Ignore {
		return 0, nil
	}
	peak, z := y[argmax(y)], 0.0
	for i, v := range y {
		gradient[i] = math.Exp(v - peak)
		z += gradient[i]
	}
	// With targets a, the loss is Σ a (log z − (y − peak)), and its gradient Σ a softmax(y) − a.
	loss, sum := 0.0, 0.0
	for i, v := range y {
		if a := l.target(i, class, len(y)); a > 0 {
			loss += a * (math.Log(z) - (v - peak))
			sum += a
		}
	}
	for i := range gradient {
		gradient[i] = sum*gradient[i]/z - l.target(i, class, len(y))
	}
	return loss, nil
}

// target is what the probability of class i is compared with, times its weight, where the label is another
// class or the same.
func (l Labels) target(i, label, classes int) float64 {
	a := l.Smoothing / float64(classes)
	if i == label {
		a += 1 - l.Smoothing
	}
	if l.ClassWeights != nil {
		a *= l.ClassWeights[i]
	}
	return a
}

// check refuses settings that are none for so many classes.
func (l Labels) check(classes int) error {
	if !(l.Smoothing >= 0 && l.Smoothing < 1) {
		return errors.Errorf("smoothing is %v, want 0 or more and less than 1", l.Smoothing)
	}
	if l.ClassWeights != nil && len(l.ClassWeights) != classes {
		return errors.Errorf("there are %d class weights, want %d, one for each class", len(l.ClassWeights), classes)
	}
	for i, w := range l.ClassWeights {
		if !(w >= 0) || !graph.Finite(w) {
			return errors.Errorf("the weight of class %d is %v, want a finite number of 0 or more", i, w)
		}
	}
	return nil
}

func (OnlineSquaredError) Loss(y, target, gradient []float64) (loss float64, err error) {
	for i, v := range y {
		if !graph.Finite(target[i]) {
			return 0, errors.Errorf("target %d is %v", i, target[i])
		}
		gradient[i] = v - target[i]
		loss += gradient[i] * gradient[i] / 2
	}
	return loss, nil
}

func (OnlineMeanSquaredError) Loss(y, target, gradient []float64) (float64, error) {
	loss, err := OnlineSquaredError{}.Loss(y, target, gradient)
	n := 2 / float64(len(y))
	for i := range gradient {
		gradient[i] *= n
	}
	return n * loss, err
}
