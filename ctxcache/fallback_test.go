package ctxcache_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// three is a cache with the three methods and nothing else.
type three struct{ ctxcache.Cache[string, string] }

func newThree() three { return three{memory.New[string, string](nil)} }

func TestFallbacksKeepTheMeaning(t *testing.T) {
	ctx, c := t.Context(), newThree()
	if err := ctxcache.SetMany(ctx, c, map[string]string{"a": "1", "b": "2"}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if values, err := ctxcache.GetMany(ctx, c, []string{"a", "b", "a", "absent"}); len(values) != 2 || values["b"] != "2" || err != nil {
		t.Errorf("GetMany: %v, %v", values, err)
	}
	if e, err := ctxcache.GetEntry(ctx, c, "a"); e.Value != "1" || e.TTL != ctxcache.Unknown || err != nil {
		t.Errorf("GetEntry: %v, %v", e, err)
	}
	if has, err := ctxcache.Contains(ctx, c, "a"); !has || err != nil {
		t.Errorf("Contains: %v, %v", has, err)
	}
	if has, err := ctxcache.Contains(ctx, c, "absent"); has || err != nil {
		t.Errorf("Contains of what is absent: %v, %v", has, err)
	}
	if err := ctxcache.DeleteMany(ctx, c, []string{"a", "absent"}); err != nil {
		t.Errorf("DeleteMany: %v", err)
	}
	if _, err := c.Get(ctx, "a"); err != ctxcache.ErrMiss {
		t.Errorf("after DeleteMany: %v", err)
	}
}

func TestSetEntryFallsBackToTheShorterLife(t *testing.T) {
	inner := memory.New[string, string](nil)
	for _, test := range []struct {
		entry ctxcache.Entry[string]
		want  time.Duration
	}{
		{ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Hour}}, time.Hour},
		{ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Hour, CopyTTL: time.Minute}}, time.Minute},
		{ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Minute, CopyTTL: time.Hour}}, time.Minute},
		{ctxcache.Entry[string]{Meta: ctxcache.Meta{CopyTTL: time.Minute}}, time.Minute},
		{ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Minute}}, time.Minute},
	} {
		if err := ctxcache.SetEntry(t.Context(), three{inner}, "k", test.entry); err != nil {
			t.Fatal(err)
		}
		if e, err := inner.GetEntry(t.Context(), "k"); err != nil || e.TTL > test.want || e.TTL < test.want-time.Second {
			t.Errorf("%+v was stored for %v, %v", test.entry, e.TTL, err)
		}
	}
}

func TestWithoutFallbackUnsupportedComesBeforeAnyEffect(t *testing.T) {
	ctx, c := t.Context(), newThree()
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	_, removeErr := ctxcache.Remove(ctx, c, "k")
	_, _, leaseErr := ctxcache.GetLease(ctx, c, "k", 0)
	_, _, leasesErr := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
	leases := map[string]ctxcache.Lease{}
	_, lenErr := ctxcache.Len(ctx, c)
	_, statsErr := ctxcache.GetStats(ctx, c)
	for name, err := range map[string]error{
		"Remove":      removeErr,
		"GetLease":    leaseErr,
		"GetLeases":   leasesErr,
		"Fill":        ctxcache.Fill(ctx, c, "k", ctxcache.Lease{}, ctxcache.NewEntry("v", 0)),
		"FillMany":    ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[string]{"v": {Value: "v"}}, leases),
		"Release":     ctxcache.Release(ctx, c, "k", ctxcache.Lease{}),
		"ReleaseMany": ctxcache.ReleaseMany(ctx, c, leases),
		"Drop":        ctxcache.Drop(ctx, c, "k", ctxcache.Lease{}),
		"Len":         lenErr,
		"Clear":       ctxcache.Clear(ctx, c),
		"Watch":       ctxcache.Watch(ctx, c, func(ctxcache.Event) {}),
		"Stats":       statsErr,
		"SetEntry":    ctxcache.SetEntry(ctx, c, "k", negative),
		"SetEntries":  ctxcache.SetEntries(ctx, c, map[string]ctxcache.Entry[string]{"k": negative, "v": {Value: "v"}}),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, err := range ctxcache.Keys(ctx, c) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Keys: %v", err)
		}
	}
	if _, err := c.Get(ctx, "v"); err != ctxcache.ErrMiss {
		t.Errorf("SetEntries stored a part before it said that it could not: %v", err)
	}
	if got := ctxcache.Supports(c); got != 0 || got.String() != "none" {
		t.Errorf("supports %v", got)
	}
	if ctxcache.StoredKey(c, "k") != nil {
		t.Error("has stored keys")
	}
}

func TestBatchFallbackRefusesKeysNoMapCanHold(t *testing.T) {
	var c ctxcache.Cache[float64, string] = numbered{t}
	if _, err := ctxcache.GetMany(t.Context(), c, []float64{1, math.NaN()}); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("GetMany: %v", err)
	}
	if err := ctxcache.DeleteMany(t.Context(), c, []float64{1, math.NaN()}); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("DeleteMany: %v", err)
	}
}

// numbered is an empty cache. It must not be asked for NaN.
type numbered struct{ *testing.T }

func (c numbered) Get(_ context.Context, key float64) (string, error) {
	return "", cmp.Or(c.refuse(key), ctxcache.ErrMiss)
}

func (c numbered) Set(_ context.Context, key float64, _ string, _ time.Duration) error {
	return c.refuse(key)
}

func (c numbered) Delete(_ context.Context, key float64) error { return c.refuse(key) }

func (c numbered) refuse(key float64) error {
	if math.IsNaN(key) {
		c.Error("the cache is asked for NaN")
	}
	return nil
}

func TestScope(t *testing.T) {
	odd := func(key string) bool { return len(key)%2 == 1 }
	for _, test := range []struct {
		scope ctxcache.Scope[string]
		want  []string
		all   bool
	}{
		{ctxcache.Scope[string]{}, []string{"", "a", "ab", "b"}, true},
		{ctxcache.Scope[string]{Prefix: "a"}, []string{"a", "ab"}, false},
		{ctxcache.Scope[string]{Match: odd}, []string{"a", "b"}, false},
		{ctxcache.Scope[string]{Prefix: "a", Match: odd}, []string{"a"}, false},
	} {
		var got []string
		for _, key := range []string{"", "a", "ab", "b"} {
			if test.scope.Covers(key) {
				got = append(got, key)
			}
		}
		if !slices.Equal(got, test.want) || test.scope.All() != test.all {
			t.Errorf("%+v covers %q, all %v", test.scope, got, test.scope.All())
		}
	}
	if (ctxcache.Scope[int]{Prefix: "1"}).Covers(1) {
		t.Error("a prefix covers an int")
	}
}

func TestDue(t *testing.T) {
	for _, test := range []struct {
		remaining, below time.Duration
		want             bool
	}{
		{time.Second, 0, false},
		{time.Second, time.Second, true},
		{time.Second, ctxcache.NoExpiry, true},
		{ctxcache.NoExpiry, time.Hour, false},
		{ctxcache.NoExpiry, ctxcache.NoExpiry, true},
		{ctxcache.Unknown, time.Hour, false},
		{ctxcache.Unknown, ctxcache.NoExpiry, true},
	} {
		if got := ctxcache.Due(test.remaining, test.below); got != test.want {
			t.Errorf("remaining %v, below %v: %v", test.remaining, test.below, got)
		}
	}
}

func TestForwardHasWhatItsInnerCacheHas(t *testing.T) {
	inner := memory.New[string, string](nil)
	over := ctxcache.NewForward[string, string](inner, ctxcache.Description{Kind: "test"})
	if got, want := over.Supports(), inner.Supports(); got != want {
		t.Errorf("over memory: %v, want %v", got, want)
	}
	plain := ctxcache.NewForward[string, string](newThree(), ctxcache.Description{Kind: "test"})
	if got := plain.Supports(); got != 0 {
		t.Errorf("over three methods: %v", got)
	}
	if _, err := plain.Remove(t.Context(), "k"); err != errors.ErrUnsupported {
		t.Errorf("Remove over three methods: %v", err)
	}
}

// A done context is about the call, and not about keys.
func TestFallbacksReturnADoneContextBare(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newThree()
	_, getErr := ctxcache.GetMany(ctx, c, []string{"a", "b"})
	for name, err := range map[string]error{
		"GetMany":    getErr,
		"SetMany":    ctxcache.SetMany(ctx, c, map[string]string{"a": "1", "b": "2"}, 0),
		"DeleteMany": ctxcache.DeleteMany(ctx, c, []string{"a", "b"}),
	} {
		if err != context.Canceled {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// cancelling is a cache with three methods. Its calls end their own context, and then fail with an error of the key.
type cancelling struct{ cancel context.CancelFunc }

var errOfKey = errors.New("this key is broken")

func (c cancelling) Get(context.Context, string) (string, error) {
	c.cancel()
	return "", errOfKey
}

func (c cancelling) Set(context.Context, string, string, time.Duration) error {
	c.cancel()
	return errOfKey
}

func (c cancelling) Delete(context.Context, string) error {
	c.cancel()
	return errOfKey
}

// A context that ends while the last key is asked for is about the call, too.
func TestFallbacksReturnAContextThatEndsMeanwhileBare(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c cancelling) error{
		"GetMany": func(ctx context.Context, c cancelling) error {
			_, err := ctxcache.GetMany(ctx, c, []string{"a"})
			return err
		},
		"SetMany": func(ctx context.Context, c cancelling) error {
			return ctxcache.SetMany(ctx, c, map[string]string{"a": "1"}, 0)
		},
		"DeleteMany": func(ctx context.Context, c cancelling) error {
			return ctxcache.DeleteMany(ctx, c, []string{"a"})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := call(ctx, cancelling{cancel}); err != context.Canceled {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
		cancel()
	}
}

// asking is a cache without CapMany. It counts how often it is asked what it supports.
type asking struct {
	ctxcache.Cache[string, string]
	asked *int
}

func (c asking) Supports() ctxcache.Cap {
	*c.asked++
	return ctxcache.CapEntry
}

func (c asking) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	return ctxcache.GetEntry(ctx, c.Cache, key)
}

func (c asking) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	return ctxcache.SetEntry(ctx, c.Cache, key, e)
}

func TestForwardLooksCapabilitiesUpOnce(t *testing.T) {
	asked := 0
	over := ctxcache.NewForward[string, string](asking{memory.New[string, string](nil), &asked}, ctxcache.Description{Kind: "test"})
	built := asked
	ctx := t.Context()
	if err := over.SetEntries(ctx, map[string]ctxcache.Entry[string]{"a": ctxcache.NewEntry("1", time.Hour)}); err != nil {
		t.Fatal(err)
	}
	found, err := over.GetEntries(ctx, []string{"a"})
	if e := found["a"]; err != nil || e.Value != "1" || e.TTL > time.Hour || e.TTL < time.Hour-time.Minute {
		t.Fatalf("GetEntries: %+v, %v; want the entry with its TTL", e, err)
	}
	if err := over.DeleteMany(ctx, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if asked != built {
		t.Errorf("the inner cache was asked %d more times what it supports", asked-built)
	}
}
