package data

import (
	"cmp"
	"slices"
)

// heldEvents are events in memory, of one example after the other. An example takes 8 bytes beside its events.
type heldEvents struct {
	ends   []int // of each example, counted in the events of all
	blocks []heldBlock
}

// heldBlock has the events of whole examples.
type heldBlock struct {
	first int // event, counted in the events of all
	times []float64
	units []uint32
}

// maxHeldBlock bounds the events for which a block makes room before they come.
const maxHeldBlock = 1 << 16

// ReadEvents implements [EventReader].
func (h *heldEvents) ReadEvents(i int) (times []float64, units []uint32, err error) {
	start, end := h.start(i), h.ends[i]
	if start == end {
		return nil, nil, nil
	}
	k, exact := slices.BinarySearchFunc(h.blocks, start, func(b heldBlock, start int) int { return cmp.Compare(b.first, start) })
	if !exact {
		k--
	}
	b := &h.blocks[k]
	start, end = start-b.first, end-b.first
	return b.times[start:end:end], b.units[start:end:end], nil
}

// start is the first event of example i, or of one that is to come, counted in the events of all.
func (h *heldEvents) start(i int) int {
	if i == 0 {
		return 0
	}
	return h.ends[i-1]
}

// events is the number of events of all examples.
func (h *heldEvents) events() int { return h.start(len(h.ends)) }

// add copies the events of an example.
func (h *heldEvents) add(times []float64, units []uint32) {
	all, n := h.events(), len(times)
	h.ends = append(h.ends, all+n)
	if n == 0 {
		return
	}
	last := len(h.blocks) - 1
	if last < 0 || cap(h.blocks[last].times)-len(h.blocks[last].times) < n || cap(h.blocks[last].units)-len(h.blocks[last].units) < n {
		room := max(n, min(all, maxHeldBlock)) // twice as many at first, and then never much more than there are
		h.blocks = append(h.blocks, heldBlock{first: all, times: make([]float64, 0, room), units: make([]uint32, 0, room)})
		last++
	}
	b := &h.blocks[last]
	b.times, b.units = append(b.times, times...), append(b.units, units...)
}
