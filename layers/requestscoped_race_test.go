package layers_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// scopeRace is a race in one scope, after which the scope must have what the store has.
type scopeRace struct {
	name string
	run  func(r *scopeRacing)
	lost func(rules scopeRules) bool // whether a double with these rules ends with the old value
}

// scopeRacing is the state of a race. Key "k" begins with 1.
type scopeRacing struct {
	*testing.T
	ctx    context.Context
	store  ctxcache.Cache[string, int]
	stalls *cachetest.Stalls[string]
	c      ctxcache.Cache[string, int]
	calls  sync.WaitGroup
}

var (
	aRead = cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpGetLease, ctxcache.OpGetLeases)
	aSet  = cachetest.On(ctxcache.OpSet)
)

// begin calls do, which stops at a stall of target, and returns the function that lets it end.
func (r *scopeRacing) begin(target cachetest.Target, do func() error) (end func()) {
	stall := r.stalls.Stall(target.First(1))
	done := make(chan struct{})
	r.calls.Go(func() {
		defer close(done)
		if err := do(); err != nil {
			r.Error(err)
		}
	})
	<-stall.Arrived()
	return func() {
		stall.Release()
		<-done
	}
}

func (r *scopeRacing) get() error {
	_, err := r.c.Get(r.ctx, "k")
	return err
}

func (r *scopeRacing) set() error { return r.c.Set(r.ctx, "k", 2, time.Hour) }

func (r *scopeRacing) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

var scopeRaces = []scopeRace{
	{
		"a read finds the old value, and ends after the write",
		func(r *scopeRacing) {
			read := r.begin(aRead.Answers(), r.get)
			r.must(r.set())
			read()
		},
		func(rules scopeRules) bool { return !rules.token },
	},
	{
		"a read begins during the write, and ends before its end",
		func(r *scopeRacing) {
			write := r.begin(aSet, r.set)
			r.must(r.get())
			write()
		},
		func(rules scopeRules) bool { return !rules.after },
	},
	{
		"a read begins during the write, and ends after it",
		func(r *scopeRacing) {
			write := r.begin(aSet, r.set)
			read := r.begin(aRead.Answers(), r.get)
			write()
			read()
		},
		func(rules scopeRules) bool { return !rules.token || !rules.after },
	},
	{
		"a Fill is stored, and ends after a write",
		func(r *scopeRacing) {
			_, lease, err := ctxcache.GetLease(r.ctx, r.c, "k", ctxcache.NoExpiry)
			r.must(err)
			fill := r.begin(cachetest.On(ctxcache.OpFill).Answers(), func() error {
				return ctxcache.Fill(r.ctx, r.c, "k", lease, ctxcache.NewEntry(3, time.Hour))
			})
			r.must(r.set())
			fill()
		},
		func(rules scopeRules) bool { return !rules.token },
	},
	{
		"a Fill is stored, and a read from before it ends after it",
		func(r *scopeRacing) {
			_, lease, err := ctxcache.GetLease(r.Context(), r.store, "k", ctxcache.NoExpiry) // the scope remembers nothing of it
			r.must(err)
			read := r.begin(aRead.Answers(), r.get)
			r.must(ctxcache.Fill(r.ctx, r.c, "k", lease, ctxcache.NewEntry(3, time.Hour)))
			read()
		},
		func(rules scopeRules) bool { return !rules.token },
	},
	{
		"a Fill is stored, another request writes, a read finds that, and the Fill ends",
		func(r *scopeRacing) {
			_, lease, err := ctxcache.GetLease(r.ctx, r.c, "k", ctxcache.NoExpiry)
			r.must(err)
			fill := r.begin(cachetest.On(ctxcache.OpFill).Answers(), func() error {
				return ctxcache.Fill(r.ctx, r.c, "k", lease, ctxcache.NewEntry(3, time.Hour))
			})
			layertest.MustSet(r, r.store, "k", 4)
			r.must(r.get())
			fill()
		},
		func(scopeRules) bool { return true }, // its Fill does not look whether a read has remembered something
	},
}

// race runs one race on the cache that over returns, and reports whether the scope has what the store has.
func (race scopeRace) race(t *testing.T, over func(ctxcache.Cache[string, int]) ctxcache.Cache[string, int]) (coherent bool) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory[int]()
		layertest.MustSet(t, store, "k", 1)
		stalling, stalls := cachetest.Stalling(store)
		r := &scopeRacing{T: t, ctx: layers.WithRequestScope(t.Context()), store: store, stalls: stalls, c: over(stalling)}
		race.run(r)
		r.calls.Wait()
		want, wantErr := store.Get(t.Context(), "k")
		got, err := r.c.Get(r.ctx, "k")
		coherent = got == want && err == wantErr
	})
	return coherent
}

// TestRequestScopedRaces checks that in no race the scope keeps the old value, and that each race shows this for a
// double that leaves out one rule.
func TestRequestScopedRaces(t *testing.T) {
	for _, race := range scopeRaces {
		t.Run(race.name, func(t *testing.T) {
			if !race.race(t, layers.RequestScoped[string, int]) {
				t.Error("the scope has another value than the store")
			}
			for _, rules := range []scopeRules{{token: true, after: true}, {after: true}, {token: true}, {}} {
				lost := !race.race(t, func(c ctxcache.Cache[string, int]) ctxcache.Cache[string, int] { return newNaiveScoped(c, rules) })
				if lost != race.lost(rules) {
					t.Errorf("a double with the rules %+v loses: %v", rules, lost)
				}
			}
		})
	}
}

// TestRequestScopedReadsAcrossWrites checks that no way to read, and to take a lease, brings an old value into the
// scope that it has found before a write, whatever way that is.
func TestRequestScopedReadsAcrossWrites(t *testing.T) {
	reads := append(scopedReads[int](), layertest.ReadWays[int]()...)
	for _, write := range changes[int]() {
		for _, read := range reads {
			race := scopeRace{run: func(r *scopeRacing) {
				reading := r.begin(aRead.Answers(), func() error {
					_, err := read.Read(r.ctx, r.c, "k")
					return err
				})
				r.must(write.Write(r.ctx, r.c, "k", ctxcache.NewEntry(2, time.Hour)))
				reading()
				wantAsStored(r.T, r.ctx, read.Name+" across "+write.Name, r.c, r.store)
			}}
			if !race.race(t, layers.RequestScoped[string, int]) {
				t.Errorf("%s across %s: the scope has another value than the store", read.Name, write.Name)
			}
		}
	}
}

// TestRequestScopedWritesAcrossReads checks that what is read while a write is on its way does not stay in the scope
// after it.
func TestRequestScopedWritesAcrossReads(t *testing.T) {
	for _, write := range changes[int]() {
		for _, read := range scopedReads[int]() {
			race := scopeRace{run: func(r *scopeRacing) {
				writing := r.begin(cachetest.On(changing...), func() error {
					return write.Write(r.ctx, r.c, "k", ctxcache.NewEntry(2, time.Hour))
				})
				value, err := read.Read(r.ctx, r.c, "k")
				if r.must(err); value != 1 {
					r.Errorf("%s during %s = %d, want the old value", read.Name, write.Name, value)
				}
				writing()
			}}
			if !race.race(t, layers.RequestScoped[string, int]) {
				t.Errorf("%s across %s: the scope has another value than the store", write.Name, read.Name)
			}
		}
	}
}

// TestRequestScopedForgetsBeforeAWrite checks that a write that is on its way already makes the scope forget the key.
func TestRequestScopedForgetsBeforeAWrite(t *testing.T) {
	for _, write := range changes[int]() {
		race := scopeRace{run: func(r *scopeRacing) {
			r.must(r.get())
			writing := r.begin(cachetest.On(changing...), func() error {
				return write.Write(r.ctx, r.c, "k", ctxcache.NewEntry(2, time.Hour))
			})
			reading := r.begin(aRead, r.get) // it would not arrive if the scope answered
			reading()
			writing()
		}}
		if !race.race(t, layers.RequestScoped[string, int]) {
			t.Errorf("%s: the scope has another value than the store", write.Name)
		}
	}
}

// TestRequestScopedAnswersStayInOrder checks that nobody reads an older value in a scope after a newer one. Reads of
// one key that run at a time may end in another order than they were answered in.
func TestRequestScopedAnswersStayInOrder(t *testing.T) {
	reads := append(scopedReads[int](), layertest.ReadWays[int]()...)
	for _, older := range reads {
		for _, newer := range layertest.ReadWays[int]() { // GetEntries and leases do not wait for a read that is running
			if newer.Name == "Get" || newer.Name == "GetEntry" {
				continue
			}
			race := scopeRace{run: func(r *scopeRacing) {
				reading := r.begin(aRead.Answers(), func() error {
					_, err := older.Read(r.ctx, r.c, "k")
					return err
				})
				layertest.MustSet(r, r.store, "k", 2) // by another request
				value, err := newer.Read(r.ctx, r.c, "k")
				if r.must(err); value != 2 {
					r.Errorf("%s = %d, want 2", newer.Name, value)
				}
				reading()
			}}
			if !race.race(t, layers.RequestScoped[string, int]) {
				t.Errorf("%s, then %s, which is answered first: the scope has the older value", older.Name, newer.Name)
			}
		}
	}
}
