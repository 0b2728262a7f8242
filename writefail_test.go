package cached_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncWritesFail(t *testing.T) {
	down := errors.New("cache down")
	for name, w := range writes {
		f := cached.Func[string, string](&brokenWrites{over(newMemory()), down}, newOrigin().load, &cached.Options{
			OnCacheError: func(_ context.Context, err error) { t.Errorf("%s: reported %v, which the caller gets", name, err) },
		})
		if err := w.write(t.Context(), f); !errors.Is(err, down) {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.write(t.Context(), f); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
		f = cached.Func(newMemory(), newOrigin().load, &cached.Options{TTL: -1})
		if err := w.write(t.Context(), f); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s with invalid options: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.write(ctx, cached.Func(newMemory(), newOrigin().load, nil)); err != context.Canceled {
			t.Errorf("%s with a done context: %v", name, err)
		}
	}
}

// brokenWrites is memory whose writes fail.
type brokenWrites struct {
	store
	err error
}

func (c *brokenWrites) Set(context.Context, string, string, time.Duration) error { return c.err }
func (c *brokenWrites) Remove(context.Context, string) (bool, error)             { return false, c.err }

func (c *brokenWrites) DeleteMany(_ context.Context, keys []string) error {
	return ctxcache.FailEach(keys, c.err)
}
func (c *brokenWrites) Clear(context.Context, ctxcache.Scope[string]) error { return c.err }

func TestFuncDeleteManyNamesTheKeysThatFailed(t *testing.T) {
	down := errors.New("cache down")
	f := cached.Func[string, string](&brokenWrites{over(newMemory()), down}, newOrigin().load, nil)
	many, ok := errors.AsType[*ctxcache.ManyError[string]](f.DeleteMany(t.Context(), []string{"a", "b"}))
	if !ok || len(many.Failed) != 2 || many.Failed["a"] != down {
		t.Errorf("got %v", many)
	}
}
