package cachetoolsutils_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

type (
	flag  bool
	named string // a str, whatever it is called
)

// Clear deletes what was set under every type of keys, or says that it cannot.
func TestClearDeletesEveryTypeOfKey(t *testing.T) {
	client := redistest.Start(t).Client(t) // of its own, because the classes without a prefix clear all of it
	clears[string](t, client, "", "x", "True", "None", "b'x'", "inf", "1", "é")
	clears[named](t, client, "x", "b'x'")
	clears[octet](t, client, "", "x", "it's", `"it's"`, `say "x"`, "\x00\t\n\r\x1b\x7f\x80\xff\\", `b'x'`, "\\x41")
	clears(t, client, true, false)
	clears[flag](t, client, true, false)
	clears(t, client, 0, 1, 7, -1, 300, math.MaxInt, math.MinInt)
	clears[uint8](t, client, 0, 255)
	clears[uint64](t, client, 3, math.MaxUint64)
	clears(t, client, time.Second, 0)
	clears(t, client, 0, 0.1, 1, -2.5, 1e16, 1e-7, math.MaxFloat64, math.Inf(1), math.Inf(-1))
	clears(t, client, float32(0.1), 1e30, float32(math.Inf(1)), float32(math.Inf(-1)))
	clears(t, client, nil, big.NewInt(0), big.NewInt(5), new(big.Int).Lsh(big.NewInt(1), 100))
	clears[value](t, client, nil, true, 1, 1.5, math.Inf(1), "x", octet("x"), flag(true))
	clears(t, client, keyOf(t, nil), keyOf(t, true), keyOf(t, 1), keyOf(t, "x"), keyOf(t, []byte("x")),
		keyOf(t, cachetoolsutils.Tuple{1, "a"}), keyOf(t, cachetoolsutils.Dict{{Key: "a", Value: nil}}))
	clears[fmt.Stringer](t, client, time.Second, time.March, keyOf(t, 1), new(big.Int).Lsh(big.NewInt(1), 100))
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
		octetStore := func() ctxcache.Cache[octet, int] { return cachetoolsutils.DictCache[octet, int]() }
		for class, c := range map[string]ctxcache.Cache[K, int]{
			"PrefixedCache":            cachetoolsutils.PrefixedCache[K](newStore[int](), "p."),
			"AutoPrefixedCache":        cachetoolsutils.AutoPrefixedCache[K](newStore[int](), nil),
			"PrefixedBytesCache":       cachetoolsutils.PrefixedBytesCache[K](octetStore(), []byte("p.")),
			"ToBytesCache":             cachetoolsutils.ToBytesCache[K, int](newOctets()),
			"Typed":                    cachetoolsutils.Typed[K, int](cachetoolsutils.DictCache[cachetoolsutils.Key, value]()),
			"NestedRedisCache":         pyredis.NestedRedisCache[K, int](newStore[string](), nil),
			"NestedPrefixedRedisCache": pyredis.NestedPrefixedRedisCache[K, int](newStore[string](), "p.", nil),
			"PrefixedRedisCache":       closeStack(t, pyredis.PrefixedRedisCache[K, int](client, nextPrefix(), redisOptions)),
			"StatsRedisCache":          closeStack(t, pyredis.StatsRedisCache[K, int](client, nextPrefix(), redisOptions)),
			"RedisCache":               closeStack(t, pyredis.RedisCache[K, int](client, whole)),
			"RawRedisCache":            closeStack(t, pyredis.RawRedisCache[K, int](client, whole)),
		} {
			client.FlushDB(t.Context())
			name := fmt.Sprintf("%s, a %T %v", class, key, key)
			err := c.Set(t.Context(), key, 1, time.Hour)
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
func listsAndClears[K comparable](t *testing.T, name string, c ctxcache.Cache[K, int], key K) {
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
		if got, err := c.Get(t.Context(), k); got != 1 || err != nil {
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

// isPlain reports whether different values of K have different texts. Others are listed as one of the values with the text.
func isPlain[K comparable](K) bool {
	switch reflect.TypeFor[K]().Kind() {
	case reflect.Interface, reflect.Pointer, reflect.Struct:
		return false
	default:
		return true
	}
}

// A text belongs to a key only if it is exactly the text that the key is stored as.
func TestKeyRefusesSimilarTexts(t *testing.T) {
	notKeys(t, cachetoolsutils.StrKeys[bool]{}.Key, "true", "false", "TRUE", "1", "0", "", " True", "True ", "None")
	notKeys(t, cachetoolsutils.StrKeys[float64]{}.Key, "Infinity", "-Infinity", "+inf", "Inf", "-Inf", "1", "1e5", "0x1p4", "None")
	notKeys(t, cachetoolsutils.StrKeys[*big.Int]{}.Key, "null", "none", "+1", "01", "1.0", "True")
	notKeys(t, cachetoolsutils.StrKeys[int]{}.Key, "True", "inf", "b'1'", "1.0")
	notKeys(t, cachetoolsutils.StrKeys[octet]{}.Key, "", "b", "b'", "b''x", "B'x'", `b"x"`, `b'\x78'`, `b'\u0078'`, `b'\170'`, `b'\a'`, `b'\x7F'`,
		`b'it\'s'`, `b'"it's"'`, `b'é'`, "b'\xff'", "b'\t'", `b'\`, `b'\'`, `'x'`, "None", `b'x' `, `br'x'`)
	notKeys(t, cachetoolsutils.RawKeys[float64]{}.Key, "Infinity", "+inf", "nan", "1")
	notKeys(t, cachetoolsutils.RawKeys[bool]{}.Key, "True", "true") // which a client for Redis does not store
}

func notKeys[K comparable](t *testing.T, key func(text string) (K, bool), texts ...string) {
	t.Helper()
	for _, text := range texts {
		if k, ok := key(text); ok {
			t.Errorf("%q is the text of %T %v", text, k, k)
		}
	}
}

// A foreign entry is not a key, however similar it is to one.
func TestClearSparesOtherBytes(t *testing.T) {
	store := cachetoolsutils.DictCache[octet, int]()
	numbers := cachetoolsutils.PrefixedBytesCache[uint8](store, []byte("p."))
	mustSet(t, numbers, 3, 1)
	foreign := []octet{"p.\x00\x01", "p.3", "\x00", octet("p." + strings.Repeat("\x00", 256))}
	for _, key := range foreign {
		mustSet(t, store, key, 1)
	}
	if err := ctxcache.Clear(t.Context(), numbers); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, store, foreign...)
}
