package nodes

import (
	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"gorgonia.org/gorgonia"
)

// Feedback says through which weights the gradient goes back from a layer to its input, from which
// the layers below learn: the "feedback" or "broadcast" weights B of a learning signal Bᵀ g (Bellec et
// al. 2020). It changes nothing else: neither what the layer does nor what it learns itself. The
// weights are the parameter feedback, [units, in] as w_in, of group "feedback"; recurrent synapses
// have none. Where a synapse does not exist, see [Linear.Mask], there is no feedback either. The zero value
// is symmetric feedback, without a parameter.
//
// With e-prop and one hidden layer, the feedback of the readout is the paper's broadcast from every
// output to every hidden neuron. Above several hidden layers, each has the feedback of the next.
type Feedback struct {
	Kind FeedbackKind
	Init graph.Initializer // where B starts; default: as w_in, but drawn independently of it
}

// FeedbackKind is one of the kinds of feedback weights of Bellec et al. 2020.
type FeedbackKind string

const (
	// SymmetricFeedback goes back through w_in itself: the exact gradient. The empty kind stands for it.
	SymmetricFeedback FeedbackKind = "symmetric"

	// RandomFeedback goes back through weights that are drawn once and not trained; the layers below
	// learn nevertheless, as w_in comes to agree with them (feedback alignment, Lillicrap et al. 2016).
	// They are saved with the parameters.
	RandomFeedback FeedbackKind = "random"

	// AdaptiveFeedback goes back through weights that start at random and change as w_in does: the
	// gradient of feedback is that of w_in. If both decay as well, what they began with fades, and they
	// become equal (Kolen & Pollack 1994), by a factor of 1 − rate·λ in each step with
	//
	//	optim.DecoupledWeightDecay{Decay: λ, Names: optim.Names{"readout.w_in", "readout.feedback"}}
	//
	// in front of the optim.LearningRate: behind optim.ScaleByAdam, or alone with SGD. Without decay they
	// stay as far from each other as they began. Whatever treats the two differently keeps them apart:
	// an optim.GroupRate of one of them, or a penalty on w_in in the loss.
	AdaptiveFeedback FeedbackKind = "adaptive"
)

// none reports whether the layer goes without weights for feedback.
func (k FeedbackKind) none() bool { return k == "" || k == SymmetricFeedback }

func (k FeedbackKind) check() error {
	if k.none() || k == RandomFeedback || k == AdaptiveFeedback {
		return nil
	}
	return errors.Errorf("feedback of unknown kind %q, want %q, %q or %q", k, SymmetricFeedback, RandomFeedback, AdaptiveFeedback)
}

// declare adds the weights, if there are any. Init is the initialiser of w_in, and mask the mask of its
// synapses, which feedback goes through as well; it may be nil.
func (f Feedback) declare(p *graph.Params, init graph.Initializer, mask *gorgonia.Node, units, in int) (connections, error) {
	if err := f.Kind.check(); err != nil || f.Kind.none() {
		return connections{}, err
	}
	declare := p.DeclareFixed
	if f.Kind == AdaptiveFeedback {
		declare = p.Declare
	}
	return connectBy(mask, declare, "feedback", "feedback", initOr(f.Init, init), units, in)
}
