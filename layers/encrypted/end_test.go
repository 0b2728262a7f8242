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

// kept writes e by each way to write, and returns the store, which from then on keeps the entry forever.
func kept(t *testing.T, write layertest.WriteWay[[]byte], e entry) (store, c bytesCache) {
	t.Helper()
	store = newStore()
	c = encrypted.New(store, someSecret, inTest)
	if err := write.Write(t.Context(), c, "key", e); err != nil {
		t.Fatalf("%s: %v", write.Name, err)
	}
	keys := storedKeys(t, store)
	sealed, err := store.Get(t.Context(), keys[0])
	if err == nil {
		err = store.Set(t.Context(), keys[0], sealed, ctxcache.NoExpiry)
	}
	if err != nil {
		t.Fatal(err)
	}
	return store, c
}

// A store can keep an entry beyond its TTL, or put it back later. A minute after its end the entry does not open.
func TestEndedEntryIsRefused(t *testing.T) {
	for _, write := range layertest.SetWays[[]byte]() {
		synctest.Test(t, func(t *testing.T) {
			_, c := kept(t, write, ctxcache.NewEntry([]byte("value"), 5*time.Second))
			time.Sleep(65 * time.Second)
			wantValue(t, c, "key", "value") // the clocks of writer and reader may differ
			time.Sleep(time.Millisecond)
			for _, read := range layertest.ReadWays[[]byte]() {
				if got, err := read.Read(t.Context(), c, "key"); !errors.Is(err, ctxcache.ErrCorrupt) || got != nil {
					t.Errorf("%s after %s = %q, %v, want ErrCorrupt", read.Name, write.Name, got, err)
				}
			}
			_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
			if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
				t.Fatalf("GetLease: %v, %v, want a lease to heal it", lease, err)
			}
			if err := ctxcache.Fill(t.Context(), c, "key", lease, ctxcache.NewEntry([]byte("healed"), time.Hour)); err != nil {
				t.Fatal(err)
			}
			wantValue(t, c, "key", "healed")
		})
	}
}

// So a store cannot claim forever that something does not exist, because it once did not.
func TestEndedNegativeEntryIsRefused(t *testing.T) {
	for _, write := range layertest.WriteWays[[]byte]() {
		synctest.Test(t, func(t *testing.T) {
			_, c := kept(t, write, entry{Meta: ctxcache.Meta{Absent: true, TTL: 5 * time.Second}})
			time.Sleep(65 * time.Second)
			if _, err := c.Get(t.Context(), "key"); err != ctxcache.ErrNotFound {
				t.Errorf("by %s: %v, want ErrNotFound: the clocks of writer and reader may differ", write.Name, err)
			}
			time.Sleep(time.Millisecond)
			for _, read := range layertest.ReadWays[[]byte]() {
				if _, err := read.Read(t.Context(), c, "key"); !errors.Is(err, ctxcache.ErrCorrupt) {
					t.Errorf("%s after %s: %v, want ErrCorrupt", read.Name, write.Name, err)
				}
			}
		})
	}
}

// An entry whose end is not known, or that has none, opens forever. The documentation says so.
func TestEntryWithoutAnEndStays(t *testing.T) {
	for name, e := range map[string]entry{
		"the store's default": ctxcache.NewEntry([]byte("value"), 0),
		"NoExpiry":            ctxcache.NewEntry([]byte("value"), ctxcache.NoExpiry),
		"a copy that ends":    {Value: []byte("value"), Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Second}},
		"292 years":           ctxcache.NewEntry([]byte("value"), ctxcache.NoExpiry-1),
	} {
		for _, write := range layertest.SetWays[[]byte]() {
			synctest.Test(t, func(t *testing.T) {
				_, c := kept(t, write, e)
				time.Sleep(10 * 365 * 24 * time.Hour)
				if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "value" {
					t.Errorf("%s by %s: %q, %v", name, write.Name, got, err)
				}
			})
		}
	}
}
