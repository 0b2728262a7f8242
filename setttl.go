package cached

import (
	"context"
	"sync"
	"time"
)

// SetTTL, called by a loader with the context it was given, decides how long the value that it is about to
// return lives, in place of Options.TTL: 0 is the cache's default, ctxcache.NoExpiry is for ever. A negative
// one is the ErrTTL that Options.OnCacheError gets; the value is then not stored. The last call counts. With a
// context that is no loader's it does nothing. It has no effect on how long a negative entry lives.
func SetTTL(ctx context.Context, ttl time.Duration) {
	if wish, ok := ctx.Value(ttlKey{}).(*ttlWish); ok {
		wish.set(ttl)
	}
}

type ttlKey struct{}

// ttlWish is the TTL that a load wants for its value. Loaders may use goroutines, so it has a lock.
type ttlWish struct {
	mu  sync.Mutex
	ttl time.Duration
}

func (w *ttlWish) set(ttl time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ttl = ttl
}

func (w *ttlWish) get() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ttl
}
