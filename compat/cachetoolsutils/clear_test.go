package cachetoolsutils_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Clear deletes what was set under every type of keys, or says that it cannot. TestKeysComeBack tests the texts of the
// keys of other Go types than these.
func TestClearDeletesEveryTypeOfKey(t *testing.T) {
	client := redistest.Start(t).Client(t) // of its own, because the classes without a prefix clear all of it
	clears(t, client, someTexts...)
	clears(t, client, someObjects(t)...)
	clears(t, client, someKeys(t)...)
	clears[fmt.Stringer](t, client, time.Second, time.March, keyOf(t, 1), new(big.Int).Lsh(big.NewInt(1), 100))
}

// Numbers and bools are bytes, too: as many zeros as they say.
func TestClearDeletesKeysOfZeros(t *testing.T) {
	clearsZeros(t, true, false)
	clearsZeros(t, 0, 1, 7, 300)
}

func clearsZeros[K comparable](t *testing.T, keys ...K) {
	t.Helper()
	for _, key := range keys {
		c := cachetoolsutils.PrefixedBytesCache[K](newOctetTexts(), []byte("p."))
		mustSet(t, c, key, "value")
		listsAndClears(t, fmt.Sprintf("a %T %v", key, key), c, key)
	}
}

func keyOf(t *testing.T, object value) cachetoolsutils.Key {
	t.Helper()
	key, err := cachetoolsutils.KeyOf(object)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// clears checks each class with each of these keys.
func clears[K comparable](t *testing.T, client *redis.Client, keys ...K) {
	t.Helper()
	for _, key := range keys {
		for class, c := range map[string]ctxcache.Cache[K, string]{
			"PrefixedCache":            cachetoolsutils.PrefixedCache[K](newStore[string](), "p."),
			"AutoPrefixedCache":        cachetoolsutils.AutoPrefixedCache[K](newStore[string](), nil),
			"PrefixedBytesCache":       cachetoolsutils.PrefixedBytesCache[K](newOctetTexts(), []byte("p.")),
			"ToBytesCache":             cachetoolsutils.ToBytesCache[K, string](newOctets()),
			"Typed":                    cachetoolsutils.Typed[K, string](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()),
			"NestedRedisCache":         pyredis.NestedRedisCache[K, string](newStore[string](), nil),
			"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[K, string](newStore[string](), "p.", nil),
			"PrefixedRedisCache":       closeStack(t, pyredis.PrefixedRedisCache[K, string](client, nextPrefix(), redisOptions)),
			"StatsRedisCache":          closeStack(t, pyredis.StatsRedisCache[K, string](client, nextPrefix(), redisOptions)),
			"RedisCache":               closeStack(t, pyredis.RedisCache[K, string](client, whole)),
			"RawRedisCache":            closeStack(t, pyredis.RawRedisCache[K, string](client, whole)),
		} {
			client.FlushDB(t.Context())
			name := fmt.Sprintf("%s, a %T %v", class, key, key)
			err := c.Set(t.Context(), key, "value", time.Hour)
			if errors.Is(err, ctxcache.ErrKey) {
				continue // Python has no such key in this class
			}
			if err != nil {
				t.Fatalf("%s: Set: %v", name, err)
			}
			listsAndClears(t, name, c, key)
		}
	}
}

// listsAndClears checks that Len, Keys and Clear find the only entry of c, or that all are unsupported.
func listsAndClears[K comparable](t *testing.T, name string, c ctxcache.Cache[K, string], key K) {
	t.Helper()
	n, lenErr := ctxcache.Len(t.Context(), c)
	listed, keysErr := 0, error(nil)
	for k, err := range ctxcache.Keys(t.Context(), c) {
		if keysErr = err; err != nil {
			break
		}
		listed++
		if isPlain(key) && any(k) != any(key) {
			t.Errorf("%s: Keys lists %v", name, k)
		}
		if got, err := c.Get(t.Context(), k); got != "value" || err != nil {
			t.Errorf("%s: Get of the listed key %v: %v, %v", name, k, got, err)
		}
	}
	clearErr := ctxcache.Clear(t.Context(), c)
	_, getErr := c.Get(t.Context(), key)
	if errors.Is(clearErr, errors.ErrUnsupported) {
		if !errors.Is(lenErr, errors.ErrUnsupported) || !errors.Is(keysErr, errors.ErrUnsupported) || getErr != nil {
			t.Errorf("%s: Clear is unsupported; Len: %v, Keys: %v, Get: %v", name, lenErr, keysErr, getErr)
		}
		return
	}
	if n != 1 || lenErr != nil || listed != 1 || keysErr != nil {
		t.Errorf("%s: Len is %d, %v; Keys lists %d, %v; want 1", name, n, lenErr, listed, keysErr)
	}
	if clearErr != nil || getErr != ctxcache.ErrMiss {
		t.Errorf("%s: Clear: %v; then Get: %v, want ErrMiss", name, clearErr, getErr)
	}
}

// A foreign entry is not a key, however similar it is to one.
func TestClearSparesOtherBytes(t *testing.T) {
	const tooMany = 1<<20 + 1 // zeros
	store := newOctetTexts()
	numbers := cachetoolsutils.PrefixedBytesCache[int](store, []byte("p."))
	mustSet(t, numbers, 3, "value")
	foreign := []octet{"p.\x00\x01", "p.3", "\x00", octet("p." + strings.Repeat("\x00", tooMany))}
	for _, key := range foreign {
		mustSet(t, store, key, "value")
	}
	if err := ctxcache.Clear(t.Context(), numbers); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, store, foreign...)
}
