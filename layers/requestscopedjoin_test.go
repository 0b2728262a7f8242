package layers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedReadsJoin checks that reads of one key that begin at the same time ask the inner cache once,
// whatever it answers, and that reads in another scope ask for themselves.
func TestRequestScopedReadsJoin(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, store ctxcache.Cache[string, int]){
		"value": func(t *testing.T, store ctxcache.Cache[string, int]) { layertest.MustSet(t, store, "k", 1) },
		"negative": func(t *testing.T, store ctxcache.Cache[string, int]) {
			e := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
			if err := ctxcache.SetEntry(t.Context(), store, "k", e); err != nil {
				t.Fatal(err)
			}
		},
		"miss": func(*testing.T, ctxcache.Cache[string, int]) {},
	} {
		for _, first := range scopedReads[int]() {
			synctest.Test(t, func(t *testing.T) {
				store := newMemory[int]()
				prepare(t, store)
				want, wantErr := store.Get(t.Context(), "k")
				stalling, stalls := cachetest.Stalling(store)
				counted, asked := counting(stalling)
				c := layers.RequestScoped(counted)
				stall := stalls.Stall(aRead)
				scopes := []context.Context{layers.WithRequestScope(t.Context()), layers.WithRequestScope(t.Context())}
				var calls sync.WaitGroup
				for _, ctx := range scopes {
					calls.Go(func() { _, _ = first.Read(ctx, c, "k") }) // its answer is checked elsewhere
					<-stall.Arrived()
					for range 5 {
						calls.Go(func() {
							if got, err := c.Get(ctx, "k"); got != want || err != wantErr {
								t.Errorf("%s: Get = %d, %v, want %d, %v", name, got, err, want, wantErr)
							}
						})
						calls.Go(func() {
							if e, err := ctxcache.GetEntry(ctx, c, "k"); e.Value != want || err != wantErr {
								t.Errorf("%s: GetEntry = %+v, %v, want %d, %v", name, e, err, want, wantErr)
							}
						})
					}
					synctest.Wait()
				}
				stall.Release()
				calls.Wait()
				wantAsked(t, first.Name+" of a "+name, asked, "k", "k")
			})
		}
	}
}

// TestRequestScopedJoinerLeaves checks that a caller that waits for the read of another one leaves with its own
// context.
func TestRequestScopedJoinerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory[int]()
		layertest.MustSet(t, store, "k", 1)
		stalling, stalls := cachetest.Stalling(store)
		c, ctx := layers.RequestScoped(stalling), layers.WithRequestScope(t.Context())
		stall := stalls.Stall(aRead.First(1))
		var calls sync.WaitGroup
		calls.Go(func() { layertest.WantValue(t, scopedBy(ctx, c), "k", 1) })
		<-stall.Arrived()
		hurried, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		began := time.Now()
		if _, err := c.Get(hurried, "k"); err != context.DeadlineExceeded || time.Since(began) != time.Second {
			t.Errorf("%v after %v, want the deadline's error at the deadline", err, time.Since(began))
		}
		stall.Release()
		calls.Wait()
	})
}

// TestRequestScopedJoinersReadThemselves checks that callers that wait for a read which fails, because its caller has
// left, or because the cache has failed or panicked, ask the inner cache, all at the same time.
func TestRequestScopedJoinersReadThemselves(t *testing.T) {
	for name, fail := range map[string]func(leave func()) error{
		"its caller leaves": func(leave func()) error { leave(); return context.Canceled },
		"the cache fails":   func(func()) error { return errPanic },
		"the cache panics":  func(func()) error { panic(errPanic) },
	} {
		synctest.Test(t, func(t *testing.T) {
			store := newMemory[int]()
			layertest.MustSet(t, store, "k", 1)
			ctx := layers.WithRequestScope(t.Context())
			first, leave := context.WithCancel(ctx)
			defer leave()
			stalled := make(chan struct{})
			calls, others := 0, sync.WaitGroup{}
			var mu sync.Mutex
			others.Add(3)
			c := layers.RequestScoped(cachetest.Hooked(store, cachetest.Hook[string]{
				Before: func(context.Context, cachetest.Call[string]) error {
					mu.Lock()
					calls++
					call := calls
					mu.Unlock()
					if call == 1 {
						<-stalled
						return fail(leave)
					}
					others.Done()
					others.Wait() // if they came one after the other, this would be a deadlock
					return nil
				},
			}))
			var callers sync.WaitGroup
			callers.Go(func() {
				defer func() { _ = recover() }() // of the read that panics
				if _, err := c.Get(first, "k"); err == nil {
					t.Errorf("%s: no error", name)
				}
			})
			synctest.Wait()
			for range 3 {
				callers.Go(func() {
					if value, err := c.Get(ctx, "k"); value != 1 || err != nil {
						t.Errorf("%s: a caller that has waited got %d, %v", name, value, err)
					}
				})
			}
			synctest.Wait()
			close(stalled)
			callers.Wait()
			layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
			if calls != 4 {
				t.Errorf("%s: %d reads, want the one that failed and three", name, calls)
			}
		})
	}
}

// TestRequestScopedDoesNotJoinAReadFromBeforeAWrite checks that a caller that comes after a write does not wait for a
// read that has found the old value, and does not get it.
func TestRequestScopedDoesNotJoinAReadFromBeforeAWrite(t *testing.T) {
	for _, write := range changes[int]() {
		race := scopeRace{run: func(r *scopeRacing) {
			read := r.begin(aRead.Answers(), r.get)
			r.must(write.Write(r.ctx, r.c, "k", ctxcache.NewEntry(2, time.Hour)))
			wantAsStored(r.T, r.ctx, write.Name, r.c, r.store) // a caller that waits would wait for ever
			read()
		}}
		if !race.race(t, layers.RequestScoped[string, int]) {
			t.Errorf("%s: the scope has another value than the store", write.Name)
		}
	}
}

// TestRequestScopedJoinsDuringAFill checks that a read during a Fill does not wait for the Fill.
func TestRequestScopedJoinsDuringAFill(t *testing.T) {
	race := scopeRace{run: func(r *scopeRacing) {
		_, lease, err := ctxcache.GetLease(r.ctx, r.c, "absent", 0)
		if err != ctxcache.ErrMiss {
			r.Fatal(err)
		}
		fill := r.begin(cachetest.On(ctxcache.OpFill), func() error {
			return ctxcache.Fill(r.ctx, r.c, "absent", lease, ctxcache.NewEntry(2, time.Hour))
		})
		if _, err := r.c.Get(r.ctx, "absent"); !errors.Is(err, ctxcache.ErrMiss) {
			r.Errorf("Get during the Fill: %v, want a miss", err)
		}
		fill()
		layertest.WantValue(r, scopedBy(r.ctx, r.c), "absent", 2)
	}}
	race.race(t, layers.RequestScoped[string, int])
}
