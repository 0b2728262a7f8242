package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// An entry that nobody uses leaves after Idle. Each use begins the time anew, but does not prolong the TTL. Peek is not a
// use.
func TestIdle(t *testing.T) {
	for _, policy := range everyPolicy() {
		t.Run(policy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := memory.New(&memory.Options[string, int]{MaxEntries: 100, Idle: 10 * time.Second, Policy: policy})
				ctx := t.Context()
				mustSet(t, c, "used", 1, ctxcache.NoExpiry)
				mustSet(t, c, "leased", 1, ctxcache.NoExpiry)
				mustSet(t, c, "idle", 2, ctxcache.NoExpiry)
				mustSet(t, c, "seen", 2, ctxcache.NoExpiry)
				mustSet(t, c, "short", 3, 15*time.Second)
				mustSet(t, c, "brief", 4, 5*time.Second)
				for range 2 {
					time.Sleep(4 * time.Second)
					mustGet(t, c, "used", 1)
					mustGet(t, c, "short", 3)
					if e, err := c.GetEntry(ctx, "short"); err != nil || e.CopyTTL != 0 {
						t.Errorf("GetEntry = %+v, %v; want no CopyTTL", e, err)
					}
					if _, _, err := c.GetLease(ctx, "leased", 0); err != nil {
						t.Error(err)
					}
					if value, err := c.Peek(ctx, "seen"); value != 2 || err != nil {
						t.Errorf("Peek = %d, %v; want 2", value, err)
					}
				}
				mustMiss(t, c, "brief")
				if e, err := c.GetEntry(ctx, "short"); e.TTL != 7*time.Second || err != nil {
					t.Errorf("the TTL is %v, %v; want 7s", e.TTL, err)
				}
				time.Sleep(2 * time.Second)
				mustMiss(t, c, "idle")
				mustMiss(t, c, "seen")
				time.Sleep(5 * time.Second)
				mustMiss(t, c, "short")
				mustGet(t, c, "used", 1)
				mustGet(t, c, "leased", 1)
				time.Sleep(10 * time.Second)
				mustMiss(t, c, "used")
				if n, err := ctxcache.Len(ctx, c); n != 0 || err != nil {
					t.Errorf("Len = %d, %v; want 0", n, err)
				}
				mustBeSound(t, c)
			})
		})
	}
}

// However long an entry may be idle, it does not leave at once.
func TestIdleForYears(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, idle := range []time.Duration{year, 3 * year, 5 * year, 8 * year, 10 * year, 200 * year} {
		for _, ttl := range []time.Duration{ctxcache.NoExpiry, 6 * year, 100 * year} {
			synctest.Test(t, func(t *testing.T) {
				c := memory.New(&memory.Options[string, int]{MaxEntries: 100, Idle: idle})
				mustSet(t, c, "key", 1, ttl)
				for range 3 {
					mustGet(t, c, "key", 1)
					time.Sleep(year / 2)
				}
				mustBeSound(t, c)
			})
		}
	}
}

// Reads make entries stay longer. A write into a full cache does not look at all that were read, and does not fail for that.
func TestWriteAfterManyReadsOfIdleEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const entries = 20_000
		c := memory.New(&memory.Options[int, int]{MaxEntries: entries, Shards: 1, Idle: time.Hour})
		for key := range entries {
			mustSet(t, c, key, key, 0)
		}
		time.Sleep(50 * time.Minute)
		for key := range entries {
			mustGet(t, c, key, key)
		}
		time.Sleep(20 * time.Minute)
		ctx := &endingContext{Context: t.Context(), calls: 10} // the write asks it before each section
		if err := c.Set(ctx, entries, entries, 0); err != nil {
			t.Errorf("Set: %v, after %d sections", err, 10)
		}
		mustBeSound(t, c)
		time.Sleep(41 * time.Minute)
		if n := entriesOf(t, c); n != 1 {
			t.Errorf("%d entries are left, want the last", n)
		}
	})
}
