package rediscache_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// changesByOthers are changes that another client makes to the key "key" of a cache with the prefix "p:".
var changesByOthers = map[string]struct {
	has  bool // the key has a value before
	do   func(ctx context.Context, client *redis.Client) error
	want string // the stored keys in the events
}{
	"SET":       {false, cmd("SET", "p:key", "new"), "p:key"},
	"SET again": {true, cmd("SET", "p:key", "new"), "p:key"},
	"APPEND":    {true, cmd("APPEND", "p:key", "more"), "p:key"},
	"DEL":       {true, cmd("DEL", "p:key"), "p:key"},
	"UNLINK":    {true, cmd("UNLINK", "p:key"), "p:key"},
	"GETDEL":    {true, cmd("GETDEL", "p:key"), "p:key"},
	"MSET":      {false, cmd("MSET", "p:key", "new", "p:other", "new", "q:key", "new"), "p:key p:other"},
	"RENAME to": {false, func(ctx context.Context, client *redis.Client) error {
		return errors.Join(client.Set(ctx, "from", "new", 0).Err(), client.Rename(ctx, "from", "p:key").Err())
	}, "p:key"},
	"RENAME from": {true, cmd("RENAME", "p:key", "to"), "p:key"},
	"COPY": {false, func(ctx context.Context, client *redis.Client) error {
		return errors.Join(client.Set(ctx, "from", "new", 0).Err(), client.Copy(ctx, "from", "p:key", 0, true).Err())
	}, "p:key"},
	"MOVE":               {true, cmd("MOVE", "p:key", "1"), "p:key"},
	"EXPIRE":             {true, cmd("EXPIRE", "p:key", "1000"), "p:key"},
	"EXPIRE in the past": {true, cmd("PEXPIREAT", "p:key", "1"), "p:key"},
	"PERSIST":            {true, cmd("PERSIST", "p:key"), "p:key"},
	"HSET":               {false, cmd("HSET", "p:key", "field", "value"), "p:key"},
	"a script":           {false, cmd("EVAL", "return redis.call('SET', KEYS[1], 'new')", "1", "p:key"), "p:key"},
	"a transaction": {true, func(ctx context.Context, client *redis.Client) error {
		_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "p:key", "new", 0)
			p.Del(ctx, "p:other")
			return nil
		})
		return err
	}, "p:key"},
	"FLUSHDB":        {true, cmd("FLUSHDB"), "*"},
	"FLUSHALL":       {true, cmd("FLUSHALL"), "*"},
	"FLUSHALL ASYNC": {true, cmd("FLUSHALL", "ASYNC"), "*"},
	"an expiry that the server notices": {true, func(ctx context.Context, client *redis.Client) error {
		if err := client.PExpire(ctx, "p:key", time.Millisecond).Err(); err != nil {
			return err
		}
		for {
			if n, err := client.Exists(ctx, "p:key").Result(); n == 0 || err != nil {
				return err
			}
		}
	}, "p:key"},
	"another prefix":  {false, cmd("SET", "q:key", "new"), ""},
	"a read":          {true, cmd("GET", "p:key"), ""},
	"a key of bytes":  {false, cmd("SET", "p:\x00\r\n\xff*1\r\n", "new"), "p:\x00\r\n\xff*1\r\n"},
	"only the prefix": {false, cmd("SET", "p:", "new"), "p:"},
}

func cmd(args ...any) func(context.Context, *redis.Client) error {
	return func(ctx context.Context, client *redis.Client) error { return client.Do(ctx, args...).Err() }
}

func TestWatchReportsChangesOfAnyClient(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	for _, plain := range []bool{false, true} {
		cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", Plain: plain})
		f := follow(t, cache)
		for name, c := range changesByOthers {
			t.Run(name+", plain "+strconv.FormatBool(plain), func(t *testing.T) {
				must(t, client.FlushAll(t.Context()).Err())
				if c.has {
					must(t, client.Set(t.Context(), "p:key", "old", hour).Err())
				}
				f.heard(client, "p:last")
				must(t, c.do(t.Context(), client))
				if got := keysOf(f.heard(client, "p:last")); got != c.want {
					t.Errorf("events about %q, want %q", got, c.want)
				}
			})
		}
	}
}

func TestWatchReportsOtherDatabases(t *testing.T) {
	server := redistest.Start(t)
	options := server.Options()
	options.DB = 3
	client := redis.NewClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	f := follow(t, newCache(t, client, &rediscache.Options{Prefix: "p:"}))
	must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
	must(t, server.Client(t).Set(t.Context(), "p:other", "new", 0).Err()) // of database 0, which does no harm
	if got := keysOf(f.heard(client, "p:last")); got != "p:key p:other" {
		t.Errorf("events about %q", got)
	}
}

func TestWatchReportsAnEviction(t *testing.T) {
	server := redistest.Start(t, "--maxmemory", "4mb", "--maxmemory-policy", "allkeys-random")
	client := server.Client(t)
	f := follow(t, newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"}))
	must(t, client.Set(t.Context(), "p:key", "value", 0).Err())
	if e := f.next(); e.Key != "p:key" {
		t.Fatalf("%+v", e)
	}
	big := make([]byte, 100<<10)
	for i := 0; ; i++ {
		must(t, client.Set(t.Context(), "q:"+strconv.Itoa(i), big, 0).Err())
		n, err := client.Exists(t.Context(), "p:key").Result()
		must(t, err)
		if n == 0 {
			break
		}
	}
	if e := f.next(); e.Key != "p:key" {
		t.Errorf("%+v, want the key that was evicted", e)
	}
}

// Every key has an event, even if so many change at once that the server reports them together.
func TestWatchReportsManyChanges(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	f := follow(t, newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"}))
	const n = 5000
	pairs := make([]any, 0, 2*n)
	want := make(map[any]bool)
	for i := range n {
		key := "p:" + strconv.Itoa(i)
		pairs, want[key] = append(pairs, key, "value"), true
	}
	must(t, client.MSet(t.Context(), pairs...).Err())
	for _, e := range f.heard(client, "p:last") {
		delete(want, e.Key)
	}
	if len(want) != 0 {
		t.Errorf("%d of %d keys had no event", len(want), n)
	}
}

// A read after the event finds the new value.
func TestWatchReportsAfterTheChange(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	f := follow(t, cache)
	other := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:"})
	for i := range 200 {
		value := strconv.Itoa(i)
		set := make(chan error, 1)
		go func() { set <- other.Set(t.Context(), "key", []byte(value), hour) }()
		f.next()
		if got, err := cache.Get(t.Context(), "key"); string(got) != value || err != nil {
			t.Errorf("after the event of write %s: %s, %v", value, got, err)
		}
		must(t, <-set)
	}
}

func TestStoredKeyIsTheNameInRedis(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	for _, prefix := range []string{"", "p:", "\xff\x00"} {
		cache := rediscache.New(client, &rediscache.Options{Prefix: prefix})
		for _, key := range []string{"", "key", "\r\n\x00\xff"} {
			if got := ctxcache.StoredKey(cache, key); got != prefix+key {
				t.Errorf("prefix %q, key %q: %q", prefix, key, got)
			}
		}
		must(t, cache.Close())
	}
}

func TestWatchIsUnsupported(t *testing.T) {
	for name, client := range map[string]redis.UniversalClient{
		"a Cluster of the user's": redis.NewClusterClient(&redis.ClusterOptions{
			ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) { return nil, nil },
		}),
		"a Cluster, RESP2": redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, Protocol: 2}),
		"a Ring":           redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": "127.0.0.1:1"}, HeartbeatFrequency: hour}),
		"Sentinel, RESP2": redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: "master", SentinelAddrs: []string{"127.0.0.1:1"}, Protocol: 2,
		}),
		"Sentinel, with replicas": redis.NewFailoverClusterClient(&redis.FailoverOptions{
			MasterName: "master", SentinelAddrs: []string{"127.0.0.1:1"},
		}),
		"RESP2": redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", Protocol: 2}),
	} {
		cache := rediscache.New(client, nil)
		err := cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
		if err != errors.ErrUnsupported || cache.Supports().Has(ctxcache.CapWatch) {
			t.Errorf("%s: %v, and the cache supports %v", name, err, cache.Supports())
		}
		must(t, cache.Close())
		must(t, client.Close())
	}
}
