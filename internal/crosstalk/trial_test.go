package crosstalk_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	cache = ctxcache.Cache[string, []byte]
	entry = ctxcache.Entry[[]byte]
)

const (
	manyCallers = 100             // how many ask at a time
	fewCallers  = 10              // how many ask at a time on a busy machine
	conns       = 2 * manyCallers // the limit; an abandoned call still holds its connection
	manyKeys    = 10              // how many keys a GetMany asks for
	oneOf       = 20              // one in so many calls is a GetMany

	// promptly is how late a caller may leave. It is long enough for a busy machine.
	promptly = 3 * time.Second
)

// trial makes many callers ask for keys and leave at random.
type trial struct {
	cache cache
	gets  int // how many Gets, each of another key
	seed  uint64
	lossy bool // whether the client itself may give up

	answered, left, late, gaveUp, foreign, wrong atomic.Int64
	problems                                     chan string // only the first ones
}

// key and value return the keys and values that fill stores. A value contains its key.
func key(i int) string   { return fmt.Sprintf("key-%d", i) }
func value(i int) string { return fmt.Sprintf("the value of key-%d", i) }

// fill stores n keys with their values.
func fill(t *testing.T, c cache, n int) {
	t.Helper()
	const batch = 1000
	for first := 0; first < n; first += batch {
		entries := make(map[string]entry, batch)
		for i := first; i < min(first+batch, n); i++ {
			entries[key(i)] = entry{Value: []byte(value(i)), Meta: ctxcache.Meta{TTL: time.Hour}}
		}
		must(t, ctxcache.SetEntries(t.Context(), c, entries))
	}
}

// run gets every key once, and some of them in a GetMany as well. So many callers ask at a time. It checks every answer.
func (r *trial) run(ctx context.Context, callers int) {
	r.problems = make(chan string, 5)
	r.late.Store(0) // of a run before with more callers
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < r.gets; i = int(next.Add(1)) - 1 {
				random := rand.New(rand.NewPCG(r.seed, uint64(i)))
				r.get(ctx, random, i)
				if random.IntN(oneOf) == 0 {
					r.getMany(ctx, random)
				}
			}
		})
	}
	all.Wait()
	close(r.problems)
}

func (r *trial) get(ctx context.Context, random *rand.Rand, i int) {
	p := newPatience(ctx, random)
	defer p.cancel()
	got, err := r.cache.Get(p.ctx, key(i))
	r.judge(p, err)
	if err == nil && string(got) != value(i) {
		r.foreign.Add(1)
		r.problem("Get of %s returns the value %q", key(i), got)
	}
}

func (r *trial) getMany(ctx context.Context, random *rand.Rand) {
	wanted := make(map[string]string, manyKeys)
	for range manyKeys {
		i := random.IntN(r.gets)
		wanted[key(i)] = value(i)
	}
	keys := make([]string, 0, len(wanted))
	for name := range wanted {
		keys = append(keys, name)
	}
	p := newPatience(ctx, random)
	defer p.cancel()
	got, err := ctxcache.GetMany(p.ctx, r.cache, keys)
	r.judge(p, err)
	for name, v := range got {
		if string(v) != wanted[name] {
			r.foreign.Add(1)
			r.problem("GetMany returns the value %q for %s", v, name)
		}
	}
	if err == nil && len(got) != len(wanted) {
		r.wrong.Add(1)
		r.problem("GetMany returns %d keys, want %d", len(got), len(wanted))
	}
}

// judge checks the error of a call. Right are nil, the context's bare error at the right time, and an error of a client
// that gave up.
func (r *trial) judge(p *patience, err error) {
	now := time.Now()
	switch {
	case err == nil:
		r.answered.Add(1)
	case p.end == nil:
		r.failure(err)
	case err != p.end && !errors.Is(err, p.end):
		r.failure(err)
	case err != p.end:
		r.wrong.Add(1)
		r.problem("a caller that left got %v, want the bare error of its context", err)
	case now.Before(p.over):
		r.wrong.Add(1)
		r.problem("a caller that was to leave only %v later got %v", p.over.Sub(now), err)
	case now.Sub(p.over) > promptly:
		r.late.Add(1)
	default:
		r.left.Add(1)
	}
}

// failure checks an error that is not the context's.
func (r *trial) failure(err error) {
	if !r.lossy || errors.Is(err, ctxcache.ErrMiss) || errors.Is(err, context.Canceled) {
		r.wrong.Add(1)
		r.problem("a call returns the error %v", err)
		return
	}
	r.gaveUp.Add(1)
}

func (r *trial) problem(format string, args ...any) {
	select {
	case r.problems <- fmt.Sprintf(format, args...):
	default:
	}
}

// String summarizes the calls.
func (r *trial) String() string {
	return fmt.Sprintf("seed %d, %d Gets and some GetManys: %d calls answered, %d left by their callers and %d too late, %d given up by the "+
		"client; %d values of other keys, %d wrong otherwise",
		r.seed, r.gets, r.answered.Load(), r.left.Load(), r.late.Load(), r.gaveUp.Load(), r.foreign.Load(), r.wrong.Load())
}

// patience is how long a caller waits.
type patience struct {
	ctx    context.Context
	cancel func()
	over   time.Time
	end    error // the context's error at the end, or nil if the caller stays
}

// newPatience returns the patience of a caller. One in three callers stays, one has a deadline, and one is cancelled.
func newPatience(ctx context.Context, random *rand.Rand) *patience {
	length := time.Duration(random.Int64N(int64(longestDelay)))
	over := time.Now().Add(length)
	switch random.IntN(3) {
	case 0:
		ctx, cancel := context.WithDeadline(ctx, over)
		return &patience{ctx, cancel, over, context.DeadlineExceeded}
	case 1:
		ctx, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(length, cancel)
		return &patience{ctx, func() { timer.Stop(); cancel() }, over, context.Canceled}
	default:
		return &patience{ctx: ctx, cancel: func() {}}
	}
}
