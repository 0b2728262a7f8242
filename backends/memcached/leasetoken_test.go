package memcached_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// TestKeysThatAreStoredAlike uses two keys that EncodeKey maps to one stored key. The lease is on the stored key.
func TestKeysThatAreStoredAlike(t *testing.T) {
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{
		Prefix:    nextPrefix(),
		EncodeKey: func(key string) (string, error) { return key[:1], nil },
	})
	l := absentLease(t, t.Context(), cache, "a spelling")
	isLost(t, "Fill of another key", fill(t, cache, "b", l, "value"))
	must(t, fill(t, cache, "another spelling", l, "value"))
	holds(t, cache, "a spelling", "value")
}

func TestRefusals(t *testing.T) {
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{Prefix: nextPrefix()})
	ctx := t.Context()
	holder := absentLease(t, ctx, cache, "taken")
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	if _, l, err := cache.GetLease(ctx, "taken", 0); err != ctxcache.ErrMiss || l != ctxcache.NoLease(ctxcache.Loading) {
		t.Errorf("GetLease of a key that another holder loads: %v, %v", l, err)
	}
	if _, l, err := cache.GetLease(ctx, "held", 0); err != nil || l != (lease{}) {
		t.Errorf("GetLease of a key that is not due: %v, %v", l, err)
	}
	_, leases, err := cache.GetLeases(ctx, []string{"taken", "held", "free"}, 0)
	must(t, err)
	if len(leases) != 2 || leases["taken"] != ctxcache.NoLease(ctxcache.Loading) || !leases["free"].Granted() {
		t.Errorf("GetLeases: %v", leases)
	}
	must(t, cache.Release(ctx, "taken", holder))
}

// bomb is an ItemCodec whose Decode panics.
type bomb struct{ memcached.Bytes }

var errBomb = errors.New("bomb")

func (bomb) Decode([]byte, uint32) ([]byte, error) { panic(errBomb) }

func TestCodecThatPanicsLeavesNoLease(t *testing.T) {
	server, options := memcachedtest.Shared(t), &memcached.Options{Prefix: nextPrefix(), LeaseTTL: hour}
	cache := memcached.NewWithCodec(list(t, server), bomb{}, options)
	t.Cleanup(func() { must(t, cache.Close()) })
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	func() {
		defer func() {
			if got := recover(); got != errBomb {
				t.Errorf("recovered %v", got)
			}
		}()
		_, _, err := cache.GetLeases(ctx, []string{"free", "held", "another"}, 0)
		t.Errorf("GetLeases returns %v", err)
	}()
	for _, key := range []string{"free", "another"} {
		await(t, "the leases were given back", func() bool {
			_, l, err := cache.GetLease(ctx, key, 0)
			if err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
			return l.Granted()
		})
	}
}

func TestDescribe(t *testing.T) {
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{Prefix: "app:", LeaseTTL: hour, WholeServers: true})
	d := cache.Describe()
	if d.Kind != "memcached" || d.Name != "" || len(d.Children) != 0 {
		t.Errorf("the description is %+v", d)
	}
	options := make(map[string]any)
	for _, option := range d.Options {
		options[option.Name] = option.Value
	}
	for name, want := range map[string]any{
		"prefix": "app:", "ttl": hour / 6, "lease_ttl": hour, "plain": false, "whole_servers": true,
		"codec": "memcached.Bytes", "max_item_size": 1 << 20,
	} {
		if options[name] != want {
			t.Errorf("the option %s is %v, want %v", name, options[name], want)
		}
	}
}
