package ctxcache_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func TestDirectivesCombine(t *testing.T) {
	ctx := ctxcache.WithMaxAge(ctxcache.WithRefresh(ctxcache.WithBypass(t.Context())), time.Second)
	if d := ctxcache.DirectivesOf(ctx); *d != (ctxcache.Directives{Refresh: true, MaxAge: time.Second}) {
		t.Errorf("got %+v", *d)
	}
	if d := ctxcache.DirectivesOf(ctxcache.WithOnlyCached(ctx)); *d != (ctxcache.Directives{OnlyCached: true, MaxAge: time.Second}) {
		t.Errorf("got %+v", *d)
	}
	if d := ctxcache.DirectivesOf(ctxcache.WithoutDirectives(ctx)); d != nil {
		t.Errorf("got %+v", *d)
	}
	if d := ctxcache.DirectivesOf(ctxcache.WithBypass(t.Context())); *d != (ctxcache.Directives{Bypass: true, MaxAge: ctxcache.NoExpiry}) {
		t.Errorf("got %+v", *d)
	}
}
