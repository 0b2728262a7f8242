package twolevel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A scenario is a few processes that use one two-level cache at the same time.
type scenario struct {
	name    string
	plain   bool                        // the processes take no leases, and nothing fails
	initial int                         // far's value at the start; 0 means no value
	far     func(far intCache) intCache // injects failures into far; nil injects none
	act     func(c intCache) []act      // the processes
}

type intCache = ctxcache.Cache[string, int]

func set(c intCache, value int) act {
	return func(ctx context.Context, a *actor) error { return a.set(ctx, c, value) }
}

func get(c intCache) act {
	return func(ctx context.Context, a *actor) error { return a.get(ctx, c) }
}

func remove(c intCache) act {
	return func(ctx context.Context, a *actor) error { return a.delete(ctx, c) }
}

func clearAll(c intCache) act {
	return func(ctx context.Context, a *actor) error { return a.clear(ctx, c) }
}

func load(c intCache, value int) act {
	return func(ctx context.Context, a *actor) error { return a.load(ctx, c, value) }
}

func loadNothing(c intCache) act {
	return func(ctx context.Context, a *actor) error { return a.loadNothing(ctx, c) }
}

// failing returns an act that does do, and expects the error want.
func failing(do act, want error) act {
	return func(ctx context.Context, a *actor) error {
		if err := do(ctx, a); !errors.Is(err, want) {
			return err
		}
		return nil
	}
}

// abandoned returns two processes: one that does do, and one that cancels the context of the first at some moment.
func abandoned(do act) []act {
	ctx, cancel := context.WithCancel(context.Background()) // cancelled by the second process
	return []act{
		func(inherited context.Context, a *actor) error {
			return failing(do, context.Canceled)(context.WithValue(ctx, processKey{}, inherited.Value(processKey{})), a)
		},
		func(ctx context.Context, a *actor) error {
			a.scheduler.await(ctx, "cancel")
			cancel()
			return nil
		},
	}
}

// inTurn returns one process that does all, one after the other.
func inTurn(all ...act) act {
	return func(ctx context.Context, a *actor) error {
		for _, do := range all {
			if err := do(ctx, a); err != nil {
				return err
			}
		}
		return nil
	}
}

var errFar = errors.New("far is down")

// failsFor makes the operation fail for the first process, before it has an effect or, with afterwards, after that.
func failsFor(operation ctxcache.Operation, afterwards bool) func(far intCache) intCache {
	fail := func(ctx context.Context, call cachetest.Call[string], err error) error {
		if call.Operation != operation || ctx.Value(processKey{}) != process(0) {
			return err
		}
		return errFar
	}
	hook := cachetest.Hook[string]{After: fail}
	if !afterwards {
		hook = cachetest.Hook[string]{Before: func(ctx context.Context, call cachetest.Call[string]) error {
			return fail(ctx, call, nil)
		}}
	}
	return func(far intCache) intCache { return cachetest.Hooked(far, hook) }
}

var scenarios = []scenario{
	{name: "two writers and a reader", plain: true, act: func(c intCache) []act {
		return []act{set(c, 2), set(c, 3), get(c)}
	}},
	{name: "two writers and a reader of an old value", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{set(c, 2), set(c, 3), get(c)}
	}},
	{name: "a writer, a deleter and a reader", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{set(c, 2), remove(c), get(c)}
	}},
	{name: "a writer, a clearer and a reader", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{set(c, 2), clearAll(c), get(c)}
	}},
	{name: "two writers and a loader", act: func(c intCache) []act {
		return []act{set(c, 2), set(c, 3), load(c, 4)}
	}},
	{name: "a deleter, a loader and a reader", initial: 1, act: func(c intCache) []act {
		return []act{remove(c), load(c, 4), get(c)}
	}},
	{name: "a writer, a loader and a reader", act: func(c intCache) []act {
		return []act{set(c, 2), load(c, 4), get(c)}
	}},
	{name: "a writer and two readers", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{set(c, 2), get(c), get(c)}
	}},
	{name: "a deleter and two readers", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{remove(c), get(c), get(c)}
	}},
	{name: "a clearer and two readers", plain: true, initial: 1, act: func(c intCache) []act {
		return []act{clearAll(c), get(c), get(c)}
	}},
	{name: "a loader and two readers", initial: 1, act: func(c intCache) []act {
		return []act{load(c, 4), get(c), get(c)}
	}},
	{name: "a writer, a deleter and a loader who stores nothing", initial: 1, act: func(c intCache) []act {
		return []act{set(c, 2), remove(c), loadNothing(c)}
	}},
	{name: "a writer who reads, and one who deletes and reads", act: func(c intCache) []act {
		return []act{inTurn(set(c, 2), get(c)), inTurn(remove(c), get(c))}
	}},
	{name: "a writer who leaves, and a writer", initial: 1, act: func(c intCache) []act {
		return append(abandoned(set(c, 2)), set(c, 3))
	}},
	{name: "a writer who leaves, and a reader", initial: 1, act: func(c intCache) []act {
		return append(abandoned(set(c, 2)), inTurn(get(c), get(c)))
	}},
	{name: "a reader who leaves, a writer and a reader", initial: 1, act: func(c intCache) []act {
		return append(abandoned(get(c)), set(c, 3), get(c))
	}},
	{name: "a writer whom far fails at once, a writer and a reader", initial: 1, far: failsFor(ctxcache.OpSet, false), act: func(c intCache) []act {
		return []act{failing(set(c, 2), errFar), set(c, 3), get(c)}
	}},
	{name: "a writer whom far fails too late, a writer and a reader", initial: 1, far: failsFor(ctxcache.OpSet, true), act: func(c intCache) []act {
		return []act{failing(set(c, 2), errFar), set(c, 3), get(c)}
	}},
	{name: "a deleter whom far fails too late, a writer and a reader", initial: 1, far: failsFor(ctxcache.OpDelete, true), act: func(c intCache) []act {
		return []act{failing(remove(c), errFar), set(c, 3), get(c)}
	}},
	{name: "a loader whom far fails at once, and a reader", initial: 1, far: failsFor(ctxcache.OpFill, false), act: func(c intCache) []act {
		return []act{failing(load(c, 2), errFar), inTurn(get(c), get(c))}
	}},
	{name: "a loader whom far fails at once, and a writer", initial: 1, far: failsFor(ctxcache.OpFill, false), act: func(c intCache) []act {
		return []act{failing(load(c, 2), errFar), set(c, 3)}
	}},
	{name: "a loader whom far fails too late, and a reader", initial: 1, far: failsFor(ctxcache.OpFill, true), act: func(c intCache) []act {
		return []act{failing(load(c, 2), errFar), inTurn(get(c), get(c))}
	}},
}

// outcome counts the results of all schedules of a scenario.
type outcome struct {
	runs, apart, stale int
	first              string // the first schedule that went wrong
}

// outcomes runs all schedules of a scenario over two-level caches that build makes. It must be called in a bubble.
func (sc scenario) outcomes(t *testing.T, build func(near, far intCache) intCache) (o outcome) {
	t.Helper()
	o.runs = explore(func(s *scheduler) {
		near, far := newNear(), newNear()
		if sc.initial != 0 {
			layertest.MustSet(t, far, "k", sc.initial)
		}
		steppedFar := s.stepped("far", far)
		if sc.far != nil {
			steppedFar = sc.far(steppedFar)
		}
		if err := s.run(t.Context(), sc.act(build(s.stepped("near", near), steppedFar))); err != nil {
			t.Fatalf("%v, after\n\t%s", err, strings.Join(s.trace, "\n\t"))
		}
		levels := checkLevels(t.Context(), near, far)
		if levels != nil {
			o.apart++
		}
		reads := errors.Join(checkReads(sc.initial, s.events), checkLeases(s.events))
		if reads != nil {
			o.stale++
		}
		if err := errors.Join(levels, reads); err != nil && o.first == "" {
			o.first = err.Error() + ", after\n\t" + strings.Join(s.trace, "\n\t")
		}
	})
	return o
}

func newNear() intCache {
	return memory.New(&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 1})
}

// TestInterleavings runs every interleaving of the near and far operations of a few writers, deleters, loaders and
// readers, and checks that near and far agree at the end.
func TestInterleavings(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := sc.outcomes(t, func(near, far intCache) intCache { return twolevel.New(near, far, nil) })
				t.Logf("%d interleavings", o.runs)
				if o.apart > 0 || o.stale > 0 {
					t.Errorf("of %d interleavings %d leave near and far apart, and %d show an old value; one is\n%s", o.runs, o.apart, o.stale, o.first)
				}
			})
		})
	}
}

// TestInterleavingsBite runs the same interleavings over a cache that writes far and then near without leases, as most
// do. The checks must fail for it.
func TestInterleavingsBite(t *testing.T) {
	stale := 0
	for _, sc := range scenarios {
		if !sc.plain {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := sc.outcomes(t, func(near, far intCache) intCache { return newNaive(near, far) })
				t.Logf("of %d interleavings %d leave near and far apart, and %d show an old value", o.runs, o.apart, o.stale)
				if o.apart == 0 {
					t.Error("near and far are never apart")
				}
				stale += o.stale
			})
		})
	}
	if stale == 0 {
		t.Error("no interleaving shows an old value")
	}
}

// naive reads near, then far, and writes far, then near, without leases.
type naive struct {
	ctxcache.Forward[string, int] // far
	near                          intCache
}

func newNaive(near, far intCache) *naive {
	return &naive{ctxcache.NewForward(far, ctxcache.Description{Kind: "naive"}), near}
}

func (c *naive) Get(ctx context.Context, key string) (int, error) {
	value, err := c.near.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	value, err = c.Forward.Get(ctx, key)
	if err != nil {
		return value, err
	}
	return value, c.near.Set(ctx, key, value, 0)
}

func (c *naive) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	if err := c.Forward.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	return c.near.Set(ctx, key, value, ttl)
}

func (c *naive) Delete(ctx context.Context, key string) error {
	return errors.Join(c.Forward.Delete(ctx, key), c.near.Delete(ctx, key))
}

func (c *naive) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	return errors.Join(c.Forward.Clear(ctx, scope), ctxcache.ClearIn(ctx, c.near, scope))
}
