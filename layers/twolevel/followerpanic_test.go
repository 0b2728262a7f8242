package twolevel_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// abruptError fails the test unless err says that a call ended as how says, in abrupt.
func abruptError(t *testing.T, how string, err error) {
	t.Helper()
	panicked, ok := errors.AsType[*cached.PanicError](err)
	switch {
	case how == "Goexit" && !errors.Is(err, cached.ErrGoexit):
		t.Errorf("%v, want ErrGoexit", err)
	case how == "panic" && (!ok || panicked.Value != "a level panics" || !strings.Contains(string(panicked.Stack), "_test.go")):
		t.Errorf("%v, want a PanicError with its stack", err)
	}
}

// errorsHeard are the errors that OnWatchError got.
type errorsHeard struct {
	mu   sync.Mutex
	errs []error
}

func (h *errorsHeard) add(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errs = append(h.errs, err)
}

func (h *errorsHeard) all() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.errs)
}

// watchEnds is a far whose Watch calls end before its first event while broken is set, or else reports all changes. If
// apart is set, it calls fn on a goroutine of its own.
type watchEnds struct {
	ctxcache.Forward[string, int]
	broken atomic.Bool
	apart  bool
	end    func()
}

func (c *watchEnds) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if c.broken.Load() {
		c.end()
	}
	if !c.apart {
		return c.Forward.Watch(ctx, fn)
	}
	ended := make(chan error, 1)
	go func() {
		err := errWatch
		defer func() { ended <- err }()
		err = c.Forward.Watch(ctx, fn)
	}()
	return <-ended
}

// TestCoherentOutlivesAPanicOfWatch checks that OnWatchError gets a panic of far's Watch, that near is not believed then,
// and that near follows far again later.
func TestCoherentOutlivesAPanicOfWatch(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newNear(), &watchEnds{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{}), end: end}
				far.broken.Store(true)
				var heard errorsHeard
				c := follows(t, near, intCache(far), heard.add)
				got := heard.all()
				if len(got) != 1 {
					t.Fatalf("OnWatchError got %v", got)
				}
				abruptError(t, how, got[0])
				layertest.MustSet(t, intCache(far), "k", 1)
				layertest.WantValue(t, c, "k", 1)
				wantMiss(t, near, "k")
				far.broken.Store(false)
				time.Sleep(time.Second)
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
				layertest.MustSet(t, intCache(far), "k", 2)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 2)
			})
		})
	}
}

// TestCoherentOutlivesAPanicOfNear checks the same for a near that panics when it is to drop a key, whichever goroutine
// far reports the change on.
func TestCoherentOutlivesAPanicOfNear(t *testing.T) {
	for how, end := range abrupt {
		for name, apart := range map[string]bool{"on far's goroutine": true, "on the caller's": false} {
			for _, op := range []ctxcache.Operation{ctxcache.OpDelete, ctxcache.OpClear} {
				t.Run(how+"/"+name+"/"+string(op), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var on atomic.Bool
						near := ending(newNear(), &on, end, op)
						far := &watchEnds{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{}), apart: apart}
						var heard errorsHeard
						c := follows(t, near, intCache(far), heard.add)
						layertest.MustSet(t, intCache(far), "k", 1)
						synctest.Wait()
						layertest.WantValue(t, c, "k", 1)
						layertest.WantValue(t, near, "k", 1)
						on.Store(true)
						if op == ctxcache.OpClear {
							if err := ctxcache.Clear(t.Context(), intCache(far)); err != nil {
								t.Fatal(err)
							}
						}
						layertest.MustSet(t, intCache(far), "k", 2)
						synctest.Wait()
						layertest.WantValue(t, c, "k", 2) // near is not believed
						got := heard.all()
						if len(got) != 1 {
							t.Fatalf("OnWatchError got %v", got)
						}
						abruptError(t, how, got[0])
						on.Store(false)
						time.Sleep(time.Minute)
						layertest.WantValue(t, c, "k", 2)
						layertest.WantValue(t, near, "k", 2)
						layertest.MustSet(t, intCache(far), "k", 3)
						synctest.Wait()
						layertest.WantValue(t, c, "k", 3)
					})
				})
			}
		}
	}
}

// TestCoherentOutlivesAPanicOfThePruning checks the same for a near that panics when it is to list its keys.
func TestCoherentOutlivesAPanicOfThePruning(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var on atomic.Bool
				on.Store(true)
				near := ending(newNear(), &on, end, ctxcache.OpKeys)
				far := newNear()
				var heard errorsHeard
				c := follows(t, near, far, heard.add)
				for i := 0; len(heard.all()) == 0 && i < 10_000; i++ {
					_, _ = c.Get(t.Context(), "k"+strings.Repeat("x", i))
				}
				synctest.Wait()
				got := heard.all()
				if len(got) != 1 {
					t.Fatalf("OnWatchError got %v", got)
				}
				abruptError(t, how, got[0])
				on.Store(false)
				time.Sleep(time.Minute)
				layertest.MustSet(t, far, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
			})
		})
	}
}

// TestCoherentOutlivesAPanicOfOnWatchError checks that near follows far again after OnWatchError has panicked, and that
// the next call of OnWatchError gets the panic.
func TestCoherentOutlivesAPanicOfOnWatchError(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newNear(), &watchFaults{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}
				var heard errorsHeard
				c := follows(t, near, intCache(far), func(err error) {
					if heard.add(err); len(heard.all()) == 1 {
						end()
					}
				})
				far.set(errWatch)
				time.Sleep(time.Minute)
				far.set(nil)
				time.Sleep(time.Minute)
				got := heard.all()
				if len(got) < 2 || !errors.Is(got[1], errWatch) {
					t.Fatalf("OnWatchError got %v", got)
				}
				abruptError(t, how, got[1])
				if len(got) > 2 && (errors.Is(got[2], cached.ErrGoexit) || strings.Contains(got[2].Error(), "panic")) {
					t.Errorf("OnWatchError got the panic twice: %v", got[2])
				}
				layertest.MustSet(t, intCache(far), "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
			})
		})
	}
}

// TestWatchPanics checks that a panic of a Watch's fn, or of near, reaches the caller of Watch, and that nothing of the
// Watch goes on.
func TestWatchPanics(t *testing.T) {
	for how, end := range abrupt {
		for name, test := range map[string]struct{ fnEnds, nearEnds bool }{"fn": {fnEnds: true}, "near": {nearEnds: true}} {
			t.Run(how+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var on atomic.Bool
					inner, store := newNear(), newNear()
					far, log := cachetest.Recording(store)
					c := follows(t, ending(inner, &on, end, ctxcache.OpClear), far, nil)
					log.Reset()
					on.Store(test.nearEnds)
					endsAbruptly(t, func() {
						_ = ctxcache.Watch(t.Context(), c, func(ctxcache.Event) {
							if test.fnEnds {
								end()
							}
						})
					})
					on.Store(false)
					if n := log.Count(ctxcache.OpWatch); n != 1 {
						t.Errorf("%d calls of far's Watch have ended", n)
					}
					layertest.MustSet(t, store, "k", 1)
					synctest.Wait()
					layertest.WantValue(t, c, "k", 1)
					layertest.WantValue(t, inner, "k", 1)
				})
			})
		}
	}
}

// TestStoredKeyPanics checks that a far that panics for a key makes only the read of this key fail, and that the follower
// outlives it.
func TestStoredKeyPanics(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, store := newNear(), newNear()
				far := &storedEnds{Forward: ctxcache.NewForward(store, ctxcache.Description{}), end: end}
				var heard errorsHeard
				c := follows(t, near, intCache(far), heard.add)
				if _, err := c.Get(t.Context(), "bad"); err == nil {
					t.Error("no error")
				} else {
					abruptError(t, how, err)
				}
				if n := twolevel.Noting(c); n != 0 {
					t.Errorf("%d uses of notes are left", n)
				}
				layertest.MustSet(t, store, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
				if got := heard.all(); len(got) > 0 {
					t.Errorf("OnWatchError got %v", got)
				}
			})
		})
	}
}

// storedEnds is a far that cannot say how it stores the key bad.
type storedEnds struct {
	ctxcache.Forward[string, int]
	end func()
}

func (c *storedEnds) StoredKey(key string) any {
	if key == "bad" {
		c.end()
	}
	return c.Forward.StoredKey(key)
}
