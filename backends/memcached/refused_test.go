package memcached_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// takers are all ways to take the value of "key" away.
var takers = map[ctxcache.Operation]func(ctx context.Context, c *cacheOfBytes, l lease) error{
	ctxcache.OpDelete: func(ctx context.Context, c *cacheOfBytes, _ lease) error { return c.Delete(ctx, "key") },
	ctxcache.OpDeleteMany: func(ctx context.Context, c *cacheOfBytes, _ lease) error {
		return ctxcache.KeyError(c.DeleteMany(ctx, []string{"other", "key"}), "key")
	},
	ctxcache.OpRemove: func(ctx context.Context, c *cacheOfBytes, _ lease) error { return second(c.Remove(ctx, "key")) },
	ctxcache.OpDrop:   func(ctx context.Context, c *cacheOfBytes, l lease) error { return c.Drop(ctx, "key", l) },
}

func TestRefusalIsToldFromAnOutage(t *testing.T) {
	for answer, refused := range map[string]bool{
		"SERVER_ERROR read-only":                 true,
		"SERVER_ERROR out of order":              true,
		"ERROR":                                  true,
		"ERROR Too many open connections":        false,
		"SERVER_ERROR Connection refused":        false, // the proxies twemproxy and mcrouter say such things
		"SERVER_ERROR Connection timed out":      false,
		"SERVER_ERROR unavailable":               false,
		"SERVER_ERROR Host is down":              false,
		"CLIENT_ERROR unauthenticated":           false,
		"an answer that no server would give ::": false,
	} {
		for op, take := range takers {
			server := newScripted(t, func(command, _ string) string {
				switch {
				case strings.HasPrefix(command, "gets"):
					return "VALUE key 0 3 7\r\nold\r\nEND\r\n"
				case strings.HasPrefix(command, "delete other"):
					return "DELETED\r\n"
				}
				return answer + "\r\n"
			})
			cache := newCacheOver(t, server, nil)
			l := refreshLease(t, cache, "key")
			err := take(t.Context(), cache, l)
			if fails(t, err, op); errors.Is(err, ctxcache.ErrRefused) != refused {
				t.Errorf("%s, answered with %s: %v", op, answer, err)
			}
		}
	}
}

// A set without an answer may still arrive, so the refusal of the deletion does not mean that the old value stays.
func TestSetWithoutAnAnswerIsNotRefused(t *testing.T) {
	for _, s := range stores {
		server := newScripted(t, func(command, _ string) string {
			if strings.HasPrefix(command, "set") {
				return ""
			}
			return "SERVER_ERROR read-only\r\n"
		})
		err := s.call(t.Context(), newCacheOver(t, server, nil), filling("new"))
		if fails(t, err, s.op); errors.Is(err, ctxcache.ErrRefused) {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}
