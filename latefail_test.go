package cached_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// unanswered are loaders that give no answer.
var unanswered = map[string]struct {
	fail func(ctx context.Context)
	is   func(err error) bool
}{
	"timeout": {func(ctx context.Context) { <-ctx.Done() }, func(err error) bool { return err == cached.ErrLoadTimeout }},
	"panic": {func(context.Context) { panic("bug") }, func(err error) bool {
		_, is := errors.AsType[*cached.PanicError](err)
		return is
	}},
	"exit": {func(context.Context) { runtime.Goexit() }, func(err error) bool { return err == cached.ErrGoexit }},
}

// A load without an answer does not bring back a stale value that was deleted meanwhile.
func TestStaleValueThatIsDeletedDuringALoadWithoutAnAnswer(t *testing.T) {
	for how, u := range unanswered {
		t.Run(how, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, LoadTimeout: time.Second}
				other := cached.Func(cache, newOrigin("k", "1").load, opts)
				deleting := false
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					if !deleting {
						return "1", nil
					}
					if _, err := other.Delete(ctx, key); err != nil {
						t.Error(err)
					}
					u.fail(ctx)
					return "", ctx.Err()
				}, opts)
				expectGet(t, f, "1", nil)
				time.Sleep(20 * time.Second)
				deleting = true
				if value, err := f.Get(t.Context(), "k"); value != "" || !u.is(err) {
					t.Errorf("Get = %q, %v", value, err)
				}
			})
		})
	}
}

// A load whose key was deleted before it asked for its lease has no previous value, although the call that began it has seen one.
func TestLoadOfADeletedKeyHasNoPreviousValue(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		busy, again := make(chan struct{}), false
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			if key == "busy" {
				<-busy
				return "", nil
			}
			if again {
				previous, had := cached.LoadOf[string](ctx).Previous()
				if had && ctxcache.Supports(cache).Has(ctxcache.CapLease) {
					t.Errorf("the previous value is %q", previous.Value)
				}
				if had { // without leases, the load knows of no deletion before it stores its result
					return cached.LoadOf[string](ctx).NotModified()
				}
			}
			return "v", nil
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour, MaxLoads: 1})
		expectGet(t, f, "v", nil)
		time.Sleep(20 * time.Second)
		go func() { _, _ = f.Get(t.Context(), "busy") }()
		synctest.Wait()
		again = true
		expectGet(t, f, "v", nil) // its refresh waits for the slot
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		close(busy)
		synctest.Wait()
		if has, err := f.Contains(t.Context(), "k"); err != nil || has != ctxcache.Supports(cache).Has(ctxcache.CapLease) {
			t.Errorf("after the load, the cache has it: %v, %v", has, err)
		}
	})
}

// A loader that panics leaves nothing of the load in memory, not even for its time limit.
func TestPanicLeavesNothing(t *testing.T) {
	bulk := func(ctx context.Context, _ []string) (map[string]string, error) { panic(ctx.Value(leftKey{})) }
	one := func(ctx context.Context, _ string) (string, error) { panic(ctx.Value(leftKey{})) }
	opts := &cached.Options{LoadTimeout: time.Hour}
	for name, f := range map[string]*cached.Function[string, string]{
		"Func": cached.Func(newMemory(), one, opts), "Bulk": cached.Bulk(newMemory(), bulk, opts),
	} {
		left := func() weak.Pointer[[1 << 16]byte] {
			value := new([1 << 16]byte)
			if _, err := f.Get(context.WithValue(t.Context(), leftKey{}, value), "k"); err == nil {
				t.Errorf("%s: no error", name)
			}
			return weak.Make(value)
		}()
		for range 100 {
			if runtime.GC(); left.Value() == nil {
				break
			}
			runtime.Gosched()
		}
		if left.Value() != nil {
			t.Errorf("%s: the value of the panic is still in memory", name)
		}
	}
}

type leftKey struct{}

// A load is cancelled because nobody waits for it. That is not a failure, whatever error its source returns.
func TestCancelledLoadIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := false
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			if answers {
				return "v", nil
			}
			<-ctx.Done()
			return "", errors.New("canceled by user")
		}, &cached.Options{CancelUnwanted: true, ErrorCooldown: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.Get(ctx, "k"); err != context.DeadlineExceeded {
			t.Errorf("Get: %v", err)
		}
		synctest.Wait()
		answers = true
		expectGet(t, f, "v", nil)
		if stats, err := f.Stats(t.Context()); stats.LoadErrors != 0 || err != nil {
			t.Errorf("%d load errors, %v", stats.LoadErrors, err)
		}
	})
}

// A loader that panics, or exits, after its time is over has failed once, and answers late.
func TestPanicAfterTheTimeIsOver(t *testing.T) {
	for how, u := range unanswered {
		if how == "timeout" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			hangs := true
			load := func(ctx context.Context) {
				if hangs {
					time.Sleep(3 * time.Second)
					u.fail(ctx)
				}
			}
			opts := &cached.Options{LoadTimeout: time.Second, ErrorCooldown: 2 * time.Second}
			for name, f := range map[string]*cached.Function[string, string]{
				"Func": cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) { load(ctx); return "v", nil }, opts),
				"Bulk": cached.Bulk(newMemory(), func(ctx context.Context, keys []string) (map[string]string, error) {
					load(ctx)
					return map[string]string{keys[0]: "v"}, nil
				}, opts),
			} {
				hangs = true
				if _, err := f.Get(t.Context(), "k"); err != cached.ErrLoadTimeout {
					t.Errorf("%s: Get: %v", name, err)
				}
				time.Sleep(2*time.Second + time.Millisecond) // the loader has ended, and so has the cooldown
				synctest.Wait()
				hangs = false
				expectGet(t, f, "v", nil)
				if stats, err := f.Stats(t.Context()); stats.LoadErrors != 1 || stats.Timeouts != 1 || stats.Late != 1 || err != nil {
					t.Errorf("%s, %s: %d load errors, %d timeouts, %d late answers, %v; want one each",
						name, how, stats.LoadErrors, stats.Timeouts, stats.Late, err)
				}
			}
		})
	}
}

// ageless is a cache that does not know how long values live.
type ageless struct {
	ctxcache.Forward[string, string]
	leases int
}

func (c *ageless) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	e, err := c.Forward.GetEntry(ctx, key)
	e.TTL = ctxcache.Unknown
	return e, err
}

func (c *ageless) GetLease(ctx context.Context, key string, below time.Duration) (ctxcache.Entry[string], ctxcache.Lease, error) {
	c.leases++
	e, lease, err := c.Forward.GetLease(ctx, key, below)
	e.TTL = ctxcache.Unknown
	return e, lease, err
}

// A value whose life is not known is never due.
func TestUnknownLifeIsNotDue(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"RefreshAhead": {TTL: time.Hour, RefreshAhead: 0.5},
		"RefreshBeta":  {TTL: time.Hour, RefreshBeta: 1},
		"StaleFor":     {TTL: time.Hour, StaleFor: time.Hour, RefreshAhead: 0.5},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newOrigin("k", "v")
			c := &ageless{Forward: ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{Kind: "ageless"})}
			f := cached.Func(c, s.load, opts)
			for range 10 {
				expectGet(t, f, "v", nil)
			}
			if c.leases != 1 {
				t.Errorf("%s: %d leases, want one", name, c.leases)
			}
		})
	}
}

// A Refresh hangs, and a newer one takes its place and fails. If the first one then succeeds, the value from before is gone.
func TestRefreshThatWasReplacedLeavesNoOldValue(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		var calls atomic.Int64
		hung := make(chan struct{})
		f := cached.Func(cache, func(context.Context, string) (string, error) {
			switch calls.Add(1) {
			case 1:
				time.Sleep(time.Millisecond)
				return "old", nil
			case 2:
				<-hung
				return "new", nil
			case 3:
				return "", errDown
			default:
				return "newest", nil
			}
		}, &cached.Options{TTL: time.Hour})
		expectGet(t, f, "old", nil)
		first := make(chan string)
		go func() {
			value, err := f.Refresh(t.Context(), "k")
			if err != nil {
				t.Error(err)
			}
			first <- value
		}()
		time.Sleep(11 * time.Second)
		if _, err := f.Refresh(t.Context(), "k"); !errors.Is(err, errDown) {
			t.Errorf("the second Refresh: %v", err)
		}
		close(hung)
		if value := <-first; value != "new" {
			t.Errorf("the first Refresh: %q", value)
		}
		synctest.Wait()
		if value, err := f.Get(t.Context(), "k"); value == "old" || err != nil {
			t.Errorf("after the Refresh, Get = %q, %v", value, err)
		}
	})
}
