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

// shelf has the arenas that nobody uses. The last that came is the first to go: who borrows again
// and again in the same order gets the same arenas, which have grown to the sizes that it needs.
type shelf[F Float] struct {
	mu     sync.Mutex
	arenas []*Arena[F]
}

var (
	shelf32 shelf[float32]
	shelf64 shelf[float64]
)

func shelfOf[F Float]() *shelf[F] {
	if s, ok := any(&shelf32).(*shelf[F]); ok {
		return s
	}
	return any(&shelf64).(*shelf[F])
}

// Borrow takes an arena, to be given back with [Arena.Return].
func Borrow[F Float]() *Arena[F] {
	s := shelfOf[F]()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.arenas)
	if n == 0 {
		return new(Arena[F])
	}
	a := s.arenas[n-1]
	s.arenas = s.arenas[:n-1]
	return a
}

// Return gives the arena back. Nothing that it lent may be used any more.
func (a *Arena[F]) Return() {
	a.floats.reset()
	a.words.reset()
	s := shelfOf[F]()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arenas = append(s.arenas, a)
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
	idle   int // how many times in succession much less was wanted than there is
}

// patience is how many times memory may be much too large before it is given up.
const patience = 256

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
	s.idle++
	switch {
	case s.wanted > len(s.memory):
		s.memory, s.idle = make([]E, s.wanted), 0
	case s.wanted >= len(s.memory)/4:
		s.idle = 0
	case s.idle > patience:
		s.memory, s.idle = nil, 0
	}
	s.used, s.wanted = 0, 0
}
