package kernel

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/pkg/errors"
)

// Shards is the number of shards that [Run] divides n items into, size items each but the last.
func Shards(n, size int) int { return (n + size - 1) / size }

// Run calls f for every shard [lo, hi) of n items, several at a time. How the items are
// divided depends on n and size alone, so sums kept per shard and added in the shards' order
// do not depend on the number of cores. It returns the error of the lowest shard that failed.
// A panic in f is an error.
func Run(n, size int, f func(shard, lo, hi int) error) error {
	shards := Shards(n, size)
	errs := make([]error, shards)
	one := func(i int) {
		defer func() {
			if r := recover(); r != nil {
				errs[i] = errors.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		errs[i] = f(i, i*size, min(n, (i+1)*size))
	}
	workers := min(shards, runtime.GOMAXPROCS(0))
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= shards {
				return
			}
			one(i)
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
