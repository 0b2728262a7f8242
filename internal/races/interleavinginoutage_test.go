package races_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// stepActor does something with a cache, in steps.
type stepActor func(ctx context.Context, s *steps, c cache) error

// stepChange returns an actor that changes the source, and then the cache by store.
func stepChange(store func(ctx context.Context, c cache, value string) error) stepActor {
	return func(ctx context.Context, s *steps, c cache) error {
		e := s.begin(ctx, true)
		if err := store(ctx, c, strconv.Itoa(e.version)); err != nil {
			return err
		}
		s.ended(e)
		return nil
	}
}

var (
	stepSet = stepChange(func(ctx context.Context, c cache, value string) error {
		return c.Set(ctx, key, value, time.Hour)
	})
	stepDelete = stepChange(func(ctx context.Context, c cache, _ string) error { return c.Delete(ctx, key) })
	stepClear  = stepChange(func(ctx context.Context, c cache, _ string) error { return ctxcache.Clear(ctx, c) })
)

// stepGet reads the key, and notes the version that it finds.
func stepGet(ctx context.Context, s *steps, c cache) error {
	e := s.begin(ctx, false)
	value, err := c.Get(ctx, key)
	s.ended(e)
	e.version = s.version // a miss is always legal
	if err == ctxcache.ErrMiss {
		return nil
	}
	if err == nil {
		e.version, err = strconv.Atoi(value)
	}
	return err
}

// stepLoad loads the key if it gets the lease.
func stepLoad(ctx context.Context, s *steps, c cache) error {
	_, lease, err := ctxcache.GetLease(ctx, c, key, 0)
	if !lease.Granted() {
		if err == ctxcache.ErrMiss {
			err = nil
		}
		return err
	}
	s.await(ctx, "the source answers")
	s.mu.Lock()
	value := strconv.Itoa(s.version)
	s.mu.Unlock()
	err = ctxcache.Fill(ctx, c, key, lease, ctxcache.NewEntry(value, time.Hour))
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}

// stepOutage is an outage of far. The replay may begin after it.
func stepOutage(ctx context.Context, s *steps, _ cache) error {
	for _, down := range []bool{true, false} {
		s.await(ctx, map[bool]string{true: "far goes down", false: "far is up"}[down])
		s.mu.Lock()
		s.down = down
		s.mu.Unlock()
	}
	s.await(ctx, timePasses)
	return nil
}

// inSteps returns an actor that does all, one after the other.
func inSteps(all ...stepActor) stepActor {
	return func(ctx context.Context, s *steps, c cache) error {
		for _, act := range all {
			if err := act(ctx, s, c); err != nil {
				return err
			}
		}
		return nil
	}
}

// outageScenarios are what happens around an outage. Far has a value at the beginning. (The naive levels cannot load, and
// clear near alone.)
var outageScenarios = []struct {
	name   string
	naive  bool // the naive levels break a law
	actors []stepActor
}{
	{"a writer and a reader", true, []stepActor{stepSet, stepGet}},
	{"a writer who reads", false, []stepActor{inSteps(stepSet, stepGet)}},
	{"a deleter who reads", true, []stepActor{inSteps(stepDelete, stepGet)}},
	{"a deleter and a reader", true, []stepActor{stepDelete, stepGet}},
	{"a deleter who loads and reads", false, []stepActor{inSteps(stepDelete, stepLoad, stepGet)}},
	{"a clearer who reads", false, []stepActor{inSteps(stepClear, stepGet)}},
	{"a loader and a deleter", false, []stepActor{stepLoad, stepDelete}},
	{"two writers", true, []stepActor{stepSet, stepSet}},
	{"a writer and a deleter", true, []stepActor{stepSet, stepDelete}},
}

// levelsInOutage are two levels and what makes the replay end.
type levelsInOutage struct {
	cache  cache
	replay func(ctx context.Context) error
	close  func() error
}

// outcomes runs all orders of a scenario, and returns how many there are, how many break a law, and one of those.
func outcomes(t *testing.T, actors []stepActor, lost bool, build func(near, far cache) levelsInOutage) (runs, bad int, first string) {
	t.Helper()
	runs = exploreSteps(func(s *steps) {
		s.lost = lost
		near, far := cache(memory.New[string, string](nil)), cache(memory.New[string, string](nil))
		if err := far.Set(t.Context(), key, "0", time.Hour); err != nil {
			t.Fatal(err)
		}
		levels := build(s.stepped("near", near), s.stepped("far", s.failing(far)))
		var running []func(context.Context) error
		for _, act := range append(slices.Clip(actors), stepOutage) {
			running = append(running, func(ctx context.Context) error { return act(ctx, s, levels.cache) })
		}
		err := s.run(t.Context(), running)
		if err == nil {
			err = levels.replay(t.Context())
		}
		err = errors.Join(err, s.check(t.Context(), near, far), levels.close())
		if err != nil {
			if bad++; first == "" {
				first = err.Error() + ", after\n\t" + strings.Join(s.trace, "\n\t")
			}
		}
	})
	return runs, bad, first
}

// check returns an error if somebody has read an overwritten version, or a level still has one.
func (s *steps) check(ctx context.Context, near, far cache) error {
	for _, e := range s.events {
		if !e.write {
			if err := s.old("a reader", e.version, e.begin); err != nil {
				return err
			}
		}
	}
	for name, level := range map[string]cache{"near": near, "far": far} {
		value, err := level.Get(ctx, key)
		if err == ctxcache.ErrMiss {
			continue
		}
		version, atoiErr := strconv.Atoi(value)
		if err = errors.Join(err, atoiErr, s.old(name, version, s.now+1)); err != nil {
			return err
		}
	}
	return nil
}

// TestInterleavingsOfAnOutage runs every interleaving of a few writers, deleters, loaders and readers of one node with the
// beginning and the end of an outage, and with the replay after it. Nobody may read what was overwritten or deleted, and
// after the replay neither level has it.
func TestInterleavingsOfAnOutage(t *testing.T) {
	for _, sc := range outageScenarios {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/lost=%v", sc.name, lost), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					runs, bad, first := outcomes(t, sc.actors, lost, func(near, far cache) levelsInOutage {
						c := twolevel.New(near, far, &twolevel.Options{Resilient: true})
						return levelsInOutage{c, func(context.Context) error {
							time.Sleep(10 * time.Second) // longer than the longest pause of the replay
							return nil
						}, c.Close}
					})
					t.Logf("%d interleavings", runs)
					if bad > 0 {
						t.Errorf("%d of %d interleavings break a law; one is\n%s", bad, runs, first)
					}
				})
			})
		}
	}
}

// TestInterleavingsOfAnOutageBite runs them over levels that repeat later what far has missed.
func TestInterleavingsOfAnOutageBite(t *testing.T) {
	for _, sc := range outageScenarios {
		if !sc.naive {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runs, bad, _ := outcomes(t, sc.actors, false, func(near, far cache) levelsInOutage {
					c := &naiveAlone{ctxcache.NewForward(near, ctxcache.Description{}), far, make(map[string]*string)}
					return levelsInOutage{c, c.replay, func() error { return nil }}
				})
				t.Logf("%d of %d interleavings break a law", bad, runs)
				if bad == 0 {
					t.Error("no interleaving breaks a law")
				}
			})
		})
	}
}
