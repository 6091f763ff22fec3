package kernel

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pkg/errors"
)

// Shards is the number of shards that [Run] divides n items into, size items each but the last.
func Shards(n, size int) int { return (n + size - 1) / size }

// Run calls f for every shard [lo, hi) of n items, several at a time. How the items are
// divided depends on n and size alone, so sums kept per shard and added in the shards' order
// do not depend on the number of cores. It returns the error of the lowest shard that failed.
// A panic in f is an error.
func Run(n, size int, f func(shard, lo, hi int) error) error {
	j := &job{n: n, size: size, shards: Shards(n, size), f: f}
	if helpers := min(j.shards, runtime.GOMAXPROCS(0)) - 1; helpers > 0 {
		j.finished = make(chan struct{})
		call(j, helpers)
	}
	j.work()
	j.wait()
	for _, err := range j.errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// job is one Run. Whoever works on it takes the next shard until there are none.
type job struct {
	n, size, shards int
	f               func(shard, lo, hi int) error

	next, done atomic.Int64
	finished   chan struct{} // closed when all shards are done, if there are helpers

	mu   sync.Mutex
	errs []error // of each shard; nil while there are none
}

func (j *job) work() {
	for {
		i := int(j.next.Add(1)) - 1
		if i >= j.shards {
			return
		}
		j.one(i)
		if int(j.done.Add(1)) == j.shards && j.finished != nil {
			close(j.finished)
		}
	}
}

func (j *job) one(i int) {
	defer func() {
		if r := recover(); r != nil {
			j.fail(i, errors.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	if err := j.f(i, i*j.size, min(j.n, (i+1)*j.size)); err != nil {
		j.fail(i, err)
	}
}

func (j *job) fail(i int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.errs == nil {
		j.errs = make([]error, j.shards)
	}
	j.errs[i] = err
}

// wait returns when all shards are done. Those who help are soon there, if not at once.
func (j *job) wait() {
	if j.finished == nil {
		return
	}
	watch(func() bool { return int(j.done.Load()) >= j.shards })
	<-j.finished
}

// patient is how long a goroutine looks for work, or waits for the others, before it sleeps. To wake
// one takes the system up to a tenth of a millisecond, as long as some loops take altogether, and
// the next is rarely far: a training step is a dozen Runs.
const patient = 200 * time.Microsecond

// watch returns when cond is true, or patience is at its end. It lets other goroutines go first.
func watch(cond func() bool) bool {
	for start := time.Now(); ; {
		for range 50 {
			if cond() {
				return true
			}
		}
		if time.Since(start) > patient {
			return false
		}
		runtime.Gosched()
	}
}

// calls are jobs that helpers are wanted for. A helper that comes too late finds nothing to do.
var (
	calls   = make(chan *job, 256)
	helpers atomic.Int64 // that have been started
)

// call asks for so many helpers, which are started if there are not as many yet.
func call(j *job, n int) {
	for have := helpers.Load(); have < int64(n); have = helpers.Load() {
		if helpers.CompareAndSwap(have, have+1) {
			go help()
		}
	}
	for range n {
		select {
		case calls <- j:
		default: // they have enough to do
			return
		}
	}
}

// help works on jobs as they come, for good.
func help() {
	for {
		watch(func() bool { return len(calls) > 0 })
		j := <-calls
		j.work()
	}
}
