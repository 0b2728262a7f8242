package races_test

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveCoherent is two levels whose near follows far by messages, as it is usually done. It makes four mistakes.
// Messages carry the new value, and change only what near has. A node ignores messages about keys that it wrote within
// the last second. A Clear invalidates the copies made before its time stamp. After a lost connection the node goes on
// as if nothing were missing.
type naiveCoherent struct {
	naiveTwoLevel
	near    *barred
	stop    context.CancelFunc
	stopped chan struct{}

	mu  sync.Mutex
	own map[string]time.Time
}

// message is what the naive channel carries, in place of an event's key.
type message struct {
	key   string
	value reply // as it was when the message was sent
	sent  time.Time
}

// carrying is a far whose events are messages.
type carrying struct {
	ctxcache.Forward[string, string]
}

func (c *carrying) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return c.Forward.Watch(ctx, func(e ctxcache.Event) {
		m := message{sent: time.Now()}
		if key, ok := e.Key.(string); ok {
			value, err := c.Get(ctx, key)
			m.key, m.value = key, reply{value, err}
		}
		e.Key = m
		fn(e)
	})
}

func newNaiveCoherent(near, far cache) *naiveCoherent {
	stamped := &barred{Forward: forward(near), copied: make(map[string]time.Time)}
	c := &naiveCoherent{
		naiveTwoLevel: naiveTwoLevel{forward(far), stamped},
		near:          stamped, stopped: make(chan struct{}), own: make(map[string]time.Time),
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go func() {
		defer close(c.stopped)
		_ = c.Watch(ctx, func(e ctxcache.Event) { c.take(ctx, e) })
	}()
	return c
}

func (c *naiveCoherent) Close() error {
	c.stop()
	<-c.stopped
	return nil
}

func (c *naiveCoherent) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	c.mu.Lock()
	c.own[key] = time.Now()
	c.mu.Unlock()
	return c.naiveTwoLevel.Set(ctx, key, value, ttl)
}

func (c *naiveCoherent) take(ctx context.Context, e ctxcache.Event) {
	m, ok := e.Key.(message)
	switch {
	case !ok || e.Gap:
		return
	case e.All:
		c.near.clear(m.sent)
		return
	}
	c.mu.Lock()
	written, own := c.own[m.key]
	c.mu.Unlock()
	if own && time.Since(written) < time.Second {
		return
	}
	if _, err := c.near.Get(ctx, m.key); err != nil {
		return
	}
	if m.value.err != nil {
		_ = c.near.Delete(ctx, m.key)
		return
	}
	_ = c.near.Set(ctx, m.key, m.value.value, 0)
}

// barred is a near that ignores copies from before the last Clear that it heard of.
type barred struct {
	ctxcache.Forward[string, string]

	mu     sync.Mutex
	copied map[string]time.Time
	bar    time.Time
}

func (c *barred) clear(sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bar = sent
}

func (c *barred) Get(ctx context.Context, key string) (string, error) {
	c.mu.Lock()
	barred := c.copied[key].Before(c.bar)
	c.mu.Unlock()
	if barred {
		return "", ctxcache.ErrMiss
	}
	return c.Forward.Get(ctx, key)
}

func (c *barred) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	c.mu.Lock()
	c.copied[key] = time.Now()
	c.mu.Unlock()
	return c.Forward.Set(ctx, key, value, ttl)
}
