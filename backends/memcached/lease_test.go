package memcached_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// foreign is something that a client which does not know leases does to a leased key.
type foreign struct {
	name string
	do   func(client *memcache.Client, stored string) error
}

var killers = []foreign{
	{"delete", func(client *memcache.Client, stored string) error { return client.Delete(stored) }},
	{"set", func(client *memcache.Client, stored string) error {
		return client.Set(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"replace", func(client *memcache.Client, stored string) error {
		return client.Replace(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"append", func(client *memcache.Client, stored string) error {
		return client.Append(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"cas", func(client *memcache.Client, stored string) error {
		item, err := client.Get(stored)
		if err != nil {
			return err
		}
		item.Value = []byte("theirs")
		item.Flags = 0
		return client.CompareAndSwap(item)
	}},
	{"delete and set the same again", func(client *memcache.Client, stored string) error {
		if err := client.Delete(stored); err != nil {
			return err
		}
		return client.Set(&memcache.Item{Key: stored, Value: []byte("old")})
	}},
	{"flush_all", func(client *memcache.Client, _ string) error { return client.FlushAll() }},
}

var bystanders = []foreign{
	{"get", func(client *memcache.Client, stored string) error { return second(client.Get(stored)) }},
	{"touch", func(client *memcache.Client, stored string) error { return client.Touch(stored, 100) }},
	{"add", func(client *memcache.Client, stored string) error {
		if err := client.Add(&memcache.Item{Key: stored, Value: []byte("theirs")}); err != memcache.ErrNotStored {
			return err
		}
		return nil
	}},
	{"set of another key", func(client *memcache.Client, stored string) error {
		return client.Set(&memcache.Item{Key: stored + "-other", Value: []byte("value")})
	}},
}

// leaseKinds are the two kinds of leases: on an absent key, and on a present one.
var leaseKinds = []struct {
	name string
	take func(t *testing.T, c *cacheOfBytes, key string) lease
}{
	{"Absent", func(t *testing.T, c *cacheOfBytes, key string) lease { return absentLease(t, t.Context(), c, key) }},
	{"Present", func(t *testing.T, c *cacheOfBytes, key string) lease {
		must(t, c.Set(t.Context(), key, []byte("old"), hour))
		return refreshLease(t, c, key)
	}},
}

// after returns what a spender leaves under the key of a lease that stood: a value, or "" for none.
func after(kind int, s remotetest.Spender) string {
	switch s.Op {
	case ctxcache.OpFill, ctxcache.OpFillMany:
		return "secret value"
	case ctxcache.OpDrop:
		return ""
	default:
		return []string{"", "old"}[kind]
	}
}

func TestForeignCommandsAndLeases(t *testing.T) {
	server := memcachedtest.Start(t)
	client := newClient(t, server)
	try := func(kind int, f foreign, s remotetest.Spender, want error) {
		t.Run(leaseKinds[kind].name+"/"+f.name+"/"+s.Name, func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, server, &memcached.Options{Prefix: prefix})
			l := leaseKinds[kind].take(t, cache, "key")
			must(t, f.do(client, prefix+"key"))
			theirs, theirErr := client.Get(prefix + "key")
			if err := s.Call(t.Context(), cache, "key", l); err != want {
				t.Errorf("%s: %v, want %v", s.Name, err, want)
			}
			if want != nil {
				ours, err := client.Get(prefix + "key")
				if err != theirErr || err == nil && (ours.CasID != theirs.CasID || !bytes.Equal(ours.Value, theirs.Value)) {
					t.Errorf("%s with a lost lease changed the item: it is %+v, %v, and was %+v, %v", s.Name, ours, err, theirs, theirErr)
				}
			} else {
				got, err := cache.Get(t.Context(), "key")
				if value := after(kind, s); string(got) != value || (err == ctxcache.ErrMiss) != (value == "") {
					t.Errorf("%s leaves %q, %v, want %q", s.Name, got, err, value)
				}
			}
			for _, again := range spenders {
				isLost(t, again.Name+" after "+s.Name, again.Call(t.Context(), cache, "key", l))
			}
		})
	}
	for kind := range leaseKinds {
		for _, s := range spenders {
			for _, f := range killers {
				try(kind, f, s, ctxcache.ErrLeaseLost)
			}
			for _, f := range bystanders {
				try(kind, f, s, nil)
			}
		}
	}
}

func TestEvictedMarkerIsALostLease(t *testing.T) {
	server := memcachedtest.Start(t, "-m", "2", "-o", "no_lru_crawler,no_lru_maintainer")
	cache, client := newCache(t, server, nil), newClient(t, server)
	l := absentLease(t, t.Context(), cache, "key")
	for i := 0; i%1000 != 0 || second(client.Get("key")) != memcache.ErrCacheMiss; i++ {
		must(t, client.Set(&memcache.Item{Key: strconv.Itoa(i), Value: make([]byte, 16)})) // as large as a marker
	}
	isLost(t, "Fill", fill(t, cache, "key", l, "value"))
}

func TestRenewalLeavesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: time.Second})
	client := newClient(t, server)
	l := absentLease(t, t.Context(), cache, "key")
	// The item expires. A renewal that touched the key, whatever is under it, would keep the item alive.
	must(t, client.Set(&memcache.Item{Key: prefix + "key", Value: []byte("theirs"), Expiration: 2}))
	await(t, "it expired", func() bool { return second(client.Get(prefix+"key")) == memcache.ErrCacheMiss })
	isLost(t, "Fill", fill(t, cache, "key", l, "ours"))
}

func TestNoCAS(t *testing.T) {
	server := memcachedtest.Start(t, "-C")
	cache := newCache(t, server, nil)
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	holds(t, cache, "key", "value")
	_, l, err := cache.GetLease(ctx, "key", ctxcache.NoExpiry)
	if fails(t, err, ctxcache.OpGetLease); l.Granted() {
		t.Error("a lease was granted although nothing can fence it")
	}
	fails(t, second(cache.Remove(ctx, "key")), ctxcache.OpRemove)
	for range 2 {
		_, l, err = cache.GetLease(ctx, "free", 0)
		if fails(t, err, ctxcache.OpGetLease); l.Granted() || !strings.Contains(err.Error(), "need CAS") {
			t.Errorf("GetLease of an absent key: %v, %v", l, err)
		}
		if second(newClient(t, server).Get("free")) != memcache.ErrCacheMiss {
			t.Error("the refused lease left its marker")
		}
	}
	_, leases, err := cache.GetLeases(ctx, []string{"free", "other"}, 0)
	for _, key := range []string{"free", "other"} {
		if fails(t, ctxcache.KeyError(err, key), ctxcache.OpGetLeases); leases[key].Granted() {
			t.Errorf("GetLeases granted a lease on %s", key)
		}
	}
}
