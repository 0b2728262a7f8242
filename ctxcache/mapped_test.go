package ctxcache_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// decimal maps ints to their decimal notation.
type decimal struct {
	ctxcache.Mapped[string, int, string, string]
}

var errBadKey = errors.New("no such key")

func newDecimal(inner ctxcache.Cache[string, string], unkey func(string) (string, bool)) *decimal {
	return &decimal{ctxcache.NewMapped(inner, ctxcache.Hooks[string, int, string, string]{
		About: ctxcache.Description{Kind: "decimal"},
		Key: func(key string) (string, error) {
			if key == "bad" {
				return "", errors.Join(ctxcache.ErrKey, errBadKey)
			}
			return "n:" + key, nil
		},
		Unkey:  unkey,
		Encode: func(_ string, n int) (string, error) { return strconv.Itoa(n), nil },
		Decode: func(_, text string) (int, error) { return strconv.Atoi(text) },
	})}
}

func TestMappedDamageIsCorruptAndHeals(t *testing.T) {
	ctx := t.Context()
	for _, refreshBelow := range []time.Duration{0, ctxcache.NoExpiry} {
		inner := memory.New[string, string](nil)
		c := newDecimal(inner, nil)
		if err := inner.Set(ctx, "n:k", "damaged", time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(ctx, "k"); !errors.Is(err, ctxcache.ErrCorrupt) || !errors.Is(err, strconv.ErrSyntax) {
			t.Errorf("Get: %v", err)
		}
		if _, err := c.GetEntry(ctx, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("GetEntry: %v", err)
		}
		_, lease, err := c.GetLease(ctx, "k", refreshBelow)
		if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
			t.Fatalf("GetLease: %v, %v; want a lease to heal it", lease, err)
		}
		if err := c.Fill(ctx, "k", lease, ctxcache.NewEntry(42, 0)); err != nil {
			t.Errorf("Fill: %v", err)
		}
		if n, err := c.Get(ctx, "k"); n != 42 || err != nil {
			t.Errorf("healed: %v, %v", n, err)
		}
	}
}

func TestMappedDamageInABatchFailsItsKeyAloneAndHeals(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	c := newDecimal(inner, nil)
	for key, text := range map[string]string{"n:good": "1", "n:damaged": "x"} {
		if err := inner.Set(ctx, key, text, 0); err != nil {
			t.Fatal(err)
		}
	}
	keys := []string{"good", "damaged", "absent", "good"}
	values, err := ctxcache.GetMany(ctx, c, keys)
	if len(values) != 1 || values["good"] != 1 || !errors.Is(ctxcache.KeyError(err, "damaged"), ctxcache.ErrCorrupt) ||
		ctxcache.KeyError(err, "good") != nil {
		t.Errorf("GetMany: %v, %v", values, err)
	}
	found, leases, err := c.GetLeases(ctx, keys, 0)
	if len(found) != 1 || len(leases) != 2 || !leases["absent"].Granted() || !errors.Is(ctxcache.KeyError(err, "damaged"), ctxcache.ErrCorrupt) {
		t.Fatalf("GetLeases: %v, %v, %v", found, leases, err)
	}
	if err := c.Fill(ctx, "damaged", leases["damaged"], ctxcache.NewEntry(2, 0)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	if n, err := c.Get(ctx, "damaged"); n != 2 || err != nil {
		t.Errorf("healed: %v, %v", n, err)
	}
}

func TestMappedKeyErrorsAreOfTheirKey(t *testing.T) {
	ctx := t.Context()
	c := newDecimal(memory.New[string, string](nil), nil)
	err := ctxcache.SetMany(ctx, c, map[string]int{"bad": 1, "good": 2}, 0)
	if !errors.Is(ctxcache.KeyError(err, "bad"), errBadKey) || ctxcache.KeyError(err, "good") != nil {
		t.Errorf("SetMany: %v", err)
	}
	if n, err := c.Get(ctx, "good"); n != 2 || err != nil {
		t.Errorf("the good key: %v, %v", n, err)
	}
	if err := c.Delete(ctx, "bad"); !errors.Is(err, ctxcache.ErrKey) || err.Error() == "" {
		t.Errorf("Delete: %v", err)
	}
}

func TestMappedWithoutAWayBackHasNoScope(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	hashed := newDecimal(inner, nil)
	if ops := hashed.Supports(); ops.Has(ctxcache.CapLen) || ops.Has(ctxcache.CapClear) || ops.Has(ctxcache.CapKeys) || !ops.Has(ctxcache.CapLease) {
		t.Errorf("supports %v", ops)
	}
	if err := inner.Set(ctx, "another's", "1", 0); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.Clear(ctx, hashed); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear: %v", err)
	}
	if _, err := inner.Get(ctx, "another's"); err != nil {
		t.Errorf("Clear reached another's key: %v", err)
	}
}

func TestMappedScopeByTheWayBack(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	c := newDecimal(inner, func(stored string) (string, bool) {
		if len(stored) < 2 || stored[:2] != "n:" {
			return "", false
		}
		return stored[2:], true
	})
	if err := ctxcache.SetMany(ctx, c, map[string]int{"a": 1, "ab": 2, "b": 3}, 0); err != nil {
		t.Fatal(err)
	}
	if err := inner.Set(ctx, "another's", "1", 0); err != nil {
		t.Fatal(err)
	}
	if n, err := ctxcache.Len(ctx, c); n != 3 || err != nil {
		t.Errorf("Len: %d, %v", n, err)
	}
	if err := ctxcache.ClearIn(ctx, c, ctxcache.Scope[string]{Prefix: "a"}); err != nil {
		t.Fatal(err)
	}
	var left []string
	for key, err := range ctxcache.Keys(ctx, c) {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, key)
	}
	if len(left) != 1 || left[0] != "b" {
		t.Errorf("left: %q", left)
	}
	if n, err := ctxcache.Len(ctx, inner); n != 2 || err != nil {
		t.Errorf("the inner cache has %d, %v", n, err)
	}
}

// scoped is a store that is shared: it can count only a part of what it has.
type scoped struct{ base }

func (*scoped) Supports() ctxcache.Cap {
	return (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapEntry).In(ctxcache.ScopesPrefixed)
}

func TestMappedAsAPartOfASharedStore(t *testing.T) {
	ctx := t.Context()
	store := &scoped{over(newStrings())}
	if err := store.Set(ctx, "another's", "1", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ctxcache.Len(ctx, store); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Len of the store: %v", err)
	}
	prefixed := func(inner ctxcache.Cache[string, string], prefix string) ctxcache.Cache[string, string] {
		m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
			About: ctxcache.Description{Kind: "part"},
			Key:   func(key string) (string, error) { return prefix + key, nil },
			Scope: func(s ctxcache.Scope[string]) ctxcache.Scope[string] {
				return ctxcache.Scope[string]{Prefix: prefix + s.Prefix}
			},
			Encode: func(_, v string) (string, error) { return v, nil },
			Decode: func(_, v string) (string, error) { return v, nil },
		})
		return &m
	}
	part := prefixed(store, "ours:")
	if ops := ctxcache.Supports(part); !ops.Has(ctxcache.CapLen|ctxcache.CapClear) || ops.Has(ctxcache.CapKeys) {
		t.Errorf("a part supports %v", ops)
	}
	if err := part.Set(ctx, "a", "1", 0); err != nil {
		t.Fatal(err)
	}
	if n, err := ctxcache.Len(ctx, part); n != 1 || err != nil {
		t.Errorf("Len of the part: %d, %v", n, err)
	}
	if _, err := ctxcache.Len(ctx, prefixed(store, "")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Len of the whole under another name: %v", err)
	}
	renamed := ctxcache.NewMapped(store, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "renamed"},
		Key:    func(key string) (string, error) { return key + "!", nil },
		Unkey:  func(stored string) (string, bool) { return strings.CutSuffix(stored, "!") },
		Encode: func(_, v string) (string, error) { return v, nil },
		Decode: func(_, v string) (string, error) { return v, nil },
	})
	if ops := ctxcache.Supports(prefixed(&renamed, "ours:")); ops.Has(ctxcache.CapLen) {
		t.Errorf("a part whose prefix is none in the store supports %v", ops)
	}
}

// The value is healed by another between the two looks for a lease, and the caller leaves meanwhile: the lease that the
// second look brought, and that is not due, does not stay behind.
func TestMappedGivesTheHealingLeaseBackThoughTheCallerHasLeft(t *testing.T) {
	inner := memory.New[string, string](nil)
	if err := inner.Set(t.Context(), "k", "damaged", time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "test"},
		Key:    func(key string) (string, error) { return key, nil },
		Encode: func(_, value string) (string, error) { return value, nil },
		Decode: func(_, value string) (string, error) {
			if value == "damaged" {
				return "", errors.Join(errBadKey, inner.Set(t.Context(), "k", "healed", time.Hour))
			}
			leave()
			return value, nil
		},
	})
	if e, lease, err := m.GetLease(ctx, "k", 0); e.Value != "healed" || lease.Granted() || err != nil {
		t.Fatalf("GetLease: %v, %v, %v", e, lease, err)
	}
	if _, lease, err := inner.GetLease(t.Context(), "k", ctxcache.NoExpiry); !lease.Granted() {
		t.Errorf("a lease was left behind: %v", err)
	}
}

// halved is a cache whose reads of many keys fail for one key, and as a whole.
type halved struct{ base }

var errWhole = errors.New("the call is broken")

func (*halved) GetEntries(context.Context, []string) (map[string]ctxcache.Entry[string], error) {
	return nil, errors.Join(errWhole, ctxcache.NewManyError(map[string]error{"n:a": errBadKey}))
}

func TestMappedKeepsTheErrorOfTheWholeCall(t *testing.T) {
	c := newDecimal(&halved{over(newStrings())}, nil)
	_, err := c.GetEntries(t.Context(), []string{"a", "b"})
	for _, key := range []string{"a", "b"} {
		if !errors.Is(ctxcache.KeyError(err, key), errWhole) {
			t.Errorf("the error of %s is %v, want the error of the call", key, ctxcache.KeyError(err, key))
		}
	}
}

// contradictory returns an entry of each key, and an error that names the key.
type contradictory struct {
	ctxcache.Forward[string, string]
}

func (c *contradictory) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, _ := c.Forward.GetEntries(ctx, keys)
	return found, ctxcache.FailEach(keys, errBadKey)
}

func (c *contradictory) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	found, leases, _ := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return found, leases, ctxcache.FailEach(keys, errBadKey)
}

func TestMappedReturnsNoValueOfAKeyThatFailed(t *testing.T) {
	inner := memory.New[string, string](nil)
	c := newDecimal(&contradictory{ctxcache.NewForward[string, string](inner, ctxcache.Description{})}, nil)
	if err := inner.Set(t.Context(), "n:k", "1", 0); err != nil {
		t.Fatal(err)
	}
	if found, err := c.GetEntries(t.Context(), []string{"k"}); len(found) > 0 || !errors.Is(ctxcache.KeyError(err, "k"), errBadKey) {
		t.Errorf("GetEntries: %v, %v; want the error only", found, err)
	}
	if found, _, err := c.GetLeases(t.Context(), []string{"k"}, 0); len(found) > 0 || !errors.Is(ctxcache.KeyError(err, "k"), errBadKey) {
		t.Errorf("GetLeases: %v, %v; want the error only", found, err)
	}
}
