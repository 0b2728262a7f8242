package memory_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 4})
		ctx := t.Context()
		for _, key := range []string{"a:1", "a:2", "a:3", "b:1", ""} {
			mustSet(t, c, key, 1, 0)
		}
		mustSet(t, c, "a:expired", 1, time.Second)
		if err := c.SetEntry(ctx, "a:none", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Fatal(err)
		}
		mustLease(t, c, "a:lease", 0)
		time.Sleep(time.Second)

		endsIn1 := func(key string) bool { return strings.HasSuffix(key, "1") }
		for _, test := range []struct {
			scope ctxcache.Scope[string]
			want  []string
		}{
			{ctxcache.Scope[string]{}, []string{"", "a:1", "a:2", "a:3", "b:1"}},
			{ctxcache.Scope[string]{Prefix: "a:"}, []string{"a:1", "a:2", "a:3"}},
			{ctxcache.Scope[string]{Match: endsIn1}, []string{"a:1", "b:1"}},
			{ctxcache.Scope[string]{Prefix: "c:"}, nil},
		} {
			got := make(map[string]bool)
			for key, err := range c.Keys(ctx, test.scope) {
				if err != nil || got[key] {
					t.Errorf("Keys yields %q, %v; want each key once", key, err)
				}
				got[key] = true
			}
			if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, test.want) {
				t.Errorf("Keys: %q, want %q", keys, test.want)
			}
			if n, err := c.Len(ctx, test.scope); err != nil || n != len(test.want) {
				t.Errorf("Len = %d, %v; want %d", n, err, len(test.want))
			}
		}

		if err := c.Clear(ctx, ctxcache.Scope[string]{Prefix: "a:"}); err != nil {
			t.Fatal(err)
		}
		mustMiss(t, c, "a:1")
		mustMiss(t, c, "a:none")
		mustGet(t, c, "b:1", 1)
		mustBeSound(t, c)
	})
}

// The loop over Keys may use the cache, its shards included, and may end early.
func TestKeysHoldsNoLock(t *testing.T) {
	c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 2})
	for key := range 100 {
		mustSet(t, c, key, key, 0)
	}
	seen := 0
	for key, err := range ctxcache.Keys(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		mustSet(t, c, key+1000, key, 0)
		if seen++; seen == 10 {
			break
		}
	}
	if n, err := ctxcache.Len(t.Context(), c); err != nil || n != 100 {
		t.Errorf("Len = %d, %v; want 100", n, err)
	}
}

// A scope that panics leaves no shard locked.
func TestScopeThatPanics(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 1})
	mustSet(t, c, "a", 1, 0)
	scope := ctxcache.Scope[string]{Match: func(string) bool { panic("no match") }}
	for name, call := range map[string]func(){
		"Len":   func() { _, _ = c.Len(t.Context(), scope) },
		"Clear": func() { _ = c.Clear(t.Context(), scope) },
		"Keys": func() {
			for range c.Keys(t.Context(), scope) {
				t.Error("Keys yields although the scope panics")
			}
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic, want the scope's", name)
				}
			}()
			call()
		}()
		mustGet(t, c, "a", 1)
	}
}

func TestSupports(t *testing.T) {
	const want = "contains|remove|entry|negative|many|lease|len|clear|keys|watch|stats|stale"
	if got := ctxcache.Supports(memory.New[string, int](nil)).String(); got != want {
		t.Errorf("Supports: %s, want %s", got, want)
	}
}

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: 3, Policy: memory.LRU})
		ctx := t.Context()
		mustSet(t, c, "a", 1, 0)                        // write 1
		mustSet(t, c, "b", 2, time.Second)              // write 2
		mustGet(t, c, "a", 1)                           // hit 1
		mustMiss(t, c, "x")                             // miss 1
		if _, err := c.Contains(ctx, "a"); err != nil { // test 1
			t.Fatal(err)
		}
		if err := c.Fill(ctx, "none", mustLease(t, c, "none", 0), ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil { // write 3
			t.Fatal(err)
		}
		found, err := c.GetEntries(ctx, []string{"a", "a", "none", "y", "y"}) // hit 2, negative 1, miss 2: each key once
		if err != nil || len(found) != 2 {
			t.Fatalf("GetEntries = %v, %v", found, err)
		}
		time.Sleep(time.Second)                                                             // "b" expires
		if err := ctxcache.SetMany(ctx, c, map[string]int{"c": 3, "d": 4}, 0); err != nil { // writes 4, 5; one evicts
			t.Fatal(err)
		}
		if err := c.DeleteMany(ctx, []string{"c", "c", "y"}); err != nil { // delete 1: only "c" is there
			t.Fatal(err)
		}
		if err := c.Set(ctx, "e", 5, -1); err == nil { // error 1
			t.Error("a negative TTL was taken")
		}
		got, err := c.Stats(ctx)
		want := ctxcache.Stats{
			Name: "memory", Tests: 1, Reads: 5, Hits: 2, Negatives: 1, Misses: 2, Writes: 5, Deletes: 1, Errors: 1,
			Evictions: 1, Expirations: 1, Entries: 1,
		}
		if err != nil || got.String() != want.String() {
			t.Errorf("Stats, %v:\n%v\nwant:\n%v", err, got, want)
		}
	})
}

// A key that is removed and set again while the keys are listed is not listed twice, wherever its new entry is.
func TestKeysListsNoKeyTwice(t *testing.T) {
	ctx := t.Context()
	c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1})
	for key := range 1000 {
		mustSet(t, c, key, key, 0)
	}
	listed, next := make(map[int]int), 1000
	for key, err := range c.Keys(ctx, ctxcache.Scope[int]{}) {
		if err != nil {
			t.Fatal(err)
		}
		if listed[key]++; listed[key] > 1 {
			t.Fatalf("%d is listed twice", key)
		}
		if err := c.Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
		mustSet(t, c, next, next, 0) // takes the slot
		mustSet(t, c, key, key, 0)
		next++
	}
	for key := range 1000 {
		if listed[key] != 1 {
			t.Errorf("%d is listed %d times", key, listed[key])
		}
	}
	mustBeSound(t, c)
}
