package rediscache_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// deadline returns the deadline of a marker in Redis, or 0 if the marker is absent.
func deadline(t *testing.T, client *redis.Client, stored string) int {
	t.Helper()
	text, err := client.HGet(t.Context(), stored, "\x00D").Result()
	if err == redis.Nil {
		return 0
	}
	must(t, err)
	ms, err := strconv.Atoi(text)
	must(t, err)
	return ms
}

// awaitRenewals returns when the deadlines of the markers have moved by d or more.
func awaitRenewals(t *testing.T, client *redis.Client, d time.Duration, stored ...string) {
	t.Helper()
	first := make(map[string]int)
	for _, key := range stored {
		first[key] = deadline(t, client, key)
	}
	for _, key := range stored {
		await(t, "the lease was renewed", func() bool {
			now := deadline(t, client, key)
			if now == 0 {
				t.Fatal("the marker is gone")
			}
			return now-first[key] >= int(d.Milliseconds())
		})
	}
}

func TestLeasesAreRenewed(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: renewed})
	ctx := t.Context()

	single := absentLease(t, ctx, cache, "single")
	_, many, err := cache.GetLeases(ctx, []string{"first", "second"}, 0)
	must(t, err)
	must(t, client.ScriptFlush(ctx).Err()) // which must not end it
	awaitRenewals(t, client, renewed, prefix+"single", prefix+"first", prefix+"second")
	for key, l := range map[string]lease{"single": single, "first": many["first"]} {
		must(t, cache.Fill(ctx, key, l, entry{Value: []byte("value")}))
	}
	// One of the two has ended. The other one is renewed on.
	awaitRenewals(t, client, renewed/2, prefix+"second")
	must(t, cache.Release(ctx, "second", many["second"]))
	if n := deadline(t, client, prefix+"second"); n != 0 {
		t.Errorf("Release leaves a marker with the deadline %d", n)
	}
}

func TestRenewalNoticesTheLoss(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: 300 * time.Millisecond})
	ctx := t.Context()
	l := absentLease(t, ctx, cache, "key")
	must(t, client.Set(ctx, prefix+"key", "theirs", hour).Err())
	sent := record(client)
	await(t, "it was to be renewed", func() bool { return len(sent.take()) > 0 })
	await(t, "Fill knows without asking", func() bool {
		err := cache.Fill(ctx, "key", l, entry{Value: []byte("ours")})
		return err == ctxcache.ErrLeaseLost && len(sent.take()) == 0
	})
	if got, err := client.Get(ctx, prefix+"key").Result(); err != nil || got != "theirs" {
		t.Errorf("Get: %q, %v", got, err)
	}
}

// overtaken is a go-redis hook for a Release and a renewal at the same time. The renewal reaches the server after the
// Release, but its answer is known before the Release's.
type overtaken struct {
	recorder
	stored, other               string // the key of the Release, and another one that is renewed with it
	renewing, released, renewed chan struct{}
	begun, known                sync.Once
}

func (o *overtaken) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if err == nil && isAbout(cmd, o.stored) { // the server has released it
			close(o.released)
			<-o.renewed
		}
		return err
	}
}

func (o *overtaken) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		about := func(stored string) bool {
			return slices.ContainsFunc(cmds, func(cmd redis.Cmder) bool { return isAbout(cmd, stored) })
		}
		switch {
		case about(o.stored):
			o.begun.Do(func() { close(o.renewing) })
			<-o.released
		case about(o.other): // this is the next renewal
			o.known.Do(func() { close(o.renewed) })
		}
		return next(ctx, cmds)
	}
}

func TestRenewalThatIsTooLateDoesNotSpoilARelease(t *testing.T) {
	for name, release := range map[string]func(c *rediscache.Cache, l lease) error{
		"Release": func(c *rediscache.Cache, l lease) error { return c.Release(t.Context(), "key", l) },
		"Drop":    func(c *rediscache.Cache, l lease) error { return c.Drop(t.Context(), "key", l) },
	} {
		t.Run(name, func(t *testing.T) {
			client, prefix := redistest.Shared(t).Client(t), nextPrefix()
			cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: renewed})
			_, leases, err := cache.GetLeases(t.Context(), []string{"key", "other"}, 0)
			must(t, err)
			hook := &overtaken{
				stored: prefix + "key", other: prefix + "other",
				renewing: make(chan struct{}), released: make(chan struct{}), renewed: make(chan struct{}),
			}
			client.AddHook(hook)
			<-hook.renewing
			if err := release(cache, leases["key"]); err != nil {
				t.Errorf("%s of a lease that stood: %v", name, err)
			}
		})
	}
}
