package cached_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Callers who join a flight that had begun before an invalidation, which came before their call: whatever
// became of the flight, they do not get what it loaded.

// leasing is memory whose leases, and fills, a test can stand before.
type leasing struct {
	store
	granted func(l ctxcache.Lease, err error) (ctxcache.Lease, error)
	failing atomic.Pointer[error] // of the next Fill
}

func (c *leasing) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	e, lease, err := c.store.GetLease(ctx, key, below)
	lease, err = c.granted(lease, err)
	return e, lease, err
}

func (c *leasing) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	if err := c.failing.Swap(nil); err != nil {
		return *err
	}
	return c.store.Fill(ctx, key, lease, e)
}

// once changes the first lease asked for only.
func once(
	change func(l ctxcache.Lease, err error) (ctxcache.Lease, error),
) func(ctxcache.Lease, error) (ctxcache.Lease, error) {
	var changed atomic.Bool
	return func(l ctxcache.Lease, err error) (ctxcache.Lease, error) {
		if changed.CompareAndSwap(false, true) {
			return change(l, err)
		}
		return l, err
	}
}

func TestFuncJoinerAfterAnInvalidation(t *testing.T) {
	lost := errors.New("connection lost")
	for _, test := range []struct {
		name string
		old  []string // what the source has at first
		opts *cached.Options
		// lease changes the lease asked for.
		lease func(c *leasing, l ctxcache.Lease, err error) (ctxcache.Lease, error)
	}{
		{name: "the lease was lost", old: []string{"k", "old"}},
		{name: "there was no such thing"},
		{name: "there was no such thing, and that is stored", opts: &cached.Options{NotFoundTTL: time.Minute}},
		{
			name: "the lease was not to be had", old: []string{"k", "old"},
			lease: func(c *leasing, l ctxcache.Lease, _ error) (ctxcache.Lease, error) {
				return ctxcache.Lease{}, errors.Join(lost, c.Release(context.Background(), "k", l))
			},
		},
		{
			name: "another holder had it", old: []string{"k", "old"},
			lease: func(c *leasing, l ctxcache.Lease, err error) (ctxcache.Lease, error) {
				return ctxcache.NoLease(ctxcache.Loading), withRelease(err, c.Release(context.Background(), "k", l))
			},
		},
		{
			name: "leases were not to be had, as during an outage", old: []string{"k", "old"},
			lease: func(c *leasing, l ctxcache.Lease, err error) (ctxcache.Lease, error) {
				return ctxcache.NoLease(ctxcache.Unavailable), withRelease(err, c.Release(context.Background(), "k", l))
			},
		},
		{
			name: "the fill failed", old: []string{"k", "old"},
			lease: func(c *leasing, l ctxcache.Lease, err error) (ctxcache.Lease, error) {
				c.failing.Store(&lost)
				return l, err
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := &leasing{store: over(newMemory())}
				cache.granted = once(func(l ctxcache.Lease, err error) (ctxcache.Lease, error) {
					if test.lease == nil {
						return l, err
					}
					return test.lease(cache, l, err)
				})
				s, open := newOrigin(test.old...), make(chan struct{})
				f := cached.Func[string, string](cache, func(ctx context.Context, key string) (string, error) {
					value, err := s.load(ctx, key)
					<-open
					return value, err
				}, test.opts)
				first := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait() // it has read the source
				s.set("k", "new")
				if err := cache.Delete(t.Context(), "k"); err != nil { // by someone who does not know f
					t.Fatal(err)
				}
				late := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				close(open)
				<-first
				r := <-late
				expect(t, r.value, r.err, "new", nil)
			})
		})
	}
}

// withRelease returns the error of a GetLease whose lease was given back: err, which may be bare, if that succeeded.
func withRelease(err, released error) error {
	if released != nil {
		return released
	}
	return err
}

// The flight finds the value when it looks into the cache once more; by the time it returns, that has been deleted.
func TestFuncJoinerOfASecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looked, open := make(chan struct{}), make(chan struct{})
		cache := &leasing{store: over(newMemory())}
		cache.granted = once(func(l ctxcache.Lease, err error) (ctxcache.Lease, error) {
			close(looked)
			<-open
			return l, err
		})
		s := newOrigin("k", "new")
		filling := &missing{leasing: cache, then: func() {
			if err := cache.Set(t.Context(), "k", "old", 0); err != nil { // another process fills it
				t.Error(err)
			}
		}}
		f := cached.Func[string, string](filling, s.load, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-looked
		if err := cache.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		late := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		close(open)
		expect(t, (<-first).value, nil, "old", nil)
		r := <-late
		expect(t, r.value, r.err, "new", nil)
	})
}

// missing does something after the first Get, which misses.
type missing struct {
	*leasing
	missed atomic.Bool
	then   func()
}

func (c *missing) Get(ctx context.Context, key string) (string, error) {
	value, err := c.leasing.Get(ctx, key)
	if c.missed.CompareAndSwap(false, true) {
		c.then()
	}
	return value, err
}

// Without leases: the load ends, and is about to be stored, between the deletion and the end of Delete.
func TestFuncDeleteWhileStoringWithoutLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		plain := &deleting{Cache: newMemory()}
		s := newOrigin("k", "old")
		f := cached.Func[string, string](plain, func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			<-open
			return value, err
		}, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		s.set("k", "new")
		plain.then = func() { close(open); <-first }
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
	})
}

// deleting is a cache of three methods that does something after its first deletion.
type deleting struct {
	ctxcache.Cache[string, string]
	then func()
}

func (c *deleting) Delete(ctx context.Context, key string) error {
	err := c.Cache.Delete(ctx, key)
	if then := c.then; then != nil {
		c.then = nil
		then()
	}
	return err
}

func TestFuncRefreshOfWhatIsNoMoreIsBare(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, nil)
	if _, err := f.Refresh(t.Context(), "k"); err != ctxcache.ErrNotFound {
		t.Errorf("got %v", err)
	}
}

func TestFuncCloseWithADoneContextAndNothingToDrain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if err := cached.Func(newMemory(), newOrigin().load, nil).Close(ctx); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}

// To load around a cache that was built wrong, or is closed, would hide a mistake.
func TestFuncOverACacheThatCannotWork(t *testing.T) {
	s := newOrigin("k", "v")
	wrong := memory.New(&memory.Options[string, string]{}) // without a bound
	value, err := cached.Func(wrong, s.load, nil).Get(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrOptions)
	closed := newMemory()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	value, err = cached.Func(closed, s.load, nil).Get(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrClosed)
	s.expect(t, 0)
}

// A Refresh gets what was loaded after its call had begun. It may join a flight that hands out what an older flight has loaded,
// because there is no lease. The Refresh must not return that result.
func TestRefreshDoesNotGetAnOlderResult(t *testing.T) {
	lost := errors.New("connection lost")
	for range 20 { // chance decides which caller goes first when the older flight has ended
		synctest.Test(t, func(t *testing.T) {
			cache := &leasing{store: over(newMemory()), granted: func(ctxcache.Lease, error) (ctxcache.Lease, error) {
				time.Sleep(time.Millisecond) // so that others join the flight that asks
				return ctxcache.Lease{}, lost
			}}
			var source atomic.Pointer[string]
			before, after, goOn := "before", "after", make(chan struct{})
			source.Store(&before)
			f := cached.Func(cache, func(context.Context, string) (string, error) {
				value := *source.Load()
				<-goOn
				return value, nil
			}, nil)
			var calls sync.WaitGroup
			call := func(get func(context.Context, string) (string, error), want ...string) {
				calls.Go(func() {
					if value, err := get(t.Context(), "ada"); err != nil || !slices.Contains(want, value) {
						t.Errorf("got %q, %v; want one of %q", value, err, want)
					}
				})
			}
			call(f.Refresh, before)
			time.Sleep(time.Second) // the source has been asked
			source.Store(&after)
			call(f.Refresh, after)
			for range 4 {
				synctest.Wait()
				call(f.Get, before, after)
			}
			synctest.Wait()
			close(goOn)
			calls.Wait()
		})
	}
}
