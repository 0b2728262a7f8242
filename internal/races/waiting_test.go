package races_test

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// waiting returns a context, and a channel that is closed when a call with that context begins to wait for a flight.
// The call has then looked into the cache of this name, and has asked for the Done channel of its context. By then it
// has joined the flight, or leads it.
func waiting(ctx context.Context, cache string) (context.Context, <-chan struct{}) {
	w := &waitingContext{Context: ctx, cache: cache, waits: make(chan struct{})}
	return w, w.waits
}

type waitingContext struct {
	context.Context
	cache  string
	looked atomic.Bool
	once   sync.Once
	waits  chan struct{}
}

func (w *waitingContext) Done() <-chan struct{} {
	if w.looked.Load() {
		w.once.Do(func() { close(w.waits) })
	}
	return w.Context.Done()
}

// watched returns c. Contexts that waiting returns notice when they are used to look into it.
func watched(c cache, name string) cache { return &watchedCache{forward(c), name} }

type watchedCache struct {
	ctxcache.Forward[string, string]
	name string
}

// Get does not pass the context on. Code below it may call Done long after the look.
func (c *watchedCache) Get(ctx context.Context, key string) (string, error) {
	w, ok := ctx.(*waitingContext)
	if !ok || w.cache != c.name {
		return c.Forward.Get(ctx, key)
	}
	value, err := c.Forward.Get(w.Context, key)
	w.looked.Store(true)
	return value, err
}
