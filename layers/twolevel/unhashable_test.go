package twolevel_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// announcing is a far whose Watch reports only the events that the test announces.
type announcing struct {
	ctxcache.Forward[string, int]
	mu       sync.Mutex
	watchers []chan ctxcache.Event
}

func newAnnouncing(far intCache) *announcing {
	return &announcing{Forward: ctxcache.NewForward(far, ctxcache.Description{Kind: "announcing"})}
}

func (c *announcing) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	events := make(chan ctxcache.Event, 10)
	c.mu.Lock()
	c.watchers = append(c.watchers, events)
	c.mu.Unlock()
	fn(ctxcache.Event{Gap: true})
	for {
		select {
		case e := <-events:
			fn(e)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announce passes an event to all that watch, and waits until they have taken it.
func (c *announcing) announce(e ctxcache.Event) {
	c.mu.Lock()
	for _, events := range c.watchers {
		events <- e
	}
	c.mu.Unlock()
	synctest.Wait()
}

// unusable are stored keys that no map finds again, by what is wrong with them.
var unusable = map[string]any{
	"bytes":               []byte("k"),
	"a struct of bytes":   struct{ of any }{[]byte("k")},
	"not equal to itself": math.NaN(),
	"nothing":             nil,
}

// TestEventsWithUnusableKeys checks that near drops everything if an event does not say in a usable form which key has
// changed, that reads from before it are not joined, and that near goes on to follow far.
func TestEventsWithUnusableKeys(t *testing.T) {
	for name, stored := range unusable {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, near := newNear(), newNear()
				stalled, stalls := cachetest.Stalling(store)
				far := newAnnouncing(stalled)
				c := follows(t, near, intCache(far), func(err error) { t.Errorf("OnWatchError got %v", err) })
				layertest.MustSet(t, store, "k", 1)
				layertest.MustSet(t, store, "other", 1)
				layertest.WantValue(t, c, "other", 1)
				layertest.WantValue(t, near, "other", 1)
				answer := stalls.Stall(farRead.Answers().First(1))
				early := make(chan int, 1)
				go func() {
					got, _ := c.Get(t.Context(), "k")
					early <- got
				}()
				<-answer.Arrived()
				layertest.MustSet(t, store, "k", 2)
				far.announce(ctxcache.Event{Key: stored})
				wantMiss(t, near, "other")
				layertest.WantValue(t, c, "k", 2)
				answer.Release()
				if got := <-early; got != 1 {
					t.Errorf("the early read got %d", got)
				}
				layertest.WantValue(t, near, "k", 2)
				far.announce(ctxcache.Event{Key: "k"})
				wantMiss(t, near, "k")
			})
		})
	}
}

// TestWatchReportsUnusableKeysAsAGap checks that a follower of the two levels gets a Gap for such an event, after near
// has dropped everything: it could not look up the key either.
func TestWatchReportsUnusableKeysAsAGap(t *testing.T) {
	for name, stored := range unusable {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newNear(), newAnnouncing(newNear())
				c := follows(t, near, intCache(far), nil)
				layertest.MustSet(t, intCache(far), "k", 1)
				var events []ctxcache.Event
				go func() {
					_ = ctxcache.Watch(t.Context(), c, func(e ctxcache.Event) {
						wantMiss(t, near, "k")
						events = append(events, e)
					})
				}()
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				far.announce(ctxcache.Event{Key: stored})
				if gap := (ctxcache.Event{Gap: true}); len(events) != 2 || events[0] != gap || events[1] != gap {
					t.Errorf("Watch reported %v, want a Gap at the beginning and another one", events)
				}
			})
		})
	}
}

// hashless is a far that stores its keys in a form that cannot be hashed.
type hashless struct{ ctxcache.Forward[string, int] }

func (c *hashless) StoredKey(key string) any { return []byte(key) }

// TestStoredKeysThatCannotBeHashed checks that near is not used for keys whose events near could not follow.
func TestStoredKeysThatCannotBeHashed(t *testing.T) {
	for _, read := range layertest.ReadWays[int]() {
		for _, write := range layertest.SetWays[int]() {
			t.Run(write.Name+"/"+read.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					near, store := newNear(), newNear()
					c := follows(t, near, intCache(&hashless{ctxcache.NewForward(store, ctxcache.Description{Kind: "hashless"})}), nil)
					if err := write.Write(t.Context(), c, "k", ctxcache.NewEntry(1, ctxcache.NoExpiry)); err != nil {
						t.Fatalf("%s: %v", write.Name, err)
					}
					synctest.Wait()
					for value := 1; value <= 2; value++ {
						if got, err := read.Read(t.Context(), c, "k"); err != nil || got != value {
							t.Errorf("%s = %v, %v, want %d", read.Name, got, err, value)
						}
						wantMiss(t, near, "k")
						layertest.MustSet(t, store, "k", value+1)
						synctest.Wait()
					}
				})
			})
		}
	}
}

// TestFollowUnusableKeys checks that OnWatchError hears, once, of changes of data whose keys cannot be deleted in far. Near
// drops everything, and goes on.
func TestFollowUnusableKeys(t *testing.T) {
	for name, stored := range unusable {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db, near, far := newAnnouncing(newNear()), newNear(), newNear()
				var heard []error
				c := following(t, near, far, twolevel.Options{
					Follow: changesOf(db), OnWatchError: func(err error) { heard = append(heard, err) },
				})
				layertest.MustSet[string, int](t, c, "k", 1)
				for range 2 {
					db.announce(ctxcache.Event{Key: stored})
				}
				wantMiss(t, near, "k")
				if len(heard) != 1 {
					t.Errorf("OnWatchError got %v, want one call", heard)
				}
				layertest.WantValue[string, int](t, c, "k", 1) // nobody knows that far's value is old
				layertest.WantValue(t, near, "k", 1)
			})
		})
	}
}
