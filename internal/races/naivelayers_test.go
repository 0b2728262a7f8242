package races_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// forward returns the base of a double of c.
func forward[V any](c ctxcache.Cache[string, V]) ctxcache.Forward[string, V] {
	return ctxcache.NewForward(c, ctxcache.Description{Kind: "double"})
}

// unfenced stores every fill with a granted lease, even if the lease was lost.
type unfenced struct {
	ctxcache.Forward[string, string]
}

func unfence(c cache) cache { return &unfenced{forward(c)} }

func (c *unfenced) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	err := c.Forward.Fill(ctx, key, lease, e)
	if errors.Is(err, ctxcache.ErrLeaseLost) && lease.Granted() {
		return c.SetEntry(ctx, key, e)
	}
	return err
}

func (c *unfenced) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	failed := make(map[string]error)
	for key, e := range entries {
		if err := c.Fill(ctx, key, leases[key], e); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// lastWriteWins stores each value with the time of the write, by the writer's clock. An older value does not replace a
// newer one.
type lastWriteWins struct {
	ctxcache.Forward[string, string]
}

func (c *lastWriteWins) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	now := time.Now().UnixNano()
	stored, err := c.Forward.Get(ctx, key)
	if err != nil && err != ctxcache.ErrMiss {
		return err
	}
	stamp, _, _ := strings.Cut(stored, " ")
	if written, err := strconv.ParseInt(stamp, 10, 64); err == nil && written > now {
		return nil
	}
	return c.Forward.Set(ctx, key, strconv.FormatInt(now, 10)+" "+value, ttl)
}

func (c *lastWriteWins) Get(ctx context.Context, key string) (string, error) {
	stored, err := c.Forward.Get(ctx, key)
	_, value, _ := strings.Cut(stored, " ")
	return value, err
}

// forgiving is a cache that reports every failure as a miss.
type forgiving struct {
	ctxcache.Forward[string, string]
}

func (c *forgiving) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if err != nil {
		err = ctxcache.ErrMiss
	}
	return value, err
}

func (c *forgiving) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, _ := c.Forward.GetEntries(ctx, keys)
	return found, nil
}

// remembering keeps the values that it has seen. If the cache does not have a value, it returns the old one: it prefers
// a stale value to none.
type remembering struct {
	ctxcache.Forward[string, string]
	seen *sync.Map
}

func remember(c cache) cache { return &remembering{forward(c), new(sync.Map)} }

func (c *remembering) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if err == nil {
		c.seen.Store(key, value)
		return value, nil
	}
	if old, ok := c.seen.Load(key); ok {
		return old.(string), nil
	}
	return value, err
}

// writingBehind is two levels. It writes near, lets the caller go on, and writes far later.
type writingBehind struct {
	naiveTwoLevel
	behind chan struct{} // closed when far may be written
}

func (c *writingBehind) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	go func() {
		select {
		case <-c.behind:
			_ = c.Forward.Set(context.WithoutCancel(ctx), key, value, ttl)
		case <-ctx.Done():
		}
	}()
	return c.near.Set(ctx, key, value, ttl)
}

// nearFirst is two levels. It writes near, or deletes from near, before far. A failure of far does not undo the change
// in near.
type nearFirst struct {
	naiveTwoLevel
}

func (c *nearFirst) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := c.near.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *nearFirst) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	return errors.Join(ctxcache.SetEntry(ctx, c.near, key, e), c.Forward.SetEntry(ctx, key, e))
}

func (c *nearFirst) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	return errors.Join(ctxcache.SetEntries(ctx, c.near, entries), c.Forward.SetEntries(ctx, entries))
}
