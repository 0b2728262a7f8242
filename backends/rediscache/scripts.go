package rediscache

import (
	"context"
	"embed"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. Each uses one key, so that a cluster can run it. Its file describes its arguments and its result.
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

// newScript returns a script made of files: first those that define functions, then the one that uses them. It panics
// if a file does not exist; this happens when the package is initialized, so every test finds it.
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

// scriptCall is a call of a script for a stored key.
type scriptCall struct {
	script *redis.Script
	stored string
	args   []any
}

// run runs a script. If the server does not know the script, for example because it was restarted, run sends the text.
func (c *Cache) run(ctx context.Context, s scriptCall) *redis.Cmd {
	return s.script.Run(ctx, c.client, []string{s.stored}, s.args...)
}

// runEach runs scripts in one pipeline, in one round trip per server. A second round trip sends the texts of scripts
// that a server did not know.
func (c *Cache) runEach(ctx context.Context, scripts []scriptCall) []*redis.Cmd {
	replies := make([]*redis.Cmd, len(scripts))
	pipeline(ctx, c.client, func(pipe redis.Pipeliner) {
		for i, s := range scripts {
			replies[i] = s.script.EvalSha(ctx, pipe, []string{s.stored}, s.args...)
		}
	})
	pipeline(ctx, c.client, func(pipe redis.Pipeliner) {
		for i, s := range scripts {
			if redis.HasErrorPrefix(replies[i].Err(), "NOSCRIPT") {
				replies[i] = s.script.Eval(ctx, pipe, []string{s.stored}, s.args...)
			}
		}
	})
	return replies
}

// pipeline sends the commands that queue makes by client. After that, every command has its own error.
func pipeline(ctx context.Context, client redis.Cmdable, queue func(pipe redis.Pipeliner)) {
	pipe := client.Pipeline()
	queue(pipe)
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // this is only the first error of the commands
	}
}

// accepted returns the result of a script that returns 1 or 0.
func accepted(reply *redis.Cmd) (bool, error) {
	n, err := reply.Int()
	return n == 1, err
}
