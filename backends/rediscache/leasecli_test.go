package rediscache_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// cli runs redis-cli, which comes with redis-server, and returns what it prints.
func cli(ctx context.Context, client *redis.Client, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "redis-cli", append([]string{"-u", "redis://" + client.Options().Addr}, args...)...)
	printed, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("redis-cli: %w: %s", err, printed)
	}
	return strings.TrimSpace(string(printed)), nil
}

// TestRedisCLIKillsLeases has somebody type commands while a lease is out.
func TestRedisCLIKillsLeases(t *testing.T) {
	client := redistest.Start(t).Client(t)
	for _, typed := range []struct{ command, answer string }{
		{"DEL %s", "1"},
		{"SET %s theirs", "OK"},
		{"EXPIRE %s 7200", "1"},
		{"PERSIST %s", "1"},
		{"EXPIRE %s -1", "1"},
		{"FLUSHDB", "OK"},
	} {
		for _, kind := range leaseKinds {
			want := ctxcache.ErrLeaseLost
			if kind.name == "Absent" && (strings.Contains(typed.command, "7200") || strings.Contains(typed.command, "PERSIST")) {
				want = nil // a marker stands as long as it is there
			}
			t.Run(kind.name+"/"+typed.command, func(t *testing.T) {
				prefix := nextPrefix()
				cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
				l := kind.take(t, cache, "key")
				args := strings.Fields(strings.ReplaceAll(typed.command, "%s", prefix+"key"))
				if answer, err := cli(t.Context(), client, args...); err != nil || answer != typed.answer {
					t.Fatalf("%v: %q, %v", args, answer, err)
				}
				if err := cache.Fill(t.Context(), "key", l, entry{Value: []byte("filled")}); err != want {
					t.Errorf("Fill: %v, want %v", err, want)
				}
				if got, err := cache.Get(t.Context(), "key"); (err == nil && string(got) == "filled") != (want == nil) {
					t.Errorf("then Get: %q, %v", got, err)
				}
			})
		}
	}
}
