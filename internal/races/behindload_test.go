package races_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestRace12_RefreshBehind: the request that began a refresh behind it ends. The refresh goes on, even with CancelUnwanted,
// and its value is stored.
func TestRace12_RefreshBehind(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, func(o *cached.Options) { o.CancelUnwanted = true })
		if err != nil {
			return "", err
		}
		calling, end := context.WithCancel(ctx)
		defer end()
		load, err := sc.begin(calling)
		if err != nil {
			return "", err
		}
		end()
		if load.ctx.Err() != nil {
			return "the refresh is cancelled together with the request", nil
		}
		load.release()
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		return wantValue(ctx, s.node(), "loaded")
	}).against(t, agingStores, ways, naive)
}

// TestRace13_RefreshBehind: a caller reads the old value. Before it begins a refresh, another caller's refresh loads, stores
// and ends. The first caller must not load again.
func TestRace13_RefreshBehind(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		sc.origin.free()
		answer := sc.stalls.Stall(cachetest.On(ctxcache.OpGetEntry, ctxcache.OpGetEntries).First(1).Answers())
		slow := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
		if _, err := await(ctx, "the old value", answer.Arrived()); err != nil {
			return "", err
		}
		if _, err := sc.way.begin(ctx, sc.f); err != nil {
			return "", err
		}
		synctest.Wait()
		time.Sleep(time.Second) // until the refresh has ended
		answer.Release()
		if r, err := await(ctx, "the slow caller", slow); err != nil || r.err != nil {
			return "", fmt.Errorf("the slow caller got %v, %w", r, err)
		}
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		if loads := sc.origin.loaded(); loads != 1 {
			return fmt.Sprintf("%d loads ran instead of one", loads), nil
		}
		return "", nil
	}).against(t, agingMemory, ways, naive)
}

// TestRace15_RefreshBehind: refreshes behind the callers fail. The callers get the old value, which stays, and the source is
// not asked by each of them.
func TestRace15_RefreshBehind(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		sc.origin.change(reply{err: errSource})
		sc.origin.free()
		for range 10 {
			if value, err := sc.way.begin(ctx, sc.f); value != "old" || err != nil {
				return fmt.Sprintf("while the source is down, a caller got %q, %v", value, err), nil
			}
			time.Sleep(50 * time.Millisecond) // until the refresh has ended
		}
		if loads := sc.origin.loaded(); loads != 1 {
			return fmt.Sprintf("the source, which is down, was asked %d times in half a second", loads), nil
		}
		return wantValue(ctx, s.node(), "old")
	}).against(t, agingMemory, ways, naive)
}

// TestRace16_RefreshBehind: the cache has old values, but cannot grant leases. Callers get the old values. A refresh could
// not store anything, so the source is not asked.
func TestRace16_RefreshBehind(t *testing.T) {
	background := slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.slow })
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		sc.origin.free()
		sc.store.faults.Fail(errFar, cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases))
		for range 10 {
			if _, err := sc.way.begin(ctx, sc.f); err != nil {
				return fmt.Sprintf("a caller got %v", err), nil
			}
		}
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		if loads := sc.origin.loaded(); loads != 0 {
			return fmt.Sprintf("the source was asked %d times for values that cannot be stored", loads), nil
		}
		return "", nil
	}).against(t, withLeases(agingStores), background, naive)
}

// TestRace17_StaleWindow: the source is down, and a value is served as stale, also from near copies that were made late.
// Nobody gets it after its TTL and its window.
func TestRace17_StaleWindow(t *testing.T) {
	for name, opts := range map[string]cached.Options{
		"StaleFor":     {TTL: 10 * time.Second, StaleFor: 10 * time.Second},
		"StaleIfError": {TTL: 10 * time.Second, StaleIfError: 10 * time.Second},
	} {
		for _, bulk := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/bulk=%v", name, bulk), func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					w := way{bulk: bulk}
					origin := newSource("old")
					origin.free()
					first := s.node().design.refresher(s.node().cache, w, origin.load, &opts)
					if _, err := first.Get(ctx, key); err != nil {
						return "", err
					}
					origin.change(reply{err: errSource})
					began := time.Now()
					for range 25 { // each second another process reads it, too
						time.Sleep(time.Second)
						n := s.node()
						for _, f := range []refresher{first, n.design.refresher(n.cache, w, origin.load, &opts)} {
							value, err := f.Get(ctx, key)
							switch age := time.Since(began); {
							case age < 20*time.Second && (value != "old" || err != nil):
								return fmt.Sprintf("after %v a caller got %q, %v", age, value, err), nil
							case age >= 20*time.Second && err == nil:
								return fmt.Sprintf("after %v a caller still got %q", age, value), nil
							}
						}
					}
					return "", nil
				}).run(t, agingMemory)
			})
		}
	}
}

// TestRace30_CloseDrainsRefreshBehind: Close is called while a refresh runs behind a caller. Close waits for it, and its
// value is stored. If the context of Close ends first, the refresh is cancelled, and Close returns an error.
func TestRace30_CloseDrainsRefreshBehind(t *testing.T) {
	for name, patient := range map[string]bool{"in time": true, "too late": false} {
		t.Run(name, func(t *testing.T) {
			behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
				sc, err := s.behindScene(ctx, w, nil)
				if err != nil {
					return "", err
				}
				load, err := sc.begin(ctx)
				if err != nil {
					return "", err
				}
				closing, giveUp := context.WithCancel(ctx)
				defer giveUp()
				closed := async(func() (string, error) { return "", sc.f.Close(closing) })
				synctest.Wait()
				select {
				case <-closed:
					return "Close returned while a refresh ran", nil
				default:
				}
				if !patient {
					giveUp()
					if r, err := await(ctx, "Close", closed); err != nil || !errors.Is(r.err, context.Canceled) {
						return "", fmt.Errorf("Close returned %v, %w", r, err)
					}
					synctest.Wait()
					if load.ctx.Err() == nil {
						return "the refresh goes on after Close", nil
					}
					return wantValue(ctx, s.node(), "old")
				}
				load.release()
				if r, err := await(ctx, "Close", closed); err != nil || r.err != nil {
					return "", fmt.Errorf("Close returned %v, %w", r, err)
				}
				return wantValue(ctx, s.node(), "loaded")
			}).against(t, agingMemory, ways, naive)
		})
	}
}
