package cachetest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenLooks returns caches that break rules 1 and 2 while a lock or an outage is in the way.
func brokenLooks() []broken {
	return []broken{
		{
			name: "2 locks before it looks", new: func() cache { return &locksFirst{reference: newReference()} },
			fails: []string{"Context/First/get"},
		},
		{
			name: "2 locks for reading before it looks", new: func() cache { return &locksFirst{reference: newReference(), shared: true} },
			fails: []string{"Context/First/get"},
		},
		{
			name: "1 takes an outage of the store for a miss", new: func() cache { return awayIsMiss{newReference()} },
			fails: []string{"Outage/Fails/get", "Outage/NoMiss/Get"},
		},
		{
			name: "1 leaves out what it cannot ask for", new: func() cache { return leavesOut{newReference()} },
			fails: []string{"Outage/Fails/get_entries"},
		},
		{
			name: "1 stays broken", new: func() cache { return &staysBroken{reference: newReference()} },
			fails: []string{"Outage/Ends"},
		},
	}
}

// locksFirst takes a lock before Get looks at its context.
type locksFirst struct {
	*reference
	lock   sync.RWMutex
	shared bool
}

func (c *locksFirst) Get(ctx context.Context, key string) ([]byte, error) {
	if c.shared {
		c.lock.RLock()
		defer c.lock.RUnlock()
	} else {
		c.lock.Lock()
		defer c.lock.Unlock()
	}
	return c.reference.Get(ctx, key)
}

func (c *locksFirst) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.reference.Set(ctx, key, value, ttl)
}

type awayIsMiss struct{ *reference }

func (c awayIsMiss) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if errors.Is(err, errAway) {
		err = ctxcache.ErrMiss
	}
	return value, err
}

type leavesOut struct{ *reference }

func (c leavesOut) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := c.reference.GetEntries(ctx, keys)
	if errors.Is(err, errAway) {
		err = nil
	}
	return found, err
}

// staysBroken fails every Set after one has failed in an outage.
type staysBroken struct {
	*reference
	failed error
}

func (c *staysBroken) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.reference.Set(ctx, key, value, ttl)
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, errAway) {
		c.failed = err
	}
	if err == nil {
		err = c.failed
	}
	return err
}
