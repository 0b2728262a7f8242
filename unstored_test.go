package cached_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A result that is not stored is counted, and OnUnstored hears why.
func TestFuncSaysWhyAResultWasNotStored(t *testing.T) {
	for _, test := range []struct {
		why  cached.Unstored
		want ctxcache.Unstored
		make func(t *testing.T, c *ledger)
		load func(ctx context.Context, c *ledger) error // besides returning a value
	}{
		{
			why: cached.UnstoredInvalidated, want: ctxcache.Unstored{Invalidated: 1},
			load: func(ctx context.Context, c *ledger) error { return c.Delete(ctx, "k") },
		},
		{
			why: cached.UnstoredHeld, want: ctxcache.Unstored{Held: 1},
			make: func(_ *testing.T, c *ledger) { c.refuse = ctxcache.Loading },
		},
		{
			why: cached.UnstoredHeld, want: ctxcache.Unstored{Held: 1},
			make: func(_ *testing.T, c *ledger) { c.refuse = ctxcache.Changing },
		},
		{
			why: cached.UnstoredUnavailable, want: ctxcache.Unstored{Unavailable: 1},
			make: func(_ *testing.T, c *ledger) { c.refuse = ctxcache.Unavailable },
		},
		{
			why: cached.UnstoredUnavailable, want: ctxcache.Unstored{Unavailable: 1},
			make: func(_ *testing.T, c *ledger) { c.fails[ctxcache.OpGetLease] = errors.New("cache down") },
		},
		{
			why: cached.UnstoredFailed, want: ctxcache.Unstored{Failed: 1},
			make: func(_ *testing.T, c *ledger) { c.fails[ctxcache.OpFill] = ctxcache.ErrValue },
		},
		{
			why: cached.UnstoredDeclined, want: ctxcache.Unstored{Declined: 1},
			load: func(ctx context.Context, _ *ledger) error { cached.LoadOf[string](ctx).SetTTL(0); return nil },
		},
		{
			why: cached.UnstoredFailed, want: ctxcache.Unstored{Failed: 1},
			load: func(ctx context.Context, _ *ledger) error { cached.LoadOf[string](ctx).SetTTL(-1); return nil },
		},
	} {
		for _, refresh := range []bool{false, true} {
			t.Run(string(test.why), func(t *testing.T) {
				c := newLedger()
				if test.make != nil {
					test.make(t, c)
				}
				var heard []cached.Unstored
				f := cached.Func(c, func(ctx context.Context, _ string) (string, error) {
					if test.load != nil {
						return "v", test.load(ctx, c)
					}
					return "v", nil
				}, &cached.Options{OnUnstored: func(_ context.Context, why cached.Unstored) { heard = append(heard, why) }})
				call := f.Get
				if refresh {
					call = f.Refresh
				}
				value, err := call(t.Context(), "k")
				expect(t, value, err, "v", nil)
				if len(heard) != 1 || heard[0] != test.why {
					t.Errorf("heard of %q", heard)
				}
				if stats, err := f.Stats(t.Context()); stats.Unstored != test.want || err != nil {
					t.Errorf("counted %+v, %v", stats.Unstored, err)
				}
			})
		}
	}
}

func TestFuncDoesNotCountWhatIsNotToBeStored(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, nil)
	_, err := f.Get(t.Context(), "k")
	expect(t, "", err, "", ctxcache.ErrNotFound)
	if stats, err := f.Stats(t.Context()); stats.Unstored != (ctxcache.Unstored{}) || err != nil {
		t.Errorf("counted %+v, %v", stats.Unstored, err)
	}
}

// Whatever keeps a refresh from storing its result, the old value does not stay, and a lease is ended by Drop, which
// leaves newer holders alone.
func TestFuncRefreshThatStoresNothingTakesTheOldValueAway(t *testing.T) {
	for name, test := range map[string]struct {
		fill error
		load func(ctx context.Context) error
		want []ctxcache.Operation
	}{
		"the cache fails":         {fill: errors.New("cache down"), want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}},
		"the value is invalid":    {fill: ctxcache.ErrValue, want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}},
		"the cache times out":     {fill: ctxcache.ErrTimeout, want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}},
		"the TTL is invalid":      {load: setTTL(-1), want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}},
		"the loader declines":     {load: setTTL(0), want: []ctxcache.Operation{ctxcache.OpDrop}},
		"there is no such thing":  {load: func(context.Context) error { return ctxcache.ErrNotFound }, want: []ctxcache.Operation{ctxcache.OpDrop}},
		"the negative is refused": {fill: errors.ErrUnsupported, want: []ctxcache.Operation{ctxcache.OpFill, ctxcache.OpDrop}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newLedger()
			if err := c.Set(t.Context(), "k", "old", 0); err != nil {
				t.Fatal(err)
			}
			c.fails[ctxcache.OpFill] = test.fill
			f := cached.Func(c, func(ctx context.Context, _ string) (string, error) {
				if test.load != nil {
					return "new", test.load(ctx)
				}
				return "new", nil
			}, nil)
			if _, err := f.Refresh(t.Context(), "k"); err != nil && err != ctxcache.ErrNotFound {
				t.Error(err)
			}
			c.expect(t, test.want...)
			if has, err := c.Contains(t.Context(), "k"); has || err != nil {
				t.Errorf("the old value is still there: %v, %v", has, err)
			}
		})
	}
}

func setTTL(ttl time.Duration) func(context.Context) error {
	return func(ctx context.Context) error { cached.LoadOf[string](ctx).SetTTL(ttl); return nil }
}
