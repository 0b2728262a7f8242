package leases_test

import (
	"context"
	"errors"
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

func (a asked) Failure() error { return a.err }

var errBroken = errors.New("broken connection")

func newBackend() *calls.Backend {
	return calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: 1,
		Unanswered: func(err error) bool { return err != ctxcache.ErrMiss },
		Discreet:   func(err error) error { return err },
	})
}

// take takes leases whose requests come back as given, and returns the keys of those taken and given back.
func take(
	ctx context.Context, send func(context.Context) ([]asked, error),
) (taken, back []string, err error) {
	requests, err := leases.Take(ctx, newBackend(), ctxcache.OpGetLeases, send, func(requests []asked) {
		back = append(back, keysOf(requests)...)
	})
	return keysOf(requests), back, err
}

func keysOf(requests []asked) (keys []string) {
	for _, r := range requests {
		keys = append(keys, r.key)
	}
	return keys
}

func TestTakeGivesBackWhatIsUnknown(t *testing.T) {
	taken, back, err := take(t.Context(), func(context.Context) ([]asked, error) {
		return []asked{{"free", ctxcache.ErrMiss}, {"lost", errBroken}, {"held", nil}}, nil
	})
	if err != nil || !slices.Equal(taken, []string{"free", "lost", "held"}) || !slices.Equal(back, []string{"lost"}) {
		t.Errorf("taken %q, given back %q, %v", taken, back, err)
	}
}

func TestTakeGivesAllBackIfTheCallerIsGone(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	want := []string{"free", "lost"}
	taken, back, err := take(unending{ctx}, func(context.Context) ([]asked, error) {
		leave()
		return []asked{{"free", ctxcache.ErrMiss}, {"lost", errBroken}}, nil
	})
	if err != context.Canceled || taken != nil || !slices.Equal(back, want) {
		t.Errorf("with the answers: taken %q, given back %q, %v", taken, back, err)
	}

	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		late := make(chan struct{})
		var back []string
		done := make(chan error)
		go func() {
			_, err := leases.Take(ctx, newBackend(), ctxcache.OpGetLease, func(context.Context) ([]asked, error) {
				<-late
				return []asked{{"free", ctxcache.ErrMiss}}, nil
			}, func(requests []asked) { back = append(back, keysOf(requests)...) })
			done <- err
		}()
		synctest.Wait()
		leave()
		if err := <-done; err != context.Canceled {
			t.Errorf("before the answers: %v", err)
		}
		close(late)
		synctest.Wait()
		if !slices.Equal(back, []string{"free"}) {
			t.Errorf("given back %q", back)
		}
	})
}

// unending is a context whose end nobody can wait for, so that the call is not left by its caller.
type unending struct{ context.Context }

func (unending) Done() <-chan struct{} { return nil }

func TestTakeFails(t *testing.T) {
	taken, back, err := take(t.Context(), func(context.Context) ([]asked, error) { return nil, errors.ErrUnsupported })
	if err != errors.ErrUnsupported || taken != nil || back != nil {
		t.Errorf("taken %q, given back %q, %v", taken, back, err)
	}
}

func TestTokensDiffer(t *testing.T) {
	first, second := leases.NewToken(), leases.NewToken()
	if len(first) != 16 || len(second) != 16 || first == second {
		t.Errorf("tokens %q and %q", first, second)
	}
}
