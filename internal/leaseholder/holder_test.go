package leaseholder_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leaseholder"
)

// fake is a lease that can be filled with the value that it has, and once.
type fake struct {
	value  string
	filled bool
}

func (f *fake) fill(_ context.Context, e ctxcache.Entry[[]byte]) error {
	switch {
	case string(e.Value) != f.value:
		return errors.New("the wrong value")
	case f.filled:
		return ctxcache.ErrLeaseLost
	}
	f.filled = true
	return nil
}

func TestMain(m *testing.M) {
	leaseholder.Main(func(ctx context.Context, args []string) (leaseholder.Filler, error) {
		if ctx.Done() == nil {
			return nil, errors.New("no cache would renew a lease under a context that can never end")
		}
		return (&fake{value: args[0]}).fill, nil
	})
	goleak.VerifyTestMain(m)
}

func TestHolderFills(t *testing.T) {
	holder := leaseholder.Start(t, "a value")
	if err := holder.Fill("another"); err == nil || err == ctxcache.ErrLeaseLost || err.Error() != "the holder returned: the wrong value" {
		t.Errorf("a Fill that fails: %v", err)
	}
	if err := holder.Fill("a value"); err != nil {
		t.Errorf("Fill: %v", err)
	}
	if err := holder.Fill("a value"); err != ctxcache.ErrLeaseLost {
		t.Errorf("a second Fill: %v", err)
	}
}
