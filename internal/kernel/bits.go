package kernel

import "math/bits"

// Bits are a sequence [T, batch, units] as bits, one for each number that is not zero: shard by shard,
// see [SequenceShard], then step by step.
type Bits struct {
	Steps, Batch int
	Words        int // for the units of one example, see [Words]

	set []uint64
	of  []Activity // for each shard and step
}

// BitTape is implemented by what a Function leaves behind of a run, if that has its first output as
// bits. Nil stands for an output that is no bits.
type BitTape interface{ Bits() *Bits }

// BitSource is implemented by a Function that leaves a [BitTape], from which others can read its first
// output.
type BitSource interface{ LeavesBits() }

// SequenceShard is how many of the examples of a batch one goroutine carries through a sequence at a
// time. Small batches need shards for all cores; large ones are faster in larger shards.
func SequenceShard(batch int) int {
	if batch < 128 {
		return 8
	}
	return 16
}

// NewBits are bits of a sequence, with memory for all of it.
func NewBits(steps, batch, units int) *Bits {
	words := Words(units)
	return &Bits{Steps: steps, Batch: batch, Words: words, set: make([]uint64, steps*batch*words),
		of: make([]Activity, steps*Shards(batch, SequenceShard(batch)))}
}

// Fit reports whether these can be the bits of a sequence of the shape [T, batch, units].
func (b *Bits) Fit(shape []int) bool {
	return b.Steps == shape[0] && b.Batch == shape[1] && b.Words == Words(shape[2])
}

// At are the bits of examples lo to hi, which are a shard, at step t and after.
func (b *Bits) At(lo, hi, t int) []uint64 { return b.set[(lo*b.Steps+t*(hi-lo))*b.Words:] }

// Activity says of each step of a shard from t on what the bits stand for.
func (b *Bits) Activity(shard, t int) []Activity {
	return b.of[shard*b.Steps+t : (shard+1)*b.Steps]
}

// Count writes how many of the bits of each unit of each example are set to sum, [batch, units], from
// step first on. Steps of an example that exists says do not exist are left out; nil: all exist.
func Count[F Float](b *Bits, first, units int, exists func(t, example int) bool, sum []F) error {
	return Run(b.Batch, SequenceShard(b.Batch), func(_, lo, hi int) error {
		clear(sum[lo*units : hi*units])
		for t := first; t < b.Steps; t++ {
			for i, word := range b.At(lo, hi, t)[:(hi-lo)*b.Words] {
				example := lo + i/b.Words
				if word == 0 || exists != nil && !exists(t, example) {
					continue
				}
				row := sum[example*units:][:units]
				for ; word != 0; word &= word - 1 {
					row[i%b.Words*64+bits.TrailingZeros64(word)]++
				}
			}
		}
		return nil
	})
}
