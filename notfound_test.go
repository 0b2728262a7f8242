package cached_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// expectNoRows fails the test unless err is both sql.ErrNoRows and ErrNotFound, and prints want.
func expectNoRows(t *testing.T, err error, want string) {
	t.Helper()
	if !errors.Is(err, sql.ErrNoRows) || !errors.Is(err, ctxcache.ErrNotFound) || err.Error() != want {
		t.Errorf("got %v; want %q, which is sql.ErrNoRows and ErrNotFound", err, want)
	}
}

// failingWith returns a loader that counts its calls, and fails.
func failingWith(s *origin, err error) func(context.Context, string) (string, error) {
	s.fail(err)
	return s.load
}

// The second call finds the negative entry, in this process or in another one. It gets an error that is as good as the
// loader's.
func TestFuncNotFoundIsTheSourcesErrorFromEveryCall(t *testing.T) {
	errNoUser := errors.New("no user 7")
	rows := sql.ErrNoRows.Error()
	for name, test := range map[string]struct {
		err  error
		text string
	}{
		"bare":                {sql.ErrNoRows, rows},
		"wrapped":             {fmt.Errorf("user 7: %w", sql.ErrNoRows), "user 7: " + rows},
		"with another name":   {fmt.Errorf("%w: %w", errNoUser, sql.ErrNoRows), "no user 7: " + rows},
		"ErrNotFound":         {ctxcache.ErrNotFound, ctxcache.ErrNotFound.Error()},
		"both":                {fmt.Errorf("%w: %w", sql.ErrNoRows, ctxcache.ErrNotFound), rows + ": " + ctxcache.ErrNotFound.Error()},
		"joined, and bare":    {errors.Join(sql.ErrNoRows, ctxcache.ErrNotFound), rows + "\n" + ctxcache.ErrNotFound.Error()},
		"of many keys, alike": {ctxcache.FailEach([]string{"a", "b"}, sql.ErrNoRows), "2 keys failed: " + rows},
	} {
		for _, stored := range []time.Duration{0, time.Minute} {
			for cacheName, cache := range map[string]ctxcache.Cache[string, string]{
				"leases": newMemory(), "no leases": &unleasedStore{over(newMemory())},
			} {
				t.Run(fmt.Sprintf("%s/%v/%s", name, stored, cacheName), func(t *testing.T) {
					s, opts := newOrigin(), &cached.Options{NotFound: sql.ErrNoRows, NotFoundTTL: stored}
					f := cached.Func(cache, failingWith(s, test.err), opts)
					_, err := f.Get(t.Context(), "k")
					expectNoRows(t, err, test.text)

					other := newOrigin() // of another process
					g := cached.Func(cache, failingWith(other, sql.ErrNoRows), opts)
					for _, again := range []*cached.Function[string, string]{f, g} {
						_, err = again.Get(t.Context(), "k")
						switch {
						case stored > 0 || again == g:
							expectNoRows(t, err, rows)
						default:
							expectNoRows(t, err, test.text)
						}
					}
					if stored > 0 {
						s.expect(t, 1)
						other.expect(t, 0)
					} else {
						s.expect(t, 2)
						other.expect(t, 1)
					}
					_, err = f.Refresh(t.Context(), "k")
					expectNoRows(t, err, test.text)
					if has, err := f.Contains(t.Context(), "k"); has || err != nil {
						t.Errorf("Contains: %v, %v", has, err)
					}
				})
			}
		}
	}
}

// Callers that wait for the load get the same error. So does one that finds the negative entry when it looks once more.
func TestFuncNotFoundReachesEveryCallerOfALoad(t *testing.T) {
	for _, refresh := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newOrigin()
			load := failingWith(s, fmt.Errorf("user 7: %w", sql.ErrNoRows))
			var heard events
			f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
				time.Sleep(time.Second)
				return load(ctx, key)
			}, &cached.Options{NotFound: sql.ErrNoRows, NotFoundTTL: time.Minute})
			g := cached.Func(newMemory(), load, &cached.Options{NotFound: sql.ErrNoRows, Tracer: &heard})
			call := f.Get
			if refresh {
				call = f.Refresh
			}
			var calls []<-chan result
			for range 10 {
				calls = append(calls, async(func() (string, error) { return call(t.Context(), "k") }))
			}
			for _, c := range calls {
				expectNoRows(t, (<-c).err, "user 7: sql: no rows in result set")
			}
			if refresh {
				s.expect(t, 2) // one of them came first, and the others may have come after a change
			} else {
				s.expect(t, 1)
			}

			_, err := g.Get(t.Context(), "k")
			expectNoRows(t, err, "user 7: sql: no rows in result set")
			heard.expect(t, "load  user 7: sql: no rows in result set", "get negative user 7: sql: no rows in result set")
		})
	}
}

// A negative entry appears between a caller's first look and the lease of its load.
func TestFuncNotFoundOfASecondLook(t *testing.T) {
	cache := &missing{leasing: &leasing{store: over(newMemory()), granted: once(func(l ctxcache.Lease, err error) (ctxcache.Lease, error) {
		return l, err
	})}}
	cache.then = func() {
		if err := cache.SetEntry(t.Context(), "k", ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true}}); err != nil {
			t.Error(err)
		}
	}
	s := newOrigin("k", "v")
	f := cached.Func[string, string](cache, s.load, &cached.Options{NotFound: sql.ErrNoRows})
	_, err := f.Get(t.Context(), "k")
	expectNoRows(t, err, sql.ErrNoRows.Error())
	s.expect(t, 0)
}

// timeoutError is the error of a connection that ran into its deadline.
type timeoutError struct{}

func (timeoutError) Error() string { return "i/o timeout" }
func (timeoutError) Timeout() bool { return true }

// A part of the answer is missing, so the thing may be there. The error is returned as it is, and nothing is stored.
func TestFuncFailureIsNotTakenForNotFound(t *testing.T) {
	for name, err := range map[string]error{
		"another part failed":       errors.Join(sql.ErrNoRows, io.ErrUnexpectedEOF),
		"another part, wrapped":     fmt.Errorf("users: %w", errors.Join(sql.ErrNoRows, io.ErrUnexpectedEOF)),
		"ErrNotFound and a failure": errors.Join(ctxcache.ErrNotFound, io.ErrUnexpectedEOF),
		"one of many keys failed": ctxcache.NewManyError(map[string]error{
			"a": sql.ErrNoRows, "b": io.ErrUnexpectedEOF,
		}),
		"a deadline":       fmt.Errorf("%w: %w", sql.ErrNoRows, context.DeadlineExceeded),
		"a cancellation":   fmt.Errorf("%w: %w", context.Canceled, ctxcache.ErrNotFound),
		"a timeout":        fmt.Errorf("%w: %w", sql.ErrNoRows, timeoutError{}),
		"the cache's time": fmt.Errorf("%w: %w", sql.ErrNoRows, ctxcache.ErrTimeout),
		"a load's time":    fmt.Errorf("%w: %w", sql.ErrNoRows, cached.ErrLoadTimeout),
		"a panic":          fmt.Errorf("users: %w", &cached.PanicError{Value: sql.ErrNoRows}),
	} {
		for _, refresh := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				var heard events
				cache, s := newMemory(), newOrigin()
				f := cached.Func(cache, failingWith(s, err), &cached.Options{
					NotFound: sql.ErrNoRows, NotFoundTTL: time.Minute, Tracer: &heard,
				})
				call, op := f.Get, "get"
				if refresh {
					call, op = f.Refresh, "refresh"
					if err := cache.Set(t.Context(), "k", "old", 0); err != nil {
						t.Fatal(err)
					}
				}
				for range 2 {
					if _, got := call(t.Context(), "k"); got != err {
						t.Errorf("got %v, want %v itself", got, err)
					}
					heard.expect(t, "load  "+err.Error(), op+" error "+err.Error())
				}
				s.expect(t, 2)
				if value, err := cache.Get(t.Context(), "k"); refresh && value != "old" || !refresh && err != ctxcache.ErrMiss {
					t.Errorf("the cache has %q, %v", value, err)
				}
			})
		}
	}
}

// A loader that panics with the source's error has not answered.
func TestFuncPanicWithNotFoundIsAFailure(t *testing.T) {
	cache := newMemory()
	f := cached.Func(cache, func(context.Context, string) (string, error) { panic(sql.ErrNoRows) },
		&cached.Options{NotFound: sql.ErrNoRows, NotFoundTTL: time.Minute})
	_, err := f.Get(t.Context(), "k")
	if _, ok := errors.AsType[*cached.PanicError](err); !ok || errors.Is(err, ctxcache.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := cache.GetEntry(t.Context(), "k"); err != ctxcache.ErrMiss {
		t.Errorf("the cache has %v", err)
	}
}

// A load whose context has ended may have stopped early, so its "not found" is not stored.
func TestFuncNotFoundOfALoadThatHasEndedIsNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", sql.ErrNoRows
		}, &cached.Options{NotFound: sql.ErrNoRows, NotFoundTTL: time.Minute, LoadTimeout: time.Second})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "", cached.ErrLoadTimeout)
		synctest.Wait()
		if _, err := cache.GetEntry(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("the cache has %v", err)
		}
	})
}

// An error of the cache is not the source's, even if it wraps the same one.
func TestFuncErrorOfTheCacheIsNotTakenForNotFound(t *testing.T) {
	s := newOrigin("k", "v")
	broken := ctxcache.Fail("sqlite", ctxcache.OpGet, sql.ErrNoRows)
	f := cached.Func(newFlaky(broken), s.load, &cached.Options{NotFound: sql.ErrNoRows, NotFoundTTL: time.Minute})
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	s.expect(t, 1)
}

// Without the option, the bare rule stays.
func TestFuncWithoutNotFoundIsBare(t *testing.T) {
	s := newOrigin()
	f := cached.Func(newMemory(), s.load, &cached.Options{NotFoundTTL: time.Minute})
	for range 2 {
		if _, err := f.Get(t.Context(), "k"); err != ctxcache.ErrNotFound {
			t.Errorf("got %v", err)
		}
	}
	f = cached.Func(newMemory(), failingWith(newOrigin(), sql.ErrNoRows), &cached.Options{NotFoundTTL: time.Minute})
	if _, err := f.Get(t.Context(), "k"); err != sql.ErrNoRows {
		t.Errorf("got %v", err)
	}
}
