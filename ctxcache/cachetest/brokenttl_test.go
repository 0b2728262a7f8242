package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenTTLs returns caches that break rule 4, or the rules about the life of a copy.
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
			name: "4 caps what never expires", fails: []string{"TTL/NoExpiry/Set", "TTL/Ends/Set", "TTL/ToldBy/*", "Refresh/NoExpiry"},
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
				"Expiry/*/SetMany", "Expiry/*/SetEntries", "Expiry/Length", "TTL/Ends/SetMany", "TTL/Ends/SetEntries",
				"CopyTTL/Caps/SetEntries", "Negative/Expiry/SetEntries",
			},
		},
		{
			name: "4 reports less than a millisecond", new: func() cache { return tellsExact{newReference()} },
			fails: []string{"Expiry/AtLeastOneMillisecond"},
		},
		{
			name: "4 keeps the first TTL", new: func() cache { return keepsFirstTTL{newMinimal()} },
			fails: []string{"Expiry/Longer", "Expiry/Shorter", "Expiry/Replaced*/*/*", "CopyTTL/Forgotten/*"},
		},
		{
			name: "reports the life of the copy", new: func() cache { return tellsCopy{newReference()} },
			fails: []string{"CopyTTL/Told/*", "CopyTTL/ToldBy/GetEntry"},
		},
		{
			name: "forgets CopyTTL", new: func() cache { return forgetsCopyTTL{newReference()} },
			fails: []string{
				"CopyTTL/Ends/SetEntry", "CopyTTL/EndsNoExpiry/SetEntry",
				"CopyTTL/EndsDefault/SetEntry", "Negative/CopyTTL/SetEntry",
			},
		},
		{
			name: "takes StaleFor off the life", new: func() cache { return takesStaleOff{newReference()} },
			fails: []string{"Entry/StaleFor/SetEntry", "Stale/Window/SetEntry"},
		},
		{
			name: "reports a stale window of its own", new: func() cache { return altersReads{newReference(), staleAlways} },
			fails: []string{"Entry/Reported/*", "Entry/Replaced/*", "Stale/Window/*"},
		},
		{
			name: "reports the life of the value as the copy's", new: func() cache { return altersReads{newReference(), copyAlways} },
			fails: []string{"Entry/Reported/*", "Entry/Replaced/*"},
		},
		{
			name: "reports the wish for near copies", new: func() cache { return altersReads{newReference(), nearAlways} },
			fails: []string{"Entry/Reported/*", "Entry/Replaced/*"},
		},
		{
			name: "reports when it was stored as when it was written", new: func() cache { return altersReads{newReference(), writtenNow} },
			fails: []string{"Entry/Reported/*", "Entry/Replaced/*"},
		},
		{
			name: "reports the time of the read as when it was written", new: func() cache { return altersReads{newReference(), writtenWhenRead} },
			fails: []string{"Entry/Replaced/*"},
		},
		{
			name: "keeps the Written of the write before", new: func() cache { return keepsWritten{newReference()} },
			fails: []string{"Entry/Replaced/SetMany", "Entry/Replaced/SetEntries"},
		},
		{
			name: "claims CapStale and reports no stale window", new: func() cache { return altersReads{newReference(), staleNever} },
			fails: []string{"Stale/Window/*"},
		},
		{
			name: "cuts the stale window to the TTL", new: func() cache { return altersReads{newReference(), staleCut} },
			fails: []string{"Stale/Window/*"},
		},
		{
			name: "keeps the stale window of the write before", new: func() cache { return keepsStaleFor{newReference()} },
			fails: []string{"Entry/Replaced/SetMany", "Entry/Replaced/SetEntries"},
		},
		{
			name: "checks the TTL only", new: func() cache { return checksTTLOnly{newReference()} },
			fails: []string{"Entry/BadDurations/SetEntry", "Stale/Window/SetEntry"},
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
	c.items[key] = item{ctxcache.NewEntry(value, before.TTL), before.stored}
	return nil
}

// altersReads alters what GetEntry reports.
type altersReads struct {
	*reference
	alter func(*ctxcache.Meta)
}

func staleAlways(m *ctxcache.Meta) { m.StaleFor = 7 * time.Second }
func copyAlways(m *ctxcache.Meta)  { m.CopyTTL = 10 * hour }
func nearAlways(m *ctxcache.Meta)  { m.NearTTL = time.Minute }
func writtenNow(m *ctxcache.Meta)  { m.Written = time.Now() }

func (c altersReads) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	if err == nil {
		c.alter(&e.Meta)
	}
	return e, err
}

func writtenWhenRead(m *ctxcache.Meta) {
	if m.Written.IsZero() {
		m.Written = time.Now()
	}
}

func staleNever(m *ctxcache.Meta) { m.StaleFor, m.StaleAge = 0, 0 }

func staleCut(m *ctxcache.Meta) { m.StaleAge = 0 }

type keepsWritten struct{ *reference }

func (c keepsWritten) SetEntries(ctx context.Context, entries map[string]entry) error {
	kept := make(map[string]entry, len(entries))
	c.mu.Lock()
	for key, e := range entries {
		if e.Written.IsZero() {
			e.Written = c.items[key].Written
		}
		kept[key] = e
	}
	c.mu.Unlock()
	return c.reference.SetEntries(ctx, kept)
}

type keepsStaleFor struct{ *reference }

func (c keepsStaleFor) SetEntries(ctx context.Context, entries map[string]entry) error {
	kept := make(map[string]entry, len(entries))
	c.mu.Lock()
	for key, e := range entries {
		if before := c.items[key]; e.TTL > before.StaleFor && e.StaleFor == 0 {
			e.StaleFor = before.StaleFor
		}
		kept[key] = e
	}
	c.mu.Unlock()
	return c.reference.SetEntries(ctx, kept)
}

type tellsCopy struct{ *reference }

func (c tellsCopy) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if life := c.items[key].CopyTTL; life > 0 {
		e.TTL = min(e.TTL, life)
	}
	return e, err
}

type forgetsCopyTTL struct{ *reference }

func (c forgetsCopyTTL) SetEntry(ctx context.Context, key string, e entry) error {
	if e.Check() == nil {
		e.CopyTTL = 0
	}
	return c.reference.SetEntry(ctx, key, e)
}

type takesStaleOff struct{ *reference }

func (c takesStaleOff) SetEntry(ctx context.Context, key string, e entry) error {
	if e.Check() == nil && e.TTL > 0 {
		e.TTL = max(e.TTL-e.StaleFor, 1)
		e.StaleFor = 0
	}
	return c.reference.SetEntry(ctx, key, e)
}

type checksTTLOnly struct{ *reference }

func (c checksTTLOnly) SetEntry(ctx context.Context, key string, e entry) error {
	if e.TTL >= 0 {
		e.StaleFor, e.CopyTTL = 0, max(e.CopyTTL, 0)
	}
	return c.reference.SetEntry(ctx, key, e)
}
