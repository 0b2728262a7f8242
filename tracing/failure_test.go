package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

// errTold is an error with a key in its message.
var errTold = errors.New("no such user: ada")

func TestErrorsDoNotLeakKeys(t *testing.T) {
	manyTold := make(map[string]error)
	for i := range 10 {
		manyTold[fmt.Sprint("ada", i)] = fmt.Errorf("ada%d failed", i)
	}
	many := make(map[string]error)
	for i := range 10 {
		many[fmt.Sprint("ada", i)] = &ctxcache.Error{Layer: "redis", Op: ctxcache.Operation(fmt.Sprint("op", i)), Err: ctxcache.ErrCorrupt}
	}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"foreign", errTold, "*errors.errorString"},
		{
			"wrapping", fmt.Errorf("ada: %w", &fs.PathError{Op: "open", Path: "ada", Err: fs.ErrNotExist}),
			"*fmt.wrapError: *fs.PathError: *errors.errorString",
		},
		{"wrapping ours", fmt.Errorf("ada: %w", errDown), "*fmt.wrapError: " + down},
		{"wrapping a context's", fmt.Errorf("ada: %w", context.DeadlineExceeded), "*fmt.wrapError: context deadline exceeded"},
		{"wrapping a refused value", fmt.Errorf("ada: %w", ctxcache.ErrValue), "*fmt.wrapError: invalid value"},
		{"wrapping a timeout", fmt.Errorf("ada: %w", ctxcache.ErrTimeout), "*fmt.wrapError: no answer in time"},
		{"joined", errors.Join(errDown, errTold, errDown), "*errors.errorString; " + down},
		{"wrapping several", fmt.Errorf("ada: %w %w", errDown, errTold), "*errors.errorString; " + down},
		{"many foreign", ctxcache.NewManyError(manyTold), "*errors.errorString"},
		{"many ours", ctxcache.NewManyError(many), "redis op0: corrupt entry; redis op1: corrupt entry; redis op2: corrupt entry; ..."},
		{"of a load", cached.ErrRecursiveLoad, "flight load: it waits for itself"},
		{"of a load that ended its goroutine", fmt.Errorf("ada: %w", cached.ErrGoexit), "*fmt.wrapError: flight load: it called runtime.Goexit"},
		{"a panic", &cached.PanicError{Value: "ada"}, "*cached.PanicError"},
		{"hollow wrapper", &fs.PathError{Op: "open", Path: "ada"}, "*fs.PathError"},
	} {
		t.Run(test.name, func(t *testing.T) {
			span := failing(t, test.err, tracing.Options{})
			checkFailed(t, span, test.want)
			if shown := fmt.Sprint(span.Name(), span.Status(), span.Events(), span.Attributes()); strings.Contains(shown, "ada") {
				t.Errorf("the key leaked into %s", shown)
			}
		})
	}
}

func TestErrorMessagesOnRequest(t *testing.T) {
	span := failing(t, errTold, tracing.Options{ErrorMessages: true})
	checkFailed(t, span, "no such user: ada")
	notUTF8 := failing(t, errors.New("no such user: \xff"), tracing.Options{ErrorMessages: true})
	checkFailed(t, notUTF8, "no such user: \uFFFD")
}

func TestErrorsTellTheirType(t *testing.T) {
	span := failing(t, errDown, tracing.Options{})
	event := attribute.NewSet(span.Events()[0].Attributes...)
	if got, _ := event.Value("exception.type"); got.AsString() != "*ctxcache.Error" {
		t.Errorf("exception.type is %q", got.AsString())
	}
}

// failing returns the span of a Get that failed with err.
func failing(t *testing.T, err error, opts tracing.Options) sdktrace.ReadOnlySpan {
	t.Helper()
	provider, recorder := newSDK(t)
	opts.TracerProvider = provider
	if _, got := tracing.Traced(&stub{err: err}, "users", &opts).Get(t.Context(), "ada"); got != err {
		t.Fatalf("the error came back as %v", got)
	}
	return only(t, recorder)
}

func TestSpanEndsThoughTheOperationDoesNotReturn(t *testing.T) {
	for _, test := range []struct {
		name string
		stop func()
	}{
		{"panic", func() { panic("about ada") }},
		{"Goexit", runtime.Goexit},
	} {
		t.Run(test.name, func(t *testing.T) {
			provider, recorder := newSDK(t)
			cache := tracing.Traced(&stub{during: test.stop}, "users", &tracing.Options{TracerProvider: provider})
			for _, op := range all {
				recorder.Reset()
				ended := make(chan any)
				go func() {
					defer func() { ended <- recover() }()
					if err := op.call(t.Context(), cache); err != nil {
						t.Error(err)
					}
				}()
				if value := <-ended; test.name == "panic" && value != "about ada" {
					t.Errorf("%s: the panic came out as %v", op.name, value)
				}
				span := only(t, recorder)
				want := sdktrace.Status{Code: codes.Error, Description: "the operation did not return"}
				if span.Status() != want || len(span.Events()) != 0 {
					t.Errorf("%s: status %v and events %v, want %v and none", op.name, span.Status(), span.Events(), want)
				}
				if result := attributes(span)[tracing.AttrResult]; result.AsString() != "error" {
					t.Errorf("%s: result %q", op.name, result.AsString())
				}
			}
		})
	}
}
