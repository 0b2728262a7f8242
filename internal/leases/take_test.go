package leases_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
	"github.com/ctxcache/cached/internal/leases"
)

// asked is a request, and the error that came of it.
type asked struct {
	key string
	err error
}

func (a *asked) Failure() error { return a.err }

var (
	errBroken  = errors.New("broken connection")
	errRefused = errors.New("refused by the server")
)

func newBackend() *calls.Backend {
	return calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: 1,
		Unanswered: func(err error) bool { return !leases.Known(err) && err != errRefused },
		Discreet:   func(err error) error { return err },
	})
}

// take asks for leases on keys. Send fills in the answers. Take returns the keys that were given back, those that were given
// back before the answer in parentheses.
func take(ctx context.Context, send func(context.Context, []*asked) error, keys ...string) (back []string, err error) {
	requests := make([]*asked, len(keys))
	for i, key := range keys {
		requests[i] = &asked{key: key}
	}
	err = leases.Take(ctx, newBackend(), ctxcache.OpGetLeases, "", requests, send, func(requests []*asked, answered bool) {
		for _, r := range requests {
			if answered {
				back = append(back, r.key)
			} else {
				back = append(back, "("+r.key+")")
			}
		}
	})
	return back, err
}

// answers fills in answers.
func answers(errs ...error) func(context.Context, []*asked) error {
	return func(_ context.Context, requests []*asked) error {
		for i, err := range errs {
			requests[i].err = err
		}
		return nil
	}
}

func TestTakeGivesBackWhatIsUnknown(t *testing.T) {
	back, err := take(t.Context(), answers(ctxcache.ErrMiss, errBroken, nil), "free", "lost", "held")
	if err != nil || !slices.Equal(back, []string{"lost"}) {
		t.Errorf("given back %q, %v", back, err)
	}
}

// The reply that granted the lease may be lost, and the repeated request refused.
func TestTakeGivesBackWhatIsRefused(t *testing.T) {
	corrupt := fmt.Errorf("%w: of another program", ctxcache.ErrCorrupt)
	back, err := take(t.Context(), answers(ctxcache.ErrMiss, errRefused, ctxcache.ErrNotFound, corrupt, nil),
		"free", "refused", "denied", "corrupt", "held")
	if err != nil || !slices.Equal(back, []string{"refused"}) {
		t.Errorf("given back %q, %v", back, err)
	}
}

func TestTakeGivesAllBackIfTheCallerIsGone(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	want := []string{"free", "lost"}
	back, err := take(unending{ctx}, func(ctx context.Context, requests []*asked) error {
		leave()
		return answers(ctxcache.ErrMiss, errBroken)(ctx, requests)
	}, "free", "lost")
	if err != context.Canceled || !slices.Equal(back, want) {
		t.Errorf("with the answers: given back %q, %v", back, err)
	}
}

// A grant may reach the server before or after the caller has left.
func TestTakeGivesBackAtOnceAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		late := make(chan struct{})
		var back []bool
		done := make(chan error)
		go func() {
			done <- leases.Take(ctx, newBackend(), ctxcache.OpGetLease, "", []*asked{{key: "free"}},
				func(context.Context, []*asked) error {
					<-late
					return nil
				},
				func(requests []*asked, answered bool) {
					if len(requests) == 1 {
						back = append(back, answered)
					}
				})
		}()
		synctest.Wait()
		leave()
		if err := <-done; err != context.Canceled {
			t.Errorf("before the answers: %v", err)
		}
		if !slices.Equal(back, []bool{false}) {
			t.Errorf("before the answers, given back %v", back)
		}
		close(late)
		synctest.Wait()
		if !slices.Equal(back, []bool{false, true}) {
			t.Errorf("with the answers, given back %v", back)
		}
	})
}

// unending is a context whose end nobody can wait for, so that the call is not left by its caller.
type unending struct{ context.Context }

func (unending) Done() <-chan struct{} { return nil }

func TestTakeFails(t *testing.T) {
	back, err := take(t.Context(), func(context.Context, []*asked) error { return errors.ErrUnsupported }, "free")
	if err != errors.ErrUnsupported || back != nil {
		t.Errorf("given back %q, %v", back, err)
	}
}

func TestTokensDiffer(t *testing.T) {
	first, second := leases.NewToken(), leases.NewToken()
	if len(first) != 16 || len(second) != 16 || first == second {
		t.Errorf("tokens %q and %q", first, second)
	}
}
