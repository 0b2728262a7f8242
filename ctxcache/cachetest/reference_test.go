package cachetest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	cache = ctxcache.Cache[string, []byte]
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease
	scope = ctxcache.Scope[string]
)

// These are the times of a reference.
const (
	defaultTTL = time.Hour
	leaseTTL   = 3 * time.Hour
)

// item is an entry, and the time at which it was stored.
type item struct {
	entry
	stored time.Time
}

func newItem(e entry) item {
	if e.TTL == 0 {
		e.TTL = defaultTTL
	}
	return item{entry: e, stored: time.Now()}
}

func (i item) over() bool { return time.Since(i.stored) >= i.Life(i.TTL) }

// reported returns the entry as reads report it.
func (i item) reported() entry {
	e := i.entry
	e.TTL = remaining(e.TTL, i.stored)
	e.SetStaleWindow(e.StaleWindow())
	e.NearTTL = 0
	if e.CopyTTL > 0 {
		e.CopyTTL = remaining(e.CopyTTL, i.stored)
	}
	return e
}

// remaining returns the rest of ttl.
func remaining(ttl time.Duration, since time.Time) time.Duration {
	if ttl == ctxcache.NoExpiry {
		return ttl
	}
	return max(ttl-time.Since(since), time.Millisecond)
}

// reference is the simplest cache that has all capabilities: a map and a mutex. It must pass every case. The caller of
// an unexported method must hold the mutex.
type reference struct {
	mu      sync.Mutex
	items   map[string]item
	leases  map[string]*refLease // the outstanding lease on each key
	closed  bool
	down    bool // the store is away
	stats   ctxcache.Stats
	watches map[int]chan ctxcache.Event
	nextID  int

	leaseTTL time.Duration // how long a lease stands if nobody renews it
}

func newReference() *reference {
	return &reference{
		items:   make(map[string]item),
		leases:  make(map[string]*refLease),
		watches: make(map[int]chan ctxcache.Event),

		leaseTTL: leaseTTL,
	}
}

func (r *reference) Supports() ctxcache.Cap {
	return ctxcache.CapContains | ctxcache.CapRemove | ctxcache.CapEntry | ctxcache.CapNegative | ctxcache.CapMany | ctxcache.CapLease |
		ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapWatch | ctxcache.CapStats | ctxcache.CapStale
}

// enter begins an operation, which must be left by r.mu.Unlock.
func (r *reference) enter(ctx context.Context) error {
	done := ctx.Err()
	r.mu.Lock()
	switch {
	case r.closed:
		return ctxcache.ErrClosed
	case done == nil && r.down:
		return errAway
	}
	return done
}

// errAway is the error of every operation, because all of them begin by asking the store.
var errAway = ctxcache.Fail("reference", "ask", errors.New("the store is away"))

// BreakDown takes the store away.
func (r *reference) BreakDown() (end func()) {
	set := func(down bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.down = down
	}
	set(true)
	return func() { set(false) }
}

func (r *reference) Describe() ctxcache.Description {
	return ctxcache.Description{Kind: "reference", Options: []ctxcache.Option{{Name: "lease_ttl", Value: r.leaseTTL}}}
}

func (r *reference) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}

func (r *reference) Get(ctx context.Context, key string) ([]byte, error) {
	e, err := r.GetEntry(ctx, key)
	return e.Value, err
}

func (r *reference) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return r.SetEntry(ctx, key, ctxcache.NewEntry(value, ttl))
}

func (r *reference) Delete(ctx context.Context, key string) error {
	_, err := r.Remove(ctx, key)
	return err
}

func (r *reference) Contains(ctx context.Context, key string) (bool, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return false, err
	}
	return r.has(key), nil
}

func (r *reference) Remove(ctx context.Context, key string) (bool, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return false, err
	}
	was := r.has(key)
	r.remove(key)
	return was, nil
}

func (r *reference) GetEntry(ctx context.Context, key string) (entry, error) {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return entry{}, err
	}
	return r.find(key)
}

func (r *reference) SetEntry(ctx context.Context, key string, e entry) error {
	defer r.mu.Unlock()
	if err := r.enter(ctx); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return ctxcache.Fail("reference", ctxcache.OpSetEntry, err)
	}
	r.store(key, e)
	return nil
}

func (r *reference) has(key string) bool {
	stored, there := r.items[key]
	return there && !stored.Absent && !stored.over()
}

func (r *reference) find(key string) (entry, error) {
	stored, there := r.items[key]
	switch {
	case !there || stored.over():
		r.stats.Misses++
		return entry{}, ctxcache.ErrMiss
	case stored.Absent:
		r.stats.Negatives++
		return stored.reported(), ctxcache.ErrNotFound
	default:
		r.stats.Hits++
		return stored.reported(), nil
	}
}

func (r *reference) store(key string, e entry) {
	if e.Absent {
		e.Value = nil
	}
	r.items[key] = newItem(e)
	delete(r.leases, key)
	r.stats.Writes++
	r.tell(key)
}

func (r *reference) remove(key string) {
	delete(r.items, key)
	delete(r.leases, key)
	r.stats.Deletes++
	r.tell(key)
}
