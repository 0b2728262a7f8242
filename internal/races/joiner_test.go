package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestRace14_InvalidationChangesJoinersResult: while a load runs, its key is deleted directly in the cache, of
// which the flight hears nothing; then another caller joins. The leader gets the value of its load. The joiner,
// who came after the deletion, gets that of a later load, and an error with no value if that load fails: never
// a mix.
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

// TestJoinerAfterTheLoad: the load of a flight has ended, but the flight has not, since the cache takes its
// time to store what was loaded. It has stored it, or not yet, when the key is deleted directly in the cache.
// Who joins then gets the value of a later load.
func TestJoinerAfterTheLoad(t *testing.T) {
	storing := cachetest.On(cachetest.Fill, cachetest.Set).First(1)
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

// joinInvalidated changes the source while a flight is under way, deletes the key in the cache, joins the
// flight, and lets it go on.
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
		return fmt.Sprintf("the leader, whose load returned the old value, got %v", r), nil
	}
	if r, err = await(ctx, "the joiner's result", joiner); err != nil {
		return "", err
	}
	if r != second {
		return fmt.Sprintf("the joiner, who came after the deletion, got %v", r), nil
	}
	return "", nil
}
