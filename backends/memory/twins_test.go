package memory_test

import (
	"errors"
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// twins are a cache and a slow one to which the same is done.
type twins struct {
	fast    *memory.Cache[int, int]
	slow    *slowCache
	opts    memory.Options[int, int]
	evicted []int // what the fast one evicted in this step
}

func newTwins(policy memory.Policy, opts memory.Options[int, int]) *twins {
	w := &twins{slow: &slowCache{
		policy: policy, maxEntries: max(opts.MaxEntries, 0), maxCost: opts.MaxCost, maxNegative: maxNegative(opts),
	}}
	opts.Policy = policy
	opts.Shards = 1
	opts.OnEvict = func(key, _ int, cause memory.Cause) {
		if cause == memory.Evicted {
			w.evicted = append(w.evicted, key)
		}
	}
	w.opts = opts
	w.fast = memory.New(&opts)
	return w
}

// maxNegative returns how many negative entries a cache with these options has at most.
func maxNegative(opts memory.Options[int, int]) int {
	switch {
	case opts.MaxNegative == memory.NoNegatives:
		return 0
	case opts.MaxNegative > 0:
		return opts.MaxNegative
	}
	limit := math.MaxInt
	if opts.MaxEntries > 0 {
		limit = max(opts.MaxEntries/8, 1)
	}
	if opts.MaxCost > 0 {
		limit = min(limit, max(int(opts.MaxCost/8), 1))
	}
	return limit
}

func (w *twins) run(t *rapid.T) {
	key, value := rapid.IntRange(0, 12), rapid.IntRange(0, 1000)
	lives := rapid.SampledFrom([]time.Duration{0, 0, 0, ctxcache.NoExpiry, 2 * time.Millisecond, time.Minute})
	entry := rapid.Custom(func(t *rapid.T) ctxcache.Entry[int] {
		e := ctxcache.Entry[int]{
			Meta: ctxcache.Meta{
				Absent:   rapid.IntRange(0, 4).Draw(t, "absent") == 0,
				TTL:      lives.Draw(t, "ttl"),
				StaleFor: rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second}).Draw(t, "stale for"),
				CopyTTL:  rapid.SampledFrom([]time.Duration{0, 0, 0, 3 * time.Millisecond}).Draw(t, "copy TTL"),
				Written:  rapid.SampledFrom([]time.Time{{}, time.Unix(0, 1), time.Unix(1_000_000_000, 7)}).Draw(t, "written"),
			},
		}
		if e.TTL > 0 {
			e.StaleFor = min(e.StaleFor, e.TTL)
		}
		if !e.Absent {
			e.Value = value.Draw(t, "value")
		}
		return e
	})
	t.Repeat(map[string]func(*rapid.T){
		"Set": func(t *rapid.T) {
			k, e := key.Draw(t, "key"), ctxcache.Entry[int]{Value: value.Draw(t, "value"), Meta: ctxcache.Meta{TTL: lives.Draw(t, "ttl")}}
			w.wrote(t, k, e, w.fast.Set(t.Context(), k, e.Value, e.TTL))
		},
		"SetEntry": func(t *rapid.T) {
			k, e := key.Draw(t, "key"), entry.Draw(t, "entry")
			w.wrote(t, k, e, w.fast.SetEntry(t.Context(), k, e))
		},
		"Fill": func(t *rapid.T) { w.fill(t, key.Draw(t, "key"), entry.Draw(t, "entry")) },
		"Get":  func(t *rapid.T) { w.get(t, key.Draw(t, "key")) },
		"Contains": func(t *rapid.T) { // no use
			k := key.Draw(t, "key")
			has, err := w.fast.Contains(t.Context(), k)
			w.begin()
			if i := w.slow.find(k); err != nil || has != (i >= 0 && !w.slow.entries[i].absent) {
				t.Fatalf("Contains(%d) = %v, %v; the slow cache has %v", k, has, err, w.slow.entries)
			}
		},
		"Delete": func(t *rapid.T) {
			k := key.Draw(t, "key")
			w.ok(t, w.fast.Delete(t.Context(), k))
			w.slow.remove(func(key int) bool { return key == k })
		},
		"Clear": func(t *rapid.T) {
			odd := func(key int) bool { return key%2 == 1 }
			w.ok(t, w.fast.Clear(t.Context(), ctxcache.Scope[int]{Match: odd}))
			w.slow.remove(odd)
		},
		"Clear all": func(t *rapid.T) {
			if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
				t.Skip()
			}
			w.ok(t, ctxcache.Clear(t.Context(), w.fast))
			w.slow.remove(func(int) bool { return true })
		},
		"Cost": func(t *rapid.T) {
			got, err := w.fast.Cost(t.Context())
			w.begin()
			if want := w.slow.cost(); err != nil || got != want {
				t.Fatalf("Cost = %d, %v; want %d", got, err, want)
			}
		},
		"Stats": func(t *rapid.T) {
			stats, err := w.fast.Stats(t.Context())
			w.begin()
			if err != nil || stats.Evictions != uint64(w.slow.evictions) {
				t.Fatalf("Stats: %d evictions, %v; want %d", stats.Evictions, err, w.slow.evictions)
			}
		},
		"Evict": func(t *rapid.T) { w.evict(t) },
		"wait":  func(t *rapid.T) { time.Sleep(rapid.Custom(waits).Draw(t, "time")) },
		"":      w.check,
	})
}

func waits(t *rapid.T) time.Duration {
	return time.Duration(rapid.IntRange(1, 3000).Draw(t, "microseconds")) * time.Microsecond
}

// begin begins a step of the slow cache, after the fast one took it.
func (w *twins) begin() { w.slow.begin(w.fast.Entries()) }

// ok begins a step that must not fail.
func (w *twins) ok(t *rapid.T, err error) {
	t.Helper()
	w.begin()
	if err != nil {
		t.Fatal(err)
	}
}

// wrote does to the slow cache what was done to the fast one, which returned err.
func (w *twins) wrote(t *rapid.T, key int, e ctxcache.Entry[int], err error) {
	t.Helper()
	w.begin()
	now, life := time.Now(), e.TTL
	if life == 0 && w.opts.TTL > 0 {
		life = w.opts.TTL
	}
	expired := false
	if e.TTL == 0 && !e.Absent && w.opts.TTLOf != nil {
		life = timeToUse(key, e.Value)
		expired = life <= 0
	}
	written := slowEntry{key: key, value: e.Value, absent: e.Absent, staleFor: e.StaleFor, written: e.Written}
	if life > 0 {
		written.staleFor = min(written.staleFor, life)
	}
	if life != 0 && life != ctxcache.NoExpiry {
		written.expires = now.Add(life)
		written.end = written.expires
	}
	if kept := now.Add(e.CopyTTL); e.CopyTTL > 0 && (written.end.IsZero() || kept.Before(written.end)) {
		written.end = kept
	}
	if w.opts.Cost != nil {
		written.cost = 1
		if !e.Absent {
			written.cost = max(costOf(key, e.Value), 1)
		}
	}

	large := w.opts.MaxCost > 0 && written.cost > w.opts.MaxCost
	if large != errors.Is(err, memory.ErrTooLarge) || !large && err != nil {
		t.Fatalf("a write that costs %d: %v", written.cost, err)
	}
	if large || expired || e.Absent && w.slow.maxNegative == 0 {
		w.slow.remove(func(k int) bool { return k == key })
		return
	}
	w.slow.write(written)
}

// fill reads key with a lease, and fills it.
func (w *twins) fill(t *rapid.T, key int, e ctxcache.Entry[int]) {
	t.Helper()
	read, lease, err := w.fast.GetLease(t.Context(), key, ctxcache.NoExpiry)
	w.readAs(t, key, read, err)
	if !lease.Granted() {
		t.Fatalf("%v, want a lease", lease.Refusal())
	}
	fillErr := w.fast.Fill(t.Context(), key, lease, e)
	w.wrote(t, key, e, fillErr)
	want := ctxcache.ErrLeaseLost
	if fillErr != nil {
		want = nil
	}
	if err := w.fast.Release(t.Context(), key, lease); err != want {
		t.Fatalf("Release after a Fill that returned %v: %v, want %v", fillErr, err, want)
	}
}

// get reads key.
func (w *twins) get(t *rapid.T, key int) {
	t.Helper()
	read, err := w.fast.GetEntry(t.Context(), key)
	w.readAs(t, key, read, err)
}

// readAs compares a read of the fast cache with one of the slow.
func (w *twins) readAs(t *rapid.T, key int, got ctxcache.Entry[int], err error) {
	t.Helper()
	w.begin()
	e, found := w.slow.read(key)
	switch {
	case !found && err != ctxcache.ErrMiss,
		found && !e.absent && err != nil,
		found && e.absent && err != ctxcache.ErrNotFound:
		t.Fatalf("key %d: %v; the slow cache has %v, %v", key, err, e, found)
	case found && withoutRounding(got) != withoutRounding(e.entry()):
		t.Fatalf("key %d: %v, want %v", key, got, e.entry())
	}
}

// evict evicts one.
func (w *twins) evict(t *rapid.T) {
	t.Helper()
	key, got, err := w.fast.Evict(t.Context())
	w.begin()
	if len(w.slow.entries) == 0 {
		if err != ctxcache.ErrMiss {
			t.Fatalf("Evict of an empty cache: %v, want ErrMiss", err)
		}
		return
	}
	i := w.slow.victim(-1)
	if i < 0 {
		t.Fatalf("Evict returned %d, %v and removed nothing", key, err)
	}
	want := w.slow.entries[i]
	if err != nil || key != want.key || withoutRounding(got) != withoutRounding(want.entry()) {
		t.Fatalf("Evict = %d, %v, %v; want %v", key, got, err, want)
	}
	w.slow.evict(i, -1)
}

// withoutRounding returns e with lives of at least a millisecond.
func withoutRounding(e ctxcache.Entry[int]) ctxcache.Entry[int] {
	window := e.StaleWindow()
	for _, life := range []*time.Duration{&e.TTL, &e.CopyTTL} {
		if *life > 0 {
			*life = max(*life, time.Millisecond)
		}
	}
	e.SetStaleWindow(window)
	return e
}

// check compares the two after each step.
func (w *twins) check(t *rapid.T) {
	if w.slow.policy == memory.RR {
		slices.Sort(w.evicted)
		slices.Sort(w.slow.evicted)
	}
	if !slices.Equal(w.evicted, w.slow.evicted) {
		t.Fatalf("evicted %v, want %v", w.evicted, w.slow.evicted)
	}
	w.evicted, w.slow.evicted = nil, nil
	w.slow.begin(nil)
	keys := w.fast.Entries()
	slices.Sort(keys)
	if !slices.Equal(keys, w.slow.keys()) {
		t.Fatalf("keys %v, want %v", keys, w.slow.keys())
	}
	if err := w.fast.CheckInvariants(); err != nil {
		t.Fatal(err)
	}
}
