package tracing_test

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

// nested returns inner with two traced layers around it.
func nested(inner ctxcache.Cache[string, []byte], provider trace.TracerProvider) ctxcache.Cache[string, []byte] {
	opts := &tracing.Options{TracerProvider: provider}
	return tracing.Traced(tracing.Traced(inner, "users.near", opts), "users", opts)
}

func TestSpansOfNestedLayersNest(t *testing.T) {
	for _, op := range all {
		t.Run(op.name, func(t *testing.T) {
			provider, recorder := newSDK(t)
			inner := &stub{}
			if err := op.call(t.Context(), nested(inner, provider)); err != nil {
				t.Fatal(err)
			}
			if n := len(recorder.Ended()); n != 2 {
				t.Fatalf("%d spans, want one a layer", n)
			}
			users, near := named(t, recorder, op.name+" users"), named(t, recorder, op.name+" users.near")
			if users.Parent().IsValid() {
				t.Error("the outer span is not a root")
			}
			if !near.Parent().Equal(users.SpanContext()) {
				t.Error("the inner span is not a child of the outer one")
			}
			if !inner.in.Equal(near.SpanContext()) {
				t.Error("the inner cache was not called in the inner span")
			}
			checkIdentity(t, users, "users", op.name)
			checkIdentity(t, near, "users.near", op.name)
		})
	}
}

// checkIdentity checks the name, kind and attributes that all spans of an operation have, and that the span has no key.
func checkIdentity(t *testing.T, span sdktrace.ReadOnlySpan, cache, operation string) {
	t.Helper()
	if span.SpanKind() != trace.SpanKindInternal {
		t.Errorf("%s: kind %v, want internal", span.Name(), span.SpanKind())
	}
	if scope := span.InstrumentationScope().Name; scope != "github.com/ctxcache/cached/tracing" {
		t.Errorf("%s: instrumentation scope %q", span.Name(), scope)
	}
	got := attributes(span)
	if got[tracing.AttrName].AsString() != cache || got[tracing.AttrOperation].AsString() != operation {
		t.Errorf("%s: attributes say %v of %v", span.Name(), got[tracing.AttrOperation], got[tracing.AttrName])
	}
	if _, told := got[tracing.AttrKey]; told {
		t.Errorf("%s: the key was recorded without Options.Keys", span.Name())
	}
	if _, told := got[tracing.AttrKeys]; told {
		t.Errorf("%s: keys were recorded without Options.Keys", span.Name())
	}
}

func TestWatchHasNoSpan(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := nested(&stub{}, provider)
	if err := ctxcache.Watch(t.Context(), cache, func(ctxcache.Event) {}); err != nil {
		t.Fatal(err)
	}
	if stored := ctxcache.StoredKey(cache, "ada"); stored != "ada" {
		t.Errorf("StoredKey is %v", stored)
	}
	if n := len(recorder.Started()); n != 0 {
		t.Errorf("%d spans for a Watch", n)
	}
}

func TestAnswersComeBackAsTheyAre(t *testing.T) {
	provider, _ := newSDK(t)
	inner := &stub{present: true, listed: []string{"ada", "bob"}}
	cache := nested(inner, provider)
	if value, err := cache.Get(t.Context(), "ada"); string(value) != "1" || err != nil {
		t.Errorf("Get: %v, %v", value, err)
	}
	if was, err := ctxcache.Remove(t.Context(), cache, "ada"); !was || err != nil {
		t.Errorf("Remove: %v, %v", was, err)
	}
	if n, err := ctxcache.Len(t.Context(), cache); n != 2 || err != nil {
		t.Errorf("Len: %v, %v", n, err)
	}
	if got, err := ctxcache.GetStats(t.Context(), cache); got.Reads != 7 || err != nil {
		t.Errorf("Stats: %v, %v", got, err)
	}
	if _, lease, err := ctxcache.GetLease(t.Context(), cache, "ada", 0); lease.Granted() || err != nil {
		t.Errorf("GetLease of a cache that grants none: %v, %v", lease, err)
	}
	inner.err = ctxcache.ErrMiss
	if _, err := cache.Get(t.Context(), "ada"); err != ctxcache.ErrMiss {
		t.Errorf("Get: %v, want ErrMiss, bare", err)
	}
}

func TestKeysSpanLastsAsLongAsTheLoop(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := tracing.Traced(&stub{listed: []string{"ada", "bob"}}, "users", &tracing.Options{TracerProvider: provider})
	for range ctxcache.Keys(t.Context(), cache) {
		if len(recorder.Started()) != 1 || len(recorder.Ended()) != 0 {
			t.Error("the loop is not inside of the span")
		}
		break
	}
	span := only(t, recorder)
	checkAttributes(t, span, tracing.AttrResult.String("ok"), tracing.AttrEntries.Int(1))
	checkFailed(t, span, "")
}

func TestNilInnerCachePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Traced accepted a nil cache")
		}
	}()
	tracing.Traced[string, []byte](nil, "users", nil)
}
