package layers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

func TestConformancePublished(t *testing.T) {
	remotetest.RunLayers(t, []remotetest.Layer{
		{Name: "Published", Over: func(_ *testing.T, store bytesCache) bytesCache { return layers.Published(store, newBus()) }},
		{Name: "Published-below", Over: func(_ *testing.T, store bytesCache) bytesCache {
			return layers.Encoded(layers.Prefixed(layers.Published(store, newBus()), "some:"), layers.JSON[[]byte]{}, nil)
		}},
	})
}

type (
	publishedEntry = ctxcache.Entry[string]
	publishedLease = ctxcache.Lease
)

// publishedChanges are all ways to change the key "a", by operation. Each gets a lease on the key.
var publishedChanges = map[ctxcache.Operation]func(ctx context.Context, c ctxcache.Cache[string, string], l publishedLease) error{
	ctxcache.OpSet: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return c.Set(ctx, "a", "new", time.Hour)
	},
	ctxcache.OpSetEntry: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return ctxcache.SetEntry(ctx, c, "a", publishedEntry{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}})
	},
	ctxcache.OpSetEntries: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return ctxcache.SetEntries(ctx, c, map[string]publishedEntry{"a": ctxcache.NewEntry("new", time.Hour)})
	},
	ctxcache.OpDelete: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return c.Delete(ctx, "a")
	},
	ctxcache.OpDeleteMany: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return ctxcache.DeleteMany(ctx, c, []string{"a"})
	},
	ctxcache.OpRemove: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		_, err := ctxcache.Remove(ctx, c, "a")
		return err
	},
	ctxcache.OpFill: func(ctx context.Context, c ctxcache.Cache[string, string], l publishedLease) error {
		return ctxcache.Fill(ctx, c, "a", l, ctxcache.NewEntry("new", time.Hour))
	},
	ctxcache.OpFillMany: func(ctx context.Context, c ctxcache.Cache[string, string], l publishedLease) error {
		return ctxcache.FillMany(ctx, c,
			map[string]publishedEntry{"a": ctxcache.NewEntry("new", time.Hour)}, map[string]publishedLease{"a": l})
	},
	ctxcache.OpDrop: func(ctx context.Context, c ctxcache.Cache[string, string], l publishedLease) error {
		return ctxcache.Drop(ctx, c, "a", l)
	},
	ctxcache.OpClear: func(ctx context.Context, c ctxcache.Cache[string, string], _ publishedLease) error {
		return ctxcache.Clear(ctx, c)
	},
}

// eachChange calls test for each way to change a key that has a value, with a lease on it.
func eachChange(t *testing.T, test func(
	t *testing.T, b *bus, faults *cachetest.Faults, change func(ctx context.Context) error, want ctxcache.Event,
),
) {
	t.Helper()
	for op, change := range publishedChanges {
		t.Run(string(op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBus()
				failing, faults := cachetest.Failing(newMemory[string]())
				c := layers.Published(failing, b)
				must(t, c.Set(t.Context(), "a", "old", time.Hour))
				_, l, err := ctxcache.GetLease(t.Context(), c, "a", ctxcache.NoExpiry)
				must(t, err)
				b.take()
				want := ctxcache.Event{Key: "a"}
				if op == ctxcache.OpClear {
					want = ctxcache.Event{All: true}
				}
				test(t, b, faults, func(ctx context.Context) error { return change(ctx, c, l) }, want)
			})
		})
	}
}

func TestPublishedPublishesEveryChange(t *testing.T) {
	eachChange(t, func(
		t *testing.T, b *bus, _ *cachetest.Faults, change func(ctx context.Context) error, want ctxcache.Event,
	) {
		must(t, change(context.Background())) // without an end, so that no goroutine is needed
		if got := b.take(); !slices.Equal(got, []ctxcache.Event{want}) {
			t.Errorf("published: %v, want %v", got, want)
		}
	})
}

// A change whose outcome is not known is published, too.
func TestPublishedPublishesWhatMayHaveChanged(t *testing.T) {
	eachChange(t, func(
		t *testing.T, b *bus, faults *cachetest.Faults, change func(ctx context.Context) error, want ctxcache.Event,
	) {
		for _, failure := range []error{errors.New("no reply"), ctxcache.ErrTimeout, ctxcache.ErrRefused, ctxcache.ErrClosed} {
			faults.Heal()
			faults.Fail(failure, cachetest.On())
			if err := change(t.Context()); !errors.Is(err, failure) {
				t.Errorf("after %v: %v", failure, err)
			}
			if got := b.take(); !slices.Equal(got, []ctxcache.Event{want}) {
				t.Errorf("after %v: published %v, want %v", failure, got, want)
			}
		}
	})
}

// Nothing is published by a call that has changed nothing.
func TestPublishedIsSilentAboutRefusedCalls(t *testing.T) {
	eachChange(t, func(
		t *testing.T, b *bus, faults *cachetest.Faults, change func(ctx context.Context) error, _ ctxcache.Event,
	) {
		for _, refusal := range []error{ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrUnavailable, ctxcache.ErrOverloaded} {
			faults.Heal()
			faults.Fail(refusal, cachetest.On())
			if err := change(t.Context()); !errors.Is(err, refusal) {
				t.Errorf("after %v: %v", refusal, err)
			}
		}
		faults.Heal()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := change(ctx); err != context.Canceled {
			t.Errorf("with a context that has ended: %v", err)
		}
		synctest.Wait()
		if got := b.take(); len(got) > 0 {
			t.Errorf("published: %v", got)
		}
	})
}

// A change that was made and not published is an error, and not one by which the caller would think that nothing happened.
func TestPublishedFailsIfItCannotPublish(t *testing.T) {
	causes := []error{
		errors.New("no reply"), ctxcache.ErrTimeout, errors.ErrUnsupported, ctxcache.ErrClosed, ctxcache.ErrOptions, ctxcache.ErrOverloaded,
	}
	eachChange(t, func(
		t *testing.T, b *bus, faults *cachetest.Faults, change func(ctx context.Context) error, _ ctxcache.Event,
	) {
		for _, cause := range causes {
			b.fail = cause
			err := change(t.Context())
			failure, is := errors.AsType[*ctxcache.Error](err)
			if !is || failure.Layer != "published" {
				t.Fatalf("%v: %v", cause, err)
			}
			for _, nothing := range causes[2:] {
				if errors.Is(err, nothing) {
					t.Errorf("%v passes for a call that has done nothing", err)
				}
			}
			faults.Fail(ctxcache.ErrRefused, cachetest.On())
			if err := change(t.Context()); !errors.Is(err, ctxcache.ErrRefused) {
				t.Errorf("inner's error is lost: %v", err)
			}
			faults.Heal()
		}
	})
}

// The caller leaves when its context ends, and the change is published nevertheless.
func TestPublishedGoesOnWithoutItsCaller(t *testing.T) {
	eachChange(t, func(
		t *testing.T, b *bus, _ *cachetest.Faults, change func(ctx context.Context) error, want ctxcache.Event,
	) {
		b.hold = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- change(ctx) }()
		<-b.arrived
		cancel()
		if err := <-left; err != context.Canceled {
			t.Errorf("the caller got %v", err)
		}
		close(b.hold)
		synctest.Wait()
		if got := b.take(); !slices.Equal(got, []ctxcache.Event{want}) {
			t.Errorf("published: %v, want %v", got, want)
		}
	})
}

// The errors of a call for many keys are about the keys that they are about.
func TestPublishedNamesTheKeysOfMany(t *testing.T) {
	b := newBus()
	c := layers.Published[string, string](&failsA{ctxcache.NewForward(newMemory[string](), ctxcache.Description{})}, b)
	err := ctxcache.DeleteMany(t.Context(), c, []string{"a", "b"})
	if !errors.Is(ctxcache.KeyError(err, "a"), ctxcache.ErrValue) || ctxcache.KeyError(err, "b") != nil {
		t.Errorf("DeleteMany: %v", err)
	}
	if got := fmt.Sprint(b.take()); got != "[{a false false} {b false false}]" {
		t.Errorf("published: %v", got)
	}
	down := errors.New("down")
	b.fail = down
	err = ctxcache.DeleteMany(t.Context(), c, []string{"a", "b"})
	for key, wants := range map[string][]error{"a": {ctxcache.ErrValue, down}, "b": {down}} {
		for _, want := range wants {
			if !errors.Is(ctxcache.KeyError(err, key), want) {
				t.Errorf("DeleteMany, %s: %v", key, ctxcache.KeyError(err, key))
			}
		}
	}
}

// failsA is a cache in which a deletion of many keys fails for "a".
type failsA struct {
	ctxcache.Forward[string, string]
}

func (*failsA) DeleteMany(context.Context, []string) error {
	return ctxcache.NewManyError(map[string]error{"a": ctxcache.Fail("fails", ctxcache.OpDeleteMany, ctxcache.ErrValue)})
}

// A key that the channel does not have is refused before anything is done.
func TestPublishedRefusesKeysThatTheChannelLacks(t *testing.T) {
	store := newMemory[string]()
	c := layers.Published(store, newBus())
	for _, err := range []error{
		c.Set(t.Context(), "unpublished", "value", time.Hour),
		ctxcache.SetMany(t.Context(), c, map[string]string{"unpublished": "value", "a": "value"}, time.Hour),
	} {
		if !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("got %v", err)
		}
	}
	if n, err := ctxcache.Len(t.Context(), store); n != 0 || err != nil {
		t.Errorf("%d keys were stored, %v", n, err)
	}
	if stored := ctxcache.StoredKey(c, "a"); stored != "a" {
		t.Errorf("StoredKey: %v", stored)
	}
}

// Two processes with near copies over a store that does not report changes follow each other.
func TestPublishedMakesNearCopiesFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, store := newBus(), &unwatched{ctxcache.NewForward(newMemory[string](), ctxcache.Description{})}
		node := func() ctxcache.Cache[string, string] {
			far := layers.Prefixed[string](layers.Published[string, string](store, b), "some:")
			two := twolevel.New(memory.New[string, string](nil), far, &twolevel.Options{Coherent: true})
			t.Cleanup(func() { must(t, two.Close()) })
			synctest.Wait() // until near follows
			return two
		}
		one, other := node(), node()
		for i := range 10 {
			value := fmt.Sprint(i)
			must(t, one.Set(t.Context(), "a", value, time.Hour))
			synctest.Wait()
			for range 2 { // from far, and from near
				if got, err := other.Get(t.Context(), "a"); got != value || err != nil {
					t.Errorf("%q, %v, want %q", got, err, value)
				}
			}
		}
	})
}

// unwatched is a cache that does not report changes.
type unwatched struct {
	ctxcache.Forward[string, string]
}

func (u *unwatched) Supports() ctxcache.Cap { return u.Forward.Supports() &^ ctxcache.CapWatch }
