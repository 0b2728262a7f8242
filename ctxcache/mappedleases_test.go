package ctxcache_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// Many values do not decode, as after a change of their format. The leases to replace them take one more call, not one for
// each.
func TestMappedHealsManyKeysInOneCall(t *testing.T) {
	ctx := t.Context()
	inner, log := cachetest.Recording(ctxcache.Cache[string, string](memory.New[string, string](nil)))
	var keys []string
	for i := range 100 {
		key := fmt.Sprint(i)
		keys = append(keys, key)
		if err := inner.Set(ctx, "n:"+key, "damaged", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	c := newDecimal(inner, nil)
	log.Reset()
	found, leases, err := c.GetLeases(ctx, keys, 0)
	if len(found) != 0 || len(leases) != 100 {
		t.Errorf("GetLeases: %v, %d leases", found, len(leases))
	}
	entries := make(map[string]ctxcache.Entry[int])
	for i, key := range keys {
		if !leases[key].Granted() || !errors.Is(ctxcache.KeyError(err, key), ctxcache.ErrCorrupt) {
			t.Fatalf("%s: %v, %v", key, leases[key], ctxcache.KeyError(err, key))
		}
		entries[key] = ctxcache.NewEntry(i, time.Hour)
	}
	if many, one := log.Count(ctxcache.OpGetLeases), log.Count(ctxcache.OpGetLease); many != 2 || one != 0 {
		t.Errorf("%d calls for many leases and %d for one", many, one)
	}
	if err := c.FillMany(ctx, entries, leases); err != nil {
		t.Error(err)
	}
}

// Another process heals some of the values between the two calls. Their leases are given back, and the values are returned.
func TestMappedGivesNeedlessLeasesBackTogether(t *testing.T) {
	ctx := t.Context()
	store := memory.New[string, string](nil)
	inner, log := cachetest.Recording(ctxcache.Cache[string, string](store))
	var keys []string
	for i := range 10 {
		key := fmt.Sprint(i)
		keys = append(keys, key)
		if err := store.Set(ctx, key, "damaged", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	m := ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
		About:  ctxcache.Description{Kind: "test"},
		Key:    func(key string) (string, error) { return key, nil },
		Encode: func(_, value string) (string, error) { return value, nil },
		Decode: func(key, value string) (string, error) {
			switch {
			case value != "damaged":
				return value, nil
			case key < "5":
				return "", errors.Join(errBadKey, store.Set(ctx, key, "healed", time.Hour))
			default:
				return "", errBadKey
			}
		},
	})
	log.Reset()
	found, leases, err := m.GetLeases(ctx, keys, 0)
	if len(found) != 5 || len(leases) != 5 || log.Count(ctxcache.OpReleaseMany) != 1 || log.Count(ctxcache.OpRelease) != 0 {
		t.Fatalf("GetLeases: %v, %v, %v after %v", found, leases, err, log.Records())
	}
	for _, key := range keys {
		healed := key < "5"
		if leases[key].Granted() == healed || (found[key].Value == "healed") != healed || (ctxcache.KeyError(err, key) == nil) != healed {
			t.Errorf("%s: %v, %v, %v", key, found[key], leases[key], ctxcache.KeyError(err, key))
		}
		if _, lease, err := store.GetLease(ctx, key, ctxcache.NoExpiry); lease.Granted() != healed {
			t.Errorf("%s: a free lease is %v, %v", key, lease.Granted(), err)
		}
	}
}
