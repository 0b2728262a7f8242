package history_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type cache = ctxcache.Cache[string, []byte]

// reference is a sound cache. Broken caches embed it.
type reference struct {
	ctxcache.Forward[string, []byte]
}

func newReference() *reference {
	return &reference{ctxcache.NewForward[string, []byte](memory.New[string, []byte](nil), ctxcache.Description{Kind: "reference"})}
}

// minimal is a cache with three methods.
type minimal struct{ inner cache }

func newMinimal() cache { return minimal{newReference()} }

func (m minimal) Get(ctx context.Context, key string) ([]byte, error) { return m.inner.Get(ctx, key) }

func (m minimal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return m.inner.Set(ctx, key, value, ttl)
}

func (m minimal) Delete(ctx context.Context, key string) error { return m.inner.Delete(ctx, key) }
