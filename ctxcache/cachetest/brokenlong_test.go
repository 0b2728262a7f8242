package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

const day = 24 * hour

// brokenLong returns caches that break rule 4 for lives that are too long to wait for, or by a read or write during a
// life.
func brokenLong() []broken {
	altered := func(alter func(time.Duration) time.Duration) func() cache {
		return func() cache { return altersMinimalTTL{newMinimal(), alter} }
	}
	longer := func(limit, altered time.Duration) func(time.Duration) time.Duration {
		return func(ttl time.Duration) time.Duration {
			if ttl > limit && ttl < 50*365*day {
				return altered
			}
			return ttl
		}
	}
	kept := func(when func(before item, ttl time.Duration) bool) func() cache {
		return func() cache { return keepsExpiry{newMinimal(), when} }
	}
	return []broken{
		{
			name: "4 takes more than 30 days for a date", new: altered(longer(30*day, 1)),
			fails: []string{"TTL/Kept/*", "TTL/Ends/*"},
		},
		{
			name: "4 takes more than 2 hours for over", new: altered(longer(2*hour, 1)),
			fails: []string{"TTL/Kept/*", "TTL/Ends/*"},
		},
		{
			name: "4 takes more than a minute for ever", new: altered(longer(61*time.Second, ctxcache.NoExpiry)),
			fails: []string{"TTL/Ends/*"},
		},
		{
			name: "4 takes more than a day for ever", new: altered(longer(day, ctxcache.NoExpiry)),
			fails: []string{"TTL/Ends/*"},
		},
		{
			name: "4 keeps the expiry if the TTL is the default", fails: []string{"Expiry/Replaced*/Default/*"},
			new: kept(func(_ item, ttl time.Duration) bool { return ttl == 0 }),
		},
		{
			name: "4 keeps to live for ever if the TTL is the default", fails: []string{"Expiry/ReplacedLong/Default/*"},
			new: kept(func(before item, ttl time.Duration) bool { return ttl == 0 && before.TTL == ctxcache.NoExpiry }),
		},
		{
			name: "4 keeps to live for ever", fails: []string{"Expiry/Replaced/Short/*", "Expiry/ReplacedLong/Default/*", "Expiry/ReplacedLong/Long/*"},
			new: kept(func(before item, _ time.Duration) bool { return before.TTL == ctxcache.NoExpiry }),
		},
		{
			name: "4 keeps to live for ever if the TTL is over a minute", fails: []string{"Expiry/ReplacedLong/Long/*"},
			new: kept(func(before item, ttl time.Duration) bool { return before.TTL == ctxcache.NoExpiry && ttl > time.Minute }),
		},
		{
			name: "4 keeps the expiry if there is to be none", fails: []string{"Expiry/Replaced*/NoExpiry/*"},
			new: kept(func(_ item, ttl time.Duration) bool { return ttl == ctxcache.NoExpiry }),
		},
		{
			name: "4 keeps an hour if there is to be no expiry", fails: []string{"Expiry/ReplacedLong/NoExpiry/*"},
			new: kept(func(before item, ttl time.Duration) bool { return ttl == ctxcache.NoExpiry && before.TTL >= hour }),
		},
		{
			name: "4 renews what is read", new: func() cache { return renews{newMinimal(), 1} },
			fails: []string{"Expiry/NotRenewed/*", "Expiry/Write/*", "Expiry/Length", "TTL/Ends/*"},
		},
		{
			name: "4 renews what is read in the last tenth of its life", new: func() cache { return renews{newMinimal(), .1} },
			fails: []string{"Expiry/NotRenewed/*", "Expiry/Write/*", "Expiry/Length", "TTL/Ends/*"},
		},
		{
			name: "4 renews what is read as an entry", new: func() cache { return renewsEntries{newReference()} },
			fails: []string{"Expiry/NotRenewed/GetEntry", "Entry/Reported/*"},
		},
		{
			name: "4 lives half as long again", new: func() cache { return altersLives(1.5) },
			fails: []string{"Expiry/Length"}, within: "Expiry/Length",
		},
		{
			name: "4 lives a fifth longer", new: func() cache { return altersLives(1.2) },
			fails: []string{"Expiry/Length"}, within: "Expiry/Length",
		},
		{
			name: "4 lives for three quarters", new: func() cache { return altersLives(.75) },
			fails: []string{"Expiry/Length"}, within: "Expiry/Length",
		},
		{
			name: "4 lives a tenth shorter", new: func() cache { return altersLives(.9) },
			fails: []string{"Expiry/Length"}, within: "Expiry/Length",
		},
		{
			name: "4 reports the life that was written", new: func() cache { return tellsWritten{newReference()} },
			fails: []string{"TTL/Told/*", "TTL/ToldBy/GetEntry"},
		},
	}
}

// altersMinimalTTL alters the TTL of every write.
type altersMinimalTTL struct {
	*minimal
	alter func(time.Duration) time.Duration
}

func (c altersMinimalTTL) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.minimal.Set(ctx, key, value, c.alter(ttl))
}

// altersLives returns a cache whose values live for factor times their TTL.
func altersLives(factor float64) altersMinimalTTL {
	return altersMinimalTTL{newMinimal(), func(ttl time.Duration) time.Duration {
		if ttl <= 0 || ttl > 365*day {
			return ttl
		}
		return time.Duration(factor * float64(ttl))
	}}
}

// keepsExpiry keeps the expiry of the value that it overwrites, if when reports true.
type keepsExpiry struct {
	*minimal
	when func(before item, ttl time.Duration) bool
}

func (c keepsExpiry) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.mu.Lock()
	before, there := c.items[key]
	c.mu.Unlock()
	if err := c.minimal.Set(ctx, key, value, ttl); err != nil || !there || before.over() || !c.when(before, ttl) {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items[key] = item{ctxcache.NewEntry(value, before.TTL), before.stored}
	return nil
}

// renews starts the life of a value again if it is read in the last part of its life. part is a fraction of the TTL.
type renews struct {
	*minimal
	part float64
}

func (c renews) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.minimal.Get(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if read := c.items[key]; err == nil && float64(read.TTL-time.Since(read.stored)) <= c.part*float64(read.TTL) {
		read.stored = time.Now()
		c.items[key] = read
	}
	return value, err
}

type renewsEntries struct{ *reference }

func (c renewsEntries) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if read := c.items[key]; err == nil {
		read.stored = time.Now()
		c.items[key] = read
	}
	return e, err
}

type tellsWritten struct{ *reference }

func (c tellsWritten) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		e.TTL = c.items[key].TTL
	}
	return e, err
}
