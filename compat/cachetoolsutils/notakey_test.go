package cachetoolsutils_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
)

// A key that is not equal to itself is refused by every operation, although its JSON is a text: no map can hold it.
func TestNaNIsNotAKey(t *testing.T) {
	client := unusedClient(t)
	for class, c := range map[string]ctxcache.Cache[value, string]{
		"ToBytesCache":             cachetoolsutils.ToBytesCache[value, string](newOctets()),
		"Typed":                    cachetoolsutils.Typed[value, string](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()),
		"PrefixedCache":            cachetoolsutils.PrefixedCache[value](newStore[string](), "p."),
		"RedisCache":               pyredis.RedisCache[value, string](client, redisOptions),
		"RawRedisCache":            pyredis.RawRedisCache[value, string](client, redisOptions),
		"PrefixedRedisCache":       pyredis.PrefixedRedisCache[value, string](client, "p.", redisOptions),
		"NestedRedisCache":         pyredis.NestedRedisCache[value, string](newStore[string](), nil),
		"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[value, string](newStore[string](), "p.", nil),
	} {
		refusesKey(t, class, c, value(math.NaN()))
	}
}

// A key of type any that is not comparable is refused, too.
func TestAListIsNotAKey(t *testing.T) {
	list := value([]value{1})
	refusesKey(t, "ToBytesCache", cachetoolsutils.ToBytesCache[value, string](newOctets()), list)
	refusesKey(t, "Typed", cachetoolsutils.Typed[value, string](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()), list)
	refusesKey(t, "PrefixedCache", cachetoolsutils.PrefixedCache[value](newStore[string](), "p."), list)
}

func refusesKey[K comparable, V any](t *testing.T, class string, c ctxcache.Cache[K, V], key K) {
	t.Helper()
	var none V
	ctx := t.Context()
	errs := map[string]error{
		"Set":    c.Set(ctx, key, none, time.Hour),
		"Delete": c.Delete(ctx, key),
	}
	_, errs["Get"] = c.Get(ctx, key)
	_, errs["Contains"] = ctxcache.Contains(ctx, c, key)
	_, errs["Remove"] = ctxcache.Remove(ctx, c, key)
	_, errs["GetEntry"] = ctxcache.GetEntry(ctx, c, key)
	_, errs["GetMany"] = ctxcache.GetMany(ctx, c, []K{key})
	errs["DeleteMany"] = ctxcache.DeleteMany(ctx, c, []K{key})
	for op, err := range errs {
		if !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: %s: %v, want ErrKey", class, op, err)
		}
	}
}

// A surrogate pair has the JSON of one character, and so the entry of another key.
func TestASurrogatePairIsNotAKey(t *testing.T) {
	refusesKey(t, "ToBytesCache", cachetoolsutils.ToBytesCache[string, string](newOctets()), pair)
	refusesKey(t, "ToBytesCache of Keys", cachetoolsutils.ToBytesCache[cachetoolsutils.Key, value](newOctets()), keyOf(t, pair))
}

// Keys lists an entry of Python as a Key if no other key can be its key. If K cannot be a Key, Keys does not list the entry.
func TestKeysListsOnlyKeys(t *testing.T) {
	texts := newOctets()
	objects := cachetoolsutils.DictCache[cachetoolsutils.Key, value]()
	for _, object := range []value{math.NaN(), []value{int64(1)}} {
		text, err := cachetoolsutils.EncodeJSON(object)
		if err != nil {
			t.Fatal(err)
		}
		mustSet(t, texts, octet(text), []byte(`"value"`))
		mustSet(t, objects, keyOf(t, object), "value")
	}
	for class, c := range map[string]ctxcache.Cache[value, string]{
		"ToBytesCache": cachetoolsutils.ToBytesCache[value, string](texts),
		"Typed":        cachetoolsutils.Typed[value, string](objects),
	} {
		listed := 0
		for key, err := range ctxcache.Keys(t.Context(), c) {
			if _, isKey := key.(cachetoolsutils.Key); !isKey || err != nil {
				t.Errorf("%s lists %T %v, %v, want a Key", class, key, key, err)
			}
			if got, err := c.Get(t.Context(), key); got != "value" || err != nil {
				t.Errorf("%s: Get of the listed key %v: %q, %v", class, key, got, err)
			}
			listed++
		}
		if listed != 2 {
			t.Errorf("%s lists %d keys, want 2", class, listed)
		}
	}
	for key, err := range ctxcache.Keys(t.Context(), cachetoolsutils.Typed[float64, string](objects)) {
		t.Errorf("Typed lists %v, %v", key, err)
	}
}
