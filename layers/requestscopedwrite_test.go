package layers_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// deletions are all ways to remove an entry. They do not use the entry that they are given.
func deletions[V any]() []layertest.WriteWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return []layertest.WriteWay[V]{
		{Name: "Delete", Write: func(ctx context.Context, c cache, key string, _ entry) error { return c.Delete(ctx, key) }},
		{Name: "DeleteMany", Write: func(ctx context.Context, c cache, key string, _ entry) error {
			return ctxcache.DeleteMany(ctx, c, []string{key})
		}},
		{Name: "Remove", Write: func(ctx context.Context, c cache, key string, _ entry) error {
			_, err := ctxcache.Remove(ctx, c, key)
			return err
		}},
		{Name: "Clear", Write: func(ctx context.Context, c cache, _ string, _ entry) error { return ctxcache.Clear(ctx, c) }},
		{Name: "ClearIn", Write: func(ctx context.Context, c cache, key string, _ entry) error {
			return ctxcache.ClearIn(ctx, c, ctxcache.Scope[string]{Prefix: key})
		}},
		{Name: "Drop", Write: func(ctx context.Context, c cache, key string, _ entry) error {
			_, lease, err := ctxcache.GetLease(ctx, c, key, ctxcache.NoExpiry)
			if err != nil && err != ctxcache.ErrMiss {
				return err
			}
			return ctxcache.Drop(ctx, c, key, lease)
		}},
	}
}

// changes are all ways to write over an entry, and to remove it.
func changes[V any]() []layertest.WriteWay[V] {
	type (
		cache = ctxcache.Cache[string, V]
		entry = ctxcache.Entry[V]
	)
	return append(append(writesOver[V](), deletions[V]()...), layertest.WriteWay[V]{
		Name: "Fill over an entry", Write: func(ctx context.Context, c cache, key string, e entry) error {
			_, lease, err := ctxcache.GetLease(ctx, c, key, ctxcache.NoExpiry)
			if err != nil {
				return err
			}
			return ctxcache.Fill(ctx, c, key, lease, e)
		},
	}, layertest.WriteWay[V]{
		Name: "FillMany over an entry", Write: func(ctx context.Context, c cache, key string, e entry) error {
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{key}, ctxcache.NoExpiry)
			if err != nil {
				return err
			}
			return ctxcache.FillMany(ctx, c, map[string]entry{key: e}, leases)
		},
	})
}

// changing are the operations of changes, without those that take a lease.
var changing = []ctxcache.Operation{
	ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpDelete,
	ctxcache.OpDeleteMany, ctxcache.OpRemove, ctxcache.OpClear, ctxcache.OpDrop,
}

// wantAsStored fails the test unless every way to read in the scope finds what the store has.
func wantAsStored(t *testing.T, ctx context.Context, what string, c, store ctxcache.Cache[string, int]) {
	t.Helper()
	want, wantErr := store.Get(t.Context(), "k")
	for _, way := range scopedReads[int]() {
		if got, err := way.Read(ctx, c, "k"); got != want || err != wantErr {
			t.Errorf("%s: %s = %d, %v, want %d, %v", what, way.Name, got, err, want, wantErr)
		}
	}
}

// TestRequestScopedForgetsWhatIsWritten checks that after a write in the scope nobody reads the old value there.
func TestRequestScopedForgetsWhatIsWritten(t *testing.T) {
	for _, write := range changes[int]() {
		for _, read := range scopedReads[int]() {
			store, c, _, ctx := scopedStack(t)
			layertest.MustSet(t, store, "k", 1)
			if value, err := read.Read(ctx, c, "k"); value != 1 || err != nil {
				t.Fatalf("%s = %d, %v", read.Name, value, err)
			}
			if err := write.Write(ctx, c, "k", ctxcache.NewEntry(2, time.Hour)); err != nil {
				t.Fatalf("%s: %v", write.Name, err)
			}
			wantAsStored(t, ctx, read.Name+", then "+write.Name, c, store)
		}
	}
}

// TestRequestScopedForgetsIfAWriteFails checks that a write that failed makes the scope forget the key, whether or not
// it has reached the store, and also if the store panics.
func TestRequestScopedForgetsIfAWriteFails(t *testing.T) {
	for _, write := range changes[int]() {
		for name, target := range map[string]cachetest.Target{
			"fails before": cachetest.On(changing...), "fails after": cachetest.On(changing...).Answers(),
		} {
			store := newMemory[int]()
			failing, faults := cachetest.Failing(store)
			c, ctx := layers.RequestScoped(failing), layers.WithRequestScope(t.Context())
			layertest.MustSet(t, store, "k", 1)
			layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
			faults.Fail(errPanic, target)
			if err := write.Write(ctx, c, "k", ctxcache.NewEntry(2, time.Hour)); !errors.Is(err, errPanic) {
				t.Fatalf("%s: %v", write.Name, err)
			}
			if name == "fails before" {
				layertest.MustSet(t, store, "k", 3) // the write may land late
			}
			wantAsStored(t, ctx, write.Name+" "+name, c, store)
		}
		store := newMemory[int]()
		hooked := cachetest.Hooked(store, cachetest.Hook[string]{
			After: func(_ context.Context, call cachetest.Call[string], err error) error {
				for _, op := range changing {
					if op == call.Operation {
						panic(errPanic)
					}
				}
				return err
			},
		})
		c, ctx := layers.RequestScoped(hooked), layers.WithRequestScope(t.Context())
		layertest.MustSet(t, store, "k", 1)
		layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
		panics(t, func() { _ = write.Write(ctx, c, "k", ctxcache.NewEntry(2, time.Hour)) })
		wantAsStored(t, ctx, write.Name+" panics", c, store)
	}
}

// TestRequestScopedRemembersFills checks that what a load has stored is not asked for, that it is reported as the inner
// cache does, and that this does not hold for a TTL that only the inner cache knows.
func TestRequestScopedRemembersFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, way := range layertest.WriteWays[int]() {
			for name, e := range map[string]ctxcache.Entry[int]{
				"value": {Value: 1, Meta: ctxcache.Meta{
					TTL: time.Hour, StaleFor: time.Minute, CopyTTL: time.Minute, NearTTL: time.Second, Written: time.Unix(1e9, 0),
				}},
				"negative":    {Value: 1, Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}},
				"default TTL": {Value: 1},
			} {
				store, c, asked, ctx := scopedStack(t)
				if err := way.Write(ctx, c, "k", e); err != nil {
					t.Fatalf("%s: %v", way.Name, err)
				}
				asked.take()
				time.Sleep(time.Second)
				want, wantErr := ctxcache.GetEntry(t.Context(), store, "k")
				if got, err := ctxcache.GetEntry(ctx, c, "k"); got != want || err != wantErr {
					t.Errorf("%s of a %s: %+v, %v, want %+v, %v", way.Name, name, got, err, want, wantErr)
				}
				isFill := way.Name != "SetEntry" && way.Name != "SetEntries"
				if isFill && e.TTL > 0 {
					wantAsked(t, way.Name+" of a "+name, asked)
				} else {
					wantAsked(t, way.Name+" of a "+name, asked, "k")
				}
			}
		}
	})
}

// TestRequestScopedForgetsAFillThatIsLost checks that a Fill without its lease is not remembered.
func TestRequestScopedForgetsAFillThatIsLost(t *testing.T) {
	store, c, _, ctx := scopedStack(t)
	for range 2 {
		_, leases, err := ctxcache.GetLeases(ctx, c, []string{"k"}, ctxcache.NoExpiry)
		if err != nil {
			t.Fatal(err)
		}
		layertest.MustSet(t, store, "k", 2) // ends the lease
		e := ctxcache.NewEntry(1, time.Hour)
		if err := ctxcache.Fill(ctx, c, "k", leases["k"], e); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill = %v", err)
		}
		wantAsStored(t, ctx, "Fill", c, store)
		err = ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": e}, leases)
		if ctxcache.KeyError(err, "k") != ctxcache.ErrLeaseLost {
			t.Errorf("FillMany = %v", err)
		}
		wantAsStored(t, ctx, "FillMany", c, store)
	}
}

// TestRequestScopedLeaseAnswersCount checks that the scope follows what a GetLease has found: a value replaces what it
// had, and a miss makes it forget. Otherwise a caller would read the old value after a newer answer.
func TestRequestScopedLeaseAnswersCount(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		if way.Name != "GetLease" && way.Name != "GetLeases" {
			continue
		}
		store, c, asked, ctx := scopedStack(t)
		layertest.MustSet(t, store, "k", 1)
		layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
		layertest.MustSet(t, store, "k", 2)
		if value, err := way.Read(ctx, c, "k"); value != 2 || err != nil {
			t.Errorf("%s = %d, %v, want 2", way.Name, value, err)
		}
		wantAsStored(t, ctx, way.Name, c, store)
		wantAsked(t, way.Name, asked, "k", "k")
		if err := store.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		if _, err := way.Read(ctx, c, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s of a deleted key: %v", way.Name, err)
		}
		wantAsStored(t, ctx, way.Name+" of a deleted key", c, store)
	}
}
