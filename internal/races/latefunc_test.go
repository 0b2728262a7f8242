package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// TestRace31_LateGrantOfFunction: the late grant of TestRace31_LateGrant, through a cached function. Here the source
// changes, and then another process deletes the key.
func TestRace31_LateGrantOfFunction(t *testing.T) {
	for _, server := range lateServers {
		for _, twoLevels := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/two levels %v", server.name, twoLevels), func(t *testing.T) {
				t.Parallel()
				violations := make(map[bool]string)
				for _, double := range []bool{false, true} {
					ctx, cancel := context.WithTimeout(t.Context(), memcachedtest.Patience)
					defer cancel()
					w := server.network(ctx, t, lateDesign{
						double: double, twoLevels: twoLevels, retries: 3, timeout: memcachedtest.Patience,
					})
					violation, err := w.lateGrantOfFunction()
					if err != nil {
						t.Fatalf("the race could not be brought about (double %v): %v", double, err)
					}
					violations[double] = violation
				}
				if violations[false] != "" {
					t.Error(violations[false])
				}
				if violations[true] == "" {
					t.Error("nothing goes wrong on the naive double, so this race proves nothing")
				}
			})
		}
	}
}

func (w *lateNetwork) lateGrantOfFunction() (violation string, err error) {
	if err := w.warm(); err != nil {
		return "", err
	}
	origin := newSource("old")
	f := cached.Func(w.n, origin.load, nil)
	first := w.hold(key)
	defer first.HangUp()
	call := async(func() (string, error) { return f.Get(w.ctx, key) })
	if _, err := await(w.ctx, "the first copy", first.Held()); err != nil {
		return "", err
	}
	first.HangUp() // the client repeats the grant, or the function loads without a lease
	load, err := await(w.ctx, "the load", origin.loads)
	if err != nil {
		return "", err
	}
	origin.change(reply{value: "new"})
	if err := w.other.Delete(w.ctx, key); err != nil {
		return "", err
	}
	first.Release()
	origin.free()
	load.release()
	if r, err := await(w.ctx, "the call that began before the change", call); err != nil || r.err != nil || r.value != "old" {
		return "", fmt.Errorf("it returned %v, %w", r, errors.Join(err, r.err))
	}
	for _, c := range []cache{w.other, w.n} {
		if value, err := cached.Func(c, origin.load, nil).Get(w.ctx, key); err != nil || value != "new" {
			return fmt.Sprintf("a Get that began after the Delete returns %q", value), err
		}
	}
	return "", nil
}
