package rediscache

import (
	"context"
	"embed"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. Each works on one key, so that a cluster can run it, and says in its file what it takes and returns.
var (
	entryScript    = newScript("read", "entry")
	leaseScript    = newScript("read", "marker", "fence", "lease")
	fillScript     = newScript("marker", "store", "fill")
	refillScript   = newScript("fence", "store", "refill")
	renewScript    = newScript("marker", "renew")
	releaseScript  = newScript("release")
	negativeScript = newScript("store", "negative")
	removeScript   = newScript("remove")
)

// newScript joins files: functions first, then what uses them. It panics if one does not exist, which any test shows.
func newScript(names ...string) *redis.Script {
	var source strings.Builder
	for _, name := range names {
		text, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(err)
		}
		source.Write(text)
	}
	return redis.NewScript(source.String())
}

// run runs script on the stored key. A server that does not know the script, because it has just started or was
// told to forget it, is sent its text.
func (c *Cache) run(ctx context.Context, script *redis.Script, stored string, args ...any) *redis.Cmd {
	return script.Run(ctx, c.client, []string{stored}, args...)
}

// runEach runs script on every stored key, in one pipeline: one round trip per server. A second one sends the
// text of the script for keys whose server did not know it.
func (c *Cache) runEach(ctx context.Context, script *redis.Script, stored []string, args func(i int) []any) []*redis.Cmd {
	replies := make([]*redis.Cmd, len(stored))
	c.pipeline(ctx, func(pipe redis.Pipeliner) {
		for i, key := range stored {
			replies[i] = script.EvalSha(ctx, pipe, []string{key}, args(i)...)
		}
	})
	c.pipeline(ctx, func(pipe redis.Pipeliner) {
		for i, key := range stored {
			if redis.HasErrorPrefix(replies[i].Err(), "NOSCRIPT") {
				replies[i] = script.Eval(ctx, pipe, []string{key}, args(i)...)
			}
		}
	})
	return replies
}

// pipeline sends the commands that queue makes. Every one of them has its own error afterwards.
func (c *Cache) pipeline(ctx context.Context, queue func(pipe redis.Pipeliner)) {
	pipe := c.client.Pipeline()
	queue(pipe)
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // the error of the first command that has one
	}
}

// accepted returns the answer of a script that says 1 or 0.
func accepted(reply *redis.Cmd) (bool, error) {
	n, err := reply.Int()
	return n == 1, err
}
