package tracing_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

// BenchmarkGet measures the cost of a traced layer: a few nanoseconds if nothing records.
func BenchmarkGet(b *testing.B) {
	sdk, recorder := newSDK(b)
	inner := &stub{}
	for _, c := range []struct {
		name  string
		cache ctxcache.Cache[string, []byte]
	}{
		{"bare", inner},
		{"no SDK", tracing.Traced(inner, "users", nil)},
		{"noop provider", tracing.Traced(inner, "users", &tracing.Options{TracerProvider: noop.NewTracerProvider()})},
		{"recorded", tracing.Traced(inner, "users", &tracing.Options{TracerProvider: sdk})},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			for b.Loop() {
				if _, err := c.cache.Get(ctx, "ada"); err != nil {
					b.Fatal(err)
				}
			}
			recorder.Reset()
		})
	}
}
