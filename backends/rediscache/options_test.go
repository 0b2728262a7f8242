package rediscache_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
)

func TestInvalidOptions(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // never asked
	defer client.Close()
	for name, options := range map[string]*rediscache.Options{
		"Prefix":   {Prefix: "p:", WholeDatabase: true},
		"TTL":      {TTL: -1},
		"LeaseTTL": {LeaseTTL: -1},
		"MaxCalls": {MaxCalls: -1},
	} {
		if err := options.Validate(); !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
			t.Errorf("Validate of a bad %s: %v", name, err)
		}
		cache := rediscache.New(client, options)
		for _, operation := range operations {
			if err := operation.Call(t.Context(), cache); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s with a bad %s: %v", operation.Name, name, err)
			}
		}
		must(t, cache.Close())
	}
	for _, ttl := range []time.Duration{99 * time.Millisecond, ctxcache.NoExpiry} {
		if err := (&rediscache.Options{LeaseTTL: ttl}).Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("a LeaseTTL of %v: %v", ttl, err)
		}
	}
	for _, options := range []*rediscache.Options{nil, {}, {TTL: ctxcache.NoExpiry, LeaseTTL: 100 * time.Millisecond, MaxCalls: 1}} {
		must(t, options.Validate())
	}
}

func TestNewPanicsWithoutClient(t *testing.T) {
	for name, client := range map[string]redis.UniversalClient{"nil": nil, "a nil *Client": (*redis.Client)(nil)} {
		func() {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, "nil client") {
					t.Errorf("New with %s does not say what is wrong", name)
				}
			}()
			rediscache.New(client, nil)
		}()
	}
}

func TestDescribe(t *testing.T) {
	client := redis.NewClient(&redis.Options{Username: "ada", Password: "hunter2", Addr: "127.0.0.1:1"}) // never asked
	t.Cleanup(func() { must(t, client.Close()) })
	for _, c := range []struct {
		options *rediscache.Options
		want    []any
	}{
		{nil, []any{"", 10 * time.Minute, 10 * time.Second, false, false, ""}},
		{
			&rediscache.Options{Prefix: "app:", TTL: ctxcache.NoExpiry, LeaseTTL: time.Minute, Plain: true},
			[]any{"app:", ctxcache.NoExpiry, time.Minute, true, false, ""},
		},
		{
			&rediscache.Options{WholeDatabase: true, Channel: "changes"},
			[]any{"", 10 * time.Minute, 10 * time.Second, false, true, "changes"},
		},
	} {
		d := newCache(t, client, c.options).Describe()
		if d.Kind != "redis" || d.Name != "" || len(d.Children) != 0 {
			t.Errorf("it is %+v", d)
		}
		var names []string
		var values []any
		for _, option := range d.Options {
			names, values = append(names, option.Name), append(values, option.Value)
		}
		if want := []string{"prefix", "ttl", "lease_ttl", "plain", "whole_database", "channel"}; !slices.Equal(names, want) {
			t.Errorf("its options are %q, want %q", names, want)
		}
		if !slices.Equal(values, c.want) {
			t.Errorf("its options are %v, want %v", values, c.want)
		}
	}
}
