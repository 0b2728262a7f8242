package cached

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Load is a load as its loader sees it. The loader decides by it how the value is stored. [LoadOf] returns it. Its methods
// may be called concurrently. After the load they have no effect.
type Load[V any] struct {
	*settings
	previous ctxcache.Entry[V]
	had      bool         // whether there is a previous entry
	ctx      valueContext // the loader's context
}

// settings are what a loader has set. They do not depend on the type of the value.
type settings struct {
	mu       sync.Mutex
	ttl      time.Duration
	set      bool // whether the loader has called SetTTL
	near     time.Duration
	declined bool
}

func newLoad[V any]() *Load[V] {
	both := new(struct {
		load     Load[V]
		settings settings
	})
	both.load.settings = &both.settings
	return &both.load
}

// LoadOf returns the load that ctx belongs to: the context that a loader was given, or one that is derived from it. It never
// returns nil. If ctx does not belong to a load, setting something has no effect, and there is no previous value. If V is
// not the type of the function's values, there is no previous value either. In a loader of a [Bulk] function, what it sets
// is for all results of the call, and there is no previous value.
func LoadOf[V any](ctx context.Context) *Load[V] {
	switch l := ctx.Value(loadOfKey{}).(type) {
	case *Load[V]:
		return l
	case interface{ shared() *settings }: // for example of funcvars, whose functions have values of another type
		return &Load[V]{settings: l.shared()}
	}
	return newLoad[V]()
}

func (l *settings) shared() *settings { return l }

type loadOfKey struct{}

// SetTTL sets how long the value lives that the loader is about to return, in place of Options.TTL. Options.Jitter and the
// stale windows apply to it. 0 means that the value is not stored, as NoStore does. ctxcache.NoExpiry means for ever. With a
// negative ttl the cache returns an ErrTTL, and the value is not stored. The last call counts. It has no effect on negative
// entries.
func (l *settings) SetTTL(ttl time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ttl, l.set = ttl, true
}

// SetNearTTL limits how long near copies of the value live, in this process and in others: see twolevel.Options.NearTTL. 0
// is no limit. A cache without levels ignores it.
func (l *settings) SetNearTTL(ttl time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.near = ttl
}

// NoStore says that the value must not be stored. The callers get it. A value that is in the cache, such as a stale one, is
// removed.
func (l *settings) NoStore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.declined = true
}

// Previous returns the entry that the cache had when the load began, and reports whether there was one: a stale one, or the
// one that a refresh is to replace. Its Written is when it was loaded, if the cache knows that. A loader can send it, or an
// ETag in the value, to the source, which then answers that nothing has changed. The loader must not modify the value. A
// Refresh over a cache without leases does not read the cache, so its load has no previous entry.
func (l *Load[V]) Previous() (ctxcache.Entry[V], bool) {
	return l.previous, l.had
}

// NotModified returns the previous value, for a loader whose source says that nothing has changed. The value gets a new
// life, as any that a loader returns. Without a previous value it returns an error.
func (l *Load[V]) NotModified() (V, error) {
	if !l.had {
		return l.previous.Value, errNoPrevious
	}
	return l.previous.Value, nil
}

var errNoPrevious error = &ctxcache.Error{
	Layer: kind, Op: ctxcache.OpLoad, Err: ctxcache.Discreet("not modified, but there is no previous value", nil),
}

// life returns how long the value lives, given Options.TTL, and the limit for near copies. It reports false if the value
// must not be stored.
func (l *settings) life(usual time.Duration) (ttl, near time.Duration, wanted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ttl = usual
	if l.set {
		ttl = l.ttl
	}
	return ttl, l.near, !l.declined && (!l.set || l.ttl != 0)
}
