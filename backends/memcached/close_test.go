package memcached_test

import (
	"context"
	"net"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// closedBefore is a connection that the client closes just before the cache does.
type closedBefore struct{ net.Conn }

func (c closedBefore) Close() error {
	_ = c.Conn.Close()
	return c.Conn.Close()
}

func TestCloseMeetsTheClient(t *testing.T) {
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{
		Prefix: nextPrefix(),
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return closedBefore{conn}, err
		},
	})
	must(t, cache.Set(t.Context(), "key", nil, hour))
	if err := cache.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
