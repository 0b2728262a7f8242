package rediscache_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
	sealing "github.com/ctxcache/cached/layers/encrypted"
)

// stacks are the layers whose keys must be found again from the names in Redis.
var stacks = map[string]stack{
	"bare":     bare,
	"Prefixed": func(_ testing.TB, inner bytesCache) bytesCache { return layers.Prefixed(inner, "sub:") },
	"Keyed":    func(_ testing.TB, inner bytesCache) bytesCache { return layers.Keyed(inner, reversed, nil) },
	"Encoded": func(_ testing.TB, inner bytesCache) bytesCache {
		return layers.Encoded(inner, layers.JSON[[]byte]{}, nil)
	},
	"Base85": func(_ testing.TB, inner bytesCache) bytesCache {
		return layers.Base85(layers.Encoded(inner, layers.Codec[string](textCodec{}), nil))
	},
	"encrypted": secretly,
	"all": func(t testing.TB, inner bytesCache) bytesCache {
		return layers.Encoded(layers.Keyed(layers.Prefixed(secretly(t, layers.Prefixed(inner, "sub:")), "more:"), reversed, nil),
			layers.JSON[[]byte]{}, nil)
	},
}

// textCodec stores a text as it is.
type textCodec struct{}

func (textCodec) Encode(text string) ([]byte, error)   { return []byte(text), nil }
func (textCodec) Decode(stored []byte) (string, error) { return string(stored), nil }

func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}

func secretly(t testing.TB, inner bytesCache) bytesCache {
	t.Helper()
	secret, err := sealing.NewSecret([]byte("0123456789abcdef0123456789abcdef"))
	must(t, err)
	return sealing.New(inner, secret, &sealing.Options{Namespace: "test"})
}

// A change by another process drops the near copy of its key, and of no other key, whatever the layers do to the keys.
func TestCoherentDropsExactlyTheChangedKey(t *testing.T) {
	for name, layers := range stacks {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			options := &rediscache.Options{Prefix: "p:"}
			one := newNode(t, server.Client(t), options, layers)
			two := newNode(t, server.Client(t), options, layers)
			ctx := t.Context()
			keys := []string{"", "a", "b", "ab", "\x00\r\n\xff"}
			for _, key := range keys {
				must(t, two.Set(ctx, key, []byte("old "+key), hour))
			}
			for i, changed := range keys {
				one.settle(t)
				for _, key := range keys {
					if one.hits(t, key); !one.hits(t, key) {
						t.Fatalf("near has no copy of %q", key)
					}
				}
				want := "new " + changed
				if i%2 == 0 {
					must(t, two.Set(ctx, changed, []byte(want), hour))
				} else {
					must(t, two.Delete(ctx, changed))
				}
				one.settle(t)
				for _, key := range keys {
					if hit := one.hits(t, key); hit != (key != changed) {
						t.Errorf("after a change of %q, near has a copy of %q: %v", changed, key, hit)
					}
				}
				if i%2 == 0 {
					one.wants(t, changed, want)
				} else if _, err := one.Get(ctx, changed); err != ctxcache.ErrMiss {
					t.Errorf("after a Delete of %q: %v", changed, err)
				}
				must(t, two.Set(ctx, changed, []byte("old "+changed), hour))
			}
		})
	}
}

// Whatever another client does to a key, near does not return what was there before.
func TestCoherentFollowsChangesOfAnyClient(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	for _, plain := range []bool{false, true} {
		n := newNode(t, server.Client(t), &rediscache.Options{Prefix: "p:", Plain: plain}, bare)
		for name, c := range changesByOthers {
			if c.want == "" {
				continue
			}
			t.Run(name+", plain "+strconv.FormatBool(plain), func(t *testing.T) {
				must(t, client.Do(t.Context(), "DEL", "p:key").Err())
				n.settle(t)
				if c.has {
					must(t, client.Set(t.Context(), "p:key", "old", hour).Err())
				}
				n.settle(t)
				if n.hits(t, "key"); c.has && !n.hits(t, "key") {
					t.Fatal("near has no copy")
				}
				must(t, c.do(t.Context(), client))
				if c.want == "*" {
					await(t, "the flush was followed", func() bool { return !n.hits(t, n.clock()) })
					must(t, n.far.Set(t.Context(), n.clock(), nil, hour))
				}
				n.settle(t)
				stored, err := client.Get(t.Context(), "p:key").Result()
				got, nearErr := n.Get(t.Context(), "key")
				switch {
				case redis.HasErrorPrefix(err, "WRONGTYPE"):
					if nearErr == nil {
						t.Errorf("Get: %q", got)
					}
				case err == redis.Nil:
					if nearErr != ctxcache.ErrMiss {
						t.Errorf("Get: %q, %v", got, nearErr)
					}
				case string(got) != stored || nearErr != nil:
					t.Errorf("Get: %q, %v, want %q", got, nearErr, stored)
				}
			})
		}
	}
}

// A load writes the marker of its lease and its result. Both are changes that the process itself hears of. At latest the
// next read brings the near copy back, and then it stays.
func TestCoherentKeepsWhatItHasLoaded(t *testing.T) {
	server := redistest.Start(t)
	options := &rediscache.Options{Prefix: "p:"}
	one := newNode(t, server.Client(t), options, bare)
	two := newNode(t, server.Client(t), options, bare)
	var loads atomic.Int64
	load := func(_ context.Context, key string) ([]byte, error) {
		loads.Add(1)
		if key == "nothing" {
			return nil, ctxcache.ErrNotFound
		}
		return []byte("value of " + key), nil
	}
	loading := &cached.Options{TTL: hour, NotFoundTTL: hour}
	f, g := cached.Func(one.bytesCache, load, loading), cached.Func(two.bytesCache, load, loading)
	for _, key := range []string{"a", "b", "c", "nothing"} {
		loads.Store(0)
		for _, get := range []func(context.Context, string) ([]byte, error){f.Get, g.Get, f.Get, g.Get} {
			if value, err := get(t.Context(), key); string(value) != "value of "+key && err != ctxcache.ErrNotFound {
				t.Errorf("%s: %q, %v", key, value, err)
			}
		}
		one.settle(t)
		two.settle(t)
		for _, get := range []func(context.Context, string) ([]byte, error){f.Get, g.Get} {
			_, _ = get(t.Context(), key) // brings the copy back, if the load's own changes have taken it
		}
		before := one.farReads() + two.farReads()
		for range 100 {
			for _, get := range []func(context.Context, string) ([]byte, error){f.Get, g.Get} {
				if value, err := get(t.Context(), key); string(value) != "value of "+key && err != ctxcache.ErrNotFound {
					t.Errorf("%s: %q, %v", key, value, err)
				}
			}
		}
		if n := one.farReads() + two.farReads() - before; n != 0 {
			t.Errorf("%s: %d of 200 reads went to Redis", key, n)
		}
		if n := loads.Load(); n != 1 {
			t.Errorf("%s: %d loads", key, n)
		}
	}
	must(t, f.Close(t.Context()))
	must(t, g.Close(t.Context()))
}

// A process reads its own writes at once, whatever its own changes do to near.
func TestCoherentReadsItsOwnWrites(t *testing.T) {
	server := redistest.Start(t)
	n := newNode(t, server.Client(t), &rediscache.Options{Prefix: "p:"}, bare)
	for i := range 1000 {
		value := strconv.Itoa(i)
		must(t, n.Set(t.Context(), "key", []byte(value), hour))
		n.wants(t, "key", value)
	}
}

// Nodes that have followed all changes have what Redis has.
func TestCoherentNodesAgreeInTheEnd(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	var all []*node
	for range 3 {
		all = append(all, newNode(t, server.Client(t), &rediscache.Options{Prefix: "p:"}, bare))
	}
	keys := []string{"a", "b", "c", "d"}
	for round := range 20 {
		var running sync.WaitGroup
		for i, n := range append(slices.Clone(all), all...) { // two callers for each node
			running.Go(func() {
				random := rand.New(rand.NewPCG(uint64(round), uint64(i)))
				for j := range 50 {
					key := keys[random.IntN(len(keys))]
					value := strconv.Itoa(i) + "/" + strconv.Itoa(j)
					var err error
					switch random.IntN(6) {
					case 0:
						err = n.Set(t.Context(), key, []byte(value), hour)
					case 1:
						err = client.Set(t.Context(), "p:"+key, value, hour).Err()
					case 2:
						err = n.Delete(t.Context(), key)
					default:
						_, err = n.Get(t.Context(), key)
					}
					if err != nil && err != ctxcache.ErrMiss {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		for _, n := range all {
			n.settle(t)
			for _, key := range keys {
				want, missing := client.Get(t.Context(), "p:"+key).Result()
				got, err := n.Get(t.Context(), key)
				if (missing == redis.Nil) != (err == ctxcache.ErrMiss) || string(got) != want {
					t.Errorf("round %d: %s has %q, %v; Redis has %q, %v", round, n.name, got, err, want, missing)
				}
			}
		}
	}
}
