package cachetoolsutils_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
)

type (
	hiding  struct{ secret string }
	leaving struct {
		Temp string `json:"-"`
	}
	linked struct {
		Next *linked
		Name string
	}
	embedding struct{ linked }
)

// A type whose values lose a part is refused when the cache is made, with the field and a cure.
func TestTypesThatCannotBeStoredAreRefused(t *testing.T) {
	_ = hiding{secret: ""} // it exists to be refused
	for name, c := range map[string]struct {
		got  error
		says string
	}{
		"unexported":           {cachetoolsutils.JSON[hiding]{}.Validate(), "unexported field secret"},
		"unexported, deep":     {cachetoolsutils.JSON[map[string][]*hiding]{}.Validate(), "unexported field secret"},
		"left out by its tag":  {cachetoolsutils.JSON[leaving]{}.Validate(), `tag json:"-"`},
		"interface":            {cachetoolsutils.JSON[struct{ S fmt.Stringer }]{}.Validate(), "interface with methods"},
		"channel":              {cachetoolsutils.JSON[chan int]{}.Validate(), "no JSON"},
		"function in a struct": {cachetoolsutils.JSON[struct{ F func() }]{}.Validate(), "no JSON"},
		"complex":              {cachetoolsutils.JSON[complex128]{}.Validate(), "no JSON"},
		"name":                 {cachetoolsutils.JSON[map[float64]int]{}.Validate(), "name of a member"},
		"bytes":                {cachetoolsutils.JSON[[]byte]{}.Validate(), "bytes have no JSON"},
		"Bytes":                {cachetoolsutils.JSON[octet]{}.Validate(), "bytes have no JSON"},
		"Memcached":            {cachetoolsutils.JSONSerde[hiding]{}.Validate(), "unexported field secret"},
		"raw":                  {cachetoolsutils.Raw[User]{}.Validate(), "without a format"},
		"raw, unexported":      {cachetoolsutils.Raw[hiding]{}.Validate(), "without a format"},
		"raw bool":             {cachetoolsutils.Raw[bool]{}.Validate(), "without a format"},
	} {
		if !errors.Is(c.got, ctxcache.ErrOptions) || !strings.Contains(c.got.Error(), c.says) {
			t.Errorf("%s: %v, want ErrOptions that says %q", name, c.got, c.says)
		}
	}
	for name, err := range map[string]error{
		"user":               cachetoolsutils.JSON[User]{}.Validate(),
		"linked":             cachetoolsutils.JSON[linked]{}.Validate(),
		"embedding":          cachetoolsutils.JSON[embedding]{}.Validate(),
		"time":               cachetoolsutils.JSON[*time.Time]{}.Validate(),
		"interface":          cachetoolsutils.JSON[holder]{}.Validate(),
		"bytes in a struct":  cachetoolsutils.JSON[struct{ B []byte }]{}.Validate(),
		"bytes in Memcached": cachetoolsutils.JSONSerde[[]byte]{}.Validate(),
		"raw bytes":          cachetoolsutils.Raw[[]byte]{}.Validate(),
		"raw number":         cachetoolsutils.Raw[int]{}.Validate(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every class checks its type of values before it asks a server.
func TestEveryClassChecksItsType(t *testing.T) {
	client := unusedClient(t)
	for name, c := range map[string]ctxcache.Cache[string, []byte]{ // which have no JSON
		"RedisCache":         pyredis.RedisCache[string, []byte](client, nil),
		"PrefixedRedisCache": pyredis.PrefixedRedisCache[string, []byte](client, "p.", nil),
		"StatsRedisCache":    pyredis.StatsRedisCache[string, []byte](client, "p.", nil),
		"NestedRedisCache":   pyredis.NestedRedisCache[string, []byte](newStore[string](), nil),
		"ToBytesCache":       cachetoolsutils.ToBytesCache[string, []byte](newOctets()),
	} {
		refusesType(t, name, c, "k")
	}
	memcached := pymemcached.MemCached[string, *hiding](serverList(t, "127.0.0.1:1"), nil)
	defer memcached.Close()
	refusesType[string, *hiding](t, "MemCached", memcached, "k")
	objects := cachetoolsutils.DictCache[cachetoolsutils.Key, value]()
	refusesType(t, "Typed", cachetoolsutils.Typed[string, *hiding](objects), "k")
	refusesType(t, "RawRedisCache", pyredis.RawRedisCache[string, User](client, nil), "k")
	users := pyredis.PrefixedRedisCache[string, User](client, "p.", nil)
	refusesType(t, "Objects", cachetoolsutils.Objects(users), keyOf(t, "k"))
}

func refusesType[K comparable, V any](t *testing.T, class string, c ctxcache.Cache[K, V], key K) {
	t.Helper()
	var none V
	if err := c.Set(t.Context(), key, none, time.Hour); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("%s: Set: %v, want ErrOptions", class, err)
	}
	if _, err := c.Get(t.Context(), key); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("%s: Get: %v, want ErrOptions", class, err)
	}
}

// The guide describes how memory.MRU differs from MRUCache of cachetools, which has 2 and 3 here.
func TestMRUCountsWrites(t *testing.T) {
	c := memory.New(&memory.Options[string, string]{MaxEntries: 2, Policy: memory.MRU})
	for _, key := range []string{"1", "2", "3"} {
		mustSet(t, c, key, "value")
	}
	wantKeys[string, string](t, c, "1", "3")
}
