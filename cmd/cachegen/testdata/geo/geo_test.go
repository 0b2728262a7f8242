package geo

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

type source struct{}

func (source) Measure(_ context.Context, s Shape) (float64, error) { return s.Area(), nil }

func (source) Render(ctx context.Context, format string, args any) (string, error) {
	return fmt.Sprintf("%v: %T "+format, ctx.Value(tenantKey{}), args, args), nil
}

func (source) Lookup(_ context.Context, id string, opts ...Option) (string, error) {
	c := call{}
	for _, o := range opts {
		o.apply(&c)
	}
	return id + " of " + c.user, nil
}

func (source) Names(_ context.Context, names ...string) (bool, error) { return names == nil, nil }

// Nobody gets the answer for another argument.
func TestCachedGeo(t *testing.T) {
	ctx := t.Context()
	store := memory.New[string, []byte](nil)
	c := NewCachedGeo(source{}, store, nil)
	for s, want := range map[Shape]float64{Circle{1}: 3, Square{1}: 1} {
		if got, err := c.Measure(ctx, s); got != want || err != nil {
			t.Errorf("Measure of %T: %v, %v", s, got, err)
		}
	}
	for _, tenant := range []string{"ada", "emmy"} {
		ctx := context.WithValue(ctx, tenantKey{}, tenant)
		for _, value := range []any{[]byte("a"), "YQ==", 1, uint8(1), 1.0, nil, (*int)(nil)} {
			want := fmt.Sprintf("%s: %T %v", tenant, value, value)
			if got, err := c.Render(ctx, "%v", value); got != want || err != nil {
				t.Errorf("Render: %q, %v; want %q", got, err, want)
			}
		}
	}
	for _, user := range []string{"alice", "bob", "alice"} {
		if got, err := c.Lookup(ctx, "inbox", asUser(user)); got != "inbox of "+user || err != nil {
			t.Errorf("Lookup: %q, %v", got, err)
		}
	}
	if key, err := c.KeyLookup(ctx, "inbox", asUser("bob")); key != "l.inbox bob" || err != nil {
		t.Errorf("KeyLookup: %q, %v", key, err)
	}
	if was, err := c.DeleteLookup(ctx, "inbox", asUser("bob")); !was || err != nil {
		t.Errorf("DeleteLookup: %v, %v", was, err)
	}
	if got, err := c.Lookup(ctx, "in box"); got != "" || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Lookup without a key: %q, %v", got, err)
	}
}

// Empty variadic arguments and missing ones have one key, so the method must not see a difference.
func TestEmptyVariadicArguments(t *testing.T) {
	c := NewCachedGeo(source{}, memory.New[string, []byte](nil), nil)
	if isNil, err := c.Names(t.Context(), []string{}...); !isNil || err != nil {
		t.Errorf("empty: %v, %v", isNil, err)
	}
	if isNil, err := c.Names(t.Context()); !isNil || err != nil {
		t.Errorf("missing: %v, %v", isNil, err)
	}
}
