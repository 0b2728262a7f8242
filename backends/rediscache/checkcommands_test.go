package rediscache_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The rows of the table in docs/operations.md.
const (
	plainRow = "a cache with `Options.Plain`"
	otherRow = "any other cache"

	channelRow = "`Options.Channel`, too (then `Watch` needs no more)"
)

// documented returns the commands that a restricted account needs, by the rows of the table in docs/operations.md.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	must(t, err)
	_, section, _ := strings.Cut(string(text), "### What a restricted account needs\n")
	rows := make(map[string][]string)
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "#") {
			break
		}
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) == 2 {
			rows[strings.TrimPrefix(cells[0], "| ")] = regexp.MustCompile(`\b[A-Z]{3,}\b`).FindAllString(cells[1], -1)
		}
	}
	if len(rows[plainRow]) == 0 || len(rows[otherRow]) == 0 {
		t.Fatalf("the table has other rows: %v", rows)
	}
	return rows
}

// account makes a user with these rules besides a password, and returns a client of this user.
func account(t *testing.T, server *redistest.Server, rules ...string) *redis.Client {
	t.Helper()
	args := []any{"ACL", "SETUSER", "app", "reset", "on", ">pw"}
	for _, rule := range rules {
		args = append(args, rule)
	}
	must(t, server.Client(t).Do(t.Context(), args...).Err())
	options := server.Options()
	options.Username, options.Password = "app", "pw"
	client := redis.NewClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// loads returns how often a cached function over cache loads a key that it is asked for twice. Then it deletes the key.
func loads(t *testing.T, cache *rediscache.Cache) int {
	t.Helper()
	n := 0
	f := cached.Func(cache, func(context.Context, string) ([]byte, error) { n++; return []byte("value"), nil },
		&cached.Options{TTL: hour})
	for range 2 {
		if _, err := f.Get(t.Context(), "key"); err != nil {
			t.Error(err)
		}
	}
	if was, err := f.Delete(t.Context(), "key"); !was || err != nil {
		t.Errorf("Delete: %v, %v", was, err)
	}
	return n
}

// Check warns of each command in the documentation, if the user may not use it, and of no other.
func TestCheckFindsEachForbiddenCommand(t *testing.T) {
	server := redistest.Start(t)
	direct := server.Client(t)
	rows := documented(t)
	for row, plain := range map[string]bool{plainRow: true, otherRow: false} {
		for _, command := range append(slices.Clone(rows[row]), "MGET", "CONFIG", "PEXPIRETIME", "DUMP") {
			t.Run(row+"/"+command, func(t *testing.T) {
				must(t, direct.FlushAll(t.Context()).Err())
				client := account(t, server, "~*", "+@all", "-"+strings.ToLower(command))
				options := bounded()
				options.Plain = plain
				cache := newCache(t, client, options)
				warnings, err := ctxcache.Check(t.Context(), cache)
				must(t, err)
				if n, err := direct.DBSize(t.Context()).Result(); n != 0 || err != nil {
					t.Errorf("Check left %d keys, %v", n, err)
				}
				if !slices.Contains(rows[row], command) {
					if n := loads(t, cache); len(warnings) != 0 || n != 1 {
						t.Errorf("%v, and %d loads", warnings, n)
					}
					return
				}
				if codes(warnings) != "missing_command" || !strings.Contains(warnings[0].Text, "refuses "+command+", so") ||
					!strings.Contains(warnings[0].Text, "Allow") {
					t.Errorf("%v", warnings)
				}
			})
		}
	}
}

// An account with the documented commands, and no others, is enough.
func TestCheckOfTheDocumentedAccount(t *testing.T) {
	server := redistest.Start(t)
	rows := documented(t)
	for row, plain := range map[string]bool{plainRow: true, otherRow: false} {
		for _, info := range []bool{true, false} {
			rules, want := []string{"~p:*"}, ""
			for _, command := range rows[row] {
				rules = append(rules, "+"+strings.ToLower(command))
			}
			if info {
				rules = append(rules, "+info")
			} else {
				want = "unchecked_server"
			}
			options := bounded()
			options.Plain = plain
			cache := newCache(t, account(t, server, rules...), options)
			warnings, err := ctxcache.Check(t.Context(), cache)
			if got := codes(warnings); got != want || err != nil {
				t.Errorf("%s, INFO %v: %v, %v", row, info, warnings, err)
			}
			if n := loads(t, cache); n != 1 {
				t.Errorf("%s: %d loads", row, n)
			}
			for _, operation := range operations {
				switch err := operation.Call(t.Context(), cache); {
				case operation.Op == ctxcache.OpLen, operation.Op == ctxcache.OpKeys, operation.Op == ctxcache.OpClear: // SCAN
				case operation.Op == ctxcache.OpStats: // INFO
				case err != nil && strings.Contains(err.Error(), "NOPERM"):
					t.Errorf("%s: %s: %v", row, operation.Name, err)
				}
			}
		}
	}
}

// A refused INFO does not hide what else is refused.
func TestCheckOfAnAccountWithoutDangerousCommands(t *testing.T) {
	server := redistest.Start(t)
	for name, c := range map[string]struct {
		rules []string
		want  string
	}{
		"the rest is allowed":  {nil, "unchecked_server"},
		"scripts are refused":  {[]string{"-eval"}, "unchecked_server missing_command"},
		"writes are refused":   {[]string{"-@write"}, "unchecked_server missing_command missing_command missing_command"},
		"all keys are refused": {[]string{"resetkeys"}, "unchecked_server forbidden_keys"},
		"other keys":           {[]string{"resetkeys", "~other:*"}, "unchecked_server forbidden_keys"},
		"read-only keys":       {[]string{"resetkeys", "%R~*"}, "unchecked_server forbidden_keys"},
	} {
		client := account(t, server, append([]string{"~*", "+@all", "-@dangerous"}, c.rules...)...)
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
		if got := codes(warnings); got != c.want || err != nil {
			t.Errorf("%s: %v, %v, want %q", name, warnings, err, c.want)
		}
	}
}

// The documentation names each command that a script calls. The scripts do without the commands that only the text after
// the table names. Options.Channel needs more commands, in scripts of its own.
func TestDocumentedAccountHasTheCommandsOfTheScripts(t *testing.T) {
	files, err := filepath.Glob("lua/*.lua")
	must(t, err)
	called := map[string]bool{"EVAL": true, "EVALSHA": true}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, call := range regexp.MustCompile(`redis\.call\('([A-Z]+)'`).FindAllStringSubmatch(string(text), -1) {
			called[call[1]] = true
		}
	}
	rows := documented(t)
	ofChannel := slices.DeleteFunc(rows[channelRow], func(command string) bool { return command == "SUBSCRIBE" }) // not in a script
	want, got := slices.Sorted(maps.Keys(called)), slices.Sorted(slices.Values(slices.Concat(rows[otherRow], ofChannel)))
	if !slices.Equal(got, want) {
		t.Errorf("documented are %v, the scripts call %v", got, want)
	}
}

// The messages about commands that the server does not have differ from those about forbidden ones.
func TestCheckFindsRenamedCommands(t *testing.T) {
	for _, command := range []string{"EVALSHA", "GET", "HSET", "TIME", "PEXPIRE"} {
		client := redistest.Start(t, "--rename-command", command, "").Client(t)
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
		if codes(warnings) != "missing_command" || !strings.Contains(warnings[0].Text, "refuses "+command+", so") || err != nil {
			t.Errorf("%s: %v, %v", command, warnings, err)
		}
	}
}

// A server that is full refuses writes for the moment, and not by what the account may do.
func TestCheckOfAFullServer(t *testing.T) {
	client := redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "volatile-lru").Client(t)
	warnings, err := ctxcache.Check(t.Context(), newCache(t, client, bounded()))
	if len(warnings) != 0 || err != nil {
		t.Errorf("%v, %v", warnings, err)
	}
}

func TestCheckOverMiniredis(t *testing.T) {
	server, client := startMiniredis(t)
	for _, plain := range []bool{false, true} {
		options := bounded()
		options.Plain = plain
		warnings, err := ctxcache.Check(t.Context(), newCache(t, client, options))
		if len(warnings) != 0 || err != nil || len(server.Keys()) != 0 {
			t.Errorf("plain %v: %v, %v, and keys %q", plain, warnings, err, server.Keys())
		}
	}
}

// Each node of a cluster has its own accounts.
func TestCheckOfOneNodeOfACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	cache := newCache(t, cluster.Client(t), bounded())
	warnings, err := ctxcache.Check(t.Context(), cache)
	if len(warnings) != 0 || err != nil {
		t.Errorf("%v, %v", warnings, err)
	}
	must(t, cluster.Nodes[1].Client(t).Do(t.Context(), "ACL", "SETUSER", "default", "-hset", "-info").Err())
	warnings, err = ctxcache.Check(t.Context(), cache)
	if codes(warnings) != "unchecked_server missing_command" || !strings.Contains(warnings[1].Text, "refuses HSET, so") || err != nil {
		t.Errorf("%v, %v", warnings, err)
	}
}

// A Ring grants no leases, so it does not need their commands.
func TestCheckOfARing(t *testing.T) {
	servers := map[string]string{}
	for _, name := range []string{"one", "two"} {
		server := redistest.Start(t)
		must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "default", "-time", "-hget", "-hexists").Err())
		servers[name] = server.Addr
		if name == "two" {
			must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "default", "-hset").Err())
		}
	}
	ring := redis.NewRing(&redis.RingOptions{Addrs: servers, HeartbeatFrequency: hour})
	t.Cleanup(func() { must(t, ring.Close()) })
	warnings, err := ctxcache.Check(t.Context(), newCache(t, ring, bounded()))
	if codes(warnings) != "missing_command" || !strings.Contains(warnings[0].Text, "refuses HSET, so") || err != nil {
		t.Errorf("%v, %v", warnings, err)
	}
}
