package ops

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// arrival is a spike at the end of one terminal.
type arrival struct {
	at         float64 // ms
	connection int     // input·terminals + terminal

	// Of those in order: the time since the one before, over τ, and exp(−wait).
	wait, decay float64
}

// arrivals are what comes to a neuron in the order of time. They are put in order from the beginning on,
// and only as far as somebody looks, since most neurons spike long before the last.
type arrivals struct {
	tau   float64
	added []arrival // in any order
	list  []arrival // in the order of buckets, each a span of time
	ends  []int     // of the buckets, in list
	next  int       // the first bucket that is not in order
	ready int       // how many of list are in order
}

var spareArrivals = sync.Pool{New: func() any { return new(arrivals) }}

func (a *arrivals) clear(tau float64) {
	a.tau = tau
	a.added = a.added[:0]
}

func (a *arrivals) add(at float64, connection int) {
	a.added = append(a.added, arrival{at: at, connection: connection})
}

func (a *arrivals) len() int { return len(a.added) }

// perBucket is how many arrivals there are in a bucket, on average.
const perBucket = 8

// arrange divides what was added into buckets.
func (a *arrivals) arrange() {
	n := len(a.added)
	a.list = slices.Grow(a.list[:0], n)[:n]
	a.next, a.ready = 0, 0
	if n == 0 {
		return
	}
	first, last := a.added[0].at, a.added[0].at
	for _, x := range a.added {
		first, last = min(first, x.at), max(last, x.at)
	}
	buckets := (n + perBucket - 1) / perBucket
	a.ends = slices.Grow(a.ends[:0], buckets)[:buckets]
	clear(a.ends)
	// A later time never has an earlier bucket, as no step of this reverses an order. Times so far
	// apart, or so near, that the span is not a number or zero all go into the first one.
	bucket := func(at float64) int {
		share := (at - first) / (last - first)
		if !(share >= 0) {
			return 0
		}
		return min(int(share*float64(buckets)), buckets-1)
	}
	for _, x := range a.added {
		a.ends[bucket(x.at)]++
	}
	end := 0
	for i, count := range a.ends {
		a.ends[i] = end // where it begins, until it is filled
		end += count
	}
	for _, x := range a.added {
		at := &a.ends[bucket(x.at)]
		a.list[*at] = x
		*at++
	}
}

// get is number i in the order of time. Those that arrive together are in the order of their
// connections, so that the sum of their weights is rounded in one way only.
func (a *arrivals) get(i int) *arrival {
	if i >= a.ready {
		a.order(i)
	}
	return &a.list[i]
}

// order puts buckets in order until number i is.
func (a *arrivals) order(i int) {
	for i >= a.ready {
		end := a.ends[a.next]
		slices.SortFunc(a.list[a.ready:end], func(x, y arrival) int {
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.connection, y.connection))
		})
		for ; a.ready < end; a.ready++ {
			x := &a.list[a.ready]
			if a.ready > 0 {
				x.wait = (x.at - a.list[a.ready-1].at) / a.tau
			}
			x.decay = 1
			if x.wait > 0 {
				x.decay = math.Exp(-x.wait)
			}
		}
		a.next++
	}
}
