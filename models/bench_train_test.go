package models_test

import (
	"testing"

	"github.com/srnn-go/srnn/models"
	"github.com/srnn-go/srnn/nodes"
)

// BenchmarkECGTrainStep is one training step at the size of the ECG task: batch 64, 1301 steps,
// 4-36-6, float32; forward, backward and Adam. "alif" has adaptive hidden neurons, an
// integrator and one label for a sequence; "tape" is the same on Gorgonia's machine instead of
// ours. "paper" is the network of Yin et al. 2020, LIF with an adp-mem readout and a loss on every
// step.
func BenchmarkECGTrainStep(b *testing.B) {
	const steps, batch = 1301, 64
	alif := classifier(4, 6, 36)
	b.Run("alif", func(b *testing.B) { benchmarkTrainStep(b, alif, integrated, steps, batch, .02) })
	b.Run("tape", func(b *testing.B) { benchmarkTrainStepOn(b, theirs, alif, integrated, steps, batch, .02) })
	b.Run("paper", func(b *testing.B) {
		benchmarkTrainStep(b, models.SRNN{
			In:      4,
			Hidden:  []nodes.Layer{{Units: 36, Cell: nodes.LIF{}, Recurrent: true, Initial: nodes.Random(1)}},
			Readout: models.Readout{Kind: models.AdpMem, Layer: nodes.Layer{Units: 6, Initial: nodes.Random(1)}},
		}, models.PerStep{Skip: 10}, steps, batch, .08)
	})
}

// BenchmarkSHDTrainStep is one training step at the size of the Spiking Heidelberg Digits in
// steps of 10 ms: batch 128, 100 steps, 700-128-128-20.
func BenchmarkSHDTrainStep(b *testing.B) {
	benchmarkTrainStep(b, classifier(700, 20, 128, 128), integrated, 100, 128, .02)
}

// BenchmarkSHDLongTrainStep is the same in steps of 4 ms: batch 64, 250 steps.
func BenchmarkSHDLongTrainStep(b *testing.B) {
	benchmarkTrainStep(b, classifier(700, 20, 128, 128), integrated, 250, 64, .02)
}

// integrated is the loss of a classifier.
var integrated = models.SumSoftmax{From: 1}

// classifier is a network of recurrent adaptive neurons with an integrator readout and one
// label for a sequence, from the initial states of Yin et al.
func classifier(in, classes int, hidden ...int) models.SRNN {
	c := models.SRNN{
		In:      in,
		Readout: models.Readout{Kind: models.Integrator, Layer: nodes.Layer{Units: classes, Initial: nodes.Random(1)}},
	}
	for _, units := range hidden {
		c.Hidden = append(c.Hidden, nodes.Layer{Units: units, Cell: nodes.ALIF{}, Recurrent: true, Initial: nodes.Random(1)})
	}
	return c
}
