package cached

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/shards"
)

// Flight makes concurrent loads of one key one load. The zero value is ready; it must not be copied after first
// use. Its locks are sharded by key, and none is held while a load runs.
//
// Unlike golang.org/x/sync/singleflight it is safe for callers with contexts: nobody's cancellation is
// another's failure, and nobody waits longer than it wants to.
type Flight[K comparable, V any] struct {
	shards [flightShards]flightShard[K, V]
}

const flightShards = 64 // enough that callers of different keys rarely meet

type flightShard[K comparable, V any] struct {
	mu    sync.Mutex
	calls map[K]*call[V] // flights that may be joined: none that is dying, finished or forgotten
	_     [64 - 16]byte  // a cache line of its own
}

func (f *Flight[K, V]) shard(key K) *flightShard[K, V] {
	return &f.shards[shards.Of(key, flightShards)]
}

// call is one flight.
type call[V any] struct {
	load   load // its place among the loads that wait for each other
	cancel context.CancelCauseFunc

	waiters int  // callers that have not left; guarded by the shard's lock
	sealed  bool // the load is over: callers that join now came after it; guarded by the shard's lock

	done  chan struct{} // closed when value and err are there
	value V             // written before done is closed, read after
	err   error         // likewise

	source atomic.Pointer[context.Context] // the context the source is asked with, once it is: spans link to it
}

// joining says how a caller came by the result of a flight.
type joining int

const (
	led        joining = iota // it started the flight
	joined                    // it found the flight loading
	joinedLate                // it found the flight sealed: the load had ended before this caller came
)

// Do returns what load returns for key, and whether the caller joined a flight that was already under way.
//
// The load runs on a goroutine of its own. Its context has the values of the caller who started it (the
// leader), its identity, transaction and span included, but neither its cancellation nor its deadline. Each
// caller waits on its own context, and leaves with that context's error. When the last one has left, the load's
// context is cancelled; a caller that comes then does not join the dying flight, but starts a new one.
//
// If load panics, every caller gets a [*PanicError]; if it calls [runtime.Goexit], [ErrGoexit]. A caller that
// is itself a load, on which the flight it asks for waits in turn, gets [ErrRecursiveLoad] instead of a
// deadlock. A key that cannot be hashed, or does not equal itself, is [ctxcache.ErrKey].
func (f *Flight[K, V]) Do(ctx context.Context, key K, load func(context.Context) (V, error)) (v V, shared bool, err error) {
	v, how, _, err := f.do(ctx, key, func(ctx context.Context, _ *call[V]) (V, error) { return load(ctx) })
	return v, how != led, err
}

// Forget makes the flight of key, if there is one, unjoinable: callers that come from now on start a new one.
// Callers that wait for it already still get its result.
func (f *Flight[K, V]) Forget(key K) {
	if ctxcache.CheckKey(key) != nil {
		return // it never had a flight
	}
	s := f.shard(key)
	s.mu.Lock()
	delete(s.calls, key)
	s.mu.Unlock()
}

// ForgetFunc is Forget of every key that match reports true for. It looks at all flights; match is called under
// a lock.
func (f *Flight[K, V]) ForgetFunc(match func(K) bool) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		maps.DeleteFunc(s.calls, func(key K, _ *call[V]) bool { return match(key) })
		s.mu.Unlock()
	}
}

// do is Do, for a load that deals with its flight. It also returns how the caller came by the result, and the flight
// that brought it.
func (f *Flight[K, V]) do(ctx context.Context, key K, load func(context.Context, *call[V]) (V, error)) (V, joining, *call[V], error) {
	var zero V
	if err := ctx.Err(); err != nil {
		return zero, led, nil, err
	}
	if err := ctxcache.CheckKey(key); err != nil {
		return zero, led, nil, ctxcache.Fail("flight", ctxcache.OpLoad, err)
	}
	s := f.shard(key)
	c, how := s.enter(key)
	if parent := loadFrom(ctx); parent != nil {
		if err := parent.wait(&c.load); err != nil {
			s.leave(key, c)
			return zero, how, c, err
		}
		defer parent.endWait(&c.load)
	}
	if how == led {
		loadCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		c.cancel = cancel // before anyone can be the last to leave: the leader has not
		go s.run(withLoad(loadCtx, &c.load), key, c, load)
	}
	select {
	case <-c.done:
		if err := ctx.Err(); err != nil {
			return zero, how, c, err
		}
		return c.value, how, c, c.err
	case <-ctx.Done():
		s.leave(key, c)
		return zero, how, c, ctx.Err()
	}
}

// enter joins the flight of key, or registers a new one, which the caller has to run.
func (s *flightShard[K, V]) enter(key K) (*call[V], joining) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.calls[key]; ok {
		c.waiters++
		if c.sealed {
			return c, joinedLate
		}
		return c, joined
	}
	if s.calls == nil {
		s.calls = make(map[K]*call[V])
	}
	c := &call[V]{waiters: 1, done: make(chan struct{})}
	s.calls[key] = c
	return c, led
}

// leave takes a caller out of c. The last one takes the flight out of the map, and only then cancels it: nobody
// joins a dying flight.
func (s *flightShard[K, V]) leave(key K, c *call[V]) {
	s.mu.Lock()
	c.waiters--
	last := c.waiters == 0
	if last {
		s.remove(key, c)
	}
	s.mu.Unlock()
	if last {
		c.cancel(errAbandoned)
	}
}

// remove takes c out of the map, unless it was forgotten and another flight is there. It needs the lock.
func (s *flightShard[K, V]) remove(key K, c *call[V]) {
	if s.calls[key] == c {
		delete(s.calls, key)
	}
}

// seal marks the end of c's load. A caller that joins after this may have arrived after an invalidation.
func (f *Flight[K, V]) seal(key K, c *call[V]) {
	s := f.shard(key)
	s.mu.Lock()
	c.sealed = true
	s.mu.Unlock()
}

// joinable reports whether c is still the flight of key: neither forgotten nor abandoned.
func (f *Flight[K, V]) joinable(key K, c *call[V]) bool {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[key] == c
}

// run loads, and hands the result to all callers that wait, whatever way the load ends.
func (s *flightShard[K, V]) run(ctx context.Context, key K, c *call[V], load func(context.Context, *call[V]) (V, error)) {
	returned := false
	defer func() {
		if !returned {
			c.err = ErrGoexit
			if r := recover(); r != nil {
				c.err = newPanicError(r)
			}
		}
		s.mu.Lock()
		s.remove(key, c)
		s.mu.Unlock()
		close(c.done)
		c.cancel(nil)
	}()
	c.value, c.err = load(ctx, c)
	returned = true
}

var (
	// ErrRecursiveLoad: a load waits for itself, directly or through others (a asks for b while b asks for a). Where
	// two loads close the circle at the same moment, both get it.
	ErrRecursiveLoad = errors.New("load waits for itself")

	// ErrGoexit: a load ended its goroutine by runtime.Goexit, as t.FailNow does, instead of returning.
	ErrGoexit = errors.New("load called runtime.Goexit")

	// errAbandoned is why the context of a load ends when nobody waits for the load any more.
	errAbandoned = errors.New("every caller has left")
)
