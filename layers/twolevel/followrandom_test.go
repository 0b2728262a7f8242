package twolevel_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// allSeeds names an environment variable. If it is full, TestFollowRandomly runs many more seeds.
const allSeeds = "CACHED_SIM"

// TestFollowRandomly changes rows at random, while processes load them, lose their streams one after the other, and fail to
// reach far. One process hears of every change. When all is quiet, each process has the rows of the data.
func TestFollowRandomly(t *testing.T) {
	seeds := uint64(10)
	if os.Getenv(allSeeds) == "full" {
		seeds = 1000
	}
	for name, opts := range map[string]twolevel.Options{
		"plain":     {},
		"stale":     {MaxStale: 5 * time.Second},
		"resilient": {Resilient: true},
	} {
		for seed := range seeds {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				db, store := newNear(), newNear()
				steady := following(t, newNear(), store, twolevel.Options{Follow: changesOf(db)}) // it hears of every change
				var streams []*watchFaults
				var faults []*cachetest.Faults
				users := []*cached.Function[string, int]{loading(steady, db)}
				for range 2 {
					stream := &watchFaults{Forward: ctxcache.NewForward(db, ctxcache.Description{})}
					far, fault := cachetest.Failing(store)
					opts.Follow = changesOf(stream)
					users = append(users, loading(following(t, newNear(), far, opts), db))
					streams, faults = append(streams, stream), append(faults, fault)
				}
				ctx, stop := context.WithCancel(t.Context())
				var readers sync.WaitGroup
				for i, f := range users {
					pace := rand.New(rand.NewPCG(seed, uint64(i)+1))
					readers.Go(func() {
						for ctx.Err() == nil {
							_, _ = f.Get(ctx, fmt.Sprint(pace.IntN(5))) // far may be down
							time.Sleep(time.Duration(pace.IntN(50)) * time.Millisecond)
						}
					})
				}
				for i := range 300 {
					if err := db.Set(t.Context(), fmt.Sprint(random.IntN(5)), i+1, 0); err != nil {
						t.Fatal(err)
					}
					which := random.IntN(len(streams))
					switch random.IntN(20) {
					case 0:
						streams[which].set(errWatch)
					case 1:
						faults[which].Fail(errFar, cachetest.On(ctxcache.OpDelete, ctxcache.OpDeleteMany))
					case 2:
						faults[which].Fail(errFar, cachetest.On())
					case 3, 4, 5:
						faults[which].Heal()
					case 6, 7, 8:
						streams[which].set(nil)
					}
					time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
				}
				for i := range streams {
					streams[i].set(nil)
					faults[i].Heal()
				}
				time.Sleep(time.Minute) // the longest pauses are over
				stop()
				readers.Wait()
				for i, f := range users {
					for key := range 5 {
						want, _ := db.Get(t.Context(), fmt.Sprint(key)) // a row may never have been written
						if got, err := f.Get(t.Context(), fmt.Sprint(key)); got != want {
							t.Errorf("%s, seed %d: process %d has %v, %v, want the row %v", name, seed, i, got, err, want)
						}
					}
				}
			})
		}
	}
}
