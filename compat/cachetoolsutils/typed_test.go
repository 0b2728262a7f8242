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

// Each class for Redis stores keys in the form of its class.
func TestKeysInRedis(t *testing.T) {
	client := redistest.Start(t).Client(t)
	prefixed := pyredis.PrefixedRedisCache[value, string](client, "p.", redisOptions)
	json := pyredis.RedisCache[value, string](client, whole)
	raw := pyredis.RawRedisCache[value, string](client, whole)
	for _, test := range []struct {
		stored string
		cache  ctxcache.Cache[value, string]
		key    value
	}{
		{"p.ada", prefixed, "ada"},
		{"p.ada", prefixed, userID("ada")},
		{"p.-7", prefixed, -7},
		{"p.7", prefixed, uint8(7)},
		{"p.1e+16", prefixed, 1e16},
		{`"ada"`, json, "ada"},
		{"1.0", json, 1.0},
		{"true", json, true},
		{"\x00\xff", raw, octet("\x00\xff")},
		{"7", raw, 7},
	} {
		client.FlushDB(t.Context())
		mustSet(t, test.cache, test.key, "value")
		if stored := client.Keys(t.Context(), "*").Val(); len(stored) != 1 || stored[0] != test.stored {
			t.Errorf("%T %v is stored under %q, want %q", test.key, test.key, stored, test.stored)
		}
	}
}

var whole = &pyredis.Options{
	WholeDatabase: true, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
}

// Keys that Python cannot have are refused before anything is sent.
func TestRefusedKeys(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	servers := serverList(t, memcachedtest.Shared(t).Addr)
	memcached := pymemcached.MemCached[string, string](servers, memcachedOptions)
	control := pymemcached.PrefixedMemCached[string, string](servers, "a\x01", memcachedOptions)
	defer memcached.Close()
	defer control.Close()
	prefixed := pyredis.PrefixedRedisCache[string, string](client, "refused.", redisOptions)
	objects := pyredis.RedisCache[value, string](client, redisOptions)
	_, structErr := cachetoolsutils.JSONKeys[User]{}.Text(User{})
	long := string(make([]byte, 201))
	for name, err := range map[string]error{
		"no UTF-8":                    prefixed.Set(t.Context(), "\xff", "value", 0),
		"a lone surrogate":            prefixed.Set(t.Context(), "\xed\xa0\x80", "value", 0),
		"a struct":                    structErr,
		"a struct in an interface":    objects.Set(t.Context(), User{}, "value", 0),
		"a slice in an interface":     objects.Set(t.Context(), []int{}, "value", 0),
		"empty in Memcached":          memcached.Set(t.Context(), "", "value", 0),
		"long in Memcached":           memcached.Set(t.Context(), long, "value", 0),
		"control character in prefix": control.Set(t.Context(), "k", "value", 0),
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
	prefixed := pyredis.PrefixedRedisCache[string, string](client, "damage.", redisOptions)
	for _, stored := range []string{"", "{", "1.5", "null", "1 2", "\xff"} {
		if err := client.Set(ctx, "damage.k", stored, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := prefixed.Get(ctx, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%q: %v, %v", stored, got, err)
		}
	}
	for _, stored := range []string{"", "{", `"text"`, "1.5", "null", "1 2", "\xff"} {
		if got, err := (cachetoolsutils.JSON[int]{}).Decode([]byte(stored)); err == nil {
			t.Errorf("%q is the int %d", stored, got)
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
	for _, cache := range []ctxcache.Cache[string, string]{
		pyredis.RedisCache[string, string](client, bad),
		pyredis.PrefixedRedisCache[string, string](client, "p.", &pyredis.Options{WholeDatabase: true}),
		pyredis.NestedRedisCache[string, string](texts, bad),
		pyredis.NestedPrefixedRedisCache[string, string](texts, "p.", bad),
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
