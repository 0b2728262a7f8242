package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

func TestLoadIsAChildOfTheCallThatLeads(t *testing.T) {
	provider, recorder := newSDK(t)
	loads := tracing.Loads("users", &tracing.Options{TracerProvider: provider})

	ctx, endCall := loads.Call(t.Context(), "get")
	ctx, endLoad := loads.Load(ctx)
	source := trace.SpanContextFromContext(ctx)
	endLoad(nil)
	endCall("miss", nil, nil)

	call, load := named(t, recorder, "get users"), named(t, recorder, "load users")
	checkIdentity(t, call, "users", "get")
	checkIdentity(t, load, "users", "load")
	if !load.Parent().Equal(call.SpanContext()) {
		t.Error("the load is not a child of the call")
	}
	if !source.Equal(load.SpanContext()) {
		t.Error("the source was not asked in the load's span")
	}
	if len(call.Links())+len(load.Links()) != 0 {
		t.Error("the leader has links")
	}
	checkAttributes(t, call, tracing.AttrResult.String("miss"))
	checkAttributes(t, load, tracing.AttrResult.String("ok"))
	checkFailed(t, call, "")
	checkFailed(t, load, "")
}

func TestJoinersLinkToTheLoad(t *testing.T) {
	provider, recorder := newSDK(t)
	loads := tracing.Loads("users", &tracing.Options{TracerProvider: provider})

	leader, endLeader := loads.Call(t.Context(), "get")
	load, endLoad := loads.Load(leader)
	for range 3 {
		_, endJoiner := loads.Call(t.Context(), "get")
		endJoiner("miss", load, nil)
	}
	endLoad(nil)
	endLeader("miss", nil, nil)

	want := trace.SpanContextFromContext(load)
	joiners := 0
	for _, span := range recorder.Ended() {
		if span.Name() != "get users" || span.SpanContext().Equal(trace.SpanContextFromContext(leader)) {
			continue
		}
		joiners++
		if links := span.Links(); len(links) != 1 || !links[0].SpanContext.Equal(want) {
			t.Errorf("links %v, want one to the load", links)
		}
		if span.SpanContext().TraceID() == want.TraceID() {
			t.Error("the joiner is in the leader's trace")
		}
	}
	if joiners != 3 {
		t.Errorf("%d joiners, want 3", joiners)
	}
}

func TestJoinedLoadWithoutASpanIsNotLinkedTo(t *testing.T) {
	provider, recorder := newSDK(t)
	loads := tracing.Loads("users", &tracing.Options{TracerProvider: provider})
	_, end := loads.Call(t.Context(), "get")
	end("miss", t.Context(), nil)
	if links := only(t, recorder).Links(); len(links) != 0 {
		t.Errorf("links %v to nothing", links)
	}
}

func TestOutcomesOfCalls(t *testing.T) {
	for _, op := range []string{"get", "refresh", "contains", "delete", "peek"} {
		for _, test := range []struct {
			result      string
			err         error
			description string
		}{
			{"hit", nil, ""},
			{"miss", nil, ""},
			{"ok", nil, ""},
			{"negative", ctxcache.ErrNotFound, ""},
			{"error", errDown, down},
			{"error", errTold, "*errors.errorString"},
		} {
			t.Run(fmt.Sprint(op, " ", test.result), func(t *testing.T) {
				provider, recorder := newSDK(t)
				_, end := tracing.Loads("users", &tracing.Options{TracerProvider: provider}).Call(t.Context(), ctxcache.Operation(op))
				end(test.result, nil, test.err)
				span := only(t, recorder)
				checkIdentity(t, span, "users", op)
				checkAttributes(t, span, tracing.AttrResult.String(test.result))
				checkFailed(t, span, test.description)
			})
		}
	}
}

func TestOutcomesOfLoads(t *testing.T) {
	for _, test := range []struct {
		err         error
		result      string
		description string
	}{
		{nil, "ok", ""},
		{ctxcache.ErrNotFound, "negative", ""},
		{fmt.Errorf("ada: %w", ctxcache.ErrNotFound), "negative", ""},
		{errTold, "error", "*errors.errorString"},
		{context.Canceled, "error", "context canceled"},
		{errors.ErrUnsupported, "error", "unsupported operation"},
	} {
		provider, recorder := newSDK(t)
		_, end := tracing.Loads("users", &tracing.Options{TracerProvider: provider}).Load(t.Context())
		end(test.err)
		span := only(t, recorder)
		checkAttributes(t, span, tracing.AttrResult.String(test.result))
		checkFailed(t, span, test.description)
	}
}

func TestErrorWithoutACauseIsAnErrorStatus(t *testing.T) {
	provider, recorder := newSDK(t)
	_, end := tracing.Loads("users", &tracing.Options{TracerProvider: provider}).Call(t.Context(), "get")
	end("error", nil, nil)
	if status := only(t, recorder).Status(); status.Code.String() != "Error" {
		t.Errorf("status %v, want Error", status)
	}
}

func TestLoadsOffIsFreeAndInvisible(t *testing.T) {
	for _, off := range offs(t) {
		t.Run(off.name, func(t *testing.T) {
			loads := tracing.Loads("users", off.opts)
			allocated := testing.AllocsPerRun(100, func() {
				ctx, endCall := loads.Call(off.ctx, "get")
				if ctx != off.ctx || endCall != nil {
					t.Error("a call is not as if there were no tracing")
				}
				ctx, endLoad := loads.Load(ctx)
				if ctx != off.ctx || endLoad != nil {
					t.Error("a load is not as if there were no tracing")
				}
			})
			if allocated != 0 {
				t.Errorf("%v allocations, want 0", allocated)
			}
		})
	}
}

func TestTracedCacheUnderACallNests(t *testing.T) {
	provider, recorder := newSDK(t)
	opts := &tracing.Options{TracerProvider: provider}
	loads, cache := tracing.Loads("users", opts), tracing.Traced(&stub{}, "users.near", opts)
	ctx, end := loads.Call(t.Context(), "get")
	if _, err := cache.Get(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	end("hit", nil, nil)
	if !named(t, recorder, "get users.near").Parent().Equal(named(t, recorder, "get users").SpanContext()) {
		t.Error("the cache's span is no child of the call's")
	}
	if got := recorder.Ended()[0].Attributes(); !slices.Contains(got, attribute.String("cache.result", "hit")) {
		t.Errorf("attributes %v", got)
	}
}
