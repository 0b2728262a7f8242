package memory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// watch watches c, and returns a function that returns what it was told since it was last called. In a bubble only.
func watch[K comparable, V any](t *testing.T, c *memory.Cache[K, V]) (told func() []ctxcache.Event) {
	t.Helper()
	events := make(chan ctxcache.Event, 1<<17)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Watch(ctx, func(e ctxcache.Event) { events <- e }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch: %v, want the context's error", err)
		}
	})
	told = func() (all []ctxcache.Event) {
		synctest.Wait()
		for len(events) > 0 {
			all = append(all, <-events)
		}
		return all
	}
	if begin := told(); len(begin) != 1 || !begin[0].Gap {
		t.Fatalf("a watch begins with %v, want one Gap", begin)
	}
	return told
}

// TestWatchTellsEveryChange: one event for each, whatever the way in which the value comes or goes.
func TestWatchTellsEveryChange(t *testing.T) {
	ctx := t.Context()
	type cache = *memory.Cache[string, int]
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	for _, change := range []struct {
		name string
		make func(t *testing.T, c cache)
		want string
	}{
		{"new value", func(t *testing.T, c cache) { mustSet(t, c, "new", 1, 0) }, "new"},
		{"replaced value", func(t *testing.T, c cache) { mustSet(t, c, "old", 1, 0) }, "old"},
		{"negative entry", func(t *testing.T, c cache) {
			if err := c.SetEntry(ctx, "new", negative); err != nil {
				t.Error(err)
			}
		}, "new"},
		{"filled lease", func(t *testing.T, c cache) {
			if err := c.Fill(ctx, "new", mustLease(t, c, "new", 0), ctxcache.Entry[int]{Value: 1}); err != nil {
				t.Error(err)
			}
		}, "new"},
		{"Delete", func(t *testing.T, c cache) {
			if err := c.Delete(ctx, "old"); err != nil {
				t.Error(err)
			}
		}, "old"},
		{"Delete of a negative entry", func(t *testing.T, c cache) {
			if err := c.Delete(ctx, "negative"); err != nil {
				t.Error(err)
			}
		}, "negative"},
		{"eviction", func(t *testing.T, c cache) {
			if _, _, err := c.Evict(ctx); err != nil {
				t.Error(err)
			}
		}, "old"},
		{"expiry", func(t *testing.T, c cache) {
			time.Sleep(time.Hour)
			mustMiss(t, c, "short")
		}, "short"},
		{"a value too short-lived to be stored", func(t *testing.T, c cache) { mustSet(t, c, "old", 1, 1) }, "old"},
	} {
		t.Run(change.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := memory.New(&memory.Options[string, int]{Shards: 1, MaxEntries: 10, MaxNegative: 2, Policy: memory.FIFO})
				mustSet(t, c, "old", 1, 0)
				mustSet(t, c, "short", 1, time.Minute)
				if err := c.SetEntry(ctx, "negative", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
					t.Fatal(err)
				}
				told := watch(t, c)
				change.make(t, c)
				events := told()
				if len(events) != 1 || events[0] != (ctxcache.Event{Key: change.want}) {
					t.Errorf("told of %+v, want of %q", events, change.want)
				}
			})
		})
	}
}

func TestWatchTellsOfClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 4})
		for i := range 100 {
			mustSet(t, c, fmt.Sprint("a", i), i, 0)
		}
		mustSet(t, c, "b", 1, 0)
		told := watch(t, c)
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{Prefix: "a"}); err != nil {
			t.Fatal(err)
		}
		if events := told(); len(events) != 100 || events[0].All || events[0].Key == "b" {
			t.Errorf("told of %v, want of the hundred keys in scope", events)
		}
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{}); err != nil {
			t.Fatal(err)
		}
		for _, e := range told() {
			if e != (ctxcache.Event{All: true}) {
				t.Errorf("told %+v of a Clear, want All", e)
			}
		}
	})
}

// TestWatchReadsDoNotTell: nothing changes by them.
func TestWatchReadsDoNotTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		mustSet(t, c, "k", 1, time.Hour)
		told := watch(t, c)
		mustGet(t, c, "k", 1)
		mustMiss(t, c, "absent")
		lease := mustLease(t, c, "absent", 0)
		if err := errors.Join(c.Release(t.Context(), "absent", lease), c.Delete(t.Context(), "absent")); err != nil {
			t.Fatal(err)
		}
		if events := told(); len(events) > 0 {
			t.Errorf("told of %v, but nothing changed", events)
		}
	})
}

// TestWatchSlowly: what does not fit into the memory of a watcher who takes its time is told as a Gap, and writers do
// not wait for it.
func TestWatchSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New(&memory.Options[int, int]{MaxEntries: memory.Unbounded})
		ctx, cancel := context.WithCancel(t.Context())
		events, goOn := make(chan ctxcache.Event), make(chan struct{})
		ended := make(chan error)
		go func() {
			ended <- c.Watch(ctx, func(e ctxcache.Event) {
				events <- e
				<-goOn
			})
		}()
		<-events // the first Gap, whose function does not return yet
		for i := range 1<<16 + 1 {
			mustSet(t, c, i, i, 0)
		}
		goOn <- struct{}{}
		if e := <-events; e != (ctxcache.Event{Gap: true}) {
			t.Errorf("told %+v after too many changes, want a Gap", e)
		}
		mustSet(t, c, 7, 8, 0)
		goOn <- struct{}{}
		if e := <-events; e != (ctxcache.Event{Key: 7}) {
			t.Errorf("told %+v after the Gap, want what changed", e)
		}
		cancel()
		goOn <- struct{}{}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch: %v", err)
		}
	})
}

// TestWatchersAreIndependent: each is told, those who have left are not, and do not keep others from it.
func TestWatchersAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		first, second := watch(t, c), watch(t, c)
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- c.Watch(leaving, func(ctxcache.Event) {}) }()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch: %v", err)
		}
		mustSet(t, c, "k", 1, 0)
		for _, told := range []func() []ctxcache.Event{first, second} {
			if events := told(); len(events) != 1 || events[0].Key != "k" {
				t.Errorf("told of %v, want of k", events)
			}
		}
	})
}

func TestCloseEndsWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		ended := make(chan error)
		go func() { ended <- c.Watch(t.Context(), func(ctxcache.Event) {}) }()
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("Watch: %v, want ErrClosed", err)
		}
	})
}

func TestWatchThatItsCallerEndsIsNotAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memory.New[string, int](nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Watch(ctx, func(ctxcache.Event) {}) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("Watch: %v, want context.Canceled", err)
		}
		if stats, err := c.Stats(t.Context()); stats.Errors != 0 || err != nil {
			t.Errorf("%d errors, %v; want none", stats.Errors, err)
		}
	})
}
