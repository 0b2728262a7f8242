package rediscache_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// discreet fails the test if the message of err has a key or a value in it.
func discreet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"held", "free", "gone", "denied", "secret value"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message tells a key or a value: %v", err)
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	client := redistest.Start(t, "--maxmemory-policy", "noeviction").Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("secret value"), hour))
	must(t, cache.Set(ctx, "refreshed", []byte("secret value"), hour))
	marked, refresh := absentLease(t, ctx, cache, "leased"), refreshLease(t, cache, "refreshed")
	must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	for _, operation := range operations {
		t.Run(operation.Name, func(t *testing.T) {
			must(t, client.ConfigSet(ctx, "maxmemory", "0").Err())
			must(t, cache.Set(ctx, "held", []byte("secret value"), hour)) // a Set that fails deletes it
			must(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
			err := operation.Call(ctx, cache)
			if !operation.Writes {
				must(t, err)
				return
			}
			fails(t, err, operation.Op)
			if !redis.IsOOMError(err) {
				t.Errorf("%v is no OOM error", err)
			}
			discreet(t, err)
		})
	}
	for key, l := range map[string]lease{"leased": marked, "refreshed": refresh} {
		err := cache.Fill(ctx, key, l, entry{Value: []byte("secret value")})
		fails(t, err, ctxcache.OpFill)
		if !redis.IsOOMError(err) {
			t.Errorf("Fill of the key %s: %v is no OOM error", key, err)
		}
	}
	// A Fill that failed left the lease.
	must(t, client.ConfigSet(ctx, "maxmemory", "0").Err())
	must(t, cache.Fill(ctx, "leased", marked, entry{Value: []byte("value")}))
	must(t, cache.Fill(ctx, "refreshed", refresh, entry{Value: []byte("value")}))
}

func TestUnknownCommandIsReportedWithoutItsArguments(t *testing.T) {
	client := redistest.Start(t, "--rename-command", "UNLINK", "", "--rename-command", "GET", "").Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	for op, call := range map[ctxcache.Operation]func(ctx context.Context) error{
		ctxcache.OpDelete: func(ctx context.Context) error { return cache.Delete(ctx, "gone") },
		ctxcache.OpGet: func(ctx context.Context) error {
			_, err := cache.Get(ctx, "gone")
			return err
		},
	} {
		err := call(t.Context())
		fails(t, err, op)
		discreet(t, err)
		if !strings.Contains(err.Error(), "unknown command") {
			t.Errorf("the message does not tell what is wrong: %v", err)
		}
	}
}

func TestScriptsAreSentAgain(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	for _, operation := range operations {
		must(t, client.ScriptFlush(ctx).Err())
		if err := operation.Call(ctx, cache); err != nil {
			t.Errorf("%s: %v", operation.Name, err)
		}
	}
}

func TestBadServer(t *testing.T) {
	t.Parallel() // it mostly waits
	for name, reply := range map[string]string{
		"text":       "+held\r\n",
		"number":     ":7\r\n",
		"null":       "$-1\r\n",
		"garbage":    "held secret value\r\n",
		"shortArray": "*1\r\n:1\r\n",
		"wrongTypes": "*4\r\n+a\r\n+b\r\n+c\r\n+d\r\n",
		"strange":    "*4\r\n:99\r\n+held\r\n:1\r\n+\r\n",
		"negative":   "*-7\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := redis.NewClient(&redis.Options{
				Dialer: parrot(reply), Protocol: 2, DisableIdentity: true, MaxRetries: -1,
			})
			defer client.Close()
			cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
			_, err := cache.GetEntry(t.Context(), "held")
			fails(t, err, ctxcache.OpGetEntry)
			discreet(t, err)
			_, l, err := cache.GetLease(t.Context(), "held", 0)
			fails(t, err, ctxcache.OpGetLease)
			discreet(t, err)
			if l.Granted() {
				t.Error("a lease was granted by nonsense")
			}
			if _, err = cache.GetEntries(t.Context(), []string{"held"}); err == nil {
				t.Error("GetEntries takes nonsense for an answer")
			} else {
				discreet(t, err)
			}
			if _, err = cache.ServerStats(t.Context()); err == nil {
				t.Error("ServerStats takes nonsense for an answer")
			}
		})
	}
}

// parrot dials a server that answers everything with reply.
func parrot(reply string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			command := make([]byte, 64<<10)
			for {
				if _, err := theirs.Read(command); err != nil {
					return
				}
				if _, err := theirs.Write([]byte(reply)); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
}
