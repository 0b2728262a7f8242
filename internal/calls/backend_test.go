package calls_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

var (
	errAnswer = errors.New("the server refuses")
	errBroken = errors.New("the connection to held broke")
)

// newBackend returns a backend whose servers answer errAnswer, or break the connection.
func newBackend(invalid error) *calls.Backend {
	return calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: 1, Invalid: invalid,
		Unanswered: func(err error) bool { return err != errAnswer },
		Discreet: func(err error) error {
			if err == errBroken {
				return ctxcache.Discreet("the connection broke", err)
			}
			return err
		},
	})
}

func done(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestUsable(t *testing.T) {
	closed, closedInvalid := newBackend(nil), newBackend(ctxcache.ErrOptions)
	closed.Close()
	closedInvalid.Close()
	for name, c := range map[string]struct {
		ctx  context.Context
		b    *calls.Backend
		want error
	}{
		"good":                        {t.Context(), newBackend(nil), nil},
		"a done context":              {done(t), closedInvalid, context.Canceled},
		"bad options":                 {t.Context(), closedInvalid, ctxcache.ErrOptions},
		"closed":                      {t.Context(), closed, ctxcache.ErrClosed},
		"closed, with a done context": {done(t), closed, context.Canceled},
	} {
		if got := c.b.Usable(c.ctx); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		asked := false
		err := calls.Do(c.ctx, c.b, ctxcache.OpSet, func(context.Context) error {
			asked = true
			return nil
		})
		if !errors.Is(err, c.want) || asked != (c.want == nil) {
			t.Errorf("%s: a call returns %v, and asks: %v", name, err, asked)
		}
	}
}

func TestFail(t *testing.T) {
	open, closed := newBackend(nil), newBackend(nil)
	closed.Close()
	for _, bare := range []error{nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported} {
		if got := closed.Fail(done(t), ctxcache.OpGet, bare); got != bare {
			t.Errorf("%v becomes %v", bare, got)
		}
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		b    *calls.Backend
		err  error
		want string
		is   error
	}{
		"answered":                      {t.Context(), open, errAnswer, "test get: the server refuses", errAnswer},
		"answered, and the caller left": {done(t), open, errAnswer, "test get: the server refuses", errAnswer},
		"answered, and closed":          {t.Context(), closed, errAnswer, "test get: the server refuses", errAnswer},
		"broken":                        {t.Context(), open, errBroken, "test get: the connection broke", errBroken},
		"the client's limit": {
			t.Context(), open, fmt.Errorf("dial: %w", context.DeadlineExceeded),
			"test get: no answer in time: dial: context deadline exceeded", ctxcache.ErrTimeout,
		},
		"broken, and the caller left": {done(t), closed, errBroken, "context canceled", context.Canceled},
		"broken, and closed":          {t.Context(), closed, errBroken, "test get: cache is closed", ctxcache.ErrClosed},
	} {
		got := c.b.Fail(c.ctx, ctxcache.OpGet, c.err)
		if got.Error() != c.want || !errors.Is(got, c.is) {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
		if errors.Is(got, context.DeadlineExceeded) {
			t.Errorf("%s: %v looks like the end of the caller's context", name, got)
		}
	}
	if open.Unanswered(nil) || open.Unanswered(errAnswer) || !open.Unanswered(errBroken) {
		t.Error("Unanswered")
	}
}

func TestMany(t *testing.T) {
	b := newBackend(nil)
	two := calls.Part{Keys: []string{"held", "lost"}}
	many := func(ctx context.Context, failed map[string]error, err error) (string, error) {
		return calls.Many(ctx, b, ctxcache.OpGetEntries, two, func(context.Context, []string) (string, map[string]error, error) {
			return "result", failed, err
		})
	}
	if got, err := many(t.Context(), nil, nil); got != "result" || err != nil {
		t.Errorf("with no failure: %q, %v", got, err)
	}
	got, err := many(t.Context(), map[string]error{"held": errBroken, "lost": ctxcache.ErrLeaseLost}, nil)
	broken, lost := ctxcache.KeyError(err, "held"), ctxcache.KeyError(err, "lost")
	if got != "result" || lost != ctxcache.ErrLeaseLost || broken.Error() != "test get_entries: the connection broke" {
		t.Errorf("with two failures: %q, %v, %v", got, broken, lost)
	}
	if err := ctxcache.KeyError(err, "other"); err != nil {
		t.Errorf("a key that did not fail: %v", err)
	}
	if _, err := many(t.Context(), nil, errors.ErrUnsupported); err != errors.ErrUnsupported {
		t.Errorf("with a failure of all: %v", err)
	}
	// One that was not answered since the caller left is about the call, and no other is named.
	leaving := func(ctx context.Context, err error) error {
		ctx, cancel := context.WithCancel(ctx)
		_, err = calls.Many(hidden{ctx}, b, ctxcache.OpGetEntries, two, func(context.Context, []string) (int, map[string]error, error) {
			cancel()
			return 0, map[string]error{"held": err}, nil
		})
		return err
	}
	if err := leaving(t.Context(), errBroken); err != context.Canceled {
		t.Errorf("not answered since the caller left: %v", err)
	}
	if err := leaving(t.Context(), errAnswer); !errors.Is(err, errAnswer) {
		t.Errorf("answered before the caller left: %v", err)
	}
}

// hidden is a context whose end nobody can wait for.
type hidden struct{ context.Context }

func (hidden) Done() <-chan struct{} { return nil }

func TestUnique(t *testing.T) {
	keys := []string{"b", "a", "b", "", "a", ""}
	before := slices.Clone(keys)
	once := calls.Unique(keys)
	if !slices.Equal(once, []string{"b", "a", ""}) {
		t.Errorf("Unique: %q", once)
	}
	clear(once)
	if !slices.Equal(keys, before) {
		t.Error("Unique returns the caller's own slice")
	}
	if none := calls.Unique(nil); len(none) != 0 {
		t.Errorf("Unique of none: %q", none)
	}
	buffer := []byte("old")
	once = calls.Unique([]string{unsafe.String(&buffer[0], len(buffer))})
	copy(buffer, "new")
	if once[0] != "old" {
		t.Errorf("a key that is a view of a buffer becomes %q", once[0])
	}
}
