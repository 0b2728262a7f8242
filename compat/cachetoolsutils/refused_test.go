package cachetoolsutils_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
)

// TestRefusedValueLeavesNoOldOne checks that a value that a class cannot store is ErrValue, and that nobody reads the old
// value after it.
func TestRefusedValueLeavesNoOldOne(t *testing.T) {
	octets, texts, strs := newOctets(), newStore[string](), newStore[string]()
	overOctets := func() ctxcache.Cache[string, string] {
		return cachetoolsutils.ToBytesCache[string, string](newOctets())
	}
	for name, c := range map[string]ctxcache.Cache[string, string]{
		"over BytesCache": cachetoolsutils.ToBytesCache[string, string](cachetoolsutils.BytesCache(texts)),
		"over EncryptedCache": cachetoolsutils.ToBytesCache[string, string](
			cachetoolsutils.EncryptedCache(newOctets(), make([]byte, 32), nil)),
		"PrefixedCache":     cachetoolsutils.PrefixedCache[string](overOctets(), "p."),
		"AutoPrefixedCache": cachetoolsutils.AutoPrefixedCache[string](overOctets(), nil),
		"TwoLevelCache": cachetoolsutils.TwoLevelCache(
			newStore[string](), overOctets(), &cachetoolsutils.TwoLevelOptions{Resilient: true}),
	} {
		leavesNoOldValue(t, name, c, "good", "not UTF-8: \xff")
	}
	leavesNoOldValue[value](t, "ToBytesCache", cachetoolsutils.ToBytesCache[string, value](octets), int64(1), make(chan int))
	objects := cachetoolsutils.Typed[string, value](cachetoolsutils.Objects(strs))
	leavesNoOldValue[value](t, "Objects", objects, "a str", make(chan int))
	leavesNoOldValue[value](t, "Objects of another type", objects, "a str", 1)
	wantKeys(t, octets)
	wantKeys(t, texts)
	wantKeys(t, strs)
}

// leavesNoOldValue checks all ways to write the value bad over the value good.
func leavesNoOldValue[V any](t *testing.T, name string, c ctxcache.Cache[string, V], good, bad V) {
	t.Helper()
	for _, way := range layertest.SetWays[V]() {
		if way.Name[0] == 'F' { // a Fill leaves the old value to the holder of the lease
			continue
		}
		mustSet(t, c, "k", good)
		err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(bad, time.Hour))
		if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
			t.Errorf("%s, %s: %v, want ErrValue", name, way.Name, err)
		}
		if got, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s, %s: Get = %v, %v, want a miss", name, way.Name, got, err)
		}
	}
}
