package ctxcache_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

func TestForLoadHasTheCallAndTheLoad(t *testing.T) {
	load, endLoad := context.WithCancel(t.Context())
	call, endCall := context.WithCancel(t.Context())
	ctx, bounded := context.WithCancel(ctxcache.ForLoad(call, load)) // as a layer bounds it
	defer bounded()
	if ctxcache.LoadContext(call) != call {
		t.Error("a context that nobody made for a load is not its own")
	}
	endCall()
	if ctx.Err() == nil || ctxcache.LoadContext(ctx).Err() != nil {
		t.Errorf("the call: %v, the load: %v", ctx.Err(), ctxcache.LoadContext(ctx).Err())
	}
	endLoad()
	if ctxcache.LoadContext(ctx).Err() == nil {
		t.Error("the load has not ended")
	}
}
