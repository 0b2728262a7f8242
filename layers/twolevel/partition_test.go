package twolevel_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// split is a far on two servers. Keys that begin with "down" are on the second one.
type split struct {
	ctxcache.Forward[string, int] // to the first server
	servers                       [2]intCache
}

// newSplit returns a far whose second server is down until the injector heals it.
func newSplit() (far *split, second intCache, faults *cachetest.Faults) {
	first, store := newNear(), newNear()
	second, faults = cachetest.Failing(store)
	faults.Fail(errFar, cachetest.On())
	return &split{ctxcache.NewForward(first, ctxcache.Description{}), [2]intCache{first, second}}, store, faults
}

func (s *split) Partition(key string) int {
	if len(key) >= 4 && key[:4] == "down" {
		return 1
	}
	return 0
}

func (s *split) of(key string) intCache { return s.servers[s.Partition(key)] }

// each calls fn for each server that has some of keys.
func (s *split) each(keys []string, fn func(server intCache, keys []string) error) error {
	failed := make(map[string]error)
	for i, server := range s.servers {
		own := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return s.Partition(key) != i })
		if len(own) == 0 {
			continue
		}
		if err := fn(server, own); err != nil {
			for _, key := range own {
				if err := ctxcache.KeyError(err, key); err != nil {
					failed[key] = err
				}
			}
		}
	}
	return ctxcache.NewManyError(failed)
}

func (s *split) Get(ctx context.Context, key string) (int, error) { return s.of(key).Get(ctx, key) }

func (s *split) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	return s.of(key).Set(ctx, key, value, ttl)
}

func (s *split) Delete(ctx context.Context, key string) error { return s.of(key).Delete(ctx, key) }

func (s *split) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, ctxcache.ClearIn(ctx, server, scope))
	}
	return errors.Join(errs...)
}

func (s *split) Contains(ctx context.Context, key string) (bool, error) {
	return ctxcache.Contains(ctx, s.of(key), key)
}

func (s *split) Remove(ctx context.Context, key string) (bool, error) {
	return ctxcache.Remove(ctx, s.of(key), key)
}

func (s *split) GetEntry(ctx context.Context, key string) (ctxcache.Entry[int], error) {
	return ctxcache.GetEntry(ctx, s.of(key), key)
}

func (s *split) SetEntry(ctx context.Context, key string, e ctxcache.Entry[int]) error {
	return ctxcache.SetEntry(ctx, s.of(key), key, e)
}

func (s *split) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	all := make(map[string]ctxcache.Entry[int])
	err := s.each(keys, func(server intCache, keys []string) error {
		found, err := ctxcache.GetEntries(ctx, server, keys)
		maps.Copy(all, found)
		return err
	})
	return all, err
}

func (s *split) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[int]) error {
	return s.each(slices.Collect(maps.Keys(entries)), func(server intCache, keys []string) error {
		own := make(map[string]ctxcache.Entry[int])
		for _, key := range keys {
			own[key] = entries[key]
		}
		return ctxcache.SetEntries(ctx, server, own)
	})
}

func (s *split) DeleteMany(ctx context.Context, keys []string) error {
	return s.each(keys, func(server intCache, keys []string) error { return ctxcache.DeleteMany(ctx, server, keys) })
}

func (s *split) GetLease(ctx context.Context, key string, below time.Duration) (ctxcache.Entry[int], ctxcache.Lease, error) {
	return ctxcache.GetLease(ctx, s.of(key), key, below)
}

func (s *split) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	all, granted := make(map[string]ctxcache.Entry[int]), make(map[string]ctxcache.Lease)
	err := s.each(keys, func(server intCache, keys []string) error {
		found, leases, err := ctxcache.GetLeases(ctx, server, keys, below)
		maps.Copy(all, found)
		maps.Copy(granted, leases)
		return err
	})
	return all, granted, err
}

func (s *split) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[int]) error {
	return ctxcache.Fill(ctx, s.of(key), key, lease, e)
}

func (s *split) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[int], leases map[string]ctxcache.Lease,
) error {
	return s.each(slices.Collect(maps.Keys(entries)), func(server intCache, keys []string) error {
		failed := make(map[string]error)
		for _, key := range keys {
			if err := ctxcache.Fill(ctx, server, key, leases[key], entries[key]); err != nil {
				failed[key] = err
			}
		}
		return ctxcache.NewManyError(failed)
	})
}

func (s *split) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	return ctxcache.Release(ctx, s.of(key), key, lease)
}

func (s *split) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	return s.each(slices.Collect(maps.Keys(leases)), func(server intCache, keys []string) error {
		failed := make(map[string]error)
		for _, key := range keys {
			if err := ctxcache.Release(ctx, server, key, leases[key]); err != nil {
				failed[key] = err
			}
		}
		return ctxcache.NewManyError(failed)
	})
}

func (s *split) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	return ctxcache.Drop(ctx, s.of(key), key, lease)
}

// whileOneIsDown runs test with two levels. One of far's two servers is down.
func whileOneIsDown(t *testing.T, test func(t *testing.T, c *twolevel.Cache[string, int], second intCache, heal func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		far, second, faults := newSplit()
		c := twolevel.New(newNear(), intCache(far), &twolevel.Options{Resilient: true})
		defer c.Close()
		test(t, c, second, faults.Heal)
	})
}

// The answers of the server that works do not end the outage of the other one. So its keys are loaded once for OutageTTL.
func TestOneServerIsDownAndItsKeysAreLoadedOnce(t *testing.T) {
	whileOneIsDown(t, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ func()) {
		loads := make(map[string]int)
		f := cached.Func(c, func(ctx context.Context, key string) (int, error) {
			loads[key]++
			_, err := c.Contains(ctx, "up") // the other server answers while the load runs
			return 7, err
		}, nil)
		for range 100 {
			for _, key := range []string{"down1", "down2"} {
				if got, err := f.Get(t.Context(), key); got != 7 || err != nil {
					t.Fatalf("Get = %d, %v", got, err)
				}
			}
		}
		if loads["down1"] != 1 || loads["down2"] != 1 {
			t.Errorf("loads: %v, want one of each key", loads)
		}
	})
}

// The writes that the server misses which is down do not spoil the loads of the other's keys.
func TestOneServerIsDownAndTheOthersKeysAreStored(t *testing.T) {
	whileOneIsDown(t, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, _ func()) {
		ctx, stored := t.Context(), 0
		for i := range 20 {
			key := string(rune('a' + i))
			_, lease, err := c.GetLease(ctx, key, 0)
			if err != ctxcache.ErrMiss || !lease.Granted() || lease.Local() {
				t.Fatalf("GetLease = %v, %v", lease, err)
			}
			layertest.MustSet[string, int](t, c, "down", i)
			switch err := c.Fill(ctx, key, lease, ctxcache.NewEntry(i, time.Hour)); err {
			case nil:
				stored++
			case ctxcache.ErrLeaseLost: // the two keys share a counter
			default:
				t.Fatal(err)
			}
		}
		if stored < 18 {
			t.Errorf("%d of 20 loads were stored", stored)
		}
	})
}

// A call for keys of both servers works with one, and alone for the other's keys.
func TestOneServerIsDownForManyKeys(t *testing.T) {
	whileOneIsDown(t, func(t *testing.T, c *twolevel.Cache[string, int], second intCache, heal func()) {
		ctx, keys := t.Context(), []string{"up", "down"}
		if err := second.Set(ctx, "down", 0, time.Hour); err != nil {
			t.Fatal(err)
		}
		entries := map[string]ctxcache.Entry[int]{"up": ctxcache.NewEntry(1, time.Hour), "down": ctxcache.NewEntry(2, time.Hour)}
		for range 3 {
			if err := c.SetEntries(ctx, entries); err != nil {
				t.Fatal(err)
			}
			found, err := c.GetEntries(ctx, keys)
			if len(found) != 2 || found["down"].Value != 2 || err != nil {
				t.Fatalf("GetEntries = %v, %v", found, err)
			}
		}
		if err := c.DeleteMany(ctx, keys); err != nil {
			t.Fatal(err)
		}
		found, leases, err := c.GetLeases(ctx, keys, 0)
		if len(found) != 0 || err != nil || leases["up"].Local() || !leases["up"].Granted() || !leases["down"].Local() {
			t.Fatalf("GetLeases = %v, %v, %v", found, leases, err)
		}
		if err := c.FillMany(ctx, entries, leases); err != nil {
			t.Fatal(err)
		}
		if found, err = c.GetEntries(ctx, keys); len(found) != 2 || err != nil {
			t.Fatalf("GetEntries = %v, %v", found, err)
		}
		heal()
		time.Sleep(time.Minute) // the replay, and the end of the copies
		if got, err := second.Get(ctx, "down"); err != ctxcache.ErrMiss {
			t.Errorf("the second server has %d, %v", got, err)
		}
		if got, err := c.Get(ctx, "down"); err != ctxcache.ErrMiss {
			t.Errorf("Get = %d, %v after the outage", got, err)
		}
	})
}

// The lease of a load that began while a server was down does not survive the outage of that server, but those of others
// do not end it.
func TestOutageOfOneServerEndsWithItsAnswer(t *testing.T) {
	for name, answers := range map[string]bool{"up": false, "down other": true} {
		whileOneIsDown(t, func(t *testing.T, c *twolevel.Cache[string, int], _ intCache, heal func()) {
			ctx := t.Context()
			_, lease, err := c.GetLease(ctx, "down", 0)
			if err != ctxcache.ErrMiss || !lease.Local() {
				t.Fatalf("GetLease = %v, %v", lease, err)
			}
			heal()
			if _, err := c.Get(ctx, name); err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
			err = c.Fill(ctx, "down", lease, ctxcache.NewEntry(1, time.Hour))
			if lost := errors.Is(err, ctxcache.ErrLeaseLost); lost != answers || err != nil && !lost {
				t.Errorf("after an answer about %q: Fill = %v", name, err)
			}
		})
	}
}
