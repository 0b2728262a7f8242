package rediscache_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// slowNetwork is a server behind a proxy that delivers the first copy of a command late.
type slowNetwork struct {
	proxy  *redistest.Proxy
	behind *redis.Client     // the client of cache
	cache  *rediscache.Cache // through the proxy; its client soon sends a command again
	other  *rediscache.Cache // of another process, with the same keys
	client *redis.Client
	prefix string
}

func newSlowNetwork(t *testing.T, options rediscache.Options) *slowNetwork {
	t.Helper()
	server := redistest.Shared(t)
	n := &slowNetwork{proxy: redistest.StartProxy(t, server.Addr), client: server.Client(t), prefix: nextPrefix()}
	dial := server.Options()
	dial.Addr = n.proxy.Addr
	dial.ReadTimeout = 300 * time.Millisecond
	dial.WriteTimeout = 2 * time.Second // so the second delete comes after the late copy on a busy machine, too
	client := redis.NewClient(dial)
	t.Cleanup(func() { must(t, client.Close()) })
	n.behind = client
	// Both pools have a connection: a greeting that takes too long on a busy machine is not tried again.
	must(t, client.Ping(t.Context()).Err())
	must(t, second(client.Pipelined(t.Context(), func(p redis.Pipeliner) error { return p.Ping(t.Context()).Err() })))
	options.Prefix = n.prefix
	n.cache, n.other = newCache(t, client, &options), newCache(t, n.client, &options)
	// Now the server knows all scripts.
	ctx := t.Context()
	for _, kind := range leaseKinds {
		for _, end := range []func(l lease) error{
			func(l lease) error { return n.other.Release(ctx, "warm", l) },
			func(l lease) error { return n.other.Drop(ctx, "warm", l) },
			func(l lease) error { return n.other.Fill(ctx, "warm", l, negative(hour)) },
		} {
			must(t, n.other.Delete(ctx, "warm"))
			must(t, end(kind.take(t, n.other, "warm")))
		}
	}
	must(t, n.other.SetEntry(ctx, "warm", negative(hour)))
	must(t, second(n.other.Remove(ctx, "warm")))
	return n
}

// empty fails the test if there is something under key.
func (n *slowNetwork) empty(t *testing.T, key string) {
	t.Helper()
	if got, err := n.other.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Errorf("Get of %s: %q, %v, want a miss", key, got, err)
	}
}

// A repeated grant must not come back to life: the late first copy of it makes a marker with the same token.
func TestLateCopyOfAGrantRevivesNoLease(t *testing.T) {
	for name, take := range map[string]func(ctx context.Context, c *rediscache.Cache) (lease, error){
		"GetLease": func(ctx context.Context, c *rediscache.Cache) (lease, error) {
			_, l, err := c.GetLease(ctx, "key", 0)
			return l, err
		},
		"GetLeases": func(ctx context.Context, c *rediscache.Cache) (lease, error) {
			_, leases, err := c.GetLeases(ctx, []string{"key", "more"}, 0)
			return leases["key"], err
		},
	} {
		for _, deleted := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				n := newSlowNetwork(t, rediscache.Options{})
				ctx := t.Context()
				held := n.proxy.Hold("evalsha")
				l, err := take(ctx, n.cache)
				if !l.Granted() || err != nil && err != ctxcache.ErrMiss {
					t.Fatalf("the repeated grant: %v, %v", l, err)
				}
				if deleted {
					must(t, n.cache.Delete(ctx, "key")) // the source has changed
				}
				held.Deliver()
				err = n.cache.Fill(ctx, "key", l, entry{Value: []byte("old")})
				if !deleted {
					must(t, err)
					return
				}
				if err != ctxcache.ErrLeaseLost {
					t.Errorf("Fill: %v", err)
				}
				n.empty(t, "key")
				if err := n.cache.Release(ctx, "key", l); err != ctxcache.ErrLeaseLost {
					t.Errorf("Release: %v", err)
				}
				if exists, err := n.client.Exists(ctx, n.prefix+"key").Result(); exists != 0 || err != nil {
					t.Errorf("Release leaves the marker that came late: %d, %v", exists, err)
				}
			})
		}
	}
}

func TestLateCopyOfAFillStoresNothing(t *testing.T) {
	for _, kind := range leaseKinds {
		for name, fill := range map[string]func(ctx context.Context, c *rediscache.Cache, l lease) error{
			"Fill": func(ctx context.Context, c *rediscache.Cache, l lease) error {
				return c.Fill(ctx, "key", l, entry{Value: []byte("OLD")})
			},
			"Fill with a negative entry": func(ctx context.Context, c *rediscache.Cache, l lease) error {
				return c.Fill(ctx, "key", l, negative(hour))
			},
			"FillMany": func(ctx context.Context, c *rediscache.Cache, l lease) error {
				return c.FillMany(ctx, map[string]entry{"key": {Value: []byte("OLD")}}, map[string]lease{"key": l})
			},
		} {
			t.Run(kind.name+"/"+name, func(t *testing.T) {
				n := newSlowNetwork(t, rediscache.Options{})
				ctx := t.Context()
				l := kind.take(t, n.cache, "key")
				held := n.proxy.Hold("evalsha")
				must(t, fill(ctx, n.cache, l))
				must(t, n.cache.Delete(ctx, "key"))
				held.Deliver()
				n.empty(t, "key")
				if exists, err := n.client.Exists(ctx, n.prefix+"key").Result(); exists != 0 || err != nil {
					t.Errorf("the key exists: %d, %v", exists, err)
				}
			})
		}
	}
}

// The late copy of a call that ends or renews a lease must leave the lease of a newer holder alone.
func TestLateCopyLeavesANewerLeaseAlone(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, c *rediscache.Cache, l lease) error{
		"Release": func(ctx context.Context, c *rediscache.Cache, l lease) error { return c.Release(ctx, "key", l) },
		"ReleaseMany": func(ctx context.Context, c *rediscache.Cache, l lease) error {
			return c.ReleaseMany(ctx, map[string]lease{"key": l})
		},
		"Drop":    func(ctx context.Context, c *rediscache.Cache, l lease) error { return c.Drop(ctx, "key", l) },
		"renewal": nil,
	} {
		t.Run(name, func(t *testing.T) {
			options := rediscache.Options{LeaseTTL: hour}
			if end == nil {
				options.LeaseTTL = 600 * time.Millisecond
			}
			n := newSlowNetwork(t, options)
			patient := newCache(t, n.client, &rediscache.Options{Prefix: n.prefix, LeaseTTL: hour})
			ctx := t.Context()
			l := absentLease(t, ctx, n.cache, "key")
			held := n.proxy.Hold("evalsha")
			if end == nil {
				<-held.Arrived()
				must(t, patient.Delete(ctx, "key"))
			} else {
				must(t, end(ctx, n.cache, l))
			}
			newer := absentLease(t, ctx, patient, "key")
			before := deadline(t, n.client, n.prefix+"key")
			held.Deliver()
			if after := deadline(t, n.client, n.prefix+"key"); after != before {
				t.Errorf("the deadline of the newer lease was %d, and is %d", before, after)
			}
			if err := n.cache.Fill(ctx, "key", l, entry{Value: []byte("old")}); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill of the older lease: %v", err)
			}
			must(t, patient.Fill(ctx, "key", newer, entry{Value: []byte("new")}))
		})
	}
}

// A write that no lease fences is sent once, and what arrives late is taken away again.
func TestLateCopyOfAWriteIsTakenAway(t *testing.T) {
	old := entry{Value: []byte("OLD")}
	for name, c := range map[string]struct {
		words string
		write func(ctx context.Context, c *rediscache.Cache) error
	}{
		"Set":      {"OLD", func(ctx context.Context, c *rediscache.Cache) error { return c.Set(ctx, "key", old.Value, hour) }},
		"SetEntry": {"OLD", func(ctx context.Context, c *rediscache.Cache) error { return c.SetEntry(ctx, "key", old) }},
		"SetEntry of a negative one": {"evalsha", func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntry(ctx, "key", negative(hour))
		}},
		"SetEntries": {"OLD", func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntries(ctx, map[string]entry{"key": old, "other": old})
		}},
		"SetEntries with negative ones": {"evalsha", func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntries(ctx, map[string]entry{"key": negative(hour), "other": negative(hour)})
		}},
	} {
		for then, later := range map[string]func(ctx context.Context, c *rediscache.Cache) error{
			"Delete": func(ctx context.Context, c *rediscache.Cache) error { return c.Delete(ctx, "key") },
			"Set": func(ctx context.Context, c *rediscache.Cache) error {
				return c.Set(ctx, "key", []byte("NEWER"), hour)
			},
		} {
			for limited, limit := range map[string]time.Duration{"": ctxcache.NoExpiry, "/limited": 20 * time.Millisecond} {
				t.Run(name+"/"+then+limited, func(t *testing.T) {
					t.Parallel()
					n := newSlowNetwork(t, rediscache.Options{})
					cache, client := n.cache, n.behind
					if limit != ctxcache.NoExpiry {
						client = clientOf(t, n)
						cache = newCache(t, client, &rediscache.Options{Prefix: n.prefix, WriteTimeout: limit})
					}
					ctx := t.Context()
					deleted := &finished{}
					client.AddHook(deleted)
					held := n.proxy.Hold(c.words)
					err := c.write(ctx, cache)
					if err == nil {
						t.Fatal("a write with an unknown outcome has no error")
					}
					if many, some := errors.AsType[*ctxcache.ManyError[string]](err); some && len(many.Failed) != 2 {
						t.Errorf("%v is not about both keys", err)
					}
					await(t, "the key was deleted at once", func() bool { return slices.Contains(deleted.take(), "unlink") })
					must(t, later(ctx, n.other))
					held.Deliver()
					await(t, "the old value was taken away", func() bool {
						got, err := n.other.Get(ctx, "key")
						return err == ctxcache.ErrMiss || err == nil && string(got) == "NEWER"
					})
				})
			}
		}
	}
}

// finished is a go-redis hook that records pipelines when they have been answered.
type finished struct{ recorder }

func (f *finished) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (f *finished) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if err == nil {
			f.add(cmds...)
		}
		return err
	}
}

// clientOf returns another client that goes through the proxy, and waits for answers longer than any test.
func clientOf(t *testing.T, n *slowNetwork) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: n.proxy.Addr, ReadTimeout: 2 * redistest.Patience})
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

func TestLateCopyOfADeleteOnlyCostsAMiss(t *testing.T) {
	for name, c := range map[string]struct {
		words  string
		remove func(ctx context.Context, c *rediscache.Cache) error
	}{
		"Delete":     {"unlink", func(ctx context.Context, c *rediscache.Cache) error { return c.Delete(ctx, "key") }},
		"DeleteMany": {"unlink", func(ctx context.Context, c *rediscache.Cache) error { return c.DeleteMany(ctx, []string{"key", "b"}) }},
		"Remove":     {"evalsha", func(ctx context.Context, c *rediscache.Cache) error { return second(c.Remove(ctx, "key")) }},
		"Clear":      {"unlink", func(ctx context.Context, c *rediscache.Cache) error { return c.Clear(ctx, scope{Prefix: "k"}) }},
	} {
		t.Run(name, func(t *testing.T) {
			n := newSlowNetwork(t, rediscache.Options{})
			ctx := t.Context()
			must(t, n.other.Set(ctx, "key", []byte("old"), hour))
			held := n.proxy.Hold(c.words)
			must(t, c.remove(ctx, n.cache))
			l := absentLease(t, ctx, n.other, "key")
			held.Deliver()
			if err := n.other.Fill(ctx, "key", l, entry{Value: []byte("new")}); err != nil && err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill: %v", err)
			}
			if got, err := n.other.Get(ctx, "key"); err != ctxcache.ErrMiss && string(got) != "new" {
				t.Errorf("Get: %q, %v", got, err)
			}
		})
	}
}
