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

// behindBack is naive. Its loads go on after their callers have left, and store their values.
var behindBack = naive.but(func(d *design) {
	d.function = func(c cache, load loader, _ *cached.Options) function {
		f := newNaiveFunction(c, load)
		f.detached = true
		return f
	}
})

// stored returns a stall. It is reached when the node has stored a loaded value, or has found that it may not.
func (n *node) stored() *cachetest.Stall[string] {
	return n.stalls.Stall(cachetest.On(ctxcache.OpRelease, ctxcache.OpSet).First(1).Answers())
}

// TestRace18_BackgroundCompletion: all callers of a load have left, or the load is a Refresh. It returns after a newer
// value was set, and must not overwrite that value.
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
					f := n.function(func(context.Context, string) (string, error) { // the load ignores its context
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
							return "", fmt.Errorf("the caller that left got %v, %w", r, err)
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
					case err == ctxcache.ErrMiss && name == "Refresh" && s.server != nil: // not exclusive on servers
						return "", nil
					case err != nil:
						return "", err
					case value != "new":
						return fmt.Sprintf("a value loaded before the Set has replaced the Set's value: %q", value), nil
					}
					return "", nil
				}).against(t, allStores, behindBack)
			})
		}
	}
}

// TestRace20_RefreshABA: the key of refresh A is deleted, and refresh B begins. A ends first. It must not make others
// forget that B is in progress, nor overwrite B's value.
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
			return fmt.Sprintf("a caller that came during B did not wait for B, and got %v", r), nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
		loadB.release()
		for _, replies := range []<-chan reply{b, joiner} {
			if r, err := await(ctx, "B", replies); err != nil || r != (reply{value: "new"}) {
				return fmt.Sprintf("a caller that waited for B got %v, %v", r, err), nil
			}
		}
		if n := origin.loaded(); n != 2 {
			return fmt.Sprintf("%d loads ran instead of two", n), nil
		}
		return wantNew(ctx, s.node())
	}).run(t, allStores)
}

// firstWins refreshes with a lease, and has a mistake: if the lease is lost, it keeps what somebody else has stored.
type firstWins struct {
	*naiveFunction
}

func (f firstWins) Refresh(ctx context.Context, key string) (string, error) {
	_, lease, err := ctxcache.GetLease(ctx, f.cache, key, ctxcache.NoExpiry)
	if err != nil && err != ctxcache.ErrMiss {
		return "", err
	}
	value, err := f.load(ctx, key)
	if err != nil || !lease.Granted() {
		return value, err
	}
	return value, fillLate(ctx, f.cache, key, lease, ctxcache.NewEntry(value, 0))
}

// TestRace20_RefreshesOfTwoNodes: a node begins a refresh. The source changes, and another node refreshes, too. Either
// may end first. Afterwards the cache has the value that the second one has read, or nothing.
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
