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

// unfenced is a cache whose leases store whatever became of them, and whether or not there is one.
type unfenced struct {
	ctxcache.Forward[string, string]
}

func unfence(c cache) cache { return unfenced{ctxcache.NewForward(c)} }

func (c unfenced) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease[string], error) {
	e, l, err := c.Forward.GetLease(ctx, key, refreshBelow)
	if l != nil {
		l = unfencedLease{l, c, key}
	}
	return e, l, err
}

func (c unfenced) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease[string], error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	for key, l := range leases {
		leases[key] = unfencedLease{l, c, key}
	}
	return found, leases, err
}

type unfencedLease struct {
	ctxcache.Lease[string]
	cache unfenced
	key   string
}

func (l unfencedLease) Fill(ctx context.Context, e ctxcache.Entry[string]) error {
	err := l.Lease.Fill(ctx, e)
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return l.cache.SetEntry(ctx, l.key, e)
	}
	return err
}

// lastWriteWins stores beside a value when it was written, by the clock of who wrote it. What is older than what is
// there does not replace it.
type lastWriteWins struct {
	ctxcache.Forward[string, string]
}

func (c lastWriteWins) Set(ctx context.Context, key, value string, ttl time.Duration) error {
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

func (c lastWriteWins) Get(ctx context.Context, key string) (string, error) {
	stored, err := c.Forward.Get(ctx, key)
	_, value, _ := strings.Cut(stored, " ")
	return value, err
}

// forgiving is a cache whose failures are misses.
type forgiving struct {
	ctxcache.Forward[string, string]
}

func (c forgiving) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if err != nil {
		err = ctxcache.ErrMiss
	}
	return value, err
}

func (c forgiving) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, _ := c.Forward.GetEntries(ctx, keys)
	return found, nil
}

// remembering keeps what it has seen, and answers with that where the cache has nothing: rather stale than nothing.
type remembering struct {
	ctxcache.Forward[string, string]
	seen *sync.Map
}

func remember(c cache) cache { return remembering{ctxcache.NewForward(c), new(sync.Map)} }

func (c remembering) Get(ctx context.Context, key string) (string, error) {
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

// writingBehind is two levels of which far is written when near has been, and the caller has gone on.
type writingBehind struct {
	naiveTwoLevel
	behind chan struct{} // closed when far may be written
}

func (c writingBehind) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	go func() {
		select {
		case <-c.behind:
			_ = c.Forward.Set(context.WithoutCancel(ctx), key, value, ttl)
		case <-ctx.Done():
		}
	}()
	return c.near.Set(ctx, key, value, ttl)
}

// nearFirst is two levels of which near is written, or deleted from, before far, and far's failure ends it.
type nearFirst struct {
	naiveTwoLevel
}

func (c nearFirst) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := c.near.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c nearFirst) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	return errors.Join(ctxcache.SetEntry(ctx, c.near, key, e), c.Forward.SetEntry(ctx, key, e))
}

func (c nearFirst) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	return errors.Join(ctxcache.SetEntries(ctx, c.near, entries), c.Forward.SetEntries(ctx, entries))
}
