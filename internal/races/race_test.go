package races_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A race brings about one interleaving on a stack. It returns what went wrong, "" if nothing did; the error
// says that it could not be brought about.
type race func(ctx context.Context, s *stack) (violation string, err error)

// patience is how long a race waits for what has to happen. In a bubble that takes no time.
func (s store) patience() time.Duration {
	if s.server == nil {
		return 10 * time.Minute
	}
	return 20 * time.Second
}

// while is how long to let time go by before looking again.
func (s store) while() time.Duration {
	if s.server == nil {
		return time.Second
	}
	return 10 * time.Millisecond
}

// run runs a race over stores, as this library builds stacks on them, where nothing may go wrong, and as others
// do, where something has to.
func (r race) run(t *testing.T, stores []store) {
	t.Helper()
	r.against(t, stores, naive)
}

// against is run with another double.
func (r race) against(t *testing.T, stores []store, double design) {
	t.Helper()
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			if store.server != nil { // which has to be waited for
				t.Parallel()
			}
			if violation := r.once(t, store, leased); violation != "" {
				t.Error(violation)
			}
			violation := r.once(t, store, double)
			if violation == "" {
				t.Error("nothing goes wrong on the naive double either, so this race proves nothing")
			}
			t.Logf("on the naive double %s", violation)
		})
	}
}

// once runs a race on one stack. All that it starts has ended then, or ends when its context does.
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

// enter calls f, in a bubble where there is no server to wait for.
func (s store) enter(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if s.server != nil {
		f(t)
		return
	}
	synctest.Test(t, f)
}

// reply is what a call comes back with.
type reply struct {
	value string
	err   error
}

func (r reply) String() string { return fmt.Sprintf("(%q, %v)", r.value, r.err) }

// async makes a call on a goroutine of its own.
func async(call func() (string, error)) <-chan reply {
	replies := make(chan reply, 1)
	go func() {
		value, err := call()
		replies <- reply{value, err}
	}()
	return replies
}

// await receives from c.
func await[T any](ctx context.Context, what string, c <-chan T) (received T, err error) {
	select {
	case received = <-c:
		return received, nil
	case <-ctx.Done():
		return received, fmt.Errorf("waited in vain for %s", what)
	}
}
