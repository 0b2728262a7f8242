package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Reads return what was written with a value, as it is by now.
func TestMeta(t *testing.T) {
	written := time.Date(2024, 2, 29, 12, 0, 0, 7, time.FixedZone("", 3600))
	for _, test := range []struct {
		name           string
		write          ctxcache.Meta
		elapse         time.Duration
		ttl, stale, cp time.Duration
	}{
		{"nothing", ctxcache.Meta{}, time.Hour, ctxcache.NoExpiry, 0, 0},
		{"fresh", ctxcache.Meta{TTL: time.Hour, StaleFor: time.Minute}, time.Minute, 59 * time.Minute, time.Minute, 0},
		{"stale", ctxcache.Meta{TTL: time.Hour, StaleFor: 10 * time.Minute}, 55 * time.Minute, 5 * time.Minute, 5 * time.Minute, 0},
		{"default TTL", ctxcache.Meta{StaleFor: time.Minute}, time.Hour, ctxcache.NoExpiry, time.Minute, 0},
		{"capped copy", ctxcache.Meta{TTL: time.Hour, CopyTTL: time.Minute}, time.Second, time.Hour - time.Second, 0, 59 * time.Second},
		{"capped copy of what never expires", ctxcache.Meta{CopyTTL: time.Minute}, time.Second, ctxcache.NoExpiry, 0, 59 * time.Second},
		{"cap above TTL", ctxcache.Meta{TTL: time.Minute, CopyTTL: time.Hour}, time.Second, 59 * time.Second, 0, 0},
		{"cap that is TTL", ctxcache.Meta{TTL: time.Minute, CopyTTL: time.Minute}, time.Second, 59 * time.Second, 0, 0},
		{
			"at the very end",
			ctxcache.Meta{TTL: time.Hour, StaleFor: time.Second, CopyTTL: time.Second},
			time.Second - 1,
			time.Hour - time.Second + 1, time.Second, time.Millisecond,
		},
		{"wish for near copies", ctxcache.Meta{TTL: time.Hour, NearTTL: time.Second}, 0, time.Hour, 0, 0},
	} {
		for _, absent := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := memory.New[string, int](nil)
					write := ctxcache.Entry[int]{Meta: test.write}
					write.Absent = absent
					write.Written = written
					if err := c.SetEntry(t.Context(), "k", write); err != nil {
						t.Fatal(err)
					}
					time.Sleep(test.elapse)
					e, _ := c.GetEntry(t.Context(), "k") // the entry tells enough
					if e.Absent != absent || e.TTL != test.ttl || e.StaleFor != test.stale || e.CopyTTL != test.cp || e.NearTTL != 0 {
						t.Errorf("%+v, want TTL %v, StaleFor %v, CopyTTL %v", e, test.ttl, test.stale, test.cp)
					}
					if !e.Written.Equal(written) {
						t.Errorf("written at %v, want %v", e.Written, written)
					}
				})
			})
		}
	}
}

// When a value was written is known as it was given, or not at all.
func TestWritten(t *testing.T) {
	c := memory.New[string, int](nil)
	for _, test := range []struct{ write, want time.Time }{
		{time.Time{}, time.Time{}},
		{time.Unix(0, 1), time.Unix(0, 1)},
		{time.Unix(0, -1), time.Unix(0, -1)},
		{time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}}, // a node has no room for it
		{time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}},
	} {
		if err := c.SetEntry(t.Context(), "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Written: test.write}}); err != nil {
			t.Fatal(err)
		}
		if e, err := c.GetEntry(t.Context(), "k"); err != nil || !e.Written.Equal(test.want) {
			t.Errorf("written at %v, %v; want %v", e.Written, err, test.want)
		}
		mustSet(t, c, "k", 1, 0)
		if e, err := c.GetEntry(t.Context(), "k"); err != nil || !e.Written.IsZero() {
			t.Errorf("written at %v, %v, though the write that replaced it did not say", e.Written, err)
		}
	}
}

// All ways to write keep what comes with a value, and all ways to read return it.
func TestMetaEveryWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := ctxcache.Entry[int]{Value: 7, Meta: ctxcache.Meta{
			TTL: time.Hour, StaleFor: time.Minute, CopyTTL: time.Second, Written: time.Unix(1_000_000_000, 0),
		}}
		type cache = *memory.Cache[string, int]
		lease := func(c cache) ctxcache.Lease { return mustLease(t, c, "k", ctxcache.NoExpiry) }
		one := map[string]ctxcache.Entry[int]{"k": want}
		for way, write := range map[string]func(c cache) error{
			"SetEntry":   func(c cache) error { return c.SetEntry(t.Context(), "k", want) },
			"SetEntries": func(c cache) error { return c.SetEntries(t.Context(), one) },
			"Fill":       func(c cache) error { return c.Fill(t.Context(), "k", lease(c), want) },
			"FillMany": func(c cache) error {
				return c.FillMany(t.Context(), one, map[string]ctxcache.Lease{"k": lease(c)})
			},
		} {
			c := memory.New[string, int](nil)
			if err := write(c); err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			got := make(map[string]ctxcache.Entry[int])
			got["GetEntry"], _ = c.GetEntry(t.Context(), "k") // that there was no error is seen by the entry, here and below
			many, _ := c.GetEntries(t.Context(), []string{"k"})
			got["GetEntries"] = many["k"]
			got["GetLease"], _, _ = c.GetLease(t.Context(), "k", 0)
			leased, _, _ := c.GetLeases(t.Context(), []string{"k"}, 0)
			got["GetLeases"] = leased["k"]
			_, got["Evict"], _ = c.Evict(t.Context())
			for read, e := range got {
				if e != want {
					t.Errorf("%s, and then %s: %+v, want %+v", way, read, e, want)
				}
			}
		}
	})
}
