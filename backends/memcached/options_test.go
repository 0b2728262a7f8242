package memcached_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestInvalidOptions(t *testing.T) {
	var servers memcache.ServerList // never asked
	for name, options := range map[string]*memcached.Options{
		"Prefix":       {Prefix: "white space"},
		"Prefix has":   {Prefix: strings.Repeat("p", 201)},
		"TTL":          {TTL: -1},
		"LeaseTTL":     {LeaseTTL: -1},
		"MaxItemSize":  {MaxItemSize: -1},
		"MaxCalls":     {MaxCalls: -1},
		"ReadTimeout":  {ReadTimeout: -1},
		"WriteTimeout": {WriteTimeout: -1},
		"Timeout":      {Timeout: -1},
		"MaxIdleConns": {MaxIdleConns: -1},
	} {
		if err := options.Validate(); !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
			t.Errorf("Validate of a bad %s: %v", name, err)
		}
		cache := memcached.New(&servers, options)
		for _, operation := range operations() {
			if err := operation.Call(t.Context(), cache); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s with a bad %s: %v", operation.Name, name, err)
			}
		}
		for _, s := range spenders {
			if err := s.Call(t.Context(), cache, "key", lease{}); s.Op != ctxcache.OpReleaseMany && !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s with a bad %s: %v", s.Name, name, err)
			}
		}
		must(t, cache.Close())
		if _, err := memcached.Open("127.0.0.1:1", options); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Open with a bad %s: %v", name, err)
		}
	}
	for _, ttl := range []time.Duration{time.Second - 1, 25 * hour, ctxcache.NoExpiry} {
		if err := (&memcached.Options{LeaseTTL: ttl}).Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("a LeaseTTL of %v: %v", ttl, err)
		}
	}
	for _, options := range []*memcached.Options{nil, {}, {TTL: ctxcache.NoExpiry, LeaseTTL: time.Second, MaxCalls: 1, ReadTimeout: ctxcache.NoExpiry}} {
		must(t, options.Validate())
	}
}

func TestNewPanicsWithoutServersOrCodec(t *testing.T) {
	for name, build := range map[string]func(){
		"nil server selector": func() { memcached.New(nil, nil) },
		"nil server":          func() { memcached.New((*memcache.ServerList)(nil), nil) },
		"nil ItemCodec":       func() { memcached.NewWithCodec[string](&memcache.ServerList{}, nil, nil) },
	} {
		func() {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, name) {
					t.Errorf("the panic says %q, and not %q", message, name)
				}
			}()
			build()
		}()
	}
}
