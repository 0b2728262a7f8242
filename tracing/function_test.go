package tracing_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

var _ cached.Tracer = (*tracing.LoadTracer)(nil)

func TestCallersOfAFunctionLinkToTheOneLoad(t *testing.T) {
	t.Run("with the caller's values", func(t *testing.T) { checkLinks(t, false) })
	t.Run("detached", func(t *testing.T) { checkLinks(t, true) })
}

// checkLinks calls a function from several goroutines, and checks the links of the calls to the load.
func checkLinks(t *testing.T, detach bool) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 5
		provider, recorder := newSDK(t)
		opts := &tracing.Options{TracerProvider: provider}
		goOn := make(chan struct{})
		load := func(context.Context, string) ([]byte, error) {
			<-goOn
			return one, nil
		}
		cache := tracing.Traced(memory.New[string, []byte](nil), "users.near", opts)
		users := cached.Func(cache, load, &cached.Options{Detach: detach, Tracer: tracing.Loads("users", opts)})

		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if _, err := users.Get(t.Context(), "ada"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all of them wait for the one load
		close(goOn)
		wg.Wait()
		synctest.Wait()
		if err := users.Close(t.Context()); err != nil {
			t.Error(err)
		}

		source := named(t, recorder, "load users")
		led, joined := 0, 0
		for _, span := range recorder.Ended() {
			if span.Name() != "get users" {
				continue
			}
			switch links := span.Links(); {
			case len(links) == 1 && links[0].SpanContext.Equal(source.SpanContext()):
				joined++
			case len(links) == 0 && source.SpanContext().TraceID() == span.SpanContext().TraceID():
				led++
			default:
				t.Errorf("a call has links %v", links)
			}
			if result := attributes(span)[tracing.AttrResult].AsString(); result != "miss" {
				t.Errorf("the result of a call is %q, want miss", result)
			}
		}
		if led != 1 || joined != callers-1 {
			t.Errorf("%d led and %d joined, want 1 and %d", led, joined, callers-1)
		}
	})
}

func TestClearThatTheCacheDoesNotSupportIsNotAnError(t *testing.T) {
	provider, recorder := newSDK(t)
	plain := struct{ ctxcache.Cache[string, []byte] }{memory.New[string, []byte](nil)} // three methods
	users := cached.Func(plain, func(context.Context, string) ([]byte, error) { return one, nil },
		&cached.Options{Tracer: tracing.Loads("users", &tracing.Options{TracerProvider: provider})})
	if err := users.Clear(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear: %v", err)
	}
	span := only(t, recorder)
	checkAttributes(t, span, tracing.AttrResult.String("unsupported"))
	checkFailed(t, span, "")
}
