package cachetoolsutils_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

type userID string

// Keys of Go types are stored as Python's keys, and Keys lists them.
func TestTypedKeys(t *testing.T) {
	client := redistest.Start(t).Client(t)
	for _, test := range []struct {
		name, stored string
		set          func() (back any, err error)
	}{
		{"string", "p.ada", setAndList(t, pyredis.PrefixedRedisCache[string, int](client, "p.", redisOptions), "ada")},
		{"named string", "p.ada", setAndList(t, pyredis.PrefixedRedisCache[userID, int](client, "p.", redisOptions), "ada")},
		{"int", "p.-7", setAndList(t, pyredis.PrefixedRedisCache[int, int](client, "p.", redisOptions), -7)},
		{"uint8", "p.7", setAndList(t, pyredis.PrefixedRedisCache[uint8, int](client, "p.", redisOptions), 7)},
		{"float", "p.1e+16", setAndList(t, pyredis.PrefixedRedisCache[float64, int](client, "p.", redisOptions), 1e16)},
		{"JSON string", `"ada"`, setAndList(t, pyredis.RedisCache[string, int](client, whole), "ada")},
		{"JSON float", "1.0", setAndList(t, pyredis.RedisCache[float64, int](client, whole), 1)},
		{"JSON bool", "true", setAndList(t, pyredis.RedisCache[bool, int](client, whole), true)},
		{"raw bytes", "\x00\xff", setAndList(t, pyredis.RawRedisCache[octet, string](client, whole), "\x00\xff")},
		{"raw int", "7", setAndList(t, pyredis.RawRedisCache[int, string](client, whole), 7)},
	} {
		t.Run(test.name, func(t *testing.T) {
			client.FlushDB(t.Context())
			back, err := test.set()
			if err != nil {
				t.Fatalf("%v, %v", back, err)
			}
			if stored := client.Keys(t.Context(), "*").Val(); len(stored) != 1 || stored[0] != test.stored {
				t.Errorf("stored under %q", stored)
			}
		})
	}
}

var whole = &pyredis.Options{
	WholeDatabase: true, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
}

// setAndList returns a function that stores a value under k and returns the only key that Keys lists. It fails if that
// is not k.
func setAndList[K comparable, V any](t *testing.T, cache ctxcache.Cache[K, V], k K) func() (any, error) {
	return func() (any, error) {
		var zero V
		if err := cache.Set(t.Context(), k, zero, 0); err != nil {
			return nil, err
		}
		var listed []K
		for k, err := range ctxcache.Keys(t.Context(), cache) {
			if err != nil {
				return nil, err
			}
			listed = append(listed, k)
		}
		if len(listed) != 1 || listed[0] != k {
			return listed, errors.New("another key is listed")
		}
		return k, nil
	}
}

// Keys that Python cannot have are refused before anything is sent.
func TestRefusedKeys(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	servers := serverList(t, memcachedtest.Shared(t).Addr)
	memcached := pymemcached.MemCached[string, int](servers, memcachedOptions)
	control := pymemcached.PrefixedMemCached[string, int](servers, "a\x01", memcachedOptions)
	defer memcached.Close()
	defer control.Close()
	prefixed := pyredis.PrefixedRedisCache[string, int](client, "refused.", redisOptions)
	long := string(make([]byte, 201))
	for name, err := range map[string]error{
		"no UTF-8":                    prefixed.Set(t.Context(), "\xff", 1, 0),
		"a lone surrogate":            prefixed.Set(t.Context(), "\xed\xa0\x80", 1, 0),
		"a struct":                    pyredis.RedisCache[User, int](client, redisOptions).Set(t.Context(), User{}, 1, 0),
		"a slice in an interface":     pyredis.RedisCache[any, int](client, redisOptions).Set(t.Context(), []int{}, 1, 0),
		"empty in Memcached":          memcached.Set(t.Context(), "", 1, 0),
		"long in Memcached":           memcached.Set(t.Context(), long, 1, 0),
		"control character in prefix": control.Set(t.Context(), "k", 1, 0),
	} {
		if !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A damaged value is ErrCorrupt, whatever Python reports for it.
func TestDamage(t *testing.T) {
	ctx := t.Context()
	server := redistest.Shared(t)
	client := server.Client(t)
	numbers := pyredis.PrefixedRedisCache[string, int](client, "damage.", redisOptions)
	for _, stored := range []string{"", "{", `"text"`, "1.5", "null", "1 2", "\xff"} {
		if err := client.Set(ctx, "damage.k", stored, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := numbers.Get(ctx, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%q: %v, %v", stored, got, err)
		}
	}

	addr := memcachedtest.Shared(t).Addr
	texts := pymemcached.PrefixedMemCached[string, string](serverList(t, addr), "damage.", memcachedOptions)
	defer texts.Close()
	items := dialItems(t, addr)
	for _, stored := range []item{{flags: 0}, {flags: 1}, {flags: 2, data: []byte("\xff")}, {flags: 3, data: []byte("1")}, {flags: 4}} {
		if err := items.set("damage.YX", stored); err != nil {
			t.Fatal(err)
		}
		if got, err := texts.Get(ctx, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("flags %d, %q: %q, %v", stored.flags, stored.data, got, err)
		}
	}
}

// Values that have no JSON in Python are refused. Values that encoding/json writes are changed to Python's form.
func TestEncodeJSON(t *testing.T) {
	type inner struct {
		Z float64
		A string `json:"a"`
	}
	for _, test := range []struct {
		value value
		want  string
	}{
		{inner{1.5, "<é>"}, `{"Z":1.5,"a":"<\u00e9>"}`},
		{map[string][]int{"b": {1}, "a": nil}, `{"a":null,"b":[1]}`},
		{uint64(math.MaxUint64), "18446744073709551615"},
		{userID("x"), `"x"`},
		{float32(0.5), "0.5"},
		{time.Unix(0, 0).UTC(), `"1970-01-01T00:00:00Z"`},
		{cachetoolsutils.Dict{{Key: math.Inf(1), Value: 1}, {Key: -1, Value: 2}, {Key: math.Inf(-1), Value: 3}}, `{"-Infinity":3,"-1":2,"Infinity":1}`},
		{cachetoolsutils.Dict{{Key: 3}, {Key: math.NaN()}, {Key: 1}}, `{"3":null,"NaN":null,"1":null}`},
	} {
		if got, err := cachetoolsutils.EncodeJSON(test.value); string(got) != test.want || err != nil {
			t.Errorf("%v: %s, %v", test.value, got, err)
		}
	}
	itself := []value{nil}
	itself[0] = itself
	for _, bad := range []value{[]byte{}, "\xff", func() {}, itself, cachetoolsutils.Dict{{Key: nil}, {Key: 1}}} {
		if got, err := cachetoolsutils.EncodeJSON(bad); err == nil {
			t.Errorf("%T: %s", bad, got)
		}
	}
}

func TestOptions(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	bad := &pyredis.Options{TTL: -1}
	if err := bad.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Validate: %v", err)
	}
	texts := cachetoolsutils.DictCache[string, string]()
	for _, cache := range []ctxcache.Cache[string, int]{
		pyredis.RedisCache[string, int](client, bad),
		pyredis.PrefixedRedisCache[string, int](client, "p.", &pyredis.Options{WholeDatabase: true}),
		pyredis.NestedRedisCache[string, int](texts, bad),
		pyredis.NestedPrefixedRedisCache[string, int](texts, "p.", bad),
	} {
		if _, err := cache.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Get: %v", err)
		}
	}
	hidden := cachetoolsutils.EncryptedCache(newOctets(), nil, nil)
	if _, err := hidden.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("without a secret: %v", err)
	}
}
