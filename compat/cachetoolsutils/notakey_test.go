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
	for class, c := range map[string]ctxcache.Cache[float64, int]{
		"ToBytesCache":             cachetoolsutils.ToBytesCache[float64, int](newOctets()),
		"Typed":                    cachetoolsutils.Typed[float64, int](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()),
		"PrefixedCache":            cachetoolsutils.PrefixedCache[float64](newStore[int](), "p."),
		"RedisCache":               pyredis.RedisCache[float64, int](client, redisOptions),
		"RawRedisCache":            pyredis.RawRedisCache[float64, int](client, redisOptions),
		"PrefixedRedisCache":       pyredis.PrefixedRedisCache[float64, int](client, "p.", redisOptions),
		"NestedRedisCache":         pyredis.NestedRedisCache[float64, int](newStore[string](), nil),
		"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[float64, int](newStore[string](), "p.", nil),
	} {
		refusesKey(t, class, c, math.NaN())
	}
}

// A key of type any that is not comparable is refused, too.
func TestAListIsNotAKey(t *testing.T) {
	list := value([]value{1})
	refusesKey(t, "ToBytesCache", cachetoolsutils.ToBytesCache[value, int](newOctets()), list)
	refusesKey(t, "Typed", cachetoolsutils.Typed[value, int](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()), list)
	refusesKey(t, "PrefixedCache", cachetoolsutils.PrefixedCache[value](newStore[int](), "p."), list)
}

func refusesKey[K comparable](t *testing.T, class string, c ctxcache.Cache[K, int], key K) {
	t.Helper()
	ctx := t.Context()
	errs := map[string]error{
		"Set":    c.Set(ctx, key, 1, time.Hour),
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
	refusesKey(t, "ToBytesCache", cachetoolsutils.ToBytesCache[string, int](newOctets()), pair)
	refusesKey(t, "ToBytesCache of Keys", cachetoolsutils.ToBytesCache[cachetoolsutils.Key, int](newOctets()), keyOf(t, pair))
}

// Keys does not list an entry of Python whose text is not a key here.
func TestKeysListsOnlyKeys(t *testing.T) {
	texts := newOctets()
	objects := cachetoolsutils.DictCache[cachetoolsutils.Key, value]()
	for _, object := range []value{math.NaN(), []value{int64(1)}} {
		text, err := cachetoolsutils.EncodeJSON(object)
		if err != nil {
			t.Fatal(err)
		}
		mustSet(t, texts, octet(text), []byte("1"))
		mustSet(t, objects, keyOf(t, object), 1)
	}
	listsNothing(t, cachetoolsutils.ToBytesCache[float64, int](texts))
	listsNothing(t, cachetoolsutils.ToBytesCache[value, int](texts))
	listsNothing(t, cachetoolsutils.Typed[float64, int](objects))
	listsNothing(t, cachetoolsutils.Typed[value, int](objects))
}

func listsNothing[K comparable](t *testing.T, c ctxcache.Cache[K, int]) {
	t.Helper()
	for key, err := range ctxcache.Keys(t.Context(), c) {
		t.Errorf("Keys lists %v, %v", key, err)
	}
}
