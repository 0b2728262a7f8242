package races_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/internal/memcachedtest"
)

// A race makes one interleaving happen on a stack. It returns what went wrong, or "". It returns an error if it could
// not make the interleaving happen.
type race func(ctx context.Context, s *stack) (violation string, err error)

// patience is how long a race waits for something that must happen. In a bubble waiting takes no time.
func (s store) patience() time.Duration {
	if s.server == nil {
		return 10 * time.Minute
	}
	return memcachedtest.Patience
}

// while is how long a race waits before it looks again.
func (s store) while() time.Duration {
	if s.server == nil {
		return time.Second
	}
	return 10 * time.Millisecond
}

// retries is how often a race that went well on a double is run again.
const retries = 4

// run runs a race over stores. On this library's stack nothing may go wrong. On the naive stack something must.
func (r race) run(t *testing.T, stores []store) {
	t.Helper()
	r.against(t, stores, naive)
}

// against is run with another double.
func (r race) against(t *testing.T, stores []store, double design) {
	t.Helper()
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			if store.server != nil { // because servers take real time
				t.Parallel()
			}
			if violation := r.once(t, store, leased); violation != "" {
				t.Error(violation)
			}
			violation := r.once(t, store, double)
			for range retries { // over a server the double may be lucky: which of two calls comes first depends on the machine
				if violation == "" && store.server != nil {
					violation = r.once(t, store, double)
				}
			}
			if violation == "" {
				t.Error("nothing goes wrong on the naive double, so this race proves nothing")
			}
			t.Logf("on the naive double: %s", violation)
		})
	}
}

// once runs a race on one stack. Everything that the race starts ends before once returns, or when its context does.
func (r race) once(t *testing.T, store store, design design) (violation string) {
	t.Helper()
	store.enter(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), store.patience())
		defer cancel()
		var err error
		violation, err = r(ctx, store.open(t, design))
		if err != nil {
			t.Fatalf("the race could not be brought about on the %s stack: %v", design.name, err)
		}
	})
	return violation
}

// enter calls f: directly if the store has a server, and otherwise in a bubble.
func (s store) enter(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if s.server != nil {
		f(t)
		return
	}
	synctest.Test(t, f)
}

// reply is the result of a call.
type reply struct {
	value string
	err   error
}

func (r reply) String() string { return fmt.Sprintf("(%q, %v)", r.value, r.err) }

// async makes a call on a new goroutine.
func async(call func() (string, error)) <-chan reply {
	replies := make(chan reply, 1)
	go func() {
		value, err := call()
		replies <- reply{value, err}
	}()
	return replies
}

// await receives from c, or fails when ctx is done.
func await[T any](ctx context.Context, what string, c <-chan T) (received T, err error) {
	select {
	case received = <-c:
		return received, nil
	case <-ctx.Done():
		return received, fmt.Errorf("waited in vain for: %s", what)
	}
}
