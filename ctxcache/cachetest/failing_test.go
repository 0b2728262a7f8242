package cachetest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// failures calls Set n times, and returns which calls failed, as in "-x-".
func failures(t *testing.T, c cache, n int) string {
	t.Helper()
	var calls strings.Builder
	for range n {
		switch err := c.Set(t.Context(), "key", []byte("value"), hour); {
		case err == nil:
			calls.WriteByte('-')
		case errors.Is(err, errDown):
			calls.WriteByte('x')
		default:
			t.Fatalf("Set: %v", err)
		}
	}
	return calls.String()
}

func TestFailingFailsWhatItIsTold(t *testing.T) {
	for _, test := range []struct {
		name   string
		target cachetest.Target
		want   string
	}{
		{"everything", cachetest.On(), "xxxxxx"},
		{"the operation", cachetest.On(ctxcache.OpGet, ctxcache.OpSet), "xxxxxx"},
		{"another operation", cachetest.On(ctxcache.OpGet), "------"},
		{"the first two", cachetest.On(ctxcache.OpSet).First(2), "xx----"},
		{"none of the first", cachetest.On().First(0), "------"},
		{"none of them", cachetest.On().Some(0, 1), "------"},
		{"all of them", cachetest.On().Some(1, 1), "xxxxxx"},
		{"the first of some", cachetest.On().Some(0.5, 2).First(1), "--x---"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, faults := cachetest.Failing[string, []byte](newReference())
			faults.Fail(errDown, test.target)
			if got := failures(t, c, 6); got != test.want {
				t.Errorf("failed: %s, want %s", got, test.want)
			}
			if got, want := faults.Injected(), strings.Count(test.want, "x"); got != want {
				t.Errorf("Injected: %d, want %d", got, want)
			}
			faults.Heal()
			if got := failures(t, c, 6); got != "------" {
				t.Errorf("failed after Heal: %s", got)
			}
		})
	}
}

func TestFailingAtARate(t *testing.T) {
	run := func(seed uint64) string {
		c, faults := cachetest.Failing[string, []byte](newReference())
		faults.Fail(errDown, cachetest.On(ctxcache.OpSet).Some(0.25, seed))
		return failures(t, c, 1000)
	}
	first := run(1)
	if n := strings.Count(first, "x"); n < 200 || n > 300 {
		t.Errorf("%d of 1000 calls failed, want about 250", n)
	}
	if run(1) != first {
		t.Error("the same seed failed other calls")
	}
	if run(2) == first {
		t.Error("another seed failed the same calls")
	}
}

func TestFailingIsAFailureAsTheContractHasIt(t *testing.T) {
	ctx := t.Context()
	c, faults := cachetest.Failing[string, []byte](newReference())
	_, lease, err := ctxcache.GetLease(ctx, c, "key", 0)
	if err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	faults.Fail(errDown, cachetest.On())

	var failure *ctxcache.Error
	if _, err := c.Get(ctx, "key"); !errors.As(err, &failure) || failure.Op != ctxcache.OpGet || !errors.Is(err, errDown) {
		t.Errorf("Get: %#v, want an *Error", err)
	}
	err = ctxcache.Fill(ctx, c, "key", lease, ctxcache.NewEntry[[]byte](nil, hour))
	if !errors.As(err, &failure) || failure.Op != ctxcache.OpFill || !errors.Is(err, errDown) {
		t.Errorf("Fill: %#v, want an *Error", err)
	}
	var many *ctxcache.ManyError[string]
	_, err = ctxcache.GetMany(ctx, c, []string{"a", "b"})
	if !errors.As(err, &many) || len(many.Failed) != 2 || !errors.Is(many.Failed["a"], errDown) {
		t.Errorf("GetMany: %#v, want a *ManyError of both keys", err)
	}
	err = ctxcache.FillMany(ctx, c, map[string]entry{"key": ctxcache.NewEntry[[]byte](nil, hour)}, nil)
	if !errors.As(err, &many) || !errors.Is(many.Failed["key"], errDown) {
		t.Errorf("FillMany: %#v, want a *ManyError of the key", err)
	}
	err = ctxcache.ReleaseMany(ctx, c, map[string]ctxcache.Lease{"key": lease})
	if !errors.As(err, &many) || !errors.Is(many.Failed["key"], errDown) {
		t.Errorf("ReleaseMany: %#v, want a *ManyError of the key", err)
	}
	faults.Heal()
	if err := ctxcache.Fill(ctx, c, "key", lease, ctxcache.NewEntry([]byte("value"), hour)); err != nil {
		t.Errorf("Fill, again: %v", err)
	}
}

func TestTheFirstFaultIsTaken(t *testing.T) {
	errFirst := errors.New("first")
	c, faults := cachetest.Failing[string, []byte](newReference())
	faults.Fail(errFirst, cachetest.On(ctxcache.OpGet).First(1))
	faults.Fail(errDown, cachetest.On())
	var got []bool
	for range 2 {
		_, err := c.Get(t.Context(), "key")
		got = append(got, errors.Is(err, errFirst))
	}
	if !slices.Equal(got, []bool{true, false}) {
		t.Errorf("calls that got the first fault: %v", got)
	}
}

func TestACallForNoKeysDoesNotUseUpAFault(t *testing.T) {
	for name, target := range map[string]cachetest.Target{
		"calls":   cachetest.On(ctxcache.OpGetEntries).First(1),
		"answers": cachetest.On(ctxcache.OpGetEntries).First(1).Answers(),
	} {
		t.Run(name, func(t *testing.T) {
			c, faults := cachetest.Failing[string, []byte](newReference())
			faults.Fail(errDown, target)
			if _, err := ctxcache.GetEntries(t.Context(), c, nil); err != nil || faults.Injected() != 0 {
				t.Errorf("GetEntries of no keys: error %v, %d faults, want none", err, faults.Injected())
			}
			if _, err := ctxcache.GetEntries(t.Context(), c, []string{"key"}); !errors.Is(err, errDown) || faults.Injected() != 1 {
				t.Errorf("GetEntries of a key: error %v, %d faults, want the only one", err, faults.Injected())
			}
		})
	}
}
