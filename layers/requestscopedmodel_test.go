package layers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// scopeModel is what a scope may answer. It holds for one caller at a time.
type scopeModel struct {
	stored map[string]int // what the store has; no value is stored twice
	seen   map[string]int // what the scope has answered, and must go on to answer
}

// check returns what is wrong with the answer to a read, or "". A scope answers what it has answered before, or else
// what is stored.
func (m scopeModel) check(key string, value int, err error) string {
	want, has := m.seen[key]
	if !has {
		want, has = m.stored[key]
	}
	switch {
	case !has && err != ctxcache.ErrMiss:
		return fmt.Sprintf("%d, %v, want a miss", value, err)
	case has && (err != nil || value != want):
		return fmt.Sprintf("%d, %v, want %d", value, err, want)
	case has:
		m.seen[key] = value
	}
	return ""
}

// TestRequestScopedModel compares a scope with a model, in random runs of one request: reads and writes in all ways, in
// the scope and by others, and failures.
func TestRequestScopedModel(t *testing.T) {
	keys := []string{"a", "b", "c"}
	writes := changes[int]()
	reads := scopedReads[int]()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		store := newMemory[int]()
		failing, faults := cachetest.Failing(store)
		c, ctx := layers.RequestScoped(failing), layers.WithRequestScope(t.Context())
		m := scopeModel{stored: map[string]int{}, seen: map[string]int{}}
		var log []string
		for step := range 60 {
			key, value := keys[random.IntN(len(keys))], int(seed)*1000+step
			switch choice := random.IntN(10); {
			case choice < 5:
				way := reads[random.IntN(len(reads))]
				got, err := way.Read(ctx, c, key)
				log = append(log, fmt.Sprint(way.Name, " ", key, ": ", got, " ", err))
				if wrong := m.check(key, got, err); wrong != "" {
					t.Fatalf("seed %d: %s(%s) = %s, after %q", seed, way.Name, key, wrong, log)
				}
			case choice < 7: // by another request
				log = append(log, fmt.Sprint("others set ", key, " to ", value))
				layertest.MustSet(t, store, key, value)
				m.stored[key] = value
			default:
				way := writes[random.IntN(len(writes))]
				if choice == 9 {
					faults.Fail(errPanic, cachetest.On(changing...))
				}
				err := way.Write(ctx, c, key, ctxcache.NewEntry(value, time.Hour))
				log = append(log, fmt.Sprint(way.Name, " ", key, ": ", value, " ", err))
				faults.Heal()
				m.wrote(t, store, way.Name, key)
				if err == nil && strings.HasPrefix(way.Name, "Fill") {
					m.seen[key] = value
				}
			}
		}
	}
}

// wrote notes a write by the scope: it has forgotten key, or all keys.
func (m scopeModel) wrote(t *testing.T, store ctxcache.Cache[string, int], way, key string) {
	t.Helper()
	delete(m.seen, key)
	if way == "Clear" || way == "ClearIn" {
		clear(m.seen)
	}
	clear(m.stored)
	for key, err := range ctxcache.Keys(t.Context(), store) {
		if err != nil {
			t.Fatal(err)
		}
		value, err := store.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		m.stored[key] = value
	}
}

// TestRequestScopedModelOfConcurrentCallers runs the callers of one scope at random speeds. Values only grow, also
// those that others write. After a write has ended, and after a read has ended, no call that begins then finds an older
// value. In the end the scope and the store agree.
func TestRequestScopedModelOfConcurrentCallers(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) { concurrentScope(t, seed) })
	}
}

func concurrentScope(t *testing.T, seed uint64) {
	store := newMemory[int]()
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 1))
	pause := func() {
		mu.Lock()
		d := time.Duration(random.IntN(8))
		mu.Unlock()
		time.Sleep(d)
	}
	c := layers.RequestScoped(cachetest.Hooked(store, cachetest.Hook[string]{
		Before: func(context.Context, cachetest.Call[string]) error { pause(); return nil },
		After:  func(_ context.Context, _ cachetest.Call[string], err error) error { pause(); return err },
	}))
	ctx := layers.WithRequestScope(t.Context())
	last, newest := 0, 0 // the last value given out, and the newest that a call has ended with
	writing := make(chan struct{}, 1)
	ended := func(value int) {
		mu.Lock()
		defer mu.Unlock()
		newest = max(newest, value)
	}
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			choose := rand.New(rand.NewPCG(seed, uint64(caller)+2))
			reads := slices.Concat(scopedReads[int](), layertest.ReadWays[int]())
			writes := slices.DeleteFunc(changes[int](), func(w layertest.WriteWay[int]) bool {
				return slices.ContainsFunc(deletions[int](), func(d layertest.WriteWay[int]) bool { return d.Name == w.Name })
			})
			for range 25 {
				if choose.IntN(4) > 0 {
					mu.Lock()
					atLeast := newest
					mu.Unlock()
					read := reads[choose.IntN(len(reads))]
					value, err := read.Read(ctx, c, "k")
					switch {
					case err == ctxcache.ErrMiss || errors.Is(err, ctxcache.ErrLeaseLost): // as the lease was released
					case err != nil:
						t.Errorf("%s: %v", read.Name, err)
					case value < atLeast:
						t.Errorf("seed %d: %s = %d after %d", seed, read.Name, value, atLeast)
					default:
						ended(value)
					}
					pause()
					continue
				}
				writing <- struct{}{} // one writer at a time, so that values grow
				mu.Lock()
				last++
				value := last
				mu.Unlock()
				if choose.IntN(3) == 0 {
					layertest.MustSet(t, store, "k", value) // by another request
				} else if err := writes[choose.IntN(len(writes))].Write(ctx, c, "k", ctxcache.NewEntry(value, time.Hour)); err == nil {
					ended(value)
				}
				<-writing
			}
		})
	}
	callers.Wait()
	if err := c.Set(ctx, "k", last+1, time.Hour); err != nil {
		t.Fatal(err)
	}
	wantAsStored(t, ctx, "in the end", c, store)
}
