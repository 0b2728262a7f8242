package memcached_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// TestAnswerAboutAnotherKeyIsNotAMiss: a connection that is out of step answers the call before, and knows nothing of
// this one's keys.
func TestAnswerAboutAnotherKeyIsNotAMiss(t *testing.T) {
	server := newScripted(t, func(command, _ string) string {
		if strings.HasPrefix(command, "gets") {
			return "VALUE another 0 12 7\r\nsecret value\r\nEND\r\n"
		}
		return "STORED\r\n"
	})
	cache := newCacheOver(t, server, nil)
	ctx, keys := t.Context(), []string{"a", "b"}
	many, manyErr := cache.GetEntries(ctx, keys)
	_, leases, leasesErr := cache.GetLeases(ctx, keys, 0)
	for op, err := range map[ctxcache.Operation]error{
		ctxcache.OpGet:        second(cache.Get(ctx, "a")),
		ctxcache.OpGetEntry:   second(cache.GetEntry(ctx, "a")),
		ctxcache.OpRemove:     second(cache.Remove(ctx, "a")),
		ctxcache.OpGetEntries: ctxcache.KeyError(manyErr, "a"),
		ctxcache.OpGetLease:   third(cache.GetLease(ctx, "a", 0)),
		ctxcache.OpGetLeases:  ctxcache.KeyError(leasesErr, "b"),
	} {
		if err == nil || err == ctxcache.ErrMiss {
			t.Errorf("%s of a key that the answer does not name: %v", op, err)
			continue
		}
		fails(t, err, op)
		discreet(t, err)
	}
	if len(many) > 0 || leases["a"].Granted() {
		t.Errorf("entries %v, leases %v", many, leases)
	}
	if got := server.commands(); strings.Contains(strings.Join(got, "\n"), "add") {
		t.Errorf("a lease was asked for without an answer about its key: %q", got)
	}
}

// TestAConnectionThatIsOutOfStepIsNotUsedAgain: the answer that it still brings may be old.
func TestAConnectionThatIsOutOfStepIsNotUsedAgain(t *testing.T) {
	for name, get := range map[string]func(ctx context.Context, c *cacheOfBytes) ([]byte, error){
		"Get": func(ctx context.Context, c *cacheOfBytes) ([]byte, error) { return c.Get(ctx, "b") },
		"GetEntries": func(ctx context.Context, c *cacheOfBytes) ([]byte, error) {
			found, err := c.GetEntries(ctx, []string{"b", "c"})
			return found["b"].Value, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			value := func(key, v string) string { return fmt.Sprintf("VALUE %s 0 2 7\r\n%s\r\nEND\r\n", key, v) }
			var changed atomic.Bool
			answered := make(chan struct{}, 2)
			server := newScripted(t, func(command, _ string) string {
				if command == "gets a" {
					return value("a", "va") + value("x", "vx") // one answer too many
				}
				defer func() { answered <- struct{}{} }()
				if changed.Load() {
					return value("b", "v2")
				}
				return value("b", "v1")
			})
			cache := newCacheOver(t, server, &memcached.Options{MaxIdleConns: 1})
			holds(t, cache, "a", "va")
			if v, err := get(t.Context(), cache); err == nil {
				t.Fatalf("the answer about x: %q", v)
			}
			<-answered
			changed.Store(true)
			if v, err := get(t.Context(), cache); err != nil || string(v) != "v2" {
				t.Errorf("after b has changed: %q, %v", v, err)
			}
		})
	}
}
