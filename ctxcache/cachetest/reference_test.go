package cachetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	cache = ctxcache.Cache[string, []byte]
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease[[]byte]
	scope = ctxcache.Scope[string]
)

// defaultTTL is the reference's.
const defaultTTL = time.Hour

// item is an entry with its course of life.
type item struct {
	entry
	written time.Time
}

func newItem(e entry) item {
	if e.TTL == 0 {
		e.TTL = defaultTTL
	}
	return item{entry: e, written: time.Now()}
}

func (i item) over() bool { return time.Since(i.written) >= i.Life(i.TTL) }

// told is the entry as reads tell it.
func (i item) told() entry {
	left := i.TTL
	if left != ctxcache.NoExpiry {
		left = max(left-time.Since(i.written), time.Millisecond)
	}
	return entry{Value: i.Value, Absent: i.Absent, TTL: left}
}

// reference is the simplest cache that has all capabilities: a map and a mutex. It must pass every case. The
// methods in lower case are called with the mutex held.
type reference struct {
	mu      sync.Mutex
	items   map[string]item
	leases  map[string]*refLease
	closed  bool
	stats   ctxcache.Stats
	watches map[int]chan ctxcache.Event
	nextID  int
}

func newReference() *reference {
	return &reference{
		items:   make(map[string]item),
		leases:  make(map[string]*refLease),
		watches: make(map[int]chan ctxcache.Event),
	}
}

func (r *reference) Supports() ctxcache.Op {
	return ctxcache.OpContains | ctxcache.OpRemove | ctxcache.OpEntry | ctxcache.OpNegative | ctxcache.OpMany | ctxcache.OpLease |
		ctxcache.OpLen | ctxcache.OpClear | ctxcache.OpKeys | ctxcache.OpWatch | ctxcache.OpStats
}

// enter begins an operation, which must be left by r.mu.Unlock.
func (r *reference) enter(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		return ctxcache.ErrClosed
	}
	return ctx.Err()
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
	return r.SetEntry(ctx, key, entry{Value: value, TTL: ttl})
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
	r.drop(key)
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
		return ctxcache.Fail("reference", "set", err)
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
		return stored.told(), ctxcache.ErrNotFound
	default:
		r.stats.Hits++
		return stored.told(), nil
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

func (r *reference) drop(key string) {
	delete(r.items, key)
	delete(r.leases, key)
	r.stats.Deletes++
	r.tell(key)
}
