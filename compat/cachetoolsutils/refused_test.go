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
	type (
		value = cachetoolsutils.Value
		cache = ctxcache.Cache[string, value]
	)
	octets, texts, numbers := newOctets(), newStore[string](), newStore[int]()
	for name, c := range map[string]cache{
		"ToBytesCache": cachetoolsutils.ToBytesCache[string, value](octets),
		"over BytesCache": cachetoolsutils.ToBytesCache[string, value](
			cachetoolsutils.BytesCache(texts)),
		"over EncryptedCache": cachetoolsutils.ToBytesCache[string, value](
			cachetoolsutils.EncryptedCache(newOctets(), make([]byte, 32), nil)),
		"PrefixedCache": cachetoolsutils.PrefixedCache[string](
			cachetoolsutils.ToBytesCache[string, value](newOctets()), "p."),
		"AutoPrefixedCache": cachetoolsutils.AutoPrefixedCache[string](
			cachetoolsutils.ToBytesCache[string, value](newOctets()), nil),
		"TwoLevelCache": cachetoolsutils.TwoLevelCache(
			newStore[value](), cachetoolsutils.ToBytesCache[string, value](newOctets()),
			&cachetoolsutils.TwoLevelOptions{Resilient: true}),
		"Objects": cachetoolsutils.Typed[string, value](cachetoolsutils.Objects(numbers)),
	} {
		for _, way := range layertest.SetWays[value]() {
			if way.Name[0] == 'F' { // a Fill leaves the old value to the holder of the lease
				continue
			}
			mustSet[string, value](t, c, "k", int64(1))
			err := way.Write(t.Context(), c, "k", ctxcache.NewEntry[value](make(chan int), time.Hour))
			if !errors.Is(ctxcache.KeyError(err, "k"), ctxcache.ErrValue) {
				t.Errorf("%s, %s: %v, want ErrValue", name, way.Name, err)
			}
			if got, err := c.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
				t.Errorf("%s, %s: Get = %v, %v, want a miss", name, way.Name, got, err)
			}
		}
	}
	wantKeys(t, octets)
	wantKeys(t, texts)
	wantKeys(t, numbers)
}
