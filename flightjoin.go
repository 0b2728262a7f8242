package cached

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// How callers come to a flight. The numbers are those of singleflight.go.

// joining is how a caller came to the result of a flight.
type joining int

const (
	led         joining = iota // it started the flight
	joinedEarly                // it found the flight before the source was asked
	joined                     // it found the flight loading
	joinedLate                 // it found the flight sealed: the load had ended before this caller came
	recursive                  // it found a flight that waits for this caller, so it did not wait: ErrRecursiveLoad
)

// waited reports whether the caller has waited for a flight that another caller started.
func (how joining) waited() bool { return how != led && how != recursive }

// errImpatient says that a caller has left, because the flight took longer than its limit.
var errImpatient = errors.New("the load is slow")

// noLimit lets callers wait for a flight as long as it takes.
const noLimit time.Duration = 0

// task is what a flight runs. It gets its flight as an argument. Its result may be nil, which stands for the zero value.
type task[V any] interface {
	fly(context.Context, *call[V]) (*V, error)
}

// do is Do for a task. It also returns how the caller came to the result, and the
// flight. If the caller leads, it calls begin with a copy of the key, and runs the task that begin returns. With a limit,
// the caller leaves with errImpatient when the flight has lasted so long, and the load goes on without it. Alone makes a
// flight that no other caller joins.
func (f *Flight[K, V]) do(
	ctx context.Context, key K, limit time.Duration, alone bool, begin func(K) task[V],
) (V, joining, *call[V], error) {
	how, c, key, undo, err := f.join(ctx, key, alone, begin)
	if err != nil {
		var zero V
		return zero, how, c, err
	}
	defer undo()
	value, err := f.wait(ctx, key, c, limit)
	return value, how, c, err
}

// join joins the flight of key, or starts one. Unless it fails, the caller must wait for the flight, and then call undo.
func (f *Flight[K, V]) join(
	ctx context.Context, key K, alone bool, begin func(K) task[V],
) (how joining, c *call[V], copied K, undo func(), err error) {
	if err := ctx.Err(); err != nil {
		return led, nil, key, nil, err
	}
	if err := ctxcache.CheckKey(key); err != nil {
		return led, nil, key, nil, ctxcache.Fail("flight", ctxcache.OpLoad, err)
	}
	s := f.shard(key)
	if alone {
		c, key = enterAlone[K, V](key)
	} else {
		c, how, key = s.enter(key, f.pace)
	}
	undo = doNothing
	if parent := loadFrom(ctx); parent != nil {
		if undo, err = parent.wait(&c.load, endsWithLoad(ctx)); err != nil { // (8)
			s.leave(key, c)
			return recursive, c, key, nil, err
		}
	}
	if how == led {
		s.start(ctx, key, c, begin)
	}
	return how, c, key, undo, nil
}

func doNothing() {}

// atOnce is always ready. It replaces a timer that would be due at once.
var atOnce = func() <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}()

// wait waits for a flight that the caller has joined. See do.
func (f *Flight[K, V]) wait(ctx context.Context, key K, c *call[V], limit time.Duration) (value V, err error) {
	var late <-chan time.Time
	if limit > noLimit {
		if rest := time.Until(c.began.Add(limit)); rest > 0 {
			timer := time.NewTimer(rest)
			defer timer.Stop()
			late = timer.C
		} else {
			late = atOnce
		}
	}
	select {
	case <-c.done:
	case <-late:
		select {
		case <-c.done: // at the same moment
		default:
			f.shard(key).leaveBehind(c)
			return value, errImpatient
		}
	case <-ctx.Done(): // (1): only this caller leaves
		f.shard(key).leave(key, c)
		return value, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return value, err
	}
	return c.value, c.err
}

// launch starts a flight of key that no caller waits for, unless there is one that does not hang. The load goes on without
// callers.
func (f *Flight[K, V]) launch(ctx context.Context, key K, begin func(K) task[V]) {
	s := f.shard(key)
	if c, key, launched := s.enterBehind(key, f.pace); launched {
		s.start(ctx, key, c, begin)
	}
}

// start runs the flight c, which its leader has just registered.
func (s *flightShard[K, V]) start(
	ctx context.Context, key K, c *call[V], begin func(K) task[V],
) {
	loadCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx)) // (1)
	c.cancel = cancel                                                      // the leader itself has not left, so nobody reads cancel yet
	c.ctx = valueContext{loadCtx, loadKey{}, &c.load}
	runs := begin(key)
	go func() {
		growStack(0)
		runLoad(func() { s.run(key, c, runs) })
	}()
}

// enter joins the flight of key, or registers a new one. If it returns led, the caller must run the flight. The key that
// it returns is then a copy.
func (s *flightShard[K, V]) enter(key K, pace *pace) (*call[V], joining, K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.calls[key]
	if ok && !old.published.Load() && !old.hangs(pace) { // (9), (10)
		old.waiters++
		switch {
		case old.sealed: // (6)
			return old, joinedLate, key
		case old.asked.IsZero():
			return old, joinedEarly, key
		}
		return old, joined, key
	}
	c, key := s.register(key)
	c.waiters = 1
	return c, led, key
}

// enterAlone makes a flight of key that is not registered, so that nobody else joins it. The caller must run it.
func enterAlone[K comparable, V any](key K) (*call[V], K) {
	c := newCall[V]()
	c.waiters = 1
	return c, own.Copy(key) // (11)
}

// enterBehind registers a flight of key without callers. It returns false if there is a flight of key that does not hang.
func (s *flightShard[K, V]) enterBehind(key K, pace *pace) (c *call[V], copied K, launched bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.calls[key]; ok && !old.hangs(pace) { // (10)
		return nil, key, false
	}
	c, key = s.register(key)
	c.kept = true
	return c, key, true
}

// register makes a flight of key, in the place of the one in the map, if there is one. It returns a copy of the key with it.
// The caller holds the lock.
func (s *flightShard[K, V]) register(key K) (*call[V], K) {
	if s.calls == nil {
		s.calls = make(map[K]*call[V])
	}
	c := newCall[V]()
	if old, ok := s.calls[key]; ok { // (9), (10)
		old.displaced.Store(true)
		if !old.published.Load() {
			c.replaced, c.nth = old, old.nth+1
		}
	}
	key = own.Copy(key) // (11)
	s.calls[key] = c
	return c, key
}

func newCall[V any]() *call[V] {
	return &call[V]{began: time.Now(), done: make(chan struct{})}
}
