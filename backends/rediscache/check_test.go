package rediscache_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// codes returns the codes of warnings.
func codes(warnings []ctxcache.Warning) string {
	var all []string
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return strings.Join(all, " ")
}

// bounded are the options of a cache that waits long, but not for ever.
func bounded() *rediscache.Options {
	return &rediscache.Options{Prefix: "p:", ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience}
}

func TestCheckOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		args     []string
		commands [][]any
		plain    bool
		want     string
	}{
		"default":               {},
		"full, with eviction":   {args: []string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}},
		"full":                  {args: []string{"--maxmemory", "100mb", "--maxmemory-policy", "noeviction"}, want: "eviction_policy"},
		"a node of a cluster":   {args: []string{"--cluster-enabled", "yes"}, plain: true, want: "cluster_node"},
		"a replica":             {commands: [][]any{{"REPLICAOF", "127.0.0.1", "1"}}, want: "replica"},
		"no scripts":            {args: []string{"--rename-command", "EVAL", ""}, want: "missing_command"},
		"no UNLINK":             {args: []string{"--rename-command", "UNLINK", ""}, want: "missing_command"},
		"UNLINK is forbidden":   {commands: [][]any{{"ACL", "SETUSER", "default", "-unlink"}}, want: "missing_command"},
		"no scripts, but plain": {args: []string{"--rename-command", "EVAL", ""}, plain: true},
	} {
		client := redistest.Start(t, c.args...).Client(t)
		for _, command := range c.commands {
			must(t, client.Do(t.Context(), command...).Err())
		}
		options := bounded()
		options.Plain = c.plain
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, options))
		if got := codes(warnings); got != c.want || err != nil {
			t.Errorf("%s: %v, %v, want %q", name, warnings, err, c.want)
		}
		if n, err := client.DBSize(t.Context()).Result(); n != 0 || err != nil {
			t.Errorf("%s: Check left %d keys, %v", name, n, err)
		}
	}
}

func TestCheckOfOptions(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	for name, c := range map[string]struct {
		options rediscache.Options
		want    string
	}{
		"no limit":    {rediscache.Options{ReadTimeout: ctxcache.NoExpiry}, "no_timeout"},
		"no limit, 2": {rediscache.Options{WriteTimeout: ctxcache.NoExpiry}, "no_timeout"},
		"invalid":     {rediscache.Options{TTL: -1}, "invalid_options"},
	} {
		cache := rediscache.New(client, &c.options)
		warnings, err := ctxcache.Check(t.Context(), cache)
		if got := codes(warnings); got != c.want || err != nil {
			t.Errorf("%s: %v, %v, want %q", name, warnings, err, c.want)
		}
		must(t, cache.Close())
	}
}

func TestCheckFindsATimeoutThatIsTooShort(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	options := bounded()
	options.ReadTimeout = 20 * time.Millisecond
	cache := newCache(t, client, options)
	must(t, client.Ping(t.Context()).Err())
	server.Pause()
	if _, err := cache.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Get: %v", err)
	}
	server.Resume()
	await(t, "the answer has come", func() bool {
		stats, err := cache.Stats(t.Context())
		must(t, err)
		return stats.Late > 0
	})
	warnings, err := ctxcache.Check(t.Context(), cache)
	if codes(warnings) != "answers_late" || err != nil || !strings.Contains(warnings[0].Text, "20ms") {
		t.Errorf("%v, %v", warnings, err)
	}
}

func TestCheckOfAServerThatDoesNotAnswer(t *testing.T) {
	server := redistest.Start(t)
	options := bounded()
	options.WriteTimeout = 20 * time.Millisecond
	client := server.Client(t)
	must(t, client.Ping(t.Context()).Err())
	cache := newCache(t, client, options)
	server.Pause()
	defer server.Resume()
	if _, err := ctxcache.Check(context.WithoutCancel(t.Context()), cache); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Check: %v", err)
	}
	down := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { must(t, down.Close()) })
	if _, err := ctxcache.Check(t.Context(), newCache(t, down, bounded())); err == nil {
		t.Error("Check of a server that is down has no error")
	}
}

// reporting is a go-redis hook that changes what the server reports in INFO.
type reporting struct {
	recorder
	field, value string
}

func (r *reporting) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if info, ok := cmd.(*redis.StringCmd); ok && cmd.Name() == "info" {
			info.SetVal(regexp.MustCompile(r.field+":[^\r]*").ReplaceAllLiteralString(info.Val(), r.field+":"+r.value))
		}
		return err
	}
}

func TestCheckOfAnOldServer(t *testing.T) {
	for version, want := range map[string]string{
		"3.2.13": "server_version", "4.0.14": "server_version", "5.0.0": "", "10.0.1": "", "unknown": "",
	} {
		client := redistest.Shared(t).Client(t)
		client.AddHook(&reporting{field: "redis_version", value: version})
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
		if got := codes(warnings); got != want || err != nil {
			t.Errorf("version %s: %v, %v, want %q", version, warnings, err, want)
		}
		if want != "" && !strings.Contains(warnings[0].Text, version) {
			t.Errorf("the warning %q does not name the version", warnings[0].Text)
		}
	}
}
