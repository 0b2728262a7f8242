package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

func TestFailKeepsBareWhatIsBare(t *testing.T) {
	for _, err := range []error{
		nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported,
		context.Canceled, context.DeadlineExceeded,
	} {
		if got := ctxcache.Fail("memory", ctxcache.OpGet, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

func TestFailTellsWhereOnce(t *testing.T) {
	cause := errors.New("connection refused")
	err := ctxcache.Fail("redis", ctxcache.OpGet, cause)
	for _, layer := range []string{"prefixed", "encoded", "stats", "two-level"} {
		err = ctxcache.Fail(layer, ctxcache.OpGet, err)
	}
	if got := err.Error(); got != "redis get: connection refused" {
		t.Errorf("five layers say %q", got)
	}
	var failure *ctxcache.Error
	if !errors.As(err, &failure) || failure.Layer != "redis" || failure.Op != ctxcache.OpGet || !errors.Is(err, cause) {
		t.Errorf("unwraps to %#v", failure)
	}
}

func TestManyErrorTellsEachKeyAndCause(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	err := ctxcache.Fail("stats", ctxcache.OpGet, ctxcache.NewManyError(map[string]error{"secret-a": first, "secret-b": second}))
	if !errors.Is(err, first) || !errors.Is(err, second) {
		t.Error("does not unwrap to its causes")
	}
	if ctxcache.KeyError(err, "secret-a") != first || ctxcache.KeyError(err, "absent") != nil {
		t.Error("KeyError does not tell keys apart")
	}
	if got := err.Error(); got != "2 keys failed for 2 reasons: first; ..." {
		t.Errorf("says %q", got)
	}
	same := ctxcache.FailEach([]string{"secret-a", "secret-b"}, first)
	if got := same.Error(); got != "2 keys failed: first" || strings.Contains(got, "secret") {
		t.Errorf("says %q", got)
	}
	whole := errors.New("whole")
	if ctxcache.KeyError(whole, "any") != whole {
		t.Error("an error of the call is not an error of each key")
	}
}

func TestNoFailuresAreNoError(t *testing.T) {
	if err := ctxcache.NewManyError(map[string]error{}); err != nil {
		t.Errorf("no keys: %v", err)
	}
	if err := ctxcache.FailEach([]string{"k"}, nil); err != nil {
		t.Errorf("no cause: %v", err)
	}
}

func TestCheckKey(t *testing.T) {
	type pair struct {
		Name  string
		Score float64
	}
	check := func(name string, err error, wanted bool) {
		t.Helper()
		if (err == nil) != wanted || err != nil && err != ctxcache.ErrKey {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("string", ctxcache.CheckKey("any"), true)
	check("int", ctxcache.CheckKey(1), true)
	check("float", ctxcache.CheckKey(1.5), true)
	check("NaN", ctxcache.CheckKey(math.NaN()), false)
	check("struct", ctxcache.CheckKey(pair{"a", 1}), true)
	check("struct with NaN", ctxcache.CheckKey(pair{"a", math.NaN()}), false)
	check("array", ctxcache.CheckKey([2]float64{1, 2}), true)
	check("interface with string", ctxcache.CheckKey[any]("a"), true)
	check("interface with slice", ctxcache.CheckKey[any]([]int{1}), false)
	check("interface with struct of slice", ctxcache.CheckKey[any](struct{ S []int }{}), false)
	check("interface with NaN", ctxcache.CheckKey[any](math.NaN()), false)
	check("nil interface", ctxcache.CheckKey[any](nil), true)
	check("pointer", ctxcache.CheckKey(&pair{}), true)
}

// A key that a ManyError does not name has no answer if the call has failed as well.
func TestKeyErrorOfAJoinedErrorIsAboutEveryKey(t *testing.T) {
	down, broken, odd := errors.New("down"), errors.New("broken"), errors.New("odd")
	a := ctxcache.NewManyError(map[string]error{"a": broken})
	b := ctxcache.NewManyError(map[string]error{"b": odd})
	for name, test := range map[string]struct {
		err  error
		a, b []error // what the error of a key wraps
	}{
		"with the call":         {err: errors.Join(down, a), a: []error{down, broken}, b: []error{down}},
		"deep with the call":    {err: fmt.Errorf("a remark: %w", errors.Join(errors.Join(a), down)), a: []error{down, broken}, b: []error{down}},
		"with nothing":          {err: errors.Join(nil, a), a: []error{broken}},
		"with another":          {err: errors.Join(a, b), a: []error{broken}, b: []error{odd}},
		"wrapped":               {err: fmt.Errorf("a remark: %w", a), a: []error{broken}},
		"wrapped with a reason": {err: fmt.Errorf("%w: %w", down, a), a: []error{down, broken}, b: []error{down}},
		"an Error":              {err: &ctxcache.Error{Op: ctxcache.OpGetEntries, Layer: "test", Err: a}, a: []error{broken}},
		"of other keys":         {err: errors.Join(ctxcache.FailEach([]int{1}, broken), odd), a: []error{broken, odd}, b: []error{broken, odd}},
	} {
		for key, want := range map[string][]error{"a": test.a, "b": test.b} {
			got := ctxcache.KeyError(test.err, key)
			if len(want) == 1 && got != want[0] {
				t.Errorf("%s: the error of %s is %v, want %v itself", name, key, got, want[0])
			}
			for _, cause := range []error{down, broken, odd} {
				if errors.Is(got, cause) != slices.Contains(want, cause) {
					t.Errorf("%s: the error of %s is %v, want %v", name, key, got, want)
				}
			}
		}
	}
}
