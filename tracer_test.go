package cached_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// events is a Tracer that notes how calls and loads end.
type events []string

func (e *events) Call(
	ctx context.Context, op ctxcache.Operation,
) (context.Context, func(string, context.Context, error)) {
	return ctx, func(result string, _ context.Context, err error) { e.add(op, result, err) }
}

func (e *events) Load(ctx context.Context) (context.Context, func(error)) {
	return ctx, func(err error) { e.add(ctxcache.OpLoad, "", err) }
}

func (e *events) add(op ctxcache.Operation, result string, err error) {
	*e = append(*e, fmt.Sprintf("%s %s %v", op, result, err))
}

// endOfLoad is a Tracer that calls itself when a load ends.
type endOfLoad func()

func (endOfLoad) Call(
	ctx context.Context, _ ctxcache.Operation,
) (context.Context, func(string, context.Context, error)) {
	return ctx, func(string, context.Context, error) {}
}

func (f endOfLoad) Load(ctx context.Context) (context.Context, func(error)) {
	return ctx, func(error) { f() }
}

func (e *events) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*e, want) {
		t.Errorf("the Tracer got %q, want %q", *e, want)
	}
	*e = nil
}

func TestTracerHearsHowCallsEnd(t *testing.T) {
	var heard events
	c, s := newLedger(), newOrigin("k", "v")
	f := cached.Func(c, s.load, &cached.Options{Tracer: &heard})
	for range 2 {
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	}
	heard.expect(t, "load  <nil>", "get miss <nil>", "get hit <nil>")
	if _, err := f.Contains(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if _, err := f.Delete(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if err := f.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	heard.expect(t, "contains ok <nil>", "delete ok <nil>", "clear ok <nil>")
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := f.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrClosed) {
		t.Error(err)
	}
	heard.expect(t, "get error func get: cache is closed")
}

// A loader may wrap ErrNotFound. The call has a negative answer then, as a later call that finds the negative entry.
func TestTracerHearsOfAWrappedNegative(t *testing.T) {
	var heard events
	f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
		return "", fmt.Errorf("no such user: %w", ctxcache.ErrNotFound)
	}, &cached.Options{Tracer: &heard})
	if _, err := f.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrNotFound) {
		t.Error(err)
	}
	heard.expect(t, "load  no such user: not found at the source", "get negative no such user: not found at the source")
}

// fragile is a cache that panics.
type fragile struct{ ctxcache.Cache[string, string] }

func (fragile) Get(context.Context, string) (string, error)    { panic("broken") }
func (fragile) Delete(context.Context, string) error           { panic("broken") }
func (fragile) Contains(context.Context, string) (bool, error) { panic("broken") }

func TestTracerHearsOfPanics(t *testing.T) {
	var heard events
	f := cached.Func[string, string](fragile{}, newOrigin().load, &cached.Options{Tracer: &heard})
	for name, call := range map[ctxcache.Operation]func(){
		ctxcache.OpGet:      func() { _, _ = f.Get(t.Context(), "k") },
		ctxcache.OpContains: func() { _, _ = f.Contains(t.Context(), "k") },
		ctxcache.OpDelete:   func() { _, _ = f.Delete(t.Context(), "k") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			call()
		}()
		heard.expect(t, fmt.Sprintf("%s error %v", name, ctxcache.ErrUnreturned))
	}
	f = cached.Func(newMemory(), func(context.Context, string) (string, error) { panic("broken") }, &cached.Options{Tracer: &heard})
	if _, err := f.Get(t.Context(), "k"); err == nil {
		t.Error("the call of a loader that panicked succeeded")
	}
	if want := fmt.Sprintf("load  %v", ctxcache.ErrUnreturned); len(heard) != 2 || heard[0] != want {
		t.Errorf("the Tracer got %q, want first %q", heard, want)
	}
}
