package cachetoolsutils_test

import (
	"context"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pymemcached"
	"github.com/ctxcache/cached/compat/cachetoolsutils/pyredis"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// noneIsNegative checks a cache whose store has None for the key "none". It checks that None is read as a negative entry,
// and that a negative entry is stored as None.
func noneIsNegative(t *testing.T, c ctxcache.Cache[string, string], store func(key string) string) {
	t.Helper()
	ctx := t.Context()
	if _, err := c.Get(ctx, "none"); err != ctxcache.ErrNotFound {
		t.Errorf("Get of None: %v, want ErrNotFound", err)
	}
	if e, err := ctxcache.GetEntry(ctx, c, "none"); err != ctxcache.ErrNotFound || !e.Absent {
		t.Errorf("GetEntry of None: %+v, %v, want a negative entry", e, err)
	}
	if has, err := ctxcache.Contains(ctx, c, "none"); has || err != nil {
		t.Errorf("Contains of None: %v, %v, want false", has, err)
	}
	if !ctxcache.Supports(c).Has(ctxcache.CapNegative) {
		t.Error("it does not support negative entries")
	}
	absent := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	if err := ctxcache.SetEntry(ctx, c, "absent", absent); err != nil {
		t.Errorf("SetEntry of a negative entry: %v", err)
	}
	if got := store("absent"); got != "null" {
		t.Errorf("a negative entry is stored as %q, want null", got)
	}
	asked := 0
	users := cached.Func(c, func(context.Context, string) (string, error) {
		asked++
		return "", ctxcache.ErrNotFound
	}, &cached.Options{TTL: time.Minute, NotFoundTTL: time.Minute})
	for range 2 {
		if _, err := users.Get(ctx, "nobody"); err != ctxcache.ErrNotFound {
			t.Errorf("a function: %v, want ErrNotFound", err)
		}
	}
	if asked != 1 {
		t.Errorf("the source was asked %d times, want once", asked)
	}
}

func TestNoneIsNotFoundInRedis(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	opts := *redisOptions
	opts.NoneIsNotFound = true
	if err := client.Set(t.Context(), "none.none", "null", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	c := pyredis.PrefixedRedisCache[string, string](client, "none.", &opts)
	noneIsNegative(t, c, func(key string) string { return client.Get(t.Context(), "none."+key).Val() })
	raw := pyredis.RawRedisCache[string, string](client, &opts)
	if _, err := raw.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("RawRedisCache: %v, want ErrOptions", err)
	}
}

func TestNoneIsNotFoundInMemcached(t *testing.T) {
	addr := memcachedtest.Shared(t).Addr
	items := dialItems(t, addr)
	opts := *memcachedOptions
	opts.NoneIsNotFound = true
	c := pymemcached.PrefixedMemCached[string, string](serverList(t, addr), "none.", &opts)
	defer c.Close()
	if err := items.set("none."+base85Of(t, "none"), item{flags: 3, data: []byte("null")}); err != nil {
		t.Fatal(err)
	}
	noneIsNegative(t, c, func(key string) string {
		got, err := items.get("none." + base85Of(t, key))
		if err != nil || got.flags != 3 {
			t.Errorf("the item of %s: %+v, %v", key, got, err)
		}
		return string(got.data)
	})
}

// base85Of returns the key under which MemCached stores key.
func base85Of(t *testing.T, key string) string {
	t.Helper()
	store := newStore[string]()
	mustSet(t, cachetoolsutils.BytesCache(store), octet(key), nil)
	return storedKeys(t, store)[0]
}

func TestNoneIsNotFoundOverAnyStore(t *testing.T) {
	store := newOctets()
	mustSet(t, store, `"none"`, []byte(" null\n"))
	users := cachetoolsutils.ToBytesCache[string, string](cachetoolsutils.NoneIsNotFound(store))
	noneIsNegative(t, users, func(key string) string {
		data, err := store.Get(t.Context(), octet(`"`+key+`"`))
		if err != nil {
			t.Error(err)
		}
		return string(data)
	})
	hidden := cachetoolsutils.EncryptedCache(newOctets(), someSecret, nil)
	mustSet(t, hidden, `"none"`, []byte("null"))
	noneIsNegative(t, cachetoolsutils.ToBytesCache[string, string](cachetoolsutils.NoneIsNotFound(hidden)), func(key string) string {
		data, err := hidden.Get(t.Context(), octet(`"`+key+`"`))
		if err != nil {
			t.Error(err)
		}
		return string(data)
	})
	objects := cachetoolsutils.ToBytesCache[string, value](cachetoolsutils.NoneIsNotFound(store))
	for _, way := range layertest.SetWays[value]() {
		for _, none := range []value{nil, (*big.Int)(nil)} {
			err := ctxcache.KeyError(way.Write(t.Context(), objects, "k", ctxcache.NewEntry(none, time.Hour)), "k")
			if !errors.Is(err, ctxcache.ErrValue) {
				t.Errorf("%s of a nil %T: %v, want ErrValue", way.Name, none, err)
			}
		}
	}
	if data, err := (cachetoolsutils.JSON[*User]{}).Encode(nil); string(data) != "null" || err != nil {
		t.Errorf("a nil pointer is %q, %v, want null, which stands for None", data, err)
	}
	if user, err := (cachetoolsutils.JSON[User]{}).Decode([]byte(" null\n")); err == nil {
		t.Errorf("None is the struct %v, want an error", user)
	}
	without := cachetoolsutils.ToBytesCache[string, string](store)
	if _, err := without.Get(t.Context(), "none"); !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Errorf("without the option: %v, want ErrCorrupt", err)
	}
	values := cachetoolsutils.ToBytesCache[string, value](store)
	if got, err := values.Get(t.Context(), "none"); got != nil || err != nil {
		t.Errorf("None as an object: %v, %v, want nil", got, err)
	}
}
