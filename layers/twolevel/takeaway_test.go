package twolevel_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// stores are the operations that store a value.
var stores = []ctxcache.Operation{
	ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany,
}

// writesOver lists the ways to write a value over another one, without a lease.
func writesOver[V any]() (ways []layertest.WriteWay[V]) {
	for _, way := range layertest.SetWays[V]() {
		if !strings.HasPrefix(way.Name, "Fill") {
			ways = append(ways, way)
		}
	}
	return ways
}

// TestRefusedValueTakesTheOldAway checks that a far that refuses a value is not down, and that nobody gets the old value
// after it, even if far itself leaves that in place.
func TestRefusedValueTakesTheOldAway(t *testing.T) {
	for name, resilient := range map[string]bool{"plain": false, "resilient": true} {
		for _, way := range writesOver[int]() {
			t.Run(name+"/"+way.Name, func(t *testing.T) {
				var told reports
				l := newTwoLevels(&twolevel.Options{Resilient: resilient, OnFarError: told.add})
				layertest.MustSet(t, l.cache, "k", 1)
				l.farFault.Fail(ctxcache.ErrValue, cachetest.On(stores...))
				err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(2, time.Hour))
				if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
					t.Errorf("%s = %v, want ErrValue", way.Name, err)
				}
				if errs := told.take(); len(errs) > 0 {
					t.Errorf("%v was reported as an outage", errs)
				}
				wantMiss(t, l.near, "k")
				wantMiss(t, l.far, "k")
			})
		}
	}
}

// positive is a codec of numbers. Negative ones do not encode, as NaN does not.
type positive struct{ layers.JSON[int] }

func (c positive) Encode(value int) ([]byte, error) {
	if value < 0 {
		return layers.JSON[float64]{}.Encode(math.NaN())
	}
	return c.JSON.Encode(value)
}

// TestValueThatDoesNotEncodeTakesTheOldAway is the same for a far that encodes values.
func TestValueThatDoesNotEncodeTakesTheOldAway(t *testing.T) {
	for _, way := range writesOver[int]() {
		far := newMemory[[]byte]()
		c := twolevel.New(newNear(), layers.Encoded(far, positive{}, nil), &twolevel.Options{Resilient: true})
		layertest.MustSet(t, intCache(c), "k", 1)
		err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(-1, time.Hour))
		if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
			t.Errorf("%s = %v, want ErrValue", way.Name, err)
		}
		wantMiss(t, c, "k")
		wantMiss(t, far, "k")
	}
}

// TestRefusedFillLeavesTheLease checks that the holder gets far's answer, and can drop the old value.
func TestRefusedFillLeavesTheLease(t *testing.T) {
	entry := ctxcache.NewEntry(2, time.Hour)
	for name, fill := range map[string]func(ctx context.Context, c intCache, lease ctxcache.Lease) error{
		"Fill": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.Fill(ctx, c, "k", lease, entry)
		},
		"FillMany": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": entry}, map[string]ctxcache.Lease{"k": lease})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, told := newResilient()
			layertest.MustSet(t, l.cache, "k", 1)
			lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
			l.farFault.Fail(ctxcache.ErrValue, cachetest.On(stores...))
			if err := fill(t.Context(), l.cache, lease); !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
				t.Errorf("%s = %v, want ErrValue", name, err)
			}
			if errs := told.take(); len(errs) > 0 {
				t.Errorf("%v was reported as an outage", errs)
			}
			wantMiss(t, l.near, "k")
			if err := ctxcache.Drop(t.Context(), l.cache, "k", lease); err != nil {
				t.Errorf("Drop = %v, want a lease that stands", err)
			}
			wantMiss(t, l.cache, "k")
		})
	}
}

// TestResilientWriteTakesTheOldAway checks that a write that seems to succeed leaves no old value in a far that answers
// reads and deletions and fails to store, as one that is full does. Near works alone.
func TestResilientWriteTakesTheOldAway(t *testing.T) {
	for _, way := range writesOver[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, told := newResilient()
				defer func() { _ = ctxcache.Close(l.cache) }()
				layertest.MustSet(t, l.cache, "k", 1)
				l.farFault.Fail(errFar, cachetest.On(stores...))
				if err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(2, time.Hour)); err != nil {
					t.Errorf("%s = %v", way.Name, err)
				}
				if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
					t.Errorf("reported %v, want far's error once", errs)
				}
				layertest.WantValue(t, l.cache, "k", 2)
				time.Sleep(time.Second)
				wantMiss(t, l.far, "k")
			})
		})
	}
}

// TestTimedOutWriteIsNotWaitedForTwice checks that a far that did not answer in time is not asked again: such a far
// deletes the key itself. The caller learns of the outage, unless Resilient hides it.
func TestTimedOutWriteIsNotWaitedForTwice(t *testing.T) {
	for name, resilient := range map[string]bool{"plain": false, "resilient": true} {
		for _, way := range writesOver[int]() {
			t.Run(name+"/"+way.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var told reports
					l := newTwoLevels(&twolevel.Options{Resilient: resilient, OnFarError: told.add})
					defer func() { _ = ctxcache.Close(l.cache) }()
					layertest.MustSet(t, l.cache, "k", 1)
					l.farFault.Fail(ctxcache.ErrTimeout, cachetest.On(stores...))
					before := l.farLog.Count()
					err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(2, time.Hour))
					if resilient && err != nil || !resilient && !errors.Is(err, ctxcache.ErrTimeout) {
						t.Errorf("%s = %v", way.Name, err)
					}
					if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], ctxcache.ErrTimeout) {
						t.Errorf("reported %v, want the timeout once", errs)
					}
					if n := l.farLog.Count() - before; n != 1 {
						t.Errorf("far was called %d times", n)
					}
					if resilient { // near works alone
						layertest.WantValue(t, l.near, "k", 2)
					} else {
						wantMiss(t, l.near, "k")
					}
				})
			})
		}
	}
}

// TestTakesAwayOnlyWhatFailedOfMany checks that the values that far has stored stay.
func TestTakesAwayOnlyWhatFailedOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newNear()
		far := cachetest.Hooked(store, cachetest.Hook[string]{After: func(_ context.Context, call cachetest.Call[string], err error) error {
			if call.Operation == ctxcache.OpSetEntries {
				return &ctxcache.ManyError[string]{Failed: map[string]error{"down": errFar, "large": ctxcache.ErrValue, "slow": ctxcache.ErrTimeout}}
			}
			return err
		}})
		c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
		defer c.Close()
		err := ctxcache.SetMany(t.Context(), c, map[string]int{"down": 1, "large": 1, "slow": 1, "fine": 1}, time.Hour)
		if !errors.Is(ctxcache.KeyError(err, "large"), ctxcache.ErrValue) || ctxcache.KeyError(err, "down") != nil || ctxcache.KeyError(err, "fine") != nil {
			t.Errorf("SetMany = %v, want ErrValue for one key", err)
		}
		time.Sleep(time.Second)
		layertest.WantKeys(t, store, "fine") // "slow" is taken away, too: nobody knows whether far deletes it by itself
	})
}

// TestReaderDoesNotCopyWhatIsTakenAway checks that the old value is away in far before near is open for copies: a reader
// asks at the last moment.
func TestReaderDoesNotCopyWhatIsTakenAway(t *testing.T) {
	entry := ctxcache.NewEntry(2, time.Hour)
	for name, write := range map[string]func(ctx context.Context, c intCache, lease ctxcache.Lease) error{
		"Set": func(ctx context.Context, c intCache, _ ctxcache.Lease) error { return c.Set(ctx, "k", 2, time.Hour) },
		"SetEntries": func(ctx context.Context, c intCache, _ ctxcache.Lease) error {
			return ctxcache.SetEntries(ctx, c, map[string]ctxcache.Entry[int]{"k": entry})
		},
		"Fill": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.Fill(ctx, c, "k", lease, entry)
		},
		"FillMany": func(ctx context.Context, c intCache, lease ctxcache.Lease) error {
			return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": entry}, map[string]ctxcache.Lease{"k": lease})
		},
	} {
		t.Run(name, func(t *testing.T) {
			near, store := newNear(), newNear()
			var c intCache
			armed, reads, failure := false, 0, errFar
			if strings.HasPrefix(name, "Set") { // a write that fails otherwise is not followed by a deletion at once
				failure = ctxcache.ErrValue
			}
			far := cachetest.Hooked(store, cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
				switch call.Operation {
				case ctxcache.OpSet, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany:
					if armed {
						return failure
					}
				case ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpDrop:
					reads++
					layertest.WantValue(t, c, "k", 1)
				}
				return nil
			}})
			c = twolevel.New(near, far, &twolevel.Options{Resilient: true})
			layertest.MustSet(t, store, "k", 1)
			var lease ctxcache.Lease
			if strings.HasPrefix(name, "Fill") {
				lease = mustLease(t, c, "k", ctxcache.NoExpiry)
			}
			armed = true
			if err := write(t.Context(), c, lease); err != nil && !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
				t.Errorf("%s = %v", name, err)
			}
			if reads != 1 {
				t.Errorf("%d reads before the old value was taken away", reads)
			}
			wantMiss(t, near, "k")
			wantMiss(t, c, "k")
		})
	}
}

// TestFailedWriteDoesNotOutliveADeletion checks a write without a lease that takes effect after a deletion of the key and
// then fails. The deletion has succeeded, so nobody may read the value.
func TestFailedWriteDoesNotOutliveADeletion(t *testing.T) {
	noLeases := func(caps ctxcache.Cap) ctxcache.Cap {
		return caps &^ (ctxcache.CapLease | ctxcache.CapLeaseShared)
	}
	for name, unleased := range map[string]struct{ near, far bool }{
		"far":  {far: true},
		"near": {near: true},
		"both": {near: true, far: true},
	} {
		for _, way := range writesOver[int]() {
			t.Run(name+"/"+way.Name, func(t *testing.T) {
				level := func(unleased bool) intCache {
					if unleased {
						return newLimited(noLeases)
					}
					return newNear()
				}
				near, store := level(unleased.near), level(unleased.far)
				var c intCache
				far := cachetest.Hooked(store, cachetest.Hook[string]{
					Before: func(ctx context.Context, call cachetest.Call[string]) error {
						switch call.Operation {
						case ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries:
							return c.Delete(ctx, "k") // the write is on its way
						}
						return nil
					},
					After: func(_ context.Context, call cachetest.Call[string], err error) error {
						switch call.Operation {
						case ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries:
							return errFar
						}
						return err
					},
				})
				c = twolevel.New(near, far, nil)
				if err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(1, time.Hour)); !errors.Is(err, errFar) {
					t.Errorf("%s = %v, want far's error", way.Name, err)
				}
				wantMiss(t, c, "k")
				wantMiss(t, store, "k")
			})
		}
	}
}
