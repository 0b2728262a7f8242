package cached

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/shards"
)

// The choices of this file. docs/design.md says what a flight promises and why; here are the interleavings that decide
// how it is built. Each number is repeated at the lines that handle the interleaving.
//
//  (1) The leader leaves while others wait. The load must go on. So it runs on a goroutine of its own, with the values
//      of the leader's context but not its end, and each caller waits with its own context.
//  (2) The last waiter leaves. Nobody waits for the result any more, so the load's context is cancelled. The exception
//      is a Function, which stores the result: from the moment that it asks the source, the load goes on.
//  (3) A caller comes while the last waiter leaves. If it joined the dying flight, it would get a cancellation that is
//      not its own. So the last waiter takes the flight out of the map under the lock, and cancels after that.
//  (4) A key is deleted while a load without a lease is about to store. Delete calls Forget before it deletes. A load
//      that has not begun to store finds its flight forgotten then, and does not store. Delete waits for one that has
//      begun, and then deletes what that has stored. It does not wait for ever. So the load checks once more after it
//      has stored. If it finds the store forgotten, it deletes the value itself. A newer flight may be stored at the same
//      time: see (9).
//  (5) A flight begins after that Forget, but before the deletion. It may find the old value in the cache. So Delete
//      calls Forget again after the deletion: callers that come later do not join this flight.
//  (6) A caller joins after the load has ended, while the result is stored. The key may have been invalidated after it
//      was loaded and before this caller came. So the end of the load seals the flight. The caller learns that it
//      joined late, and asks again (see getMissed).
//  (7) A forgotten flight ends, or its last waiter leaves, while a newer flight of the key is in the map. It must not
//      take the newer flight out: a flight removes only itself.
//  (8) Two loads wait for each other. Each adds its wait to the graph and searches for a circle under one lock, so
//      exactly one of them finds it (see loadgraph.go).
//  (9) A flight is published before its goroutine ends: its load hangs, or its result is still being stored. It may
//      stay in the map, because (4) needs it there, but nobody joins it. The next caller starts a flight in its place. Its
//      store waits for the older one, so that the newer value stays. It does not wait for ever. Then the older store counts
//      as forgotten, and deletes the key when it lands.
// (10) A load hangs, and callers with short deadlines keep coming. If each joined it, none would get an answer. So a
//      flight whose load has taken much longer than others is not joined (see pace.go). The next caller starts a flight
//      in its place, which first takes the lease away from it.
// (11) A key is a view of a buffer that its caller uses again, as web servers do. The flight outlives the call, so its
//      leader copies the key before it puts the flight into the map.
// (12) The cache copies values for its callers, but the callers of a flight share its result. So each of them copies
//      it. Only the last one may keep the original, and only if nothing stores it any more (see Function.own). A bulk
//      loader may return one value under two keys, so nobody keeps what that has returned.

// Flight turns concurrent loads of one key into one load. These are the loads that are made by this Flight: two of them,
// or two processes, load for themselves. The zero value is ready for use. A Flight must not be copied after its first
// use. Its methods may be called concurrently. Its locks are sharded by key, and no lock is held while a load runs.
//
// Unlike golang.org/x/sync/singleflight, it is made for callers with contexts: one caller's cancellation does not fail
// another caller, and no caller waits longer than its own context allows.
type Flight[K comparable, V any] struct {
	shards [flightShards]flightShard[K, V]
	pace   *pace // of a Function's loads, decides (10); otherwise nil
}

const flightShards = 64 // so many that callers of different keys rarely wait for the same lock

type flightShard[K comparable, V any] struct {
	mu     sync.Mutex
	calls  map[K]*call[V] // the flights that are not dying, finished or forgotten; (9) and (10) say which are not joined
	stores []*store[K]    // that have begun without a lease, and have not ended
	ended  atomic.Uint64  // how many flights have ended
	_      [64 - 48]byte  // a cache line of its own
}

func (f *Flight[K, V]) shard(key K) *flightShard[K, V] {
	return &f.shards[shards.Of(key, flightShards)]
}

// store is a write of a load's result to the cache.
type store[K comparable] struct {
	key       K
	done      chan struct{} // closed when it has ended
	forgotten atomic.Bool   // since it began, Forget has invalidated the key, or a newer store has stopped waiting for it
}

// call is one flight.
type call[V any] struct {
	// The node in the graph of loads that wait for each other. It has a lock of its own.
	load load

	// The load's context. The leader writes it before the load begins.
	ctx valueContext

	// Ends the load's context. The leader writes it before it can leave. The last waiter and run read it after that.
	cancel context.CancelCauseFunc

	displaced atomic.Bool // Forget, or a newer flight of the key, has taken it out of the map
	absent    atomic.Bool // the cache had no value when the load began

	// These are guarded by the shard's lock.
	waiters int       // callers that have not left
	sealed  bool      // the load has ended, so callers that join now came after it
	kept    bool      // the load goes on when the last caller has left
	began   time.Time // when the flight began
	asked   time.Time // when the source was asked; zero before that
	looked  bool      // the load goes on without what the cache has
	over    bool      // the load's goroutine has ended, so nothing uses value but the callers

	// The flight that this one replaced because of (10), and how many flights were replaced in a row. The leader writes
	// them before the load begins. The load reads replaced and clears it, so that no chain stays in memory.
	replaced *call[V]
	nth      int

	// The first to set published writes value and err, and then closes done. Callers read them after done is closed.
	published atomic.Bool
	done      chan struct{}
	value     V
	err       error

	// The context of the call of the source; nil before that. A Tracer links the spans of joined calls to it.
	source atomic.Pointer[context.Context]

	// A leaseHolder that ends the lease of the load, unless the load has ended; nil before there is one. See (10).
	holder atomic.Value
}

// leaseHolder is a load that can end its lease before it has ended itself.
type leaseHolder interface{ giveUp() }

// Do returns the result of load for key, and reports whether the caller joined a flight that had already begun. If load
// returns a value with an error, every caller gets both.
//
// The load runs on a goroutine of its own. Its context has the values of the caller that started it (the leader), such
// as its identity, transaction and span. It has neither the leader's cancellation nor its deadline. Each caller waits
// with its own context, and leaves with that context's error. When the last caller has left, the load's context is
// cancelled. A caller that comes after that starts a new flight. The flight has a copy of the key, with its strings: it
// may outlive the call, and the buffer that a string is a view of.
//
// If load panics, every caller gets a [*PanicError]. If load calls [runtime.Goexit], every caller gets [ErrGoexit]. A
// caller may itself be a load. If the flight that it asks for waits for that load, Do returns [ErrRecursiveLoad]
// instead of waiting for ever. If key cannot be hashed or is not equal to itself, Do returns a [ctxcache.ErrKey].
func (f *Flight[K, V]) Do(ctx context.Context, key K, load func(context.Context) (V, error)) (v V, shared bool, err error) {
	v, how, _, err := f.do(ctx, key, noLimit, false, func(K) task[V] { return taskFunc[V](load) })
	return v, how != led, err
}

// taskFunc is the task of a Do.
type taskFunc[V any] func(context.Context) (V, error)

func (load taskFunc[V]) fly(ctx context.Context, _ *call[V]) (*V, error) {
	value, err := load(ctx)
	return &value, err
}

// Forget makes the flight of key unjoinable: callers that come from now on start a new flight. Callers that already
// wait still get its result. Without a flight of key, Forget does nothing.
func (f *Flight[K, V]) Forget(key K) { f.forget(key) }

// forget is Forget. It returns the stores of key that have begun, and have not ended: see (4).
func (f *Flight[K, V]) forget(key K) (running []<-chan struct{}) {
	if ctxcache.CheckKey(key) != nil {
		return nil // there cannot be a flight of such a key
	}
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.calls[key]; ok {
		c.displaced.Store(true)
		delete(s.calls, key)
	}
	for _, store := range s.stores {
		if store.key == key {
			store.forgotten.Store(true)
			running = append(running, store.done)
		}
	}
	return running
}

// ForgetFunc is Forget for every key that match returns true for. It looks at all flights. It calls match under a lock,
// so match must not use f.
func (f *Flight[K, V]) ForgetFunc(match func(K) bool) { f.forgetFunc(match) }

// forgetFunc is ForgetFunc. It returns what forget does.
func (f *Flight[K, V]) forgetFunc(match func(K) bool) (running []<-chan struct{}) {
	for i := range f.shards {
		running = append(running, f.shards[i].forgetFunc(match)...)
	}
	return running
}

func (s *flightShard[K, V]) forgetFunc(match func(K) bool) (running []<-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock() // even if match panics
	for _, store := range s.stores {
		if match(store.key) {
			store.forgotten.Store(true)
			running = append(running, store.done)
		}
	}
	maps.DeleteFunc(s.calls, func(key K, c *call[V]) bool {
		if !match(key) {
			return false
		}
		c.displaced.Store(true)
		return true
	})
	return running
}

// run runs the load, and gives the result to all callers that wait, even if the load panics or calls runtime.Goexit.
func (s *flightShard[K, V]) run(key K, c *call[V], load task[V]) {
	var value *V
	err := ErrGoexit // replaced when the load returns
	returned := false
	defer func() {
		if !returned {
			if r := recover(); r != nil {
				err = newPanicError(r)
			}
		}
		s.mu.Lock()
		s.remove(key, c)
		c.over = true
		s.ended.Add(1)
		s.mu.Unlock()
		c.load.end()
		c.publish(value, err)
		c.cancel(nil)
	}()
	value, err = load.fly(&c.ctx, c)
	returned = true
}

var (
	// ErrRecursiveLoad is returned if a load waits for itself, directly or through others (a asks for b while b asks
	// for a). A goroutine that the load started, but does not wait for, must say so by its context: derive that from
	// context.WithoutCancel, without a new deadline or cancellation. Then it waits like any other caller.
	ErrRecursiveLoad error = &ctxcache.Error{Layer: "flight", Op: ctxcache.OpLoad, Err: ctxcache.Discreet("it waits for itself", nil)}

	// ErrGoexit is returned if a load ended its goroutine by runtime.Goexit instead of returning, as t.FailNow does.
	ErrGoexit error = &ctxcache.Error{Layer: "flight", Op: ctxcache.OpLoad, Err: ctxcache.Discreet("it called runtime.Goexit", nil)}

	// errAbandoned is the cause of the end of a load's context after the last caller has left.
	errAbandoned = errors.New("every caller has left")
)
