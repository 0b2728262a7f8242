package tracing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/tracing"
)

func ExampleTraced() {
	spans := tracetest.NewSpanRecorder()
	opts := &tracing.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))}

	// A layer that is not traced, such as Prefixed here, has no span. It passes on the context with the outer layer's
	// span.
	near := tracing.Traced(memory.New[string, []byte](nil), "users.near", opts)
	users := tracing.Traced(layers.Prefixed(near, "user:"), "users", opts)

	ctx := context.Background()
	if err := users.Set(ctx, "ada", []byte("Ada Lovelace"), time.Minute); err != nil {
		fmt.Println(err)
	}
	for _, name := range []string{"ada", "bob"} {
		if _, err := users.Get(ctx, name); err != nil {
			fmt.Println(err)
		}
	}
	printTree(spans)
	// Output:
	// cache miss
	// set users: ok
	//   set users.near: ok
	// get users: hit
	//   get users.near: hit
	// get users: miss
	//   get users.near: miss
}

// A near miss: the two levels take near's lease, read far, and fill near.
func ExampleTraced_twoLevels() {
	spans := tracetest.NewSpanRecorder()
	opts := &tracing.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))}
	far := memory.New[string, []byte](nil) // stands for a store that others share
	if err := far.Set(context.Background(), "ada", []byte("Ada Lovelace"), time.Minute); err != nil {
		fmt.Println(err)
	}
	near := tracing.Traced(memory.New[string, []byte](nil), "users.near", opts)
	users := tracing.Traced(twolevel.New(near, tracing.Traced(far, "users.far", opts), nil), "users", opts)
	ada, err := users.Get(context.Background(), "ada")
	fmt.Printf("%s %v\n", ada, err)

	printTree(spans)
	// Output:
	// Ada Lovelace <nil>
	// get users: hit
	//   get users.near: miss
	//   get_lease users.near: miss
	//   get_entry users.far: hit
	//   fill users.near: ok
}

func ExampleLoads() {
	spans := tracetest.NewSpanRecorder()
	opts := &tracing.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))}

	page := func(_ context.Context, name string) ([]byte, error) { return []byte("the page of " + name), nil }
	cache := tracing.Traced(memory.New[string, []byte](nil), "users.near", opts)
	users := cached.Func(cache, page, &cached.Options{Tracer: tracing.Loads("users", opts)})

	ctx := context.Background()
	for range 2 {
		if _, err := users.Get(ctx, "ada"); err != nil {
			fmt.Println(err)
		}
	}
	if err := users.Close(ctx); err != nil {
		fmt.Println(err)
	}
	printTree(spans)
	// Output:
	// get users: miss
	//   get users.near: miss
	//   get_lease users.near: miss
	//   load users: ok
	//   fill users.near: ok
	// get users: hit
	//   get users.near: hit
}

func ExampleHashedWith() {
	spans := tracetest.NewSpanRecorder()
	users := tracing.Traced(memory.New[string, []byte](nil), "users", &tracing.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		Keys:           tracing.HashedWith([]byte("a secret that all processes share")),
	})
	if err := users.Delete(context.Background(), "ada"); err != nil {
		fmt.Println(err)
	}
	for _, attr := range spans.Ended()[0].Attributes() {
		fmt.Printf("%s = %s\n", attr.Key, attr.Value.String())
	}
	// Output:
	// cache.name = users
	// cache.operation = delete
	// cache.key = c3986d9f5e16a767
	// cache.result = ok
}

// printTree prints spans in the order of their starts, with children under their parents.
func printTree(spans *tracetest.SpanRecorder) {
	var printUnder func(depth int, parent sdktrace.ReadOnlySpan)
	printUnder = func(depth int, parent sdktrace.ReadOnlySpan) {
		for _, span := range spans.Started() {
			root := parent == nil && !span.Parent().IsValid()
			if root || parent != nil && span.Parent().Equal(parent.SpanContext()) {
				result := slices.IndexFunc(span.Attributes(), func(a attribute.KeyValue) bool { return a.Key == tracing.AttrResult })
				fmt.Printf("%s%s: %s\n", strings.Repeat("  ", depth), span.Name(), span.Attributes()[result].Value.AsString())
				printUnder(depth+1, span)
			}
		}
	}
	printUnder(0, nil)
}
