package ctxcache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// flaky is a cache with three methods. The first call fails, and the others succeed. It counts them.
type flaky struct{ calls int }

var errFlaky = errors.New("the first call fails")

func (c *flaky) call() error {
	if c.calls++; c.calls == 1 {
		return errFlaky
	}
	return nil
}

func (c *flaky) Get(context.Context, string) (string, error)              { return "value", c.call() }
func (c *flaky) Set(context.Context, string, string, time.Duration) error { return c.call() }
func (c *flaky) Delete(context.Context, string) error                     { return c.call() }

// A key that is given twice is asked for once. So it does not fail and succeed at once.
func TestKeyGivenTwiceToAFallbackCountsOnce(t *testing.T) {
	keys := []string{"k", "k", "k"}
	for name, call := range map[string]func(c *flaky) (found int, err error){
		"GetEntries": func(c *flaky) (int, error) {
			entries, err := ctxcache.GetEntries(t.Context(), c, keys)
			return len(entries), err
		},
		"GetMany": func(c *flaky) (int, error) {
			values, err := ctxcache.GetMany(t.Context(), c, keys)
			return len(values), err
		},
		"DeleteMany": func(c *flaky) (int, error) { return 0, ctxcache.DeleteMany(t.Context(), c, keys) },
	} {
		c := &flaky{}
		if found, err := call(c); found != 0 || !errors.Is(ctxcache.KeyError(err, "k"), errFlaky) || c.calls != 1 {
			t.Errorf("%s: %d found, %v, after %d calls; want one call that fails", name, found, err, c.calls)
		}
	}
}
