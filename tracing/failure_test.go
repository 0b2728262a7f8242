package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
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
		{"joined", errors.Join(errDown, errTold, errDown), down + "; *errors.errorString"},
		{"wrapping several", fmt.Errorf("ada: %w %w", errDown, errTold), down + "; *errors.errorString"},
		{"foreign by Fail", ctxcache.Fail("files", ctxcache.OpGet, errTold), "files get: *errors.errorString"},
		{
			"a path by Fail", ctxcache.Fail("files", ctxcache.OpGet, &fs.PathError{Op: "open", Path: "/cache/ada", Err: syscall.ENOENT}),
			"files get: *fs.PathError: no such file or directory",
		},
		{
			"a value by Fail", ctxcache.Fail("files", ctxcache.OpGet, fmt.Errorf("%w: number 4915112345678 of ada", ctxcache.ErrCorrupt)),
			"files get: *fmt.wrapError: corrupt entry",
		},
		{
			"joined by Fail", ctxcache.Fail("files", ctxcache.OpGet, errors.Join(ctxcache.ErrRefused, errTold)),
			"files get: refused, so the old value stays; *errors.errorString",
		},
		{
			"discreet by Fail", ctxcache.Fail("files", ctxcache.OpGet, ctxcache.Discreet("bad header", errTold)),
			"files get: bad header",
		},
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

// badError is an error whose methods panic.
type badError struct{}

func (*badError) Error() string { panic("about ada") }
func (*badError) Unwrap() error { panic("about ada") }

func TestErrorThatPanicsIsShownByItsType(t *testing.T) {
	checkFailed(t, failing(t, &badError{}, tracing.Options{}), "*tracing_test.badError")
	checkFailed(t, failing(t, (*fs.PathError)(nil), tracing.Options{ErrorMessages: true}), "<nil>")
}

// failingCodec fails as layers.JSON does for a number that is too large, and for NaN.
type failingCodec struct{}

func (failingCodec) Encode([]byte) ([]byte, error) { return layers.JSON[float64]{}.Encode(math.NaN()) }

func (failingCodec) Decode(data []byte) ([]byte, error) {
	person, err := layers.JSON[struct{ Phone int8 }]{}.Decode(data)
	return []byte(fmt.Sprint(person)), err
}

// A corrupt value, a value that does not encode and a key that cannot be mapped come from layers. Their causes quote them.
func TestErrorsOfLayersDoNotLeak(t *testing.T) {
	provider, recorder := newSDK(t)
	opts := &tracing.Options{TracerProvider: provider}
	store := memory.New[string, []byte](nil)
	if err := store.Set(t.Context(), "ada", []byte(`{"Phone":4915112345678}`), 0); err != nil {
		t.Fatal(err)
	}
	people := tracing.Traced(layers.Encoded(store, failingCodec{}, nil), "people", opts)
	keyed := tracing.Traced(layers.Keyed[string](memory.New[string, []byte](nil), func(key string) (string, error) {
		return "", fmt.Errorf("bad key %s", key)
	}, nil), "keyed", opts)

	_, err := people.Get(t.Context(), "ada")
	errs := []error{err, people.Set(t.Context(), "eve", one, 0), keyed.Set(t.Context(), "ada", one, 0)}
	_, err = ctxcache.GetEntry(t.Context(), people, "ada")
	errs = append(errs, err)
	_, err = ctxcache.GetMany(t.Context(), people, []string{"ada"})
	errs = append(errs, err)
	for i, err := range errs {
		if err == nil {
			t.Errorf("call %d did not fail", i)
		}
	}
	for _, span := range recorder.Ended() {
		shown := fmt.Sprint(span.Name(), span.Status(), span.Events(), span.Attributes())
		for _, secret := range []string{"4915112345678", "NaN", "ada", "eve"} {
			if strings.Contains(shown, secret) {
				t.Errorf("%s leaked into %s", secret, shown)
			}
		}
	}
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
