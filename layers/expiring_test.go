package layers_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// ledger remembers the entry written last, whichever method wrote it.
type ledger struct {
	ctxcache.Forward[string, string]
	last ctxcache.Entry[string]
}

func newLedger() *ledger {
	return &ledger{Forward: ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "ledger"})}
}

func (l *ledger) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	l.last = ctxcache.Entry[string]{Value: value, Meta: ctxcache.Meta{TTL: ttl}}
	return l.Forward.Set(ctx, key, value, ttl)
}

func (l *ledger) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	l.last = e
	return l.Forward.SetEntry(ctx, key, e)
}

func (l *ledger) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	for _, e := range entries {
		l.last = e
	}
	return l.Forward.SetEntries(ctx, entries)
}

func (l *ledger) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	l.last = e
	return l.Forward.Fill(ctx, key, lease, e)
}

func (l *ledger) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[string], leases map[string]ctxcache.Lease,
) error {
	for _, e := range entries {
		l.last = e
	}
	return l.Forward.FillMany(ctx, entries, leases)
}

func TestExpiringWhicheverWay(t *testing.T) {
	const never = ctxcache.NoExpiry
	tests := []struct {
		name             string
		expiry           layers.Expiry
		ttl, stale, want time.Duration
	}{
		{"nothing to do", layers.Expiry{}, time.Hour, 0, time.Hour},
		{"no default", layers.Expiry{}, 0, 0, 0},
		{"default", layers.Expiry{Default: time.Minute}, 0, 0, time.Minute},
		{"default is not for others", layers.Expiry{Default: time.Minute}, time.Hour, 0, time.Hour},
		{"default never", layers.Expiry{Default: never}, 0, 0, never},
		{"default and stale", layers.Expiry{Default: time.Minute}, 0, time.Hour, time.Hour + time.Minute},
		{"default never, and stale", layers.Expiry{Default: never}, 0, time.Hour, never},
		{"cap", layers.Expiry{Max: time.Minute}, time.Hour, 0, time.Minute},
		{"cap of less", layers.Expiry{Max: time.Minute}, time.Second, 0, time.Second},
		{"cap of never", layers.Expiry{Max: time.Minute}, never, 0, time.Minute},
		{"cap of the inner default", layers.Expiry{Max: time.Minute}, 0, 0, time.Minute},
		{"cap of the default", layers.Expiry{Max: time.Minute, Default: never}, 0, 0, time.Minute},
		{"cap keeps stale", layers.Expiry{Max: time.Minute}, 3 * time.Hour, time.Hour, time.Hour + time.Minute},
		{"cap of never keeps stale", layers.Expiry{Max: time.Minute}, never, time.Hour, time.Hour + time.Minute},
		{"cap near the largest", layers.Expiry{Max: never - 1}, never, time.Hour, never},
		{"all stale", layers.Expiry{Max: time.Minute, Jitter: 1}, time.Hour, time.Hour, time.Hour},
		{"jitter not on never", layers.Expiry{Jitter: 1}, never, 0, never},
		{"jitter not on the inner default", layers.Expiry{Jitter: 1}, 0, 0, 0},
		{"jitter leaves the shortest", layers.Expiry{Jitter: 1}, time.Millisecond, 0, time.Millisecond},
		{"jitter leaves shorter ones", layers.Expiry{Jitter: 1}, time.Microsecond, 0, time.Microsecond},
	}
	for _, tt := range tests {
		ways := layertest.WriteWays[string]()
		if tt.stale == 0 {
			ways = layertest.SetWays[string]()
		}
		for _, write := range ways {
			store := newLedger()
			cache := layers.Expiring[string, string](store, tt.expiry)
			e := ctxcache.Entry[string]{Value: "v", Meta: ctxcache.Meta{TTL: tt.ttl, StaleFor: tt.stale}}
			if err := write.Write(t.Context(), cache, "key", e); err != nil {
				t.Fatalf("%s: %s: %v", tt.name, write.Name, err)
			}
			if got := store.last; got.TTL != tt.want || got.StaleFor != tt.stale || got.Value != "v" {
				t.Errorf("%s: %s stores %+v, want TTL %v and stale %v", tt.name, write.Name, got, tt.want, tt.stale)
			}
		}
	}
}

func TestExpiringKeepsTheRestOfAnEntry(t *testing.T) {
	for _, write := range layertest.WriteWays[string]() {
		store := newLedger()
		cache := layers.Expiring[string, string](store, layers.Expiry{Max: time.Minute})
		e := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour, CopyTTL: time.Second}}
		if err := write.Write(t.Context(), cache, "key", e); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		e.TTL = time.Minute
		if store.last != e {
			t.Errorf("%s stores %+v, want %+v", write.Name, store.last, e)
		}
	}
}

func TestExpiringJitter(t *testing.T) {
	const (
		ttl, stale = 110 * time.Minute, 10 * time.Minute
		least      = ttl - 20*time.Minute // the fresh part is cut by a fifth
		draws      = 1000
	)
	for _, write := range layertest.WriteWays[string]() {
		store := newLedger()
		cache := layers.Expiring[string, string](store, layers.Expiry{Jitter: 0.2})
		shortest, longest := time.Duration(math.MaxInt64), time.Duration(0)
		for range draws {
			if err := write.Write(t.Context(), cache, "key", ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: ttl, StaleFor: stale}}); err != nil {
				t.Fatalf("%s: %v", write.Name, err)
			}
			shortest, longest = min(shortest, store.last.TTL), max(longest, store.last.TTL)
			if err := store.Delete(t.Context(), "key"); err != nil {
				t.Fatal(err)
			}
		}
		if shortest < least || longest > ttl {
			t.Errorf("%s: stored for %v to %v, want %v to %v", write.Name, shortest, longest, least, ttl)
		}
		// The chance that 1000 draws all miss one tenth of the range is 1 in 10^45.
		if tenth := (ttl - least) / 10; shortest > least+tenth || longest < ttl-tenth {
			t.Errorf("%s: stored for %v to %v only, want most of %v to %v", write.Name, shortest, longest, least, ttl)
		}
	}
}

func TestExpiringJittersEachOfMany(t *testing.T) {
	cache := layers.Expiring(newMemory[int](), layers.Expiry{Jitter: 0.5})
	values := map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
	if err := ctxcache.SetMany(t.Context(), cache, values, time.Hour); err != nil {
		t.Fatal(err)
	}
	lives := make(map[time.Duration]bool)
	for key := range values {
		e, err := ctxcache.GetEntry(t.Context(), cache, key)
		if err != nil {
			t.Fatal(err)
		}
		lives[e.TTL.Round(time.Second)] = true
	}
	if len(lives) < 2 {
		t.Errorf("five keys set together live for %v, want different lives", lives)
	}
}

func TestExpiringLeavesRefusalToTheCache(t *testing.T) {
	cache := layers.Expiring(newMemory[string](), layers.Expiry{Default: time.Minute, Max: time.Hour, Jitter: 0.5})
	if err := cache.Set(t.Context(), "key", "", -1); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("Set with a negative TTL: %v, want ErrTTL", err)
	}
	staler := ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Minute, StaleFor: 2 * time.Minute}}
	if err := ctxcache.SetEntry(t.Context(), cache, "key", staler); !errors.Is(err, ctxcache.ErrTTL) {
		t.Errorf("SetEntry that is stale for longer than its TTL: %v, want ErrTTL", err)
	}
}

func TestExpiryValidate(t *testing.T) {
	for _, valid := range []layers.Expiry{{}, {Default: ctxcache.NoExpiry, Max: ctxcache.NoExpiry, Jitter: 1}} {
		if err := valid.Validate(); err != nil {
			t.Errorf("%+v: %v, want no error", valid, err)
		}
	}
	for _, invalid := range []layers.Expiry{
		{Default: -1}, {Max: -1}, {Jitter: -0.1}, {Jitter: 1.1}, {Jitter: math.NaN()}, {Jitter: math.Inf(1)},
	} {
		if err := invalid.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: %v, want ErrOptions", invalid, err)
		}
	}
}

func TestExpiringInvalidAnswersEveryCallWithIt(t *testing.T) {
	expiry := layers.Expiry{Jitter: 2}
	want := expiry.Validate().Error()
	cache := layers.Expiring[string, string](outage{}, expiry)
	ctx := t.Context()
	calls := map[string]func() error{
		"Delete":     func() error { return cache.Delete(ctx, "key") },
		"Contains":   func() error { _, err := ctxcache.Contains(ctx, cache, "key"); return err },
		"Remove":     func() error { _, err := ctxcache.Remove(ctx, cache, "key"); return err },
		"DeleteMany": func() error { return ctxcache.DeleteMany(ctx, cache, []string{"key"}) },
		"Len":        func() error { _, err := ctxcache.Len(ctx, cache); return err },
		"Clear":      func() error { return ctxcache.Clear(ctx, cache) },
		"Watch":      func() error { return ctxcache.Watch(ctx, cache, nil) },
		"Fill": func() error {
			return ctxcache.Fill(ctx, cache, "key", ctxcache.Lease{}, ctxcache.Entry[string]{})
		},
		"FillMany":    func() error { return ctxcache.FillMany(ctx, cache, map[string]ctxcache.Entry[string]{"key": {}}, nil) },
		"Release":     func() error { return ctxcache.Release(ctx, cache, "key", ctxcache.Lease{}) },
		"ReleaseMany": func() error { return ctxcache.ReleaseMany(ctx, cache, map[string]ctxcache.Lease{"key": {}}) },
		"Drop":        func() error { return ctxcache.Drop(ctx, cache, "key", ctxcache.Lease{}) },
		"Stats":       func() error { _, err := ctxcache.GetStats(ctx, cache); return err },
		"Keys":        func() error { return lastError(ctxcache.Keys(ctx, cache)) },
		"negative": func() error {
			return ctxcache.SetEntry(ctx, cache, "key", ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true}})
		},
	}
	for _, read := range layertest.ReadWays[string]() {
		calls[read.Name] = func() error { _, err := read.Read(ctx, cache, "key"); return err }
	}
	for _, write := range layertest.SetWays[string]() {
		calls[write.Name] = func() error { return write.Write(ctx, cache, "key", ctxcache.Entry[string]{}) }
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ctxcache.ErrOptions) ||
			!strings.HasPrefix(err.Error(), "expiring ") || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s: %v, want %q and %q", name, err, "expiring ", want)
		}
	}
}
