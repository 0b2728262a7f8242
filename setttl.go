package cached

import (
	"context"
	"sync"
	"time"
)

// SetTTL, called by a loader with the context it was given, decides how long the value that it is about to return
// lives, in place of Options.TTL. 0 stores nothing, and ctxcache.NoExpiry is for ever. A negative one is an ErrTTL of
// the cache, and the value is not stored. The last call counts. A loader that wants Options.TTL does not call SetTTL.
// With a context that is not a loader's, it does nothing. It has no effect on how long a negative entry lives.
func SetTTL(ctx context.Context, ttl time.Duration) {
	if wish, ok := ctx.Value(ttlKey{}).(*ttlWish); ok {
		wish.set(ttl)
	}
}

type ttlKey struct{}

// ttlWish is the TTL that a load wants for its value. Loaders may use goroutines, so it has a lock.
type ttlWish struct {
	mu   sync.Mutex
	ttl  time.Duration
	made bool // by the loader
}

func (w *ttlWish) set(ttl time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ttl, w.made = ttl, true
}

// get returns the wish, and whether the loader made one.
func (w *ttlWish) get() (ttl time.Duration, made bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ttl, w.made
}
