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
	releaseScript  = newScript("marker", "release")
	standsScript   = newScript("fence", "stands")
	dropScript     = newScript("fence", "drop")
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

// scriptCall is a script to run on a stored key.
type scriptCall struct {
	script *redis.Script
	stored string
	args   []any
}

// run runs a script. A server that does not know the script, because it has just started or was made to forget it, is
// sent its text.
func (c *Cache) run(ctx context.Context, s scriptCall) *redis.Cmd {
	return s.script.Run(ctx, c.client, []string{s.stored}, s.args...)
}

// runEach runs scripts in one pipeline: one round trip per server. A second one sends the texts of those that their
// server did not know.
func (c *Cache) runEach(ctx context.Context, scripts []scriptCall) []*redis.Cmd {
	replies := make([]*redis.Cmd, len(scripts))
	c.pipeline(ctx, func(pipe redis.Pipeliner) {
		for i, s := range scripts {
			replies[i] = s.script.EvalSha(ctx, pipe, []string{s.stored}, s.args...)
		}
	})
	c.pipeline(ctx, func(pipe redis.Pipeliner) {
		for i, s := range scripts {
			if redis.HasErrorPrefix(replies[i].Err(), "NOSCRIPT") {
				replies[i] = s.script.Eval(ctx, pipe, []string{s.stored}, s.args...)
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
