package memory_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// An entry is there until its very deadline, and not at it.
func TestExpiresOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, TTL: time.Hour})
		mustSet(t, c, "minute", 1, time.Minute)
		mustSet(t, c, "default", 2, 0)
		mustSet(t, c, "never", 3, ctxcache.NoExpiry)

		time.Sleep(time.Minute - 1)
		mustGet(t, c, "minute", 1)
		time.Sleep(time.Nanosecond)
		mustMiss(t, c, "minute")
		time.Sleep(59*time.Minute - 1)
		mustGet(t, c, "default", 2)
		time.Sleep(time.Nanosecond)
		mustMiss(t, c, "default")
		time.Sleep(100 * 365 * 24 * time.Hour)
		mustGet(t, c, "never", 3)
	})
}

func TestRemainingTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		for _, test := range []struct {
			name          string
			write         ctxcache.Entry[int]
			elapse, tells time.Duration
		}{
			{"the rest", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Minute}}, 20 * time.Second, 40 * time.Second},
			{"at least a millisecond", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Minute}}, time.Minute - 1, time.Millisecond},
			{"no expiry", ctxcache.Entry[int]{}, time.Hour, ctxcache.NoExpiry},
			{"the value's, not the copy's", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: time.Hour, CopyTTL: time.Minute}}, 1, time.Hour - 1},
			{"no expiry of a copy that is kept short", ctxcache.Entry[int]{Meta: ctxcache.Meta{CopyTTL: time.Minute}}, time.Second, ctxcache.NoExpiry},
			{"what exceeds the clock", ctxcache.Entry[int]{Meta: ctxcache.Meta{TTL: math.MaxInt64 - 1}}, time.Hour, ctxcache.NoExpiry},
		} {
			if err := c.SetEntry(t.Context(), test.name, test.write); err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			time.Sleep(test.elapse)
			if e, err := c.GetEntry(t.Context(), test.name); err != nil || e.TTL != test.tells {
				t.Errorf("%s: TTL %v, %v; want %v", test.name, e.TTL, err, test.tells)
			}
		}
	})
}

// The copy goes when its own time has come, whatever is left of the value's.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, TTL: time.Hour})
		for key, e := range map[string]ctxcache.Entry[int]{
			"short copy": {Meta: ctxcache.Meta{TTL: time.Hour, CopyTTL: time.Minute}},
			"default":    {Meta: ctxcache.Meta{CopyTTL: time.Minute}},
			"forever":    {Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Minute}},
			"short life": {Meta: ctxcache.Meta{TTL: time.Minute, CopyTTL: time.Hour}},
		} {
			if err := c.SetEntry(t.Context(), key, e); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute - 1)
		if n, err := ctxcache.Len(t.Context(), c); err != nil || n != 4 {
			t.Fatalf("Len = %d, %v; want 4", n, err)
		}
		time.Sleep(time.Nanosecond)
		if n, err := ctxcache.Len(t.Context(), c); err != nil || n != 0 {
			t.Fatalf("Len = %d, %v; want 0", n, err)
		}
	})
}

// Writes take back what has expired, a few entries each, so memory does not fill up with what nobody asks for.
func TestWritesSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1})
		const expired = 100
		for key := range expired {
			mustSet(t, c, key, key, time.Minute)
		}
		time.Sleep(time.Minute)
		if nodes, _ := c.Kept(); nodes != expired {
			t.Fatalf("%d nodes before any write, want %d: nothing runs in the background", nodes, expired)
		}
		for write := range expired {
			before, _ := c.Kept()
			mustSet(t, c, -1, 0, 0)
			after, _ := c.Kept()
			if write > 0 && before > 1 && after >= before || before-after > 10 {
				t.Fatalf("write %d left %d nodes of %d, want a few fewer", write, after, before)
			}
		}
		if nodes, _ := c.Kept(); nodes != 1 {
			t.Errorf("%d nodes are left, want 1", nodes)
		}
		mustBeSound(t, c)
	})
}

// What has expired makes room before anything live does, however recently it was used.
func TestExpiredGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var departed []departure
		c := memory.New(&memory.Options[string, int]{
			MaxEntries: 3,
			OnEvict: func(key string, value int, cause memory.Cause) {
				departed = append(departed, departure{key, value, cause})
			},
		})
		mustSet(t, c, "old", 1, 0)
		mustSet(t, c, "older", 2, 0)
		mustSet(t, c, "brief", 3, time.Minute)
		time.Sleep(time.Minute)
		mustSet(t, c, "new", 4, 0)
		if len(departed) != 1 || departed[0] != (departure{"brief", 3, memory.Expired}) {
			t.Fatalf("%v left, want the expired one alone", departed)
		}
		mustGet(t, c, "old", 1)
		mustGet(t, c, "older", 2)
	})
}

// A write gives the entry a new deadline, be it sooner, later or none.
func TestRewrittenDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 1})
		for _, key := range []string{"sooner", "later", "none", "same"} {
			mustSet(t, c, key, 1, time.Hour)
		}
		mustSet(t, c, "sooner", 2, time.Minute)
		mustSet(t, c, "later", 2, 2*time.Hour)
		mustSet(t, c, "none", 2, ctxcache.NoExpiry)
		mustBeSound(t, c)
		time.Sleep(time.Minute)
		mustMiss(t, c, "sooner")
		time.Sleep(time.Hour - time.Minute)
		mustMiss(t, c, "same")
		mustGet(t, c, "later", 2)
		time.Sleep(time.Hour)
		mustMiss(t, c, "later")
		mustGet(t, c, "none", 2)
		mustBeSound(t, c)
	})
}

// An expired entry that no sweep has come to is none to a writer.
func TestWriteOverExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		causes := make(map[int][]memory.Cause)
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1, OnEvict: func(key, _ int, cause memory.Cause) {
			causes[key] = append(causes[key], cause)
		}})
		const last = 20
		for key := range last + 1 {
			mustSet(t, c, key, key, time.Minute+time.Duration(key))
		}
		time.Sleep(time.Hour)
		mustSet(t, c, last, 1, 0) // the sweep takes those with earlier deadlines
		if got := causes[last]; !slices.Equal(got, []memory.Cause{memory.Expired}) {
			t.Errorf("the entry left as %v, want expired once", got)
		}
		mustSet(t, c, last, 2, 0)
		if got := causes[last]; !slices.Equal(got, []memory.Cause{memory.Expired, memory.Replaced}) {
			t.Errorf("the entry left as %v, want expired, then replaced", got)
		}
	})
}

// Whatever was deleted or rewritten in between, entries leave in the order of their deadlines.
func TestDeadlinesInAnyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1})
		random := rand.New(rand.NewPCG(1, 2))
		deadlines := make(map[int]time.Time)
		for range 2000 {
			key := random.IntN(200)
			if random.IntN(3) == 0 {
				delete(deadlines, key)
				if err := c.Delete(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			} else {
				ttl := time.Duration(1+random.IntN(1000)) * time.Second
				deadlines[key] = time.Now().Add(ttl)
				mustSet(t, c, key, key, ttl)
			}
			mustBeSound(t, c)
		}
		for len(deadlines) > 0 {
			time.Sleep(10 * time.Second)
			maps.DeleteFunc(deadlines, func(_ int, d time.Time) bool { return !time.Now().Before(d) })
			if n, err := ctxcache.Len(t.Context(), c); err != nil || n != len(deadlines) {
				t.Fatalf("Len = %d, %v; want %d", n, err, len(deadlines))
			}
		}
	})
}

// Entries that expire are found behind many that do not, however many: the first deadline may make several levels of the tree.
func TestExpiryBehindEntriesThatStay(t *testing.T) {
	for _, stay := range []int{63, 64, 4096, 5000, 300_000} {
		synctest.Test(t, func(t *testing.T) {
			c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded, Shards: 1})
			for key := range stay {
				mustSet(t, c, key, key, ctxcache.NoExpiry)
			}
			mustSet(t, c, -1, -1, time.Minute)
			mustSet(t, c, -2, -2, time.Hour)
			mustBeSound(t, c)
			time.Sleep(time.Minute)
			if n := entriesOf(t, c); n != stay+1 {
				t.Errorf("%d entries, want the %d that stay and one that has an hour", n, stay)
			}
			if kept, _ := c.Kept(); kept != stay+1 {
				t.Errorf("%d entries are kept, want %d", kept, stay+1)
			}
		})
	}
}
