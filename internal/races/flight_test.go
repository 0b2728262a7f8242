package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestRace12_LeaderCancelled: the caller that began a load leaves, while others wait for the load. They, and callers
// that come later, get its result. The load is cancelled only when all callers have left. A caller that comes after
// that gets a load of its own.
func TestRace12_LeaderCancelled(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := newSource("value")
		f := s.node().function(origin.load)
		leading, leave := context.WithCancel(ctx)
		defer leave()
		leader := async(func() (string, error) { return f.Get(leading, key) })
		load, err := await(ctx, "the load", origin.loads)
		if err != nil {
			return "", err
		}
		joining, joined := waiting(ctx, "cache")
		joiner := async(func() (string, error) { return f.Get(joining, key) })
		if _, err := await(ctx, "the joiner", joined); err != nil {
			return "", err
		}
		leave()
		if r, err := await(ctx, "the leader", leader); err != nil || !errors.Is(r.err, context.Canceled) {
			return "", fmt.Errorf("the leader, which has left, got %v, %w", r, err)
		}
		if load.ctx.Err() != nil {
			return "the load is cancelled although a joiner waits for it", nil
		}
		joining, joined = waiting(ctx, "cache")
		latecomer := async(func() (string, error) { return f.Get(joining, key) })
		if _, err := await(ctx, "the latecomer", joined); err != nil {
			return "", err
		}
		load.release()
		for _, replies := range []<-chan reply{joiner, latecomer} {
			if r, err := await(ctx, "who stayed", replies); err != nil || r.err != nil || r.value != "value" {
				return fmt.Sprintf("a caller that stayed got %v, %v", r, err), nil
			}
		}
		if n := origin.loaded(); n != 1 {
			return fmt.Sprintf("%d loads ran instead of one that all callers share", n), nil
		}
		return "", nil
	}).run(t, allStores)
}

// TestRace12_AllCancelled: all callers leave a load, the leader first. With CancelUnwanted, the load's context ends. Another
// caller comes before the load has returned.
func TestRace12_AllCancelled(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := newSource("value")
		dying, died := make(chan struct{}), make(chan struct{})
		f := s.node().functionWith(func(ctx context.Context, key string) (string, error) {
			value, err := origin.load(ctx, key)
			if err != nil {
				close(dying)
				<-died
			}
			return value, err
		}, &cached.Options{CancelUnwanted: true})
		var replies []<-chan reply
		var leave []func()
		for range 2 {
			cancellable, cancel := context.WithCancel(ctx)
			defer cancel()
			calling, waits := waiting(cancellable, "cache")
			replies = append(replies, async(func() (string, error) { return f.Get(calling, key) }))
			leave = append(leave, cancel)
			if len(replies) == 1 {
				if _, err := await(ctx, "the load", origin.loads); err != nil {
					return "", err
				}
			} else if _, err := await(ctx, "the joiner", waits); err != nil {
				return "", err
			}
		}
		for i := range leave {
			leave[i]()
		}
		if _, err := await(ctx, "the end of the load's context", dying); err != nil {
			return "the load goes on although nobody waits for it", nil
		}
		origin.free()
		calling, waits := waiting(ctx, "cache")
		newcomer := async(func() (string, error) { return f.Get(calling, key) })
		if _, err := await(ctx, "the newcomer", waits); err != nil {
			return "", err
		}
		close(died)
		if r, err := await(ctx, "the newcomer's result", newcomer); err != nil || r.err != nil {
			return fmt.Sprintf("the newcomer got %v, %v", r, err), nil
		}
		for _, left := range replies {
			if r, err := await(ctx, "who left", left); err != nil || !errors.Is(r.err, context.Canceled) {
				return "", fmt.Errorf("a caller that left got %v, %w", r, err)
			}
		}
		return "", nil
	}).run(t, allStores)
}

// TestRace12_FarReadLeaderCancelled is about reads from far, which callers of TwoLevel share as well. It needs two
// levels.
func TestRace12_FarReadLeaderCancelled(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		if err := s.node().cache.Set(ctx, key, "value", 0); err != nil {
			return "", err
		}
		far := n.store.stalls.Stall(cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry).First(1))
		leading, leave := context.WithCancel(ctx)
		defer leave()
		leader := async(func() (string, error) { return n.cache.Get(leading, key) })
		if _, err := await(ctx, "far", far.Arrived()); err != nil {
			return "", err
		}
		joining, joined := waiting(ctx, "near")
		joiner := async(func() (string, error) { return n.cache.Get(joining, key) })
		select { // a read that does not join returns at once
		case <-joined:
		case r := <-joiner:
			joiner = async(func() (string, error) { return r.value, r.err })
		case <-ctx.Done():
			return "", ctx.Err()
		}
		leave()
		if r, err := await(ctx, "the leader", leader); err != nil || !errors.Is(r.err, context.Canceled) {
			return "", fmt.Errorf("the leader, which has left, got %v, %w", r, err)
		}
		far.Release()
		if r, err := await(ctx, "the joiner's result", joiner); err != nil || r.err != nil || r.value != "value" {
			return fmt.Sprintf("the joiner got %v, %v", r, err), nil
		}
		if reads := n.store.log.Count(ctxcache.OpGet, ctxcache.OpGetEntry); reads != 1 {
			return fmt.Sprintf("far was asked %d times instead of once for all callers", reads), nil
		}
		return "", nil
	}).run(t, twoLevels)
}

// TestRace13_FlightGap: a caller misses. Before it asks for a flight, another caller's flight loads, stores and ends.
// The first caller must not load again.
func TestRace13_FlightGap(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		origin := newSource("value")
		origin.free()
		f := n.function(origin.load)
		answer := n.stalls.Stall(cachetest.On(ctxcache.OpGet).First(1).Answers())
		slow := async(func() (string, error) { return f.Get(ctx, key) })
		if _, err := await(ctx, "the miss", answer.Arrived()); err != nil {
			return "", err
		}
		if _, err := f.Get(ctx, key); err != nil {
			return "", err
		}
		answer.Release()
		if r, err := await(ctx, "the slow caller", slow); err != nil || r.err != nil || r.value != "value" {
			return "", fmt.Errorf("the slow caller got %v, %w", r, err)
		}
		if loads := origin.loaded(); loads != 1 {
			return fmt.Sprintf("%d loads ran instead of one", loads), nil
		}
		return "", nil
	}).run(t, allStores)
}

// TestRace13_FarReadGap is the same race for reads from far. It needs two levels.
func TestRace13_FarReadGap(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		if err := s.node().cache.Set(ctx, key, "value", 0); err != nil {
			return "", err
		}
		answer := n.near.stalls.Stall(cachetest.On(ctxcache.OpGet).First(1).Answers())
		slow := async(func() (string, error) { return n.cache.Get(ctx, key) })
		if _, err := await(ctx, "near's miss", answer.Arrived()); err != nil {
			return "", err
		}
		if _, err := n.cache.Get(ctx, key); err != nil {
			return "", err
		}
		answer.Release()
		if r, err := await(ctx, "the slow caller", slow); err != nil || r.err != nil || r.value != "value" {
			return "", fmt.Errorf("the slow caller got %v, %w", r, err)
		}
		if reads := n.store.log.Count(ctxcache.OpGet, ctxcache.OpGetEntry); reads != 1 {
			return fmt.Sprintf("far was asked %d times instead of once", reads), nil
		}
		return "", nil
	}).run(t, twoLevels)
}
