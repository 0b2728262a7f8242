package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestRace14_InvalidationChangesJoinersResult: while a load runs, its key is deleted directly in the cache, so the
// flight does not hear of it. Then another caller joins. The leader gets the value of its load. The joiner came after
// the deletion, so it gets the value of a later load. If that load fails, it gets an error without a value, never a
// mix.
func TestRace14_InvalidationChangesJoinersResult(t *testing.T) {
	errSource := errors.New("the source is down")
	for name, second := range map[string]reply{"value": {value: "new"}, "error": {err: errSource}} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				origin := newSource("old")
				f := n.function(origin.load)
				leader := async(func() (string, error) { return f.Get(ctx, key) })
				load, err := await(ctx, "the load", origin.loads)
				if err != nil {
					return "", err
				}
				return joinInvalidated(ctx, n, f, origin, second, leader, load.release)
			}).run(t, allStores)
		})
	}
}

// TestJoinerAfterTheLoad: the load of a flight has ended, but the flight has not, because the cache needs time to store
// the value. The key is deleted directly in the cache, before or after the value is stored. A caller that joins after
// that gets the value of a later load.
func TestJoinerAfterTheLoad(t *testing.T) {
	storing := cachetest.On(ctxcache.OpFill, ctxcache.OpSet).First(1)
	for name, target := range map[string]cachetest.Target{"before it is stored": storing, "after it is stored": storing.Answers()} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				origin := newSource("old")
				origin.free()
				f := n.function(origin.load)
				stall := n.stalls.Stall(target)
				leader := async(func() (string, error) { return f.Get(ctx, key) })
				if _, err := await(ctx, "the end of the load", stall.Arrived()); err != nil {
					return "", err
				}
				return joinInvalidated(ctx, n, f, origin, reply{value: "new"}, leader, stall.Release)
			}).run(t, allStores)
		})
	}
}

// joinInvalidated changes the source during a flight, deletes the key in the cache, joins the flight, and lets it go
// on.
func joinInvalidated(
	ctx context.Context, n *node, f function, origin *source, second reply, leader <-chan reply, goOn func(),
) (string, error) {
	origin.change(second)
	if err := n.cache.Delete(ctx, key); err != nil {
		return "", err
	}
	joining, joined := waiting(ctx, "cache")
	joiner := async(func() (string, error) { return f.Get(joining, key) })
	if _, err := await(ctx, "the joiner", joined); err != nil {
		return "", err
	}
	select {
	case <-origin.freed:
	default:
		origin.free()
	}
	goOn()
	r, err := await(ctx, "the leader", leader)
	if err != nil {
		return "", err
	}
	if r != (reply{value: "old"}) {
		return fmt.Sprintf("the leader got %v, want the old value, which its load returned", r), nil
	}
	if r, err = await(ctx, "the joiner's result", joiner); err != nil {
		return "", err
	}
	if r != second {
		return fmt.Sprintf("the joiner, which came after the deletion, got %v", r), nil
	}
	return "", nil
}
