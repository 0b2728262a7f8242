package cachetest_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestBrokenLivesFailInRealTime proves that lives are measured in real time, too.
func TestBrokenLivesFailInRealTime(t *testing.T) {
	for _, b := range []struct {
		name  string
		new   func() cache
		fails string // the case that must fail
	}{
		{"lives half as long again", func() cache { return altersLives(1.5) }, "Expiry/Length"},
		{"lives a fifth longer", func() cache { return altersLives(1.2) }, "Expiry/Length"},
		{"lives for three quarters", func() cache { return altersLives(.75) }, "Expiry/Length"},
		{"lives a tenth shorter", func() cache { return altersLives(.9) }, "Expiry/Length"},
		{"renews what is read", func() cache { return renews{newMinimal(), 1} }, "Expiry/NotRenewed/Get"},
		{"renews what is read in the last half of its life", func() cache { return renews{newMinimal(), .5} }, "Expiry/NotRenewed/Get"},
		{"takes more than 30 days for over", func() cache { return endsAbove(newMinimal(), 30*day) }, "TTL/Kept/Set"},
		{"takes more than 2 hours for over", func() cache { return endsAbove(newMinimal(), 2*hour) }, "TTL/Kept/Set"},
		{"takes more than a minute for ever", func() cache { return longerThan(newReference(), time.Minute) }, "TTL/Ends/Set"},
		{"takes more than 30 days for ever", func() cache { return longerThan(newReference(), 30*day) }, "TTL/Ends/Set"},
		{"keeps the expiry for the default", keepsReported(0), "Expiry/ReplacedLong/Default/Set"},
		{"keeps the expiry for ever", keepsReported(ctxcache.NoExpiry), "Expiry/ReplacedLong/NoExpiry/Set"},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			said := cachetest.VerdictsInRealTime(t, b.new, b.fails)[b.fails]
			switch {
			case said == "":
				t.Errorf("%s did not fail", b.fails)
			case !strings.Contains(said, "TTLUnit"):
				t.Errorf("%s does not name TTLUnit: %s", b.fails, said)
			}
		})
	}
}

// endsAbove returns a cache that lets a value with a TTL above limit expire at once.
func endsAbove(c *minimal, limit time.Duration) cache {
	return altersMinimalTTL{c, func(ttl time.Duration) time.Duration {
		if ttl > limit && ttl < 50*365*day {
			return 1
		}
		return ttl
	}}
}

// longerThan returns a cache that takes a TTL above limit for NoExpiry.
func longerThan(r *reference, limit time.Duration) cache {
	return altersTTL{r, func(ttl time.Duration) time.Duration {
		if ttl > limit {
			return ctxcache.NoExpiry
		}
		return ttl
	}}
}

// keepsReported returns a function that makes a cache. A write with this ttl keeps the expiry of the value that it
// overwrites.
func keepsReported(ttl time.Duration) func() cache {
	return func() cache { return keepsOf{newReference(), ttl} }
}

type keepsOf struct {
	*reference
	ttl time.Duration
}

func (c keepsOf) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if before, err := c.GetEntry(ctx, key); err == nil && ttl == c.ttl {
		ttl = before.TTL
	}
	return c.reference.Set(ctx, key, value, ttl)
}

// TestBrokenLivesFailWhenAdvanced proves that a pushed clock finds the same faults as fake time.
func TestBrokenLivesFailWhenAdvanced(t *testing.T) {
	for _, b := range []struct {
		name  string
		limit time.Duration
		fails string
	}{
		{"nothing", hour, ""},
		{"for ever above a minute", time.Minute, "TTL/Ends/Set"},
		{"for ever above a month", 30 * day, "TTL/Ends/Set"},
	} {
		t.Run(b.name, func(t *testing.T) {
			var c *clocked
			verdicts := cachetest.VerdictsWhenAdvanced(t, func() cache {
				c = &clocked{items: make(map[string]clockedItem)}
				if b.fails != "" {
					c.limit = b.limit
				}
				return c
			}, func(d time.Duration) { c.advance(d) })
			for name, said := range verdicts {
				if b.fails == "" && said != "" || name == b.fails && said == "" {
					t.Errorf("%s: %q", name, said)
				}
			}
			if _, ran := verdicts["TTL/Ends/Set"]; !ran {
				t.Error("the case about the ends of long lives did not run")
			}
		})
	}
}

// clocked is a cache whose clock stands still unless it is pushed. Some stores have such a clock for tests.
type clocked struct {
	mu    sync.Mutex
	now   time.Duration
	items map[string]clockedItem
	limit time.Duration // a value with a longer TTL never expires; 0: no limit
}

type clockedItem struct {
	value []byte
	until time.Duration
}

func (c *clocked) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += d
}

func (c *clocked) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stored, there := c.items[key]
	if !there || stored.until <= c.now {
		return nil, ctxcache.ErrMiss
	}
	return stored.value, nil
}

func (c *clocked) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ctxcache.CheckTTL(ttl); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stored := clockedItem{value: value, until: ctxcache.NoExpiry}
	if over := c.limit > 0 && ttl > c.limit; ttl > 0 && ttl < ctxcache.NoExpiry-c.now && !over {
		stored.until = c.now + ttl
	}
	c.items[key] = stored
	return nil
}

func (c *clocked) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.items, key)
	return nil
}
