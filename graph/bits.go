package graph

import (
	"math/bits"

	"github.com/pkg/errors"
	"github.com/srnn-go/srnn/internal/kernel"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BitsPerWord is how many units share a number of packed bits: as many as whole numbers of single
// precision have bits.
const BitsPerWord = 24

// BitWords is how many numbers the packed bits of so many units are.
func BitWords(units int) int { return (units + BitsPerWord - 1) / BitsPerWord }

// SetBit sets the bit of a unit in a row of [BitWords] numbers, and reports whether it was not set.
func SetBit[F Float](row []F, unit int) bool {
	word := uint32(row[unit/BitsPerWord])
	bit := uint32(1) << (unit % BitsPerWord)
	row[unit/BitsPerWord] = F(word | bit)
	return word&bit == 0
}

// Bits is x [T, batch, units], 0 or 1, from packed bits [T, batch, BitWords(units)], which [SetBit]
// makes: unit i is bit i mod 24 of number i/24. Layers that read spikes under a [Machine] get the bits
// as they are: the spikes of a batch, of 700 channels say, are never written as numbers. No gradient
// flows through it.
func Bits(packed *gorgonia.Node, units int) (*gorgonia.Node, error) {
	r, err := Apply(unpack{units}, packed)
	if err != nil {
		return nil, err
	}
	return r.Node(), nil
}

type unpack struct{ Units int }

var _ kernel.BitSource = unpack{}

func (unpack) String() string            { return "Bits" }
func (unpack) Undifferentiated(int) bool { return true }
func (unpack) Taped()                    {}
func (unpack) Terse() bool               { return true }
func (unpack) LeavesBits()               {}

func (f unpack) Kernel32() Kernel[float32] { return unpackKernel[float32]{f} }
func (f unpack) Kernel64() Kernel[float64] { return unpackKernel[float64]{f} }

func (f unpack) Shapes(in []tensor.Shape) ([]tensor.Shape, error) {
	if s := in[0]; f.Units < 1 || len(s) != 3 || s[2] != BitWords(f.Units) {
		return nil, errors.Errorf("packed bits of %d units have shape %v, want [T, batch, %d]", f.Units, s, BitWords(f.Units))
	}
	return []tensor.Shape{{in[0][0], in[0][1], f.Units}}, nil
}

// unpacked is the tape: the bits.
type unpacked struct{ bits *kernel.Bits }

func (t *unpacked) Bits() *kernel.Bits { return t.bits }

type unpackKernel[F Float] struct{ unpack }

func (k unpackKernel[F]) Forward(c *Call[F]) error {
	in := c.In[0]
	steps, batch, packed := in.Shape[0], in.Shape[1], in.Shape[2]
	t, ok := c.Tape.(*unpacked)
	if !ok {
		t = &unpacked{kernel.NewBits(steps, batch, k.Units)}
	}
	c.Tape = t
	s := t.bits
	return kernel.Run(batch, kernel.SequenceShard(batch), func(shard, lo, hi int) error {
		activity := s.Activity(shard, 0)
		for step := range steps {
			set := s.At(lo, hi, step)[:(hi-lo)*s.Words]
			count := 0
			for b := lo; b < hi; b++ {
				words := in.Data[(step*batch+b)*packed:][:packed]
				if at := k.spread(words, set[(b-lo)*s.Words:][:s.Words]); at >= 0 {
					return errors.Errorf("packed bits [%d %d %d] are %v, want a whole number of %d bits at most",
						step, b, at, words[at], min(BitsPerWord, k.Units-at*BitsPerWord))
				}
			}
			for _, w := range set {
				count += bits.OnesCount64(w)
			}
			activity[step] = kernel.Activity{Count: int32(count), Ones: true}
			if c.Out[0].Data != nil {
				for b := lo; b < hi; b++ {
					kernel.Spread(set[(b-lo)*s.Words:][:s.Words], 1, k.Units, c.Out[0].Data[(step*batch+b)*k.Units:][:k.Units])
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
		most := F(uint32(1)<<min(BitsPerWord, k.Units-i*BitsPerWord) - 1)
		if !(x >= 0 && x <= most) || F(uint32(x)) != x {
			return i
		}
		w, at := uint64(x), i*BitsPerWord
		set[at/64] |= w << (at % 64)
		if room := 64 - at%64; room < BitsPerWord && w>>room != 0 {
			set[at/64+1] |= w >> room
		}
	}
	return -1
}

func (unpackKernel[F]) Backward(*Call[F]) error { return errors.New("has no gradient") }
