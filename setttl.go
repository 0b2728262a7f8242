package cached

import (
	"context"
	"sync"
	"time"
)

// SetTTL sets how long the value that a loader is about to return lives, in place of Options.TTL. A loader calls it
// with the context that it was given. 0 means that the value is not stored. ctxcache.NoExpiry means for ever. With a
// negative ttl the cache returns an ErrTTL, and the value is not stored. The last call counts.
//
// SetTTL does nothing if ctx is not a loader's context. It has no effect on negative entries. It may be called
// concurrently.
func SetTTL(ctx context.Context, ttl time.Duration) {
	if wish, ok := ctx.Value(ttlKey{}).(*ttlWish); ok {
		wish.set(ttl)
	}
}

type ttlKey struct{}

// ttlWish is the TTL that a loader asked for. It has a lock because a loader may use several goroutines.
type ttlWish struct {
	mu   sync.Mutex
	ttl  time.Duration
	made bool // whether the loader asked for one
}

func (w *ttlWish) set(ttl time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ttl, w.made = ttl, true
}

// get returns the TTL that the loader asked for, and whether it asked.
func (w *ttlWish) get() (ttl time.Duration, made bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ttl, w.made
}
