package kernel

import (
	"sync"
	"unsafe"
)

// Arena lends memory for the time of one call, and keeps it for the next: hot loops allocate
// nothing once they have run. It is not for several goroutines at once.
type Arena[F Float] struct {
	floats space[F]
	words  space[uint64]
}

var (
	arenas32 = sync.Pool{New: func() any { return new(Arena[float32]) }}
	arenas64 = sync.Pool{New: func() any { return new(Arena[float64]) }}
)

func arenas[F Float]() *sync.Pool {
	if _, ok := any(F(0)).(float32); ok {
		return &arenas32
	}
	return &arenas64
}

// Borrow takes an arena, to be given back with [Arena.Return].
func Borrow[F Float]() *Arena[F] { return arenas[F]().Get().(*Arena[F]) }

// Return gives the arena back. Nothing that it lent may be used any more.
func (a *Arena[F]) Return() {
	a.floats.reset()
	a.words.reset()
	arenas[F]().Put(a)
}

// Floats are n elements with any values, with [Slack] behind them.
func (a *Arena[F]) Floats(n int) []F { return a.floats.take(n + Slack)[:n] }

// Zeros are n elements that are zero, with [Slack] behind them.
func (a *Arena[F]) Zeros(n int) []F {
	x := a.Floats(n)
	clear(x)
	return x
}

// Words are n words with any values.
func (a *Arena[F]) Words(n int) []uint64 { return a.words.take(n) }

// space is memory that is handed out from its beginning.
type space[E any] struct {
	memory []E
	used   int // of memory
	wanted int // in all
}

// A loop reads and writes many slabs of one length. Between them there are 11 cache lines: if they
// were a multiple of 4096 bytes apart, as slabs of 128 units and 8 examples would be, they would
// push each other out of the cache, and loads would wait for stores that look like theirs.
const between = 11 * 64

func (s *space[E]) take(n int) []E {
	size := int(unsafe.Sizeof(*new(E)))
	room := ((n*size+63)/64*64 + between) / size // every slab begins with a cache line
	s.wanted += room
	if s.used+n > len(s.memory) {
		return make([]E, n) // reset makes room for the next time
	}
	x := s.memory[s.used : s.used+n : s.used+n]
	s.used += room
	return x
}

func (s *space[E]) reset() {
	if s.wanted > len(s.memory) {
		s.memory = make([]E, s.wanted)
	}
	s.used, s.wanted = 0, 0
}
