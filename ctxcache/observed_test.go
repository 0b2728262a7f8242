package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// witness notes the calls it sees and how they end.
type witness struct {
	calls    []ctxcache.Call[string]
	states   []int
	outcomes []ctxcache.Outcome
}

type witnessKey struct{}

func (w *witness) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, int) {
	w.calls = append(w.calls, call)
	return context.WithValue(ctx, witnessKey{}, len(w.calls)), len(w.calls)
}

func (w *witness) After(ctx context.Context, _ ctxcache.Call[string], state int, outcome ctxcache.Outcome) {
	if ctx.Value(witnessKey{}) != state {
		state = -1
	}
	w.states = append(w.states, state)
	w.outcomes = append(w.outcomes, outcome)
}

func (w *witness) last() (ctxcache.Call[string], ctxcache.Outcome) {
	return w.calls[len(w.calls)-1], w.outcomes[len(w.outcomes)-1]
}

func observed(inner ctxcache.Cache[string, string]) (*ctxcache.Observed[string, string, int], *witness) {
	w := &witness{}
	o := ctxcache.NewObserved(inner, ctxcache.Description{Kind: "test"}, ctxcache.Observer[string, int](w))
	return &o, w
}

func TestObservedReportsCallsAndOutcomes(t *testing.T) {
	ctx := t.Context()
	o, w := observed(memory.New[string, string](nil))
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	if err := o.SetEntries(ctx, map[string]ctxcache.Entry[string]{"a": ctxcache.NewEntry("1", 0), "b": negative}); err != nil {
		t.Fatal(err)
	}
	if call, _ := w.last(); call.Len() != 2 || !slices.Equal(slices.Sorted(call.Keys()), []string{"a", "b"}) {
		t.Errorf("set_entries of %d keys", call.Len())
	}
	if _, err := o.GetEntries(ctx, []string{"a", "b", "c"}); err != nil {
		t.Fatal(err)
	}
	if call, out := w.last(); call.Len() != 3 || out != (ctxcache.Outcome{Values: 1, Negatives: 1}) {
		t.Errorf("get_entries of %d keys: %+v", call.Len(), out)
	}
	_, leases, err := o.GetLeases(ctx, []string{"a", "c", "d"}, 0)
	if _, out := w.last(); err != nil || out != (ctxcache.Outcome{Values: 1, Granted: 2}) {
		t.Errorf("get_leases: %+v, %v", out, err)
	}
	if err := o.Fill(ctx, "c", leases["c"], ctxcache.NewEntry("3", time.Minute)); err != nil {
		t.Fatal(err)
	}
	if call, _ := w.last(); call.Key != "c" || call.TTL != time.Minute {
		t.Errorf("fill: %+v", call)
	}
	if was, err := o.Remove(ctx, "a"); !was || err != nil {
		t.Fatal(was, err)
	}
	if _, out := w.last(); !out.Was {
		t.Errorf("remove: %+v", out)
	}
	for range o.Keys(ctx, ctxcache.Scope[string]{}) {
	}
	if _, out := w.last(); out.Values != 1 {
		t.Errorf("keys: %+v", out)
	}
	if _, err := o.Get(ctx, "absent"); err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	if _, out := w.last(); out.Err != ctxcache.ErrMiss {
		t.Errorf("get: %+v", out)
	}
	if len(w.states) != len(w.calls) || slices.Contains(w.states, -1) {
		t.Errorf("states %v of %d calls: each goes from Before to After, with its context", w.states, len(w.calls))
	}
}

// panicking is a cache whose reads panic.
type panicking struct{ base }

func (*panicking) Get(context.Context, string) (string, error) { panic("broken") }

func TestObservedReportsACallThatPanics(t *testing.T) {
	o, w := observed(&panicking{over(newStrings())})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = o.Get(t.Context(), "k")
	}()
	if _, out := w.last(); out.Err != ctxcache.ErrUnreturned {
		t.Errorf("got %+v", out)
	}
}

// censor answers calls itself: before with one error, after with another.
type censor struct{ before, after error }

func (c *censor) Before(ctx context.Context, _ ctxcache.Call[string]) (context.Context, struct{}, error) {
	return ctx, struct{}{}, c.before
}

func (c *censor) After(_ context.Context, _ ctxcache.Call[string], _ struct{}, out ctxcache.Outcome) error {
	if c.after != nil {
		return c.after
	}
	return out.Err
}

func TestInterceptedAnswersInPlaceOfTheInnerCache(t *testing.T) {
	ctx := t.Context()
	open := errors.New("open")
	inner := memory.New[string, string](nil)
	c := &censor{}
	o := ctxcache.NewIntercepted[string, string](inner, ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
	if err := o.Set(ctx, "k", "v", 0); err != nil {
		t.Fatal(err)
	}
	c.before = open
	if err := o.Delete(ctx, "k"); err != open {
		t.Errorf("Delete: %v", err)
	}
	if v, err := inner.Get(ctx, "k"); v != "v" || err != nil {
		t.Errorf("the inner cache was asked all the same: %q, %v", v, err)
	}
	c.before, c.after = nil, open
	if v, err := o.Get(ctx, "k"); v != "" || err != open {
		t.Errorf("Get: %q, %v; want no result beside another answer", v, err)
	}
	if found, err := o.GetEntries(ctx, []string{"k"}); found != nil || err != open {
		t.Errorf("GetEntries: %v, %v", found, err)
	}
	if _, lease, err := o.GetLease(ctx, "a", 0); lease.Granted() || err != open {
		t.Errorf("GetLease: %v, %v", lease, err)
	}
	if _, leases, err := o.GetLeases(ctx, []string{"a", "b"}, 0); leases != nil || err != open {
		t.Errorf("GetLeases: %v, %v", leases, err)
	}
	for _, key := range []string{"a", "b"} {
		if _, lease, err := inner.GetLease(ctx, key, 0); !lease.Granted() {
			t.Errorf("the lease on %s that nobody got was left behind: %v", key, err)
		}
	}
}

// An answer that wraps the inner cache's keeps its results.
func TestInterceptedKeepsTheLeaseOfAWrappedAnswer(t *testing.T) {
	inner := memory.New[string, string](nil)
	c := &censor{after: errors.Join(ctxcache.ErrMiss, errors.New("and a remark"))}
	o := ctxcache.NewIntercepted[string, string](inner, ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
	_, lease, err := o.GetLease(t.Context(), "k", 0)
	if !lease.Granted() || !errors.Is(err, ctxcache.ErrMiss) {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := inner.Release(t.Context(), "k", lease); err != nil {
		t.Errorf("Release: %v", err)
	}
}

// listError is an error that Go cannot compare, as go/scanner.ErrorList is.
type listError []string

func (e listError) Error() string { return strings.Join(e, "; ") }

// listing is a cache whose reads fail with a listError.
type listing struct{ base }

func (*listing) Get(context.Context, string) (string, error) {
	return "partial", listError{"one", "two"}
}

func TestObservedPassesOnAnErrorThatCannotBeCompared(t *testing.T) {
	o, w := observed(&listing{over(newStrings())})
	value, err := o.Get(t.Context(), "k")
	if list, ok := err.(listError); !ok || len(list) != 2 || value != "partial" {
		t.Errorf("Get: %q, %v; want the answer of the inner cache", value, err)
	}
	if _, out := w.last(); out.Err == nil {
		t.Error("the observer was not told of the error")
	}
}

func TestInterceptedRecognizesAnErrorThatCannotBeCompared(t *testing.T) {
	open := errors.New("open")
	for name, test := range map[string]struct {
		after error
		want  string
	}{
		"unchanged": {nil, "partial"},
		"wrapped":   {fmt.Errorf("remark: %w", listError{"one", "two"}), "partial"},
		"replaced":  {open, ""},
	} {
		c := &censor{after: test.after}
		o := ctxcache.NewIntercepted[string, string](
			&listing{over(newStrings())}, ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
		if value, err := o.Get(t.Context(), "k"); value != test.want || err == nil {
			t.Errorf("%s: Get: %q, %v; want %q and an error", name, value, err, test.want)
		}
	}
	// The interceptor's own error cannot be compared either.
	c := &censor{after: listError{"one"}}
	o := ctxcache.NewIntercepted[string, string](
		memory.New[string, string](nil), ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
	if _, lease, err := o.GetLease(t.Context(), "k", 0); lease.Granted() || err == nil {
		t.Errorf("GetLease: %v, %v; want no lease and an error", lease, err)
	}
}

// holed is an error whose type can be compared, but not its value.
type holed struct{ cause error }

func (e holed) Error() string { return e.cause.Error() }

// holing is a cache whose reads fail with a holed.
type holing struct{ base }

func (*holing) Get(context.Context, string) (string, error) {
	return "partial", holed{listError{"one"}}
}

func TestInterceptedRecognizesAnErrorWithACauseThatCannotBeCompared(t *testing.T) {
	c := &censor{}
	o := ctxcache.NewIntercepted[string, string](
		&holing{over(newStrings())}, ctxcache.Description{Kind: "test"}, ctxcache.Interceptor[string, struct{}](c))
	if value, err := o.Get(t.Context(), "k"); value != "partial" || err == nil {
		t.Errorf("Get: %q, %v; want the answer of the inner cache", value, err)
	}
}

// fallible is an observer that panics when a lease was granted.
type fallible struct{}

func (fallible) Before(ctx context.Context, _ ctxcache.Call[string]) (context.Context, struct{}) {
	return ctx, struct{}{}
}

func (fallible) After(_ context.Context, _ ctxcache.Call[string], _ struct{}, out ctxcache.Outcome) {
	if out.Granted > 0 {
		panic("broken")
	}
}

func TestObservedReleasesTheLeasesOfAnObserverThatPanics(t *testing.T) {
	inner := memory.New[string, string](nil)
	o := ctxcache.NewObserved[string, string](inner, ctxcache.Description{Kind: "test"}, ctxcache.Observer[string, struct{}](fallible{}))
	for name, call := range map[string]func(context.Context){
		"GetLease":  func(ctx context.Context) { _, _, _ = o.GetLease(ctx, "a", 0) },
		"GetLeases": func(ctx context.Context) { _, _, _ = o.GetLeases(ctx, []string{"a", "b"}, 0) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		func() {
			defer cancel()
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the panic was swallowed", name)
				}
			}()
			call(ctx)
		}()
		for _, key := range []string{"a", "b"} {
			_, lease, err := inner.GetLease(t.Context(), key, 0)
			if !lease.Granted() {
				t.Fatalf("%s: the lease on %s that nobody got was left behind: %v", name, key, err)
			}
			if err := inner.Release(t.Context(), key, lease); err != nil {
				t.Fatal(err)
			}
		}
	}
}
