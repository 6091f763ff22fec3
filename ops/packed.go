package ops

import (
	"math/bits"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/graph"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// PerWord is how many units share a number of packed spikes: as many as whole numbers of single
// precision have bits.
const PerWord = 24

// PackedWords is how many numbers the packed spikes of so many units are.
func PackedWords(units int) int { return (units + PerWord - 1) / PerWord }

// SetPacked sets the spike of a unit in a row of packed spikes, and reports whether it was not set.
func SetPacked[F graph.Float](row []F, unit int) bool {
	word := uint32(row[unit/PerWord])
	bit := uint32(1) << (unit % PerWord)
	row[unit/PerWord] = F(word | bit)
	return word&bit == 0
}

// Unpack is spikes x [T, batch, units], 0 or 1, from packed ones [T, batch, PackedWords(units)], which
// [SetPacked] makes: unit i is bit i mod 24 of number i/24. A network whose first layer reads x under
// graph.Machine gets the bits as they are: the spikes of a batch, of 700 channels say, are never
// written as numbers. No gradient flows through it.
func Unpack(packed *gorgonia.Node, units int) (*gorgonia.Node, error) {
	r, err := graph.Apply(unpack{units}, packed)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type unpack struct{ Units int }

func (unpack) String() string            { return "Unpack" }
func (unpack) Undifferentiated(int) bool { return true }
func (unpack) Taped()                    {}
func (unpack) Terse() bool               { return true }

func (f unpack) Kernel32() graph.Kernel[float32] { return unpackKernel[float32]{f} }
func (f unpack) Kernel64() graph.Kernel[float64] { return unpackKernel[float64]{f} }

func (f unpack) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if s := in[0]; f.Units < 1 || len(s) != 3 || s[2] != PackedWords(f.Units) {
		return nil, errors.Errorf("packed spikes of %d units have shape %v, want [T, batch, %d]", f.Units, s, PackedWords(f.Units))
	}
	return []tensor.Shape{{in[0][0], in[0][1], f.Units}}, nil
}

// unpacked is the tape: the bits.
type unpacked struct{ fired *spikes }

func (t *unpacked) output() *spikes { return t.fired }

type unpackKernel[F graph.Float] struct{ unpack }

func (k unpackKernel[F]) Forward(c *graph.Call[F]) error {
	in := c.In[0]
	steps, batch, packed := in.Shape[0], in.Shape[1], in.Shape[2]
	t, ok := c.Tape.(*unpacked)
	if !ok {
		t = &unpacked{newSpikes(steps, batch, k.Units)}
	}
	c.Tape = t
	s := t.fired
	return kernel.Run(batch, shardOf(batch), func(shard, lo, hi int) error {
		activity := s.activity(shard, 0)
		for step := range steps {
			set := s.at(lo, hi, step)[:(hi-lo)*s.words]
			count := 0
			for b := lo; b < hi; b++ {
				words := in.Data[(step*batch+b)*packed:][:packed]
				if at := k.spread(words, set[(b-lo)*s.words:][:s.words]); at >= 0 {
					return errors.Errorf("packed spikes [%d %d %d] are %v, want a whole number of %d bits at most",
						step, b, at, words[at], min(PerWord, k.Units-at*PerWord))
				}
			}
			for _, w := range set {
				count += bits.OnesCount64(w)
			}
			activity[step] = kernel.Activity{Count: int32(count), Ones: true}
			if c.Out[0].Data != nil {
				for b := lo; b < hi; b++ {
					kernel.Spread(set[(b-lo)*s.words:][:s.words], 1, k.Units, c.Out[0].Data[(step*batch+b)*k.Units:][:k.Units])
				}
			}
		}
		return nil
	})
}

// spread writes the bits of a row in words of 24 as words of 64. It returns the position of the
// first that is not a whole number of as many bits as there are units, or -1.
func (k unpackKernel[F]) spread(words []F, set []uint64) int {
	clear(set)
	for i, x := range words {
		most := F(uint32(1)<<min(PerWord, k.Units-i*PerWord) - 1)
		if !(x >= 0 && x <= most) || F(uint32(x)) != x {
			return i
		}
		w, at := uint64(x), i*PerWord
		set[at/64] |= w << (at % 64)
		if room := 64 - at%64; room < PerWord && w>>room != 0 {
			set[at/64+1] |= w >> room
		}
	}
	return -1
}

func (unpackKernel[F]) Backward(*graph.Call[F]) error { return errors.New("has no gradient") }
