package exits_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

var (
	errSource  = errors.New("the source is down")
	errStorage = errors.New("the storage is full")
)

type function = cached.Function[string, []byte]

// exit is a way in which a load ends. Its load may cancel the caller, who is the only one.
type exit struct {
	name   string
	load   func(ctx context.Context, cancel func()) ([]byte, error)
	full   bool  // whether the storage takes nothing
	want   error // of the call
	stores bool
}

func value(context.Context, func()) ([]byte, error) { return []byte("value"), nil }

var exits = []exit{
	{name: "Value", load: value, stores: true},
	{name: "Error", load: func(context.Context, func()) ([]byte, error) { return nil, errSource }, want: errSource},
	{
		name: "NotFound",
		load: func(context.Context, func()) ([]byte, error) { return nil, ctxcache.ErrNotFound },
		want: ctxcache.ErrNotFound,
	},
	{name: "Panic", load: func(context.Context, func()) ([]byte, error) { panic(errSource) }, want: errSource},
	{
		name: "Goexit",
		load: func(context.Context, func()) ([]byte, error) {
			runtime.Goexit()
			return nil, nil
		},
		want: cached.ErrGoexit,
	},
	{
		name: "Cancelled",
		load: func(ctx context.Context, cancel func()) ([]byte, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		},
		want: context.Canceled,
	},
	{
		name: "CancelledAndPanic",
		load: func(ctx context.Context, cancel func()) ([]byte, error) {
			cancel()
			<-ctx.Done()
			panic(errSource)
		},
		want: context.Canceled,
	},
	{name: "StorageFails", load: value, full: true, want: errStorage},
}

func TestLeaseIsGivenBackHoweverALoadEnds(t *testing.T) {
	for _, s := range storages {
		for i, e := range exits {
			t.Run(s.name+"/"+e.name, func(t *testing.T) {
				c, left := s.make(t, fmt.Sprintf("load%d:", i))
				e.leave(t, c, (*function).Get)
				if !e.stores && left("key") {
					t.Error("something is left in the storage")
				}
				grants(t, c)
			})
		}
	}
}

func TestLeaseIsGivenBackHoweverARefreshEnds(t *testing.T) {
	for _, s := range storages {
		for i, e := range exits {
			t.Run(s.name+"/"+e.name, func(t *testing.T) {
				c, _ := s.make(t, fmt.Sprintf("refresh%d:", i))
				must(t, c.Set(t.Context(), "key", []byte("old"), hour))
				e.leave(t, c, (*function).Refresh)
				grants(t, c)
			})
		}
	}
}

// A cache whose leases are not released is one from which nobody gives them back.
func TestLeaseThatIsKeptIsNoticed(t *testing.T) {
	for _, s := range storages {
		t.Run(s.name, func(t *testing.T) {
			c, left := s.make(t, "kept:")
			keeping := cachetest.Hooked(c, func(_ context.Context, call cachetest.Call[string], next func() error) error {
				if call.Operation == cachetest.Release {
					return nil
				}
				return next()
			})
			failing := exit{want: errSource, load: func(context.Context, func()) ([]byte, error) { return nil, errSource }}
			failing.leave(t, keeping, (*function).Get)
			if lease, err := next(t, c); lease != nil || err != ctxcache.ErrMiss {
				t.Errorf("the next one gets the lease %v, %v, though it was not given back", lease, err)
			}
			if s.name != "Memory" && !left("key") {
				t.Error("nothing is left in the storage")
			}
		})
	}
}

// next asks for the lease of whoever comes next.
func next(t *testing.T, c cache) (ctxcache.Lease[[]byte], error) {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", ctxcache.NoExpiry)
	return lease, err
}

// grants fails the test if the next one does not get the lease, at once.
func grants(t *testing.T, c cache) {
	t.Helper()
	lease, err := next(t, c)
	if lease == nil || err != nil && err != ctxcache.ErrMiss {
		t.Fatalf("the next one gets the lease %v, %v", lease, err)
	}
	must(t, lease.Release(t.Context()))
}

// leave has a function over c load the key, and returns when the load is over.
func (e *exit) leave(t *testing.T, c cache, get func(*function, context.Context, string) ([]byte, error)) {
	t.Helper()
	failing, faults := cachetest.Failing(c)
	if e.full {
		faults.Fail(errStorage, cachetest.On(cachetest.Fill))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := cached.Func(failing, func(ctx context.Context, _ string) ([]byte, error) { return e.load(ctx, cancel) }, &cached.Options{
		OnCacheError: func(_ context.Context, err error) error { return err },
	})
	_, err := get(f, ctx, "key")
	if raised, ok := errors.AsType[*cached.PanicError](err); ok {
		err = raised.Value.(error)
	}
	if !errors.Is(err, e.want) {
		t.Errorf("the call ends with %v, want %v", err, e.want)
	}
	must(t, f.Close(t.Context())) // drained: who was cancelled did not wait for the end
}
