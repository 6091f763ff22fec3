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

// OnlineCrossEntropy is the cross entropy with softmax(y) for the number of a class, of which there is
// one for each output; see [PerStep]. Ignore takes the example out of this step.
type OnlineCrossEntropy struct{}

// OnlineSquaredError is ½ Σ (y − target)², with as many targets as outputs.
type OnlineSquaredError struct{}

func (OnlineCrossEntropy) Targets(int) int         { return 1 }
func (OnlineSquaredError) Targets(outputs int) int { return outputs }

func (OnlineCrossEntropy) Loss(y, target, gradient []float64) (float64, error) {
	class := int(target[0])
	if float64(class) != target[0] || class < train.Ignore || class >= len(y) { // true of NaN and of infinities
		return 0, errors.Errorf("the target is %v, want a class 0 to %d, or %d for none", target[0], len(y)-1, train.Ignore)
	}
	clear(gradient)
	if class == train.Ignore {
		return 0, nil
	}
	peak, sum := y[argmax(y)], 0.0
	for i, v := range y {
		gradient[i] = math.Exp(v - peak)
		sum += gradient[i]
	}
	for i := range gradient {
		gradient[i] /= sum
	}
	gradient[class]--
	return math.Log(sum) - (y[class] - peak), nil
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
