package races_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// elsewhere are the places where a key is changed: by the function that loads it, or by another process.
var elsewhere = map[string]bool{"here": false, "elsewhere": true}

// noticing returns the stores where a function notices such a change. A near copy of another process is not deleted.
func noticing(stores []store, elsewhere bool) (noticing []store) {
	for _, s := range stores {
		if !elsewhere || !s.leaseless && !s.twoLevels {
			noticing = append(noticing, s)
		}
	}
	return noticing
}

// set sets the key of sc.
func (sc *behindScene) set(ctx context.Context, s *stack, value string, elsewhere bool) error {
	if elsewhere {
		return s.node().cache.Set(ctx, key, value, time.Hour)
	}
	return sc.f.Set(ctx, key, value)
}

// delete deletes the key of sc.
func (sc *behindScene) delete(ctx context.Context, s *stack, elsewhere bool) error {
	if elsewhere {
		return s.node().cache.Delete(ctx, key)
	}
	_, err := sc.f.Delete(ctx, key)
	return err
}

// TestRace18_RefreshBehind: a value is refreshed behind a caller. It is overwritten before the source answers. The refresh
// must not replace what was written.
func TestRace18_RefreshBehind(t *testing.T) {
	for name, elsewhere := range elsewhere {
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
				if err := sc.set(ctx, s, "new", elsewhere); err != nil {
					return "", err
				}
				load.release()
				if err := sc.f.drain(ctx); err != nil {
					return "", err
				}
				return wantNew(ctx, s.node())
			}).against(t, noticing(agingStores, elsewhere), ways, naive)
		})
	}
}

// TestRace19_RefreshBehind: a stale value is deleted while it is refreshed behind a caller. Callers that come after that get
// neither the stale value nor what the refresh has read, and the refresh does not store it.
func TestRace19_RefreshBehind(t *testing.T) {
	for name, elsewhere := range elsewhere {
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
				sc.origin.change(reply{value: "new"})
				sc.origin.free()
				if err := sc.delete(ctx, s, elsewhere); err != nil {
					return "", err
				}
				caller := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
				if !elsewhere { // otherwise the caller may wait for the load before it makes one of its own
					if caller, err = answered(ctx, caller); err != nil {
						return "", err
					}
				}
				load.release()
				if r, err := await(ctx, "the caller", caller); err != nil || r != (reply{value: "new"}) {
					return fmt.Sprintf("a caller that came after the deletion got %v, %v", r, err), nil
				}
				if err := sc.f.drain(ctx); err != nil {
					return "", err
				}
				return wantNew(ctx, s.node())
			}).against(t, noticing(agingStores, elsewhere), ways, naive)
		})
	}
}

// answered waits for a reply. It returns a channel that has the reply.
func answered(ctx context.Context, replies <-chan reply) (<-chan reply, error) {
	r, err := await(ctx, "the caller", replies)
	again := make(chan reply, 1)
	again <- r
	return again, err
}

// TestRace14_JoinerOfRefreshBehind: a value is refreshed behind a caller, and its key is deleted directly in the cache, so
// the flight does not hear of it. Then another caller misses, and joins the flight. It gets the value of a later load.
func TestRace14_JoinerOfRefreshBehind(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		load, err := sc.begin(ctx)
		if err != nil {
			return "", err
		}
		sc.origin.change(reply{value: "new"})
		sc.origin.free()
		if err := sc.cache.Delete(ctx, key); err != nil {
			return "", err
		}
		joiner := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
		synctest.Wait() // until it waits for the flight
		load.release()
		if r, err := await(ctx, "the joiner", joiner); err != nil || r != (reply{value: "new"}) {
			return fmt.Sprintf("the joiner, which came after the deletion, got %v, %v", r, err), nil
		}
		return "", nil
	}).against(t, withLeases(agingMemory), ways, naive)
}

// TestRace20_RefreshBehindABA: the key is deleted while refresh A of it runs behind a caller, and a load B begins. A ends
// first. It must not make others forget that B is in progress, nor overwrite B's value.
func TestRace20_RefreshBehindABA(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		loadA, err := sc.begin(ctx)
		if err != nil {
			return "", err
		}
		sc.origin.change(reply{value: "new"})
		if err := sc.delete(ctx, s, false); err != nil {
			return "", err
		}
		b := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
		loadB, err := await(ctx, "load B", sc.origin.loads)
		if err != nil {
			return "", err
		}
		loadA.release()
		synctest.Wait() // until A has ended
		joiner := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
		synctest.Wait()
		sc.origin.free()
		loadB.release()
		for _, replies := range []<-chan reply{b, joiner} {
			if r, err := await(ctx, "B", replies); err != nil || r != (reply{value: "new"}) {
				return fmt.Sprintf("a caller that came after the deletion got %v, %v", r, err), nil
			}
		}
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		if n := sc.origin.loaded(); n != 2 {
			return fmt.Sprintf("%d loads ran instead of two", n), nil
		}
		return wantNew(ctx, s.node())
	}).against(t, agingMemory, ways, naive)
}

// TestRace20_RefreshDuringRefreshBehind: a value is refreshed behind a caller. The source changes, and Refresh is called. It
// returns what the source has now, and so does the cache, whichever load ends first.
func TestRace20_RefreshDuringRefreshBehind(t *testing.T) {
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		load, err := sc.begin(ctx)
		if err != nil {
			return "", err
		}
		sc.origin.change(reply{value: "new"})
		sc.origin.free()
		refresh := async(func() (string, error) { return sc.f.Refresh(ctx, key) })
		synctest.Wait() // until it waits for the load
		load.release()
		if r, err := await(ctx, "Refresh", refresh); err != nil || r != (reply{value: "new"}) {
			return fmt.Sprintf("a Refresh that began after the source had changed returned %v, %v", r, err), nil
		}
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		return wantNew(ctx, s.node())
	}).against(t, agingMemory, ways, naive)
}
