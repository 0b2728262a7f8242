package ctxcache_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// newMarking maps like newDecimal, and stores negative entries as values of its own: "none".
func newMarking(inner ctxcache.Cache[string, string]) ctxcache.Cache[string, int] {
	m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, int, string, string]{
		About:          ctxcache.Description{Kind: "marking"},
		Key:            func(key string) (string, error) { return "n:" + key, nil },
		Unkey:          func(stored string) (string, bool) { return stored[2:], true },
		Scope:          func(ctxcache.Scope[string]) ctxcache.Scope[string] { return ctxcache.Scope[string]{} },
		Encode:         func(_ string, n int) (string, error) { return strconv.Itoa(n), nil },
		EncodeNegative: func(string, ctxcache.Meta) (string, error) { return "none", nil },
		Decode: func(_, text string) (int, error) {
			if text == "none" {
				return 0, ctxcache.ErrNotFound
			}
			return strconv.Atoi(text)
		},
	})
	return &m
}

// reads are all ways to read; they tell what the key has by an error.
var reads = map[string]func(ctx context.Context, c ctxcache.Cache[string, int]) error{
	"Get": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		_, err := c.Get(ctx, "k")
		return err
	},
	"GetEntry": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		e, err := ctxcache.GetEntry(ctx, c, "k")
		return told(e, err)
	},
	"GetEntries": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		found, err := ctxcache.GetEntries(ctx, c, []string{"k"})
		return toldOfMany(found, err)
	},
	"GetLease": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		e, lease, err := ctxcache.GetLease(ctx, c, "k", 0)
		if lease.Granted() {
			return errors.Join(told(e, err), ctxcache.Release(ctx, c, "k", lease))
		}
		return told(e, err)
	},
	"GetLeases": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
		found, leases, err := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
		if leases["k"].Granted() {
			return errors.Join(toldOfMany(found, err), ctxcache.ReleaseMany(ctx, c, leases))
		}
		return toldOfMany(found, err)
	},
}

var errUntold = errors.New("a negative entry without Absent or TTL")

func told(e ctxcache.Entry[int], err error) error {
	if err == ctxcache.ErrNotFound && (!e.Absent || e.TTL < time.Minute) {
		return errUntold
	}
	return err
}

func toldOfMany(found map[string]ctxcache.Entry[int], err error) error {
	e, ok := found["k"]
	switch {
	case err != nil:
		return ctxcache.KeyError(err, "k")
	case !ok:
		return ctxcache.ErrMiss
	case e.Absent:
		return told(e, ctxcache.ErrNotFound)
	}
	return nil
}

func TestMappedEncodesNegativeEntries(t *testing.T) {
	ctx := t.Context()
	absent := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	for name, write := range map[string]func(c ctxcache.Cache[string, int]) error{
		"SetEntry": func(c ctxcache.Cache[string, int]) error { return ctxcache.SetEntry(ctx, c, "k", absent) },
		"SetEntries": func(c ctxcache.Cache[string, int]) error {
			return ctxcache.SetEntries(ctx, c, map[string]ctxcache.Entry[int]{"k": absent})
		},
		"Fill": func(c ctxcache.Cache[string, int]) error {
			_, lease, err := ctxcache.GetLease(ctx, c, "k", 0)
			if !lease.Granted() {
				return err
			}
			return ctxcache.Fill(ctx, c, "k", lease, absent)
		},
		"FillMany": func(c ctxcache.Cache[string, int]) error {
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
			if !leases["k"].Granted() {
				return err
			}
			return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": absent}, leases)
		},
	} {
		inner := memory.New[string, string](nil)
		c := newMarking(inner)
		if err := write(c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if stored, err := inner.Get(ctx, "n:k"); stored != "none" || err != nil {
			t.Errorf("%s stores %q, %v", name, stored, err)
		}
		for readName, read := range reads {
			if err := read(ctx, c); err != ctxcache.ErrNotFound {
				t.Errorf("%s after %s: %v, want ErrNotFound", readName, name, err)
			}
		}
		if was, err := ctxcache.Contains(ctx, c, "k"); was || err != nil {
			t.Errorf("Contains after %s: %v, %v", name, was, err)
		}
	}
}

func TestMappedWithItsOwnNegativeEntriesBelievesNoOthers(t *testing.T) {
	ctx := t.Context()
	inner := memory.New[string, string](nil)
	c := newMarking(inner)
	foreign := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	if err := ctxcache.SetEntry(ctx, ctxcache.Cache[string, string](inner), "n:k", foreign); err != nil {
		t.Fatal(err)
	}
	for name, read := range reads {
		if err := read(ctx, c); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
	if was, err := ctxcache.Contains(ctx, c, "k"); was || !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Errorf("Contains: %v, %v, want ErrCorrupt", was, err)
	}
	_, leases, _ := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
	if !leases["k"].Granted() {
		t.Fatal("no lease to heal it")
	}
	if err := ctxcache.Fill(ctx, c, "k", leases["k"], ctxcache.NewEntry(7, 0)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Get(ctx, "k"); n != 7 || err != nil {
		t.Errorf("healed: %d, %v", n, err)
	}
}

func TestMappedWithItsOwnNegativeEntriesTellsNoMoreThanItKnows(t *testing.T) {
	ctx := t.Context()
	c := newMarking(memory.New[string, string](nil))
	if err := c.Set(ctx, "k", 1, 0); err != nil {
		t.Fatal(err)
	}
	ops := ctxcache.Supports(c)
	if ops&(ctxcache.CapContains|ctxcache.CapRemove|ctxcache.CapLen|ctxcache.CapKeys) != 0 ||
		!ops.Has(ctxcache.CapNegative|ctxcache.CapEntry|ctxcache.CapLease|ctxcache.CapMany|ctxcache.CapClear) {
		t.Errorf("supports %v", ops)
	}
	direct := c.(*ctxcache.Mapped[string, int, string, string])
	if _, err := direct.Remove(ctx, "k"); err != errors.ErrUnsupported {
		t.Errorf("Remove: %v", err)
	}
	if _, err := direct.Len(ctx, ctxcache.Scope[string]{}); err != errors.ErrUnsupported {
		t.Errorf("Len: %v", err)
	}
	for _, err := range direct.Keys(ctx, ctxcache.Scope[string]{}) {
		if err != errors.ErrUnsupported {
			t.Errorf("Keys: %v", err)
		}
	}
	if was, err := ctxcache.Contains(ctx, c, "k"); !was || err != nil {
		t.Errorf("Contains: %v, %v", was, err)
	}
}

// plain is a cache of three methods.
type plain struct{ ctxcache.Cache[string, string] }

func TestMappedEncodesNegativeEntriesOverAnyCache(t *testing.T) {
	ctx := t.Context()
	c := newMarking(plain{memory.New[string, string](nil)})
	if err := ctxcache.SetEntry(ctx, c, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	if e, err := ctxcache.GetEntry(ctx, c, "k"); err != ctxcache.ErrNotFound || !e.Absent || e.TTL != ctxcache.Unknown {
		t.Errorf("GetEntry: %+v, %v", e, err)
	}
}
