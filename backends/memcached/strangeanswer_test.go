package memcached_test

import (
	"strings"
	"testing"

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
