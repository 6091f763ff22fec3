package ops

import (
	"slices"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// perSpike is what a spike adds to η of neurons with [ALIF.Continuous], as it depends on τadp alone:
//
//	κ = 1 − exp(−1 ms/τadp)
//
// Gradients are summed by τadp then, and not by ρ, which κ is no function of in numbers: where all decays
// within a step, ρ is 0, and κ need not be 1.
type perSpike[F graph.Float] struct {
	rhoSlope, kappaSlope []F // ∂ρ/∂τadp and ∂κ/∂τadp of each neuron
}

// constants sets κ of the neurons, whose ρ is known, and the derivatives.
func (p *perSpike[F]) constants(c *kernel.Neurons[F], tauAdp []F, dt float64) error {
	left, err := decay("tau_adp", tauAdp, 1)
	if err != nil {
		return err
	}
	p.rhoSlope, p.kappaSlope = slices.Clone(tauAdp), slices.Clone(tauAdp)
	for i, tau := range tauAdp {
		c.Kappa[i] = 1 - left[i]
		p.rhoSlope[i], p.kappaSlope[i] = decaySlope(c.Rho[i], tau, dt), -decaySlope(left[i], tau, 1)
	}
	return nil
}

// etaSlope is what the gradient of η is multiplied by in the sums of [kernel.Back]: η′, from which these
// subtract S′ where they are told so, or ∂η/∂τadp, for which there is room in dst.
func (p *population[F]) etaSlope(dst, eta1, s1 []F) []F {
	if p.perSpike == nil {
		return eta1
	}
	for i := 0; i < len(dst); i += p.units {
		eta1, s1, dst := eta1[i:][:p.units], s1[i:][:p.units], dst[i:][:p.units]
		for k, slope := range p.perSpike.rhoSlope {
			dst[k] = F(slope*eta1[k]) + F(p.perSpike.kappaSlope[k]*s1[k])
		}
	}
	return dst
}

// etaSlopes is room for what etaSlope gives, if it needs any.
func (s *shard[F]) etaSlopes() []F {
	if s.perSpike == nil {
		return nil
	}
	return s.arena.Floats(s.n)
}
