package cachetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenMemory returns caches that break rules 5 and 9 for long values, for many entries, or for values that are kept
// for long.
func brokenMemory() []broken {
	large := func(limit int, cut bool) func() cache {
		return func() cache { return limitsLarge{newMinimal(), limit, cut} }
	}
	room := func(n int) func() cache {
		return func() cache { return holds{newMinimal(), n} }
	}
	return []broken{
		{name: "9 drops what is over 100 kB", new: large(100_000, false), fails: []string{"Value/Large/*"}},
		{name: "9 drops what is over 300 kB", new: large(300_000, false), fails: []string{"Value/Large/*"}},
		{name: "9 cuts what is over 100 kB", new: large(100_000, true), fails: []string{"Value/Large/*"}},
		{name: "9 cuts what is over 300 kB", new: large(300_000, true), fails: []string{"Value/Large/*"}},
		{name: "has room for 500", new: room(500), fails: []string{"Room", "Many/Hundreds"}},
		{name: "has room for 999", new: room(999), fails: []string{"Room", "Many/Hundreds"}},
		{name: "has room for 1,099", new: room(1099), fails: []string{"Room", "Many/Hundreds"}},
		{
			name: "5 reads into few buffers", new: func() cache { return newReadsInto(8) },
			fails: []string{"Ownership/Kept/*"}, within: "Ownership/",
		},
		{
			name: "5 reads into many buffers", new: func() cache { return newReadsInto(150) },
			fails: []string{"Ownership/Kept/*"}, within: "Ownership/",
		},
		{
			name: "5 writes into what it freed", new: func() cache { return &reuses{minimal: newMinimal()} },
			fails: []string{"Ownership/Got/*", "Ownership/Kept/*"}, within: "Ownership/",
		},
		{
			name: "5 writes later into what it freed", new: func() cache { return &reuses{minimal: newMinimal(), keeps: 100} },
			fails: []string{"Ownership/Kept/*"}, within: "Ownership/",
		},
		{
			name: "5 scrubs what it has when it is closed", new: func() cache { return scrubsLast{newReference()} },
			fails: []string{"Ownership/Closed/*"}, within: "Ownership/",
		},
	}
}

// limitsLarge drops or cuts values that are longer than its limit.
type limitsLarge struct {
	*minimal
	limit int
	cut   bool
}

func (c limitsLarge) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	switch {
	case len(value) <= c.limit:
	case c.cut:
		value = value[:c.limit]
	default:
		return nil
	}
	return c.minimal.Set(ctx, key, value, ttl)
}

// holds has room for a fixed number of entries.
type holds struct {
	*minimal
	room int
}

func (c holds) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.mu.Lock()
	for stored := range c.items {
		if len(c.items) < c.room {
			break
		}
		delete(c.items, stored)
	}
	c.mu.Unlock()
	return c.minimal.Set(ctx, key, value, ttl)
}

// readsInto returns values in a few buffers, which it uses in turn.
type readsInto struct {
	*minimal
	buffers [][]byte
	next    int
}

func newReadsInto(n int) *readsInto {
	c := &readsInto{minimal: newMinimal(), buffers: make([][]byte, n)}
	for i := range c.buffers {
		c.buffers[i] = make([]byte, 0, 512)
	}
	return c
}

func (c *readsInto) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = (c.next + 1) % len(c.buffers)
	c.buffers[c.next] = append(c.buffers[c.next][:0], value...)
	return c.buffers[c.next], nil
}

// reuses writes values into the memory of values that were overwritten or deleted, except the last few.
type reuses struct {
	*minimal
	keeps int
	freed [][]byte
}

func (c *reuses) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ctx.Err() == nil && ttl >= 0 {
		value = append(c.buffer(key), value...)
	}
	return c.minimal.Set(ctx, key, value, ttl)
}

func (c *reuses) Delete(ctx context.Context, key string) error {
	if ctx.Err() == nil {
		c.buffer(key)
	}
	return c.minimal.Delete(ctx, key)
}

// buffer frees the value under key, and returns memory for another value.
func (c *reuses) buffer(key string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, there := c.items[key]; there {
		c.freed = append(c.freed, before.Value)
	}
	if len(c.freed) <= c.keeps {
		return make([]byte, 0, 512)
	}
	buffer := c.freed[0]
	c.freed = c.freed[1:]
	return buffer[:0]
}

type scrubsLast struct{ *reference }

func (c scrubsLast) Close() error {
	c.mu.Lock()
	for _, stored := range c.items {
		clear(stored.Value)
	}
	c.mu.Unlock()
	return c.reference.Close()
}

// refuses is a cache that refuses long values. It passes with the option MaxValue.
type refuses struct{ *minimal }

func (c refuses) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > 100_000 {
		return errors.Join(ctxcache.ErrValue, c.Delete(ctx, key))
	}
	return c.minimal.Set(ctx, key, value, ttl)
}
