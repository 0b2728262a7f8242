package cached_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// GetMany of a function with a single loader loads each missing key by itself, at the same time.
func TestFuncGetMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad key")
		f := cached.Func(newInts(), func(_ context.Context, key int) (string, error) {
			time.Sleep(time.Second)
			switch key {
			case 7:
				return "", bad
			case 8:
				return "", ctxcache.ErrNotFound
			}
			return "v" + strconv.Itoa(key), nil
		}, nil)
		began := time.Now()
		got, err := f.GetMany(t.Context(), upTo(10))
		wantValues(t, got, 0, 1, 2, 3, 4, 5, 6, 9)
		if !errors.Is(ctxcache.KeyError(err, 7), bad) || !strings.Contains(err.Error(), "1 key") || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if got, err := f.GetMany(t.Context(), nil); len(got) != 0 || err != nil {
			t.Errorf("no keys: %v, %v", got, err)
		}
	})
}

func TestBulkFailures(t *testing.T) {
	down, bad := errors.New("source down"), errors.New("bad key")
	for name, test := range map[string]struct {
		change func(ctx context.Context, keys []int, found map[int]string) (map[int]string, error)
		values []int
		failed map[int]error
	}{
		"whole": {
			change: func(context.Context, []int, map[int]string) (map[int]string, error) { return nil, down },
			failed: map[int]error{0: down, 1: down, 2: down},
		},
		"whole, with values": {
			change: func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) { return found, down },
			failed: map[int]error{0: down, 1: down, 2: down},
		},
		"some": {
			change: func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) {
				delete(found, 1)
				delete(found, 2)
				return found, ctxcache.NewManyError(map[int]error{1: bad})
			},
			values: []int{0},
			failed: map[int]error{1: bad, 2: bad}, // nobody says that 2 is not there
		},
		"some, joined with another": {
			change: func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) {
				return found, errors.Join(ctxcache.NewManyError(map[int]error{0: bad}), down)
			},
			failed: map[int]error{0: bad, 1: down, 2: down},
		},
		"some, joined with not found": {
			change: func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) {
				return found, errors.Join(ctxcache.NewManyError(map[int]error{0: bad}), ctxcache.ErrNotFound)
			},
			failed: map[int]error{0: bad, 1: ctxcache.ErrNotFound, 2: ctxcache.ErrNotFound},
		},
		"not found, for all of them": {
			change: func(context.Context, []int, map[int]string) (map[int]string, error) { return nil, ctxcache.ErrNotFound },
			failed: map[int]error{0: ctxcache.ErrNotFound, 1: ctxcache.ErrNotFound, 2: ctxcache.ErrNotFound},
		},
		"panic": {
			change: func(context.Context, []int, map[int]string) (map[int]string, error) { panic("bug") },
			failed: map[int]error{0: nil, 1: nil, 2: nil},
		},
		"exit": {
			change: func(context.Context, []int, map[int]string) (map[int]string, error) {
				runtime.Goexit()
				return nil, nil
			},
			failed: map[int]error{0: cached.ErrGoexit, 1: cached.ErrGoexit, 2: cached.ErrGoexit},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var heard hearing
			s := newShelf()
			s.change = test.change
			f := cached.Bulk(newInts(), s.load, &cached.Options{OnLoadError: heard.hear})
			got, err := f.GetMany(t.Context(), upTo(3))
			wantValues(t, got, test.values...)
			many, ok := errors.AsType[*ctxcache.ManyError[int]](err)
			if !ok || len(many.Failed) != len(test.failed) {
				t.Fatalf("%v", err)
			}
			for key, want := range test.failed {
				if got := many.Failed[key]; got == nil || want != nil && !errors.Is(got, want) {
					t.Errorf("key %d: %v, want %v", key, got, want)
				}
			}
			if len(heard.all()) != 1 {
				t.Errorf("heard of %v, want one failure", heard.all())
			}
			s.change = nil
			for key := range 3 { // nothing wrong was stored, and no lease was left behind
				value, err := f.Get(t.Context(), key)
				expect(t, value, err, "v"+strconv.Itoa(key), nil)
			}
		})
	}
}

// A loader whose context has ended may omit keys. They do not count as not found.
func TestBulkLoaderThatIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.change = func(ctx context.Context, _ []int, _ map[int]string) (map[int]string, error) {
			<-ctx.Done()
			return map[int]string{0: "v0"}, nil
		}
		cache := newInts()
		f := cached.Bulk(cache, s.load, &cached.Options{LoadTimeout: time.Second, NotFoundTTL: time.Hour})
		_, err := f.GetMany(t.Context(), upTo(3))
		for key := range 3 {
			if err := ctxcache.KeyError(err, key); !errors.Is(err, cached.ErrLoadTimeout) {
				t.Errorf("key %d: %v", key, err)
			}
			if _, err := cache.Get(t.Context(), key); err != ctxcache.ErrMiss {
				t.Errorf("key %d is stored: %v", key, err)
			}
		}
	})
}

func TestBulkExtraKeys(t *testing.T) {
	extra := func(_ context.Context, _ []int, found map[int]string) (map[int]string, error) {
		found[100] = "v100"
		return found, nil
	}
	for name, cache := range map[string]func() ctxcache.Cache[int, string]{
		"leases":        func() ctxcache.Cache[int, string] { return newInts() },
		"three methods": func() ctxcache.Cache[int, string] { return struct{ ctxcache.Cache[int, string] }{newInts()} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShelf()
				s.change = extra
				f := cached.Bulk(cache(), s.load, nil)
				got, err := f.GetMany(t.Context(), []int{1, 2})
				if err != nil {
					t.Fatal(err)
				}
				wantValues(t, got, 1, 2)
				synctest.Wait()
				value, err := f.Get(t.Context(), 100)
				expect(t, value, err, "v100", nil)
				s.expectOnce(t, 2)

				f = cached.Bulk(cache(), s.load, nil)
				s.change = func(ctx context.Context, keys []int, found map[int]string) (map[int]string, error) {
					if _, err := f.Delete(ctx, 100); err != nil { // it may be newer than what the loader has read
						t.Error(err)
					}
					return extra(ctx, keys, found)
				}
				if _, err := f.GetMany(t.Context(), []int{1, 2}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if has, err := f.Contains(t.Context(), 100); has || err != nil {
					t.Errorf("what was deleted during the load is stored: %v, %v", has, err)
				}
			})
		})
	}
}

// A loader that asks for a key of its own batch would wait for itself.
func TestBulkRecursion(t *testing.T) {
	var f *cached.Function[int, string]
	f = cached.Bulk(newInts(), func(ctx context.Context, keys []int) (map[int]string, error) {
		_, err := f.Get(ctx, keys[len(keys)-1])
		return nil, err
	}, nil)
	_, err := f.GetMany(t.Context(), upTo(3))
	for key := range 3 {
		if err := ctxcache.KeyError(err, key); !errors.Is(err, cached.ErrRecursiveLoad) {
			t.Errorf("key %d: %v", key, err)
		}
	}
}

// A caller who leaves does not end the load of the others, and the load goes on without any.
func TestBulkCallersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.delay = time.Second
		f := cached.Bulk(newInts(), s.load, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if _, err := f.GetMany(ctx, upTo(10)); err != context.DeadlineExceeded {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got, err := f.GetMany(t.Context(), upTo(10))
		if err != nil {
			t.Fatal(err)
		}
		wantValues(t, got, upTo(10)...)
		s.expectOnce(t, 10)
	})
}

// If the cache fails, all keys are loaded, and the failure is reported once.
func TestBulkOverACacheThatIsDown(t *testing.T) {
	var heard hearing
	s := newShelf()
	down := &downMany{ctxcache.NewForward[int, string](newInts(), ctxcache.Description{Kind: "down"})}
	f := cached.Bulk[int, string](down, s.load, &cached.Options{OnCacheError: heard.hear})
	got, err := f.GetMany(t.Context(), upTo(100))
	if err != nil {
		t.Fatal(err)
	}
	wantValues(t, got, upTo(100)...)
	s.expectOnce(t, 100)
	if len(heard.all()) != 1 {
		t.Errorf("heard of %d failures", len(heard.all()))
	}
}

// Callers get what they have asked for only, whatever the cache answers.
func TestGetManyOverACacheThatSaysTooMuch(t *testing.T) {
	for _, stored := range []int{0, 9, 10} {
		s, cache := newShelf(), newInts()
		for key := range stored {
			if err := cache.Set(t.Context(), key, "v"+strconv.Itoa(key), 0); err != nil {
				t.Fatal(err)
			}
		}
		got, err := cached.Bulk(talkative{cache}, s.load, nil).GetMany(t.Context(), upTo(10))
		if err != nil {
			t.Fatal(err)
		}
		wantValues(t, got, upTo(10)...)
	}
}

func TestBulkGetSlice(t *testing.T) {
	s := newShelf()
	s.absentFrom = 5
	f := cached.Bulk(newInts(), s.load, nil)
	got, err := f.GetSlice(t.Context(), []int{3, 1, 3, 0})
	if !slices.Equal(got, []string{"v3", "v1", "v3", "v0"}) || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	got, err = f.GetSlice(t.Context(), []int{4, 5})
	if !slices.Equal(got, []string{"v4", ""}) || !errors.Is(ctxcache.KeyError(err, 5), ctxcache.ErrNotFound) {
		t.Errorf("%q, %v", got, err)
	}
}

// A key of a batch fails, and a hook takes long to hear of that. The results of the others are stored, and its lease is given
// back, all the same: the cache is healthy.
func TestBulkStoresAfterASlowHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newInts()
		f := cached.Bulk(m, func(context.Context, []int) (map[int]string, error) {
			return map[int]string{1: "v1"}, ctxcache.NewManyError(map[int]error{2: errDown})
		}, &cached.Options{OnLoadError: func(context.Context, error) { time.Sleep(6 * time.Second) }})
		got, err := f.GetMany(t.Context(), []int{1, 2})
		if got[1] != "v1" || !errors.Is(ctxcache.KeyError(err, 2), errDown) {
			t.Errorf("got %v, %v", got, err)
		}
		synctest.Wait()
		value, err := m.Get(t.Context(), 1)
		expect(t, value, err, "v1", nil)
		if _, lease, err := m.GetLease(t.Context(), 2, 0); !lease.Granted() {
			t.Errorf("the lease was not given back: %v", err)
		}
		if stats, err := f.Stats(t.Context()); stats.Errors != 0 || stats.Unstored.Failed != 0 || err != nil {
			t.Errorf("%d failures of the cache, %d results not stored, %v", stats.Errors, stats.Unstored.Failed, err)
		}
	})
}
