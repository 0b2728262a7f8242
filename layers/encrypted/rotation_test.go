package encrypted_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/encrypted"
)

// rotated returns a store with a value of "new" and a negative entry of "absent", both sealed under otherSecret, and a
// value of "old", and the cache of a process that has only someSecret. That process finds the stored keys, but opens only "old".
func rotated(t *testing.T) (store, withoutTheSecret bytesCache) {
	t.Helper()
	store = newStore()
	withoutTheSecret = encrypted.New(store, someSecret, inTest)
	after := encrypted.New(store, otherSecret, &encrypted.Options{Namespace: "test", KeySecret: someSecret})
	layertest.MustSet(t, withoutTheSecret, "old", []byte("value"))
	layertest.MustSet(t, after, "new", []byte("value"))
	if err := ctxcache.SetEntry(t.Context(), after, "absent", negative); err != nil {
		t.Fatal(err)
	}
	return store, withoutTheSecret
}

// In the middle of a rotation, a process reads values whose secret it does not have. A read cannot know what they are. It
// may be a negative entry, so Contains cannot either.
func TestReadsInARotation(t *testing.T) {
	_, c := rotated(t)
	for _, key := range []string{"new", "absent"} {
		for _, read := range layertest.ReadWays[[]byte]() {
			if got, err := read.Read(t.Context(), c, key); !errors.Is(err, ctxcache.ErrCorrupt) || got != nil {
				t.Errorf("%s of %s = %q, %v, want ErrCorrupt", read.Name, key, got, err)
			}
		}
		if was, err := ctxcache.Contains(t.Context(), c, key); was || !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("Contains of %s = %v, %v, want ErrCorrupt", key, was, err)
		}
	}
	found, err := ctxcache.GetEntries(t.Context(), c, []string{"new", "old", "absent", "missing"})
	if len(found) != 1 || string(found["old"].Value) != "value" {
		t.Errorf("GetEntries found %v", found)
	}
	for key, want := range map[string]error{"new": ctxcache.ErrCorrupt, "absent": ctxcache.ErrCorrupt, "old": nil, "missing": nil} {
		if got := ctxcache.KeyError(err, key); !errors.Is(got, want) {
			t.Errorf("GetEntries of %s: %v, want %v", key, got, want)
		}
	}
}

// Writes and deletions open nothing, so they do not need the secret of the value that they replace.
func TestWritesInARotation(t *testing.T) {
	fresh := ctxcache.NewEntry([]byte("fresh"), time.Hour)
	lease := func(c bytesCache, key string) ctxcache.Lease {
		_, lease, err := ctxcache.GetLease(t.Context(), c, key, 0)
		if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
			t.Errorf("GetLease of %s: %v, %v, want ErrCorrupt and a lease", key, lease, err)
		}
		return lease
	}
	leases := func(c bytesCache, key string) map[string]ctxcache.Lease {
		_, leases, err := ctxcache.GetLeases(t.Context(), c, []string{key}, 0)
		if !errors.Is(ctxcache.KeyError(err, key), ctxcache.ErrCorrupt) || !leases[key].Granted() {
			t.Errorf("GetLeases of %s: %v, %v, want ErrCorrupt and a lease", key, leases, err)
		}
		return leases
	}
	for name, write := range map[string]func(c bytesCache, key string) error{
		"Set":      func(c bytesCache, key string) error { return c.Set(t.Context(), key, fresh.Value, time.Hour) },
		"SetEntry": func(c bytesCache, key string) error { return ctxcache.SetEntry(t.Context(), c, key, fresh) },
		"SetEntries": func(c bytesCache, key string) error {
			return ctxcache.SetEntries(t.Context(), c, map[string]entry{key: fresh})
		},
		"Fill": func(c bytesCache, key string) error { return ctxcache.Fill(t.Context(), c, key, lease(c, key), fresh) },
		"FillMany": func(c bytesCache, key string) error {
			return ctxcache.FillMany(t.Context(), c, map[string]entry{key: fresh}, leases(c, key))
		},
	} {
		for _, key := range []string{"new", "absent"} {
			_, c := rotated(t)
			if err := write(c, key); err != nil {
				t.Errorf("%s of %s: %v", name, key, err)
			}
			wantValue(t, c, key, "fresh")
		}
	}
	deletions := map[string]func(c bytesCache, key string) error{
		"Delete": func(c bytesCache, key string) error { return c.Delete(t.Context(), key) },
		"DeleteMany": func(c bytesCache, key string) error {
			return ctxcache.DeleteMany(t.Context(), c, []string{key, "missing"})
		},
		"Drop": func(c bytesCache, key string) error { return ctxcache.Drop(t.Context(), c, key, lease(c, key)) },
	}
	for name, remove := range deletions {
		for _, key := range []string{"new", "absent"} {
			_, c := rotated(t)
			if err := remove(c, key); err != nil {
				t.Errorf("%s of %s: %v", name, key, err)
			}
			if _, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
				t.Errorf("after %s of %s: %v, want ErrMiss", name, key, err)
			}
			wantValue(t, c, "old", "value")
		}
	}
	store, c := rotated(t)
	if _, err := ctxcache.Remove(t.Context(), c, "new"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Remove: %v, want ErrUnsupported", err)
	}
	if len(storedKeys(t, store)) != 3 {
		t.Error("an unsupported call had an effect")
	}
}

// A deletion by a process without the secret ends the lease of one that has it, and the other way round.
func TestLeasesInARotation(t *testing.T) {
	store, before := rotated(t)
	after := encrypted.New(store, otherSecret, &encrypted.Options{
		Namespace: "test", Old: []encrypted.Secret{someSecret}, KeySecret: someSecret,
	})
	for name, pair := range map[string][2]bytesCache{"without it": {after, before}, "with it": {before, after}} {
		_, lease, _ := ctxcache.GetLease(t.Context(), pair[0], "new", ctxcache.NoExpiry) // ErrCorrupt, or the value
		if !lease.Granted() {
			t.Fatalf("%s: no lease", name)
		}
		if err := pair[1].Delete(t.Context(), "new"); err != nil {
			t.Fatal(err)
		}
		late := ctxcache.NewEntry([]byte("late"), time.Hour)
		if err := ctxcache.Fill(t.Context(), pair[0], "new", lease, late); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill after a deletion by a process %s: %v, want ErrLeaseLost", name, err)
		}
		layertest.MustSet(t, after, "new", []byte("value"))
	}
}

// A secret in Old opens values until OldUntil, and forges them until then. The newest secret is not limited.
func TestOldUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		c := encrypted.New(store, otherSecret, &encrypted.Options{
			Namespace: "test",
			Old:       []encrypted.Secret{someSecret},
			OldUntil:  time.Now().Add(time.Hour),
			KeySecret: someSecret,
		})
		thief := encrypted.New(store, someSecret, inTest)
		for key, set := range map[string]func() error{
			"role:eve": func() error { return thief.Set(t.Context(), "role:eve", []byte("admin"), 24*time.Hour) },
			"role:ada": func() error { return c.Set(t.Context(), "role:ada", []byte("user"), 24*time.Hour) },
		} {
			if err := set(); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
		}
		wantValue(t, c, "role:eve", "admin")
		time.Sleep(time.Hour - time.Nanosecond)
		wantValue(t, c, "role:eve", "admin")
		time.Sleep(time.Nanosecond)
		for _, read := range layertest.ReadWays[[]byte]() {
			if got, err := read.Read(t.Context(), c, "role:eve"); !errors.Is(err, ctxcache.ErrCorrupt) {
				t.Errorf("%s after OldUntil = %q, %v, want ErrCorrupt", read.Name, got, err)
			}
		}
		wantValue(t, c, "role:ada", "user")
	})
}
