package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// behindBack is naive; its loads go on when their callers have left, and so does what they store.
var behindBack = naive.but(func(d *design) {
	d.function = func(c cache, load loader, _ *cached.Options) function {
		f := newNaiveFunction(c, load)
		f.detached = true
		return f
	}
})

// stored tells when a node has stored what it loaded, or has found that it may not.
func (n *node) stored() *cachetest.Stall[string] {
	return n.stalls.Stall(cachetest.On(cachetest.Release, cachetest.Set).First(1).Answers())
}

// TestRace18_BackgroundCompletion: all who asked for a load have left, or it is a Refresh. It comes back after a newer
// value was set, which it must not overwrite.
func TestRace18_BackgroundCompletion(t *testing.T) {
	for name, begin := range map[string]func(ctx context.Context, f function) (string, error){
		"Get":     func(ctx context.Context, f function) (string, error) { return f.Get(ctx, key) },
		"Refresh": func(ctx context.Context, f function) (string, error) { return f.Refresh(ctx, key) },
	} {
		for _, leaves := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/caller leaves=%v", name, leaves), func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					n := s.node()
					reads, comesBack := make(chan struct{}, 1), make(chan struct{})
					f := n.function(func(context.Context, string) (string, error) { // it does not look at its context
						reads <- struct{}{}
						<-comesBack
						return "old", nil
					})
					stored := n.stored()
					calling, leave := context.WithCancel(ctx)
					defer leave()
					caller := async(func() (string, error) { return begin(calling, f) })
					if _, err := await(ctx, "the load", reads); err != nil {
						return "", err
					}
					if leaves {
						leave()
						if r, err := await(ctx, "the caller", caller); err != nil || !errors.Is(r.err, context.Canceled) {
							return "", fmt.Errorf("the caller, who has left, got %v, %w", r, err)
						}
					}
					if err := s.node().cache.Set(ctx, key, "new", time.Hour); err != nil {
						return "", err
					}
					close(comesBack)
					if _, err := await(ctx, "the load's end", stored.Arrived()); err != nil {
						return "", err
					}
					stored.Release()
					switch value, err := s.node().cache.Get(ctx, key); {
					case err == ctxcache.ErrMiss && name == "Refresh" && s.server != nil: // its lease is not exclusive there
						return "", nil
					case err != nil:
						return "", err
					case value != "new":
						return fmt.Sprintf("what was loaded before the Set has replaced it: %q", value), nil
					}
					return "", nil
				}).against(t, allStores, behindBack)
			})
		}
	}
}

// TestRace20_RefreshABA: a refresh A is under way when its key is deleted, and a refresh B begins. A ends first. It
// neither makes others forget that B is under way, nor overwrites what B brings.
func TestRace20_RefreshABA(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		origin := newSource("old")
		f := n.function(origin.load)
		if err := n.cache.Set(ctx, key, "oldest", time.Hour); err != nil {
			return "", err
		}
		a := async(func() (string, error) { return f.Refresh(ctx, key) })
		loadA, err := await(ctx, "the load of A", origin.loads)
		if err != nil {
			return "", err
		}
		origin.change(reply{value: "new"})
		if _, err := f.Delete(ctx, key); err != nil {
			return "", err
		}
		b := async(func() (string, error) { return f.Refresh(ctx, key) })
		loadB, err := await(ctx, "the load of B", origin.loads)
		if err != nil {
			return "", err
		}
		loadA.release()
		if _, err := await(ctx, "A", a); err != nil {
			return "", err
		}
		joining, joins := waiting(ctx, "cache")
		joiner := async(func() (string, error) { return f.Get(joining, key) })
		origin.free()
		select {
		case <-joins:
		case r := <-joiner:
			return fmt.Sprintf("who came while B was under way got %v", r), nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
		loadB.release()
		for _, replies := range []<-chan reply{b, joiner} {
			if r, err := await(ctx, "B", replies); err != nil || r != (reply{value: "new"}) {
				return fmt.Sprintf("who waited for B got %v, %v", r, err), nil
			}
		}
		if n := origin.loaded(); n != 2 {
			return fmt.Sprintf("%d loads instead of two", n), nil
		}
		return wantNew(ctx, s.node())
	}).run(t, allStores)
}

// firstWins refreshes by a lease. If it is lost, somebody else has stored something, which will do.
type firstWins struct {
	*naiveFunction
}

func (f firstWins) Refresh(ctx context.Context, key string) (string, error) {
	_, lease, err := ctxcache.GetLease(ctx, f.cache, key, ctxcache.NoExpiry)
	if err != nil && err != ctxcache.ErrMiss {
		return "", err
	}
	value, err := f.load(ctx, key)
	if err != nil || lease == nil {
		return value, err
	}
	err = ignoreLost(lease.Fill(ctx, ctxcache.Entry[string]{Value: value}))
	return value, errors.Join(err, lease.Release(ctx))
}

// TestRace20_RefreshesOfTwoNodes: a node begins to refresh; the source changes; another node refreshes, too. Whichever
// ends first, what the second one has read is what is found afterwards, or nothing.
func TestRace20_RefreshesOfTwoNodes(t *testing.T) {
	first := naive.but(func(d *design) {
		d.function = func(c cache, load loader, _ *cached.Options) function { return firstWins{newNaiveFunction(c, load)} }
	})
	for name, test := range map[string]struct {
		order  []int
		double design
	}{
		"the first ends first":  {[]int{0, 1}, first},
		"the second ends first": {[]int{1, 0}, naive},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				origin := newSource("old")
				if err := s.node().cache.Set(ctx, key, "oldest", time.Hour); err != nil {
					return "", err
				}
				var refreshes []<-chan reply
				var loads []*loading
				for range 2 {
					f := s.node().function(origin.load)
					refreshes = append(refreshes, async(func() (string, error) { return f.Refresh(ctx, key) }))
					load, err := await(ctx, "a load", origin.loads)
					if err != nil {
						return "", err
					}
					loads = append(loads, load)
					origin.change(reply{value: "new"})
				}
				for _, i := range test.order {
					loads[i].release()
					if r, err := await(ctx, "a refresh", refreshes[i]); err != nil || r.err != nil {
						return "", fmt.Errorf("a refresh got %v, %w", r, err)
					}
				}
				origin.free()
				value, err := s.node().function(origin.load).Get(ctx, key)
				if err != nil {
					return "", err
				}
				if value != "new" {
					return fmt.Sprintf("after a Refresh that has read the new value, Get returns %q", value), nil
				}
				return "", nil
			}).against(t, allStores, test.double)
		})
	}
}
