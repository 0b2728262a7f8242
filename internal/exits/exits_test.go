package exits_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
)

var (
	errSource  = errors.New("the source is down")
	errStorage = errors.New("the storage is full")
)

type function = cached.Function[string, []byte]

// exit is a way for a load to end. The load may cancel its only caller.
type exit struct {
	name   string
	load   func(ctx context.Context, cancel func()) ([]byte, error)
	full   bool  // whether every fill fails
	want   error // the call's error
	stores bool
	goesOn bool // whether the load goes on when its caller has left
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
	{
		name: "CancelledAndGoesOn",
		load: func(_ context.Context, cancel func()) ([]byte, error) {
			cancel()
			return []byte("value"), nil
		},
		want: context.Canceled, stores: true, goesOn: true,
	},
	{
		name: "CancelledAndError",
		load: func(_ context.Context, cancel func()) ([]byte, error) {
			cancel()
			return nil, errSource
		},
		want: context.Canceled, goesOn: true,
	},
	{name: "StorageFails", load: value, full: true, want: errStorage},
}

func TestLeaseIsGivenBackHoweverALoadEnds(t *testing.T) {
	for _, s := range storages {
		for _, e := range exits {
			t.Run(s.name+"/"+e.name, func(t *testing.T) {
				c, left := s.make(t, remotetest.NextPrefix())
				e.leave(t, c, (*function).Get)
				if !e.stores && left("key") {
					t.Error("the load stored nothing, but something is left in the storage")
				}
				grants(t, c)
			})
		}
	}
}

func TestLeaseIsGivenBackHoweverARefreshEnds(t *testing.T) {
	for _, s := range storages {
		for _, e := range exits {
			t.Run(s.name+"/"+e.name, func(t *testing.T) {
				c, _ := s.make(t, remotetest.NextPrefix())
				must(t, c.Set(t.Context(), "key", []byte("old"), hour))
				e.leave(t, c, (*function).Refresh)
				grants(t, c)
			})
		}
	}
}

// If leases are not released, these tests must notice it.
func TestLeaseThatIsKeptIsNoticed(t *testing.T) {
	for _, s := range storages {
		t.Run(s.name, func(t *testing.T) {
			c, left := s.make(t, remotetest.NextPrefix())
			keep := &keeping{ctxcache.NewForward(c, ctxcache.Description{Kind: "keeping"})}
			failing := exit{want: errSource, load: func(context.Context, func()) ([]byte, error) { return nil, errSource }}
			failing.leave(t, keep, (*function).Get)
			if lease, err := next(t, c); lease.Granted() || err != ctxcache.ErrMiss {
				t.Errorf("GetLease returns the lease %v and %v, although the lease before was not given back", lease, err)
			}
			if s.name != "Memory" && !left("key") {
				t.Error("the storage is empty, although the lease was not given back")
			}
		})
	}
}

// keeping is a cache whose leases cannot be released.
type keeping struct {
	ctxcache.Forward[string, []byte]
}

func (*keeping) Release(context.Context, string, ctxcache.Lease) error        { return nil }
func (*keeping) ReleaseMany(context.Context, map[string]ctxcache.Lease) error { return nil }
func (*keeping) Drop(context.Context, string, ctxcache.Lease) error           { return nil }

// next asks for the next lease of the key.
func next(t *testing.T, c cache) (ctxcache.Lease, error) {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", ctxcache.NoExpiry)
	return lease, err
}

// grants fails the test unless the next lease of the key is granted at once.
func grants(t *testing.T, c cache) {
	t.Helper()
	lease, err := next(t, c)
	if !lease.Granted() || err != nil && err != ctxcache.ErrMiss {
		t.Fatalf("GetLease returns the lease %v and %v, want a granted lease", lease, err)
	}
	must(t, ctxcache.Release(t.Context(), c, "key", lease))
}

// leave makes a function over c load the key, and returns when the load is over.
func (e *exit) leave(t *testing.T, c cache, get func(*function, context.Context, string) ([]byte, error)) {
	t.Helper()
	failing, faults := cachetest.Failing(c)
	if e.full {
		faults.Fail(errStorage, cachetest.On(ctxcache.OpFill))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := make(chan struct{}) // closed when the caller has left
	load := func(ctx context.Context, _ string) ([]byte, error) {
		return e.load(ctx, func() {
			cancel()
			if e.goesOn {
				<-left
			}
		})
	}
	f := cached.Func(failing, load, &cached.Options{Strict: true, CancelUnwanted: !e.goesOn})
	_, err := get(f, ctx, "key")
	close(left)
	if raised, ok := errors.AsType[*cached.PanicError](err); ok {
		err = raised.Value.(error)
	}
	if !errors.Is(err, e.want) {
		t.Errorf("the call returns the error %v, want %v", err, e.want)
	}
	must(t, f.Close(t.Context())) // waits for the load: a cancelled caller did not
}
