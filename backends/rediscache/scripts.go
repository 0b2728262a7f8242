package rediscache

import (
	"context"
	"embed"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. Each uses one key, so that a cluster can run it. Only livesScript has many keys: see entriesAtOnce. The
// file of a script describes its arguments and its result. Those that take away what others may have copies of have a
// publishing form: see publish.go.
var (
	entryScript    = newScript("read", "entry")
	leaseScript    = newScript("clock", "read", "marker", "fence", "lease")
	fillScript     = newScript("clock", "marker", "store", "fill").published(ifDone)
	refillScript   = newScript("clock", "fence", "store", "refill").published(ifDone)
	renewScript    = newScript("clock", "marker", "renew")
	releaseScript  = newScript("release").published(ifDone)
	standsScript   = newScript("clock", "fence", "stands")
	dropScript     = newScript("clock", "fence", "drop").published(ifDone)
	negativeScript = newScript("store", "negative").published(always)
	setScript      = newScript("store", "set").published(always)
	unlinkScript   = newScript("unlink").published(always)
	removeScript   = newScript("remove").published(always)
	checkScript    = newScript("check")
	livesScript    = newScript("lives")
	flushScript    = newScript("publish", "flush")
	messageScript  = newScript("publish", "message")
	lastScript     = newScript("publish", "last")
)

// script is a Lua script.
type script struct {
	source string
	hash   string // of the source, by which a server knows the script

	names      []string // of its files
	publishing *script  // does the same, and publishes it; nil without such a form
}

// newScript returns a script made of files: first those that define functions, then the one that uses them. It panics
// if a file does not exist; this happens when the package is initialized, so every test finds it.
func newScript(names ...string) *script {
	var source strings.Builder
	for _, name := range names {
		source.WriteString(luaFile(name))
	}
	return sourced(source.String(), names)
}

func sourced(source string, names []string) *script {
	return &script{source: source, hash: redis.NewScript(source).Hash(), names: names}
}

// luaFile returns the text of a file.
func luaFile(name string) string {
	text, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// scriptCall is a call of a script for a stored key.
type scriptCall struct {
	script *script
	stored string
	more   []string // further keys
	args   []any
	once   bool // see sendable; for a script that writes and is not fenced
}

// byHash returns the command that calls the script if the server knows it.
func (s scriptCall) byHash(ctx context.Context) command {
	return s.command(ctx, "evalsha", s.script.hash)
}

// bySource returns the command that sends the source, too.
func (s scriptCall) bySource(ctx context.Context) command {
	return s.command(ctx, "eval", s.script.source)
}

func (s scriptCall) command(ctx context.Context, name, which string) command {
	args := s.args
	if len(s.more) > 0 {
		args = make([]any, 0, len(s.more)+len(s.args))
		for _, key := range s.more {
			args = append(args, key)
		}
		args = append(args, s.args...)
	}
	cmd := buildCommand(ctx, []any{name, which, 1 + len(s.more)}, s.stored, args)
	cmd.once = s.once
	return cmd
}

// isUnknown reports whether the server did not know the script, for example because it was restarted.
func isUnknown(cmd command) bool { return redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") }

// run runs a script: see runScript.
func (c *Cache) run(ctx context.Context, s scriptCall) command { return runScript(ctx, c.client, s) }

// runScript runs a script by client. If the server does not know the script, runScript sends the source.
func runScript(ctx context.Context, client redis.UniversalClient, s scriptCall) command {
	cmd := s.byHash(ctx)
	if sendBy(ctx, client, cmd); isUnknown(cmd) {
		cmd = s.bySource(ctx)
		sendBy(ctx, client, cmd)
	}
	return cmd
}

// runEach runs scripts in one pipeline, in one round trip per server. A second round trip sends the sources of scripts
// that a server did not know.
func (c *Cache) runEach(ctx context.Context, scripts []scriptCall) []command {
	commands := make([]command, len(scripts))
	for i, s := range scripts {
		commands[i] = s.byHash(ctx)
	}
	c.pipeline(ctx, c.client, commands)
	c.sendSources(ctx, commands, func(i int) scriptCall { return scripts[i] })
	return commands
}

// runAll is run for one script, and runEach for others: go-redis would dial a connection for pipelines.
func (c *Cache) runAll(ctx context.Context, scripts []scriptCall) []command {
	if len(scripts) == 1 {
		return []command{c.run(ctx, scripts[0])}
	}
	return c.runEach(ctx, scripts)
}

// sendSources replaces the commands whose scripts a server did not know. It sends the source of each of these scripts,
// which is scriptOf its command, in one round trip per server.
func (c *Cache) sendSources(ctx context.Context, commands []command, scriptOf func(i int) scriptCall) {
	var again []command
	for i, cmd := range commands {
		if isUnknown(cmd) {
			commands[i] = scriptOf(i).bySource(ctx)
			again = append(again, commands[i])
		}
	}
	c.pipeline(ctx, c.client, again)
}

// accepted returns the result of a script that returns 1, or something else if it does not do what it should.
func accepted(cmd command) (bool, error) {
	n, err := cmd.Int()
	return n == 1, err
}

// lacksScripts reports whether err says that the server does not run scripts: EVAL or EVALSHA is renamed, or forbidden to
// the user.
func lacksScripts(err error) bool {
	if err == nil || !redis.HasErrorPrefix(err, "NOPERM") && !redis.HasErrorPrefix(err, "unknown command") {
		return false
	}
	message, _, _ := strings.Cut(strings.ToLower(err.Error()), unknownArgs) // the rest has keys
	return strings.Contains(message, "'eval") || strings.Contains(message, "`eval")
}
