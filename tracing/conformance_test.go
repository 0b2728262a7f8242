package tracing_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/tracing"
)

func TestConformance(t *testing.T) {
	type cache = ctxcache.Cache[string, []byte]
	stacks := map[string]func(opts *tracing.Options) cache{
		"bare": func(opts *tracing.Options) cache {
			return tracing.Traced(memory.New[string, []byte](nil), "bytes", opts)
		},
		"through a prefix": func(opts *tracing.Options) cache {
			return layers.Prefixed(tracing.Traced(memory.New[string, []byte](nil), "bytes", opts), "p:")
		},
		"round a prefix": func(opts *tracing.Options) cache {
			return tracing.Traced(layers.Prefixed(memory.New[string, []byte](nil), "p:"), "bytes", opts)
		},
		"round a cache of three methods": func(opts *tracing.Options) cache {
			return tracing.Traced(threeMethods(memory.New[string, []byte](nil)), "bytes", opts)
		},
	}
	recorded := 0
	providers := map[string]func(t *testing.T) trace.TracerProvider{
		"without an SDK": func(*testing.T) trace.TracerProvider { return nil },
		"recorded": func(t *testing.T) trace.TracerProvider {
			provider, recorder := newSDK(t)
			t.Cleanup(func() { recorded += len(recorder.Ended()) })
			return provider
		},
	}
	for stack, build := range stacks {
		for way, provide := range providers {
			t.Run(stack+", "+way, func(t *testing.T) {
				cachetest.Run(t, func(t *testing.T) cache {
					return build(&tracing.Options{TracerProvider: provide(t), Keys: tracing.Hashed})
				}, cachetest.FakeTime())
			})
		}
	}
	if recorded == 0 {
		t.Error("no span was recorded")
	}
}

// threeMethods hides all capabilities of c beyond the three methods of Cache.
func threeMethods(c ctxcache.Cache[string, []byte]) ctxcache.Cache[string, []byte] {
	return struct {
		ctxcache.Cache[string, []byte]
	}{c}
}
