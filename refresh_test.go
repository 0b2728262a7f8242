package cached_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncRefresh(t *testing.T) {
	s := newOrigin("k", "old")
	f := cached.Func(newMemory(), s.load, nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "old", nil)
	s.set("k", "new")
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	value, err = f.Get(t.Context(), "k")
	expect(t, value, err, "new", nil)
	s.expect(t, 2)

	down := errors.New("source down")
	s.fail(down)
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "", down)
	value, err = f.Get(t.Context(), "k") // a good entry is not deleted because a load failed
	expect(t, value, err, "new", nil)

	s.fail(ctxcache.ErrNotFound)
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrNotFound)
	if has, err := f.Contains(t.Context(), "k"); has || err != nil {
		t.Errorf("what the source has no more is still cached: %v, %v", has, err)
	}
}

func TestFuncRefreshSeesWhatWasChangedBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "old")
		entered, open := make(chan struct{}, 2), make(chan struct{})
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			entered <- struct{}{}
			<-open
			return value, err
		}, nil)
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-entered // it has read the old value
		s.set("k", "new")
		refresh := async(func() (string, error) { return f.Refresh(t.Context(), "k") })
		synctest.Wait()
		close(open)
		expect(t, (<-get).value, nil, "old", nil)
		r := <-refresh
		expect(t, r.value, r.err, "new", nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
	})
}

func TestFuncRefreshDoesNotTrustAnotherHolder(t *testing.T) {
	cache := newMemory()
	_, other, err := cache.GetLease(t.Context(), "k", 0) // another process has begun to load, before the change
	if err != ctxcache.ErrMiss || !other.Granted() {
		t.Fatal(err)
	}
	s := newOrigin("k", "new")
	f := cached.Func(cache, s.load, nil)
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	if err := cache.Fill(t.Context(), "k", other, ctxcache.NewEntry("old", 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("the other's fill: %v", err)
	}
	value, err = f.Get(t.Context(), "k")
	expect(t, value, err, "new", nil)
}

// deaf is memory whose first Remove fails. Its second GetLease waits.
type deaf struct {
	store
	removals, leases int
	wait             func()
}

func (c *deaf) Remove(ctx context.Context, key string) (bool, error) {
	if c.removals++; c.removals == 1 {
		return false, errors.New("cache down")
	}
	return c.store.Remove(ctx, key)
}

func (c *deaf) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	if c.leases++; c.leases == 2 {
		c.wait()
	}
	return c.store.GetLease(ctx, key, below)
}

// A refresh waits for the load of a Get, and then for the load of a second Get, which began after the refresh. A Get
// does not do all that a refresh does: it believes the cache, and leaves another holder's lease alone.
func TestFuncRefreshDoesNotAcceptTheLoadOfAGet(t *testing.T) {
	for _, test := range []struct {
		name     string
		gone     bool // the source has nothing after the change
		negative bool // the second Get finds a negative entry of another process
	}{
		{name: "another holder has the lease"},
		{name: "another holder has the lease, and the source has no such thing", gone: true},
		{name: "the cache has a negative entry", negative: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache, goOn, loading := &deaf{store: over(newMemory())}, make(chan struct{}), make(chan struct{})
				cache.wait = func() { <-goOn }
				_, other, err := cache.store.GetLease(t.Context(), "k", 0) // its load sees the old value, and ends last
				if err != ctxcache.ErrMiss || !other.Granted() {
					t.Fatal(err)
				}
				var source atomic.Pointer[origin]
				source.Store(newOrigin("k", "old"))
				f := cached.Func[string, string](cache, func(ctx context.Context, key string) (string, error) {
					value, err := source.Load().load(ctx, key)
					<-loading
					return value, err
				}, nil)
				first := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				want, wantErr := "new", error(nil)
				if source.Store(newOrigin("k", "new")); test.gone {
					source.Store(newOrigin())
					want, wantErr = "", ctxcache.ErrNotFound
				}
				refresh := async(func() (string, error) { return f.Refresh(t.Context(), "k") })
				synctest.Wait()
				if _, err := f.Delete(t.Context(), "k"); err == nil { // no caller joins the first load any more
					t.Fatal("Delete succeeded")
				}
				second := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				loading <- struct{}{} // the first load ends, and the refresh joins the second
				<-first
				synctest.Wait()
				if test.negative {
					absent := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
					if err := cache.SetEntry(t.Context(), "k", absent); err != nil {
						t.Fatal(err)
					}
				}
				close(goOn)
				close(loading)
				<-second
				r := <-refresh
				expect(t, r.value, r.err, want, wantErr)
				if err := cache.Fill(t.Context(), "k", other, ctxcache.NewEntry("old", 0)); err != ctxcache.ErrLeaseLost {
					t.Errorf("the other's fill: %v", err)
				}
				value, err := cache.Get(t.Context(), "k")
				if test.gone {
					wantErr = ctxcache.ErrMiss
				}
				expect(t, value, err, want, wantErr)
			})
		})
	}
}

// async runs do on a goroutine of its own, and returns where its result comes.
func async(do func() (string, error)) <-chan result {
	results := make(chan result, 1)
	go func() {
		value, err := do()
		results <- result{value: value, err: err}
	}()
	return results
}
