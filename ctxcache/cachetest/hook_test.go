package cachetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

var errDown = errors.New("the server is down")

func TestHookedKeepsTheContract(t *testing.T) {
	wrappers := map[string]func(inner cache) cache{
		"Hooked": func(inner cache) cache {
			return cachetest.Hooked(inner, cachetest.Hook[string]{
				Before: func(context.Context, cachetest.Call[string]) error { return nil },
				After:  func(_ context.Context, _ cachetest.Call[string], err error) error { return err },
			})
		},
		"Failing":   func(inner cache) cache { c, _ := cachetest.Failing(inner); return c },
		"Stalling":  func(inner cache) cache { c, _ := cachetest.Stalling(inner); return c },
		"Recording": func(inner cache) cache { c, _ := cachetest.Recording(inner); return c },
	}
	inner := map[string]func() cache{
		"reference": func() cache { return newReference() },
		"minimal":   func() cache { return newMinimal() },
		"valued":    func() cache { return valued{newReference()} },
	}
	for name, wrap := range wrappers {
		for innerName, newInner := range inner {
			t.Run(name+" of "+innerName, func(t *testing.T) {
				cachetest.Run(t, func(*testing.T) cache { return wrap(newInner()) }, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL))
			})
		}
	}
}

// operate calls every operation on c, and ignores the answers. c is a newReference, or wraps one.
func operate(ctx context.Context, c cache) {
	value := ctxcache.NewEntry([]byte("value"), hour)
	_, _ = c.Get(ctx, "get")
	_ = c.Set(ctx, "set", nil, hour)
	_ = c.Delete(ctx, "delete")
	_, _ = ctxcache.Contains(ctx, c, "contains")
	_, _ = ctxcache.Remove(ctx, c, "remove")
	_, _ = ctxcache.GetEntry(ctx, c, "get_entry")
	_ = ctxcache.SetEntry(ctx, c, "set_entry", value)
	_, _ = ctxcache.GetMany(ctx, c, []string{"get_entries"})
	_ = ctxcache.SetEntries(ctx, c, map[string]entry{"set_entries": value})
	_ = ctxcache.DeleteMany(ctx, c, []string{"delete_many"})
	_, l, _ := ctxcache.GetLease(ctx, c, "get_lease", 0)
	_ = ctxcache.Fill(ctx, c, "get_lease", l, value)
	_ = ctxcache.Release(ctx, c, "get_lease", l)
	_, leases, _ := ctxcache.GetLeases(ctx, c, []string{"get_leases"}, 0)
	_ = ctxcache.FillMany(ctx, c, map[string]entry{"get_leases": value}, leases)
	_ = ctxcache.ReleaseMany(ctx, c, leases)
	_ = ctxcache.Drop(ctx, c, "drop", l)
	_, _ = ctxcache.Len(ctx, c)
	_ = ctxcache.Clear(ctx, c)
	for range ctxcache.Keys(ctx, c) {
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_ = ctxcache.Watch(done, c, func(ctxcache.Event) {})
	_, _ = ctxcache.GetStats(ctx, c)
}

func TestEveryOperationIsHooked(t *testing.T) {
	c, log := cachetest.Recording[string, []byte](newReference())
	operate(t.Context(), c)
	var got []string
	for _, record := range log.Records() {
		got = append(got, record.String())
	}
	want := []string{
		"get [get]: cache miss",
		"set [set]",
		"delete [delete]",
		"contains [contains]",
		"remove [remove]",
		"get_entry [get_entry]: cache miss",
		"set_entry [set_entry]",
		"get_entries [get_entries]",
		"set_entries [set_entries]",
		"delete_many [delete_many]",
		"get_lease [get_lease]: cache miss",
		"fill [get_lease]",
		"release [get_lease]: lease lost",
		"get_leases [get_leases]",
		"fill_many [get_leases]",
		"release_many [get_leases]: 1 key failed: lease lost",
		"drop [drop]: lease lost",
		"len",
		"clear",
		"keys",
		"watch: context canceled",
		"stats",
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%q, want\n%q", got, want)
	}
}

func TestAHookThatRefusesKeepsTheCacheOut(t *testing.T) {
	inner, log := cachetest.Recording[string, []byte](newReference())
	c := cachetest.Hooked(inner, cachetest.Hook[string]{
		Before: func(context.Context, cachetest.Call[string]) error { return errDown },
	})
	operate(t.Context(), c)
	if n := log.Count(); n != 0 {
		t.Errorf("%d calls came through: %v", n, log.Records())
	}
	for key, err := range ctxcache.Keys(t.Context(), c) {
		if key != "" || err != errDown {
			t.Errorf("Keys yields %q and %v, want no key and the error", key, err)
		}
	}
}

// TestALostAnswerLeavesNoLease loses the answer of a call that was granted a lease. Nobody will ever hold this lease.
func TestALostAnswerLeavesNoLease(t *testing.T) {
	ctx := t.Context()
	inner := newReference()
	c := cachetest.Hooked[string, []byte](inner, cachetest.Hook[string]{
		After: func(context.Context, cachetest.Call[string], error) error { return errDown },
	})
	if _, l, err := ctxcache.GetLease(ctx, c, "key", 0); l.Granted() || err != errDown {
		t.Errorf("GetLease: granted %v, error %v", l.Granted(), err)
	}
	found, leases, err := ctxcache.GetLeases(ctx, c, []string{"key"}, 0)
	if found != nil || leases != nil || err != errDown {
		t.Errorf("GetLeases: %v, %v, error %v", found, leases, err)
	}
	if _, l, _ := ctxcache.GetLease[string, []byte](ctx, inner, "key", 0); !l.Granted() {
		t.Error("the lease of a lost answer is still held")
	}
}

func TestALostAnswerHasNoResult(t *testing.T) {
	ctx := t.Context()
	inner := newReference()
	if err := inner.Set(ctx, "key", []byte("value"), hour); err != nil {
		t.Fatal(err)
	}
	c, faults := cachetest.Failing[string, []byte](inner)
	faults.Fail(errDown, cachetest.On().Answers())
	if value, err := c.Get(ctx, "key"); value != nil || !errors.Is(err, errDown) {
		t.Errorf("Get: %q and %v, want only the error", value, err)
	}
	if err := c.Delete(ctx, "key"); !errors.Is(err, errDown) {
		t.Errorf("Delete: %v, want the error", err)
	}
	if _, err := inner.Get(ctx, "key"); err != ctxcache.ErrMiss {
		t.Errorf("the key whose deletion was not answered: %v, want a miss", err)
	}
}

// TestAHookThatIsHalf checks that one of the functions may be nil.
func TestAHookThatIsHalf(t *testing.T) {
	seen := 0
	count := func(context.Context, cachetest.Call[string]) error { seen++; return nil }
	c := cachetest.Hooked[string, []byte](newReference(), cachetest.Hook[string]{Before: count})
	if _, err := c.Get(t.Context(), "key"); err != ctxcache.ErrMiss || seen != 1 {
		t.Errorf("Get: %v with %d calls of Before, want a miss and one call", err, seen)
	}
}

func TestACallThatPanicsIsRecorded(t *testing.T) {
	c, log := cachetest.Recording[string, []byte](panics{newMinimal()})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = c.Get(t.Context(), "key")
	}()
	if records := log.Records(); len(records) != 1 || records[0].Err != ctxcache.ErrUnreturned {
		t.Errorf("recorded: %v", records)
	}
}

type panics struct{ *minimal }

func (panics) Get(context.Context, string) ([]byte, error) { panic("out of order") }

func TestInjectorsSayWhatTheyAre(t *testing.T) {
	failing, _ := cachetest.Failing[string, []byte](newReference())
	stalling, _ := cachetest.Stalling(failing)
	recording, _ := cachetest.Recording(stalling)
	var kinds []string
	ctxcache.Walk(ctxcache.NodeOf(recording), func(_ int, _ ctxcache.Node, d ctxcache.Description) bool {
		kinds = append(kinds, d.Kind)
		return true
	})
	if want := []string{"recording", "stalling", "failing", "reference"}; !slices.Equal(kinds, want) {
		t.Errorf("the stack is %v, want %v", kinds, want)
	}
}

func TestHookedPanicsOnNil(t *testing.T) {
	for name, build := range map[string]func(){
		"cache": func() { cachetest.Recording[string, []byte](nil) },
		"hook":  func() { cachetest.Hooked[string, []byte](newReference(), cachetest.Hook[string]{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			build()
		})
	}
}
