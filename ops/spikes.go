package ops

import (
	"math/bits"

	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
)

// spikes are a sequence, or any other numbers, as bits: shard by shard, then step by step.
type spikes struct {
	steps, batch int
	words        int               // for the units of one example
	bits         []uint64          // what is not zero
	of           []kernel.Activity // for each shard and step
}

func newSpikes(steps, batch, units int) *spikes {
	words := kernel.Words(units)
	return &spikes{steps: steps, batch: batch, words: words, bits: make([]uint64, steps*batch*words),
		of: make([]kernel.Activity, steps*kernel.Shards(batch, shardOf(batch)))}
}

// at are the bits of examples lo to hi, which are a shard, at step t and after.
func (s *spikes) at(lo, hi, t int) []uint64 { return s.bits[(lo*s.steps+t*(hi-lo))*s.words:] }

// activity says of each step of a shard from t on what the bits stand for.
func (s *spikes) activity(shard, t int) []kernel.Activity {
	return s.of[shard*s.steps+t : (shard+1)*s.steps]
}

// fires is implemented by tapes that have the bits of their output.
type fires interface{ output() *spikes }

func (t *tape[F]) output() *spikes { return t.fired }

// count writes how often each of the units of each example has fired from step first on to sum,
// [batch, units].
func count[F graph.Float](s *spikes, first, units int, sum []F) error {
	return kernel.Run(s.batch, shardOf(s.batch), func(_, lo, hi int) error {
		clear(sum[lo*units : hi*units])
		for t := first; t < s.steps; t++ {
			for i, word := range s.at(lo, hi, t)[:(hi-lo)*s.words] {
				row := sum[(lo+i/s.words)*units:][:units]
				for ; word != 0; word &= word - 1 {
					row[i%s.words*64+bits.TrailingZeros64(word)]++
				}
			}
		}
		return nil
	})
}
