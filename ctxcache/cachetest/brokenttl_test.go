package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenTTLs break rule 4, and what is said of the life of a copy.
func brokenTTLs() []broken {
	altered := func(alter func(time.Duration) time.Duration) func() cache {
		return func() cache { return altersTTL{newReference(), alter} }
	}
	return []broken{
		{
			name: "4 takes a negative TTL for ever", fails: []string{"TTL/Negative/Set", "TTL/NegativeOverwrite/Set"},
			new: altered(func(ttl time.Duration) time.Duration {
				if ttl < 0 {
					return ctxcache.NoExpiry
				}
				return ttl
			}),
		},
		{
			name: "4 takes the default for at once", fails: []string{"TTL/Default/Set"},
			new: altered(func(ttl time.Duration) time.Duration {
				if ttl == 0 {
					return 1
				}
				return ttl
			}),
		},
		{
			name: "4 caps what never expires", fails: []string{"TTL/NoExpiry/Set", "TTL/ToldBy/*", "Refresh/NoExpiry"},
			new: altered(func(ttl time.Duration) time.Duration { return min(ttl, 24*hour) }),
		},
		{
			name: "4 overflows", fails: []string{"TTL/Huge/Set"},
			new: altered(func(ttl time.Duration) time.Duration {
				if ttl > ctxcache.NoExpiry-hour && ttl != ctxcache.NoExpiry {
					return 1
				}
				return ttl
			}),
		},
		{
			name: "4 rounds down to forever", fails: []string{"Expiry/Instant/Set"},
			new: altered(func(ttl time.Duration) time.Duration {
				if ttl > 0 && ttl < time.Millisecond {
					return ctxcache.NoExpiry
				}
				return ttl
			}),
		},
		{
			name: "4 rounds up to hours", new: func() cache { return roundsUp{newReference()} },
			fails: []string{
				"Expiry/*/SetMany", "Expiry/*/SetEntries",
				"Keep/Caps/SetEntries", "Negative/Expiry/SetEntries",
			},
		},
		{
			name: "4 tells less than a millisecond", new: func() cache { return tellsExact{newReference()} },
			fails: []string{"Expiry/AtLeastOneMillisecond"},
		},
		{
			name: "4 keeps the first TTL", new: func() cache { return keepsFirstTTL{newMinimal()} },
			fails: []string{"Expiry/Longer", "Expiry/Shorter", "Keep/Forgotten/*"},
		},
		{
			name: "tells the life of the copy", new: func() cache { return tellsCopy{newReference()} },
			fails: []string{"Keep/Told/*", "Keep/ToldBy/GetEntry"},
		},
		{
			name: "forgets Keep", new: func() cache { return forgetsKeep{newReference()} },
			fails: []string{
				"Keep/Ends/SetEntry", "Keep/EndsNoExpiry/SetEntry",
				"Keep/EndsDefault/SetEntry", "Negative/Keep/SetEntry",
			},
		},
		{
			name: "takes Stale off the life", new: func() cache { return takesStaleOff{newReference()} },
			fails: []string{"Entry/Stale/SetEntry"},
		},
		{
			name: "checks the TTL only", new: func() cache { return checksTTLOnly{newReference()} },
			fails: []string{"Entry/BadDurations/SetEntry"},
		},
	}
}

const hour = time.Hour

// altersTTL alters the TTL of Set.
type altersTTL struct {
	*reference
	alter func(time.Duration) time.Duration
}

func (c altersTTL) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.reference.Set(ctx, key, value, c.alter(ttl))
}

type roundsUp struct{ *reference }

func (c roundsUp) SetEntries(ctx context.Context, entries map[string]entry) error {
	rounded := make(map[string]entry, len(entries))
	for key, e := range entries {
		if e.TTL > 0 {
			e.TTL = max(e.TTL, hour)
		}
		rounded[key] = e
	}
	return c.reference.SetEntries(ctx, rounded)
}

type tellsExact struct{ *reference }

func (c tellsExact) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	if e.TTL == time.Millisecond {
		e.TTL -= 10 * time.Microsecond
	}
	return e, err
}

type keepsFirstTTL struct{ *minimal }

func (c keepsFirstTTL) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.mu.Lock()
	before, there := c.items[key]
	c.mu.Unlock()
	if err := c.minimal.Set(ctx, key, value, ttl); err != nil || !there || before.over() {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items[key] = item{entry{Value: value, TTL: before.TTL}, before.written}
	return nil
}

type tellsCopy struct{ *reference }

func (c tellsCopy) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if keep := c.items[key].Keep; keep > 0 {
		e.TTL = min(e.TTL, keep)
	}
	return e, err
}

type forgetsKeep struct{ *reference }

func (c forgetsKeep) SetEntry(ctx context.Context, key string, e entry) error {
	if e.Check() == nil {
		e.Keep = 0
	}
	return c.reference.SetEntry(ctx, key, e)
}

type takesStaleOff struct{ *reference }

func (c takesStaleOff) SetEntry(ctx context.Context, key string, e entry) error {
	if e.Check() == nil && e.TTL > 0 {
		e.TTL = max(e.TTL-e.Stale, 1)
		e.Stale = 0
	}
	return c.reference.SetEntry(ctx, key, e)
}

type checksTTLOnly struct{ *reference }

func (c checksTTLOnly) SetEntry(ctx context.Context, key string, e entry) error {
	if e.TTL >= 0 {
		e.Stale, e.Keep = 0, max(e.Keep, 0)
	}
	return c.reference.SetEntry(ctx, key, e)
}
