package encrypted_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
)

// A lease of the layer is not accepted by the cache under it, where a fill would store a value that is not sealed. Nor
// is it accepted by a layer with another secret over the same store. These attempts do not end the lease.
func TestLeaseIsGoodForItsOwnLayerOnly(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, inTest)
	storedKey, _ := sealAlone(t, store, c, "key", "value")
	if err := c.Delete(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	plain := ctxcache.NewEntry([]byte("in the clear"), time.Hour)
	for name, other := range map[string]struct {
		cache bytesCache
		key   string
	}{
		"the store":             {store, storedKey},
		"another layer over it": {encrypted.New(store, someSecret, inTest), "key"},
		"another secret's layer": {
			encrypted.New(store, otherSecret, &encrypted.Options{Namespace: "test", KeySecret: someSecret}), "key",
		},
	} {
		if err := ctxcache.Fill(t.Context(), other.cache, other.key, lease, plain); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill of %s: %v, want ErrLeaseLost", name, err)
		}
		leases := map[string]ctxcache.Lease{other.key: lease}
		err := ctxcache.FillMany(t.Context(), other.cache, map[string]entry{other.key: plain}, leases)
		if ctxcache.KeyError(err, other.key) != ctxcache.ErrLeaseLost {
			t.Errorf("FillMany of %s: %v, want ErrLeaseLost", name, err)
		}
		if err := ctxcache.Release(t.Context(), other.cache, other.key, lease); err != ctxcache.ErrLeaseLost {
			t.Errorf("Release of %s: %v, want ErrLeaseLost", name, err)
		}
		err = ctxcache.ReleaseMany(t.Context(), other.cache, leases)
		if ctxcache.KeyError(err, other.key) != ctxcache.ErrLeaseLost {
			t.Errorf("ReleaseMany of %s: %v, want ErrLeaseLost", name, err)
		}
		if err := ctxcache.Drop(t.Context(), other.cache, other.key, lease); err != ctxcache.ErrLeaseLost {
			t.Errorf("Drop of %s: %v, want ErrLeaseLost", name, err)
		}
	}
	if keys := storedKeys(t, store); len(keys) != 0 {
		t.Errorf("stored: %q", keys)
	}
	if err := ctxcache.Fill(t.Context(), c, "key", lease, plain); err != nil {
		t.Errorf("Fill of the layer itself: %v", err)
	}
	wantValue(t, c, "key", "in the clear")
}

// Layers above pass the lease on. They do not accept a lease of the store.
func TestLeaseOfTheStoreIsNotOne(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, inTest)
	above := layers.Prefixed(c, "user:")
	_, lease, err := ctxcache.GetLease(t.Context(), above, "key", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := ctxcache.Fill(t.Context(), above, "key", lease, ctxcache.NewEntry([]byte("value"), time.Hour)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	wantValue(t, c, "user:key", "value")

	storedKey := storedKeys(t, store)[0]
	_, below, err := ctxcache.GetLease(t.Context(), store, storedKey, ctxcache.NoExpiry)
	if err != nil || !below.Granted() {
		t.Fatalf("GetLease of the store: %v, %v", below, err)
	}
	if err := ctxcache.Fill(t.Context(), above, "key", below, ctxcache.NewEntry([]byte("new"), time.Hour)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill with a lease of the store: %v, want ErrLeaseLost", err)
	}
	wantValue(t, above, "key", "value")
}
