package rediscache

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// checkCommands returns warnings about the commands that the user of the client may not use on a server, or that the
// server does not have. It tries them all, in one round trip.
func (c *Cache) checkCommands(ctx context.Context, server redis.Cmdable) ([]ctxcache.Warning, error) {
	stored, ok := c.checkKey(ctx, server)
	if !ok {
		return nil, nil // no call of the cache goes to this server
	}
	commands := c.needed(ctx, stored)
	c.pipeline(ctx, c.deleter(server), commands)
	var found refusals
	for _, cmd := range commands {
		err := cmd.Err()
		switch {
		case err == nil, err == redis.Nil:
			failed, _ := cmd.Val().([]any) // of a script; the replies of the other commands are not lists
			for pair := range slices.Chunk(failed, 2) {
				found.add(fmt.Sprint(pair[0]), fmt.Sprint(pair[len(pair)-1]))
			}
		case refuses(err):
			found.add(commandName(cmd), err.Error())
		default:
			return nil, err
		}
	}
	warnings := append(c.refusalWarnings(found), c.checkWatch()...)
	if c.channel == nil {
		return warnings, nil
	}
	more, err := c.channel.check(ctx)
	return append(warnings, more...), err
}

// checkKey returns the stored name of a key that nobody has, and that belongs to a server. It reports false if it finds
// none, because a cluster has none or hardly any of the keys there.
func (c *Cache) checkKey(ctx context.Context, server redis.Cmdable) (string, bool) {
	const tries = 10_000 // some nodes of a cluster have few slots; the client computes slots itself
	token := fmt.Sprintf("check:%x:", leases.NewToken())
	for i := range tries {
		stored := c.stored(token + strconv.Itoa(i))
		if c.cluster == nil || c.serverName(c.locate(ctx, stored)) == c.serverName(server) {
			return stored, true
		}
	}
	return "", false
}

// needed returns the commands that the cache sends, with arguments that change nothing. Those in its scripts are in
// check.lua.
func (c *Cache) needed(ctx context.Context, stored string) []command {
	commands := []command{
		newCommand(ctx, "get", stored),
		newCommand(ctx, "pttl", stored),
		newCommand(ctx, "set", stored, "", "xx"),
		c.remover(ctx, stored),
	}
	if c.watched.Load() && c.channel == nil {
		commands = append(commands, c.watchProbes(ctx)...)
	}
	if c.options.Plain {
		return commands
	}
	wanted := ""
	if c.caps.Has(ctxcache.CapLease) {
		wanted = "1"
	}
	check := scriptCall{script: checkScript, stored: stored, args: []any{wanted}}
	return append(commands, newCommand(ctx, "type", stored), check.bySource(ctx), check.byHash(ctx))
}

// refusals are what a server refuses for good.
type refusals struct {
	commands []string // in upper case
	keys     bool     // whether the user may not use the keys
}

// add adds a command that failed with a message. Other failures are of the moment, for example because the memory is
// full.
func (r *refusals) add(name, message string) {
	keys, command := forbids(message)
	r.keys = r.keys || keys
	if command && !slices.Contains(r.commands, name) {
		r.commands = append(r.commands, name)
	}
}

// forbids reports whether a message says that the server refuses for good the keys of a command, or the command.
func forbids(message string) (keys, command bool) {
	message, _, _ = strings.Cut(message, ", with args beginning with:") // the rest has keys
	message = strings.ToLower(message)
	contains := func(words string) bool { return strings.Contains(message, words) }
	keys = contains("access") && contains("key") // "no permissions to access a key"
	return keys, !keys && slices.ContainsFunc(forbidden, contains)
}

// forbidden are words of messages that say that a command is unknown or not allowed, in lower case. Versions of Redis,
// servers like it and proxies word them differently, and in scripts they are worded in another way. A write is also
// "not allowed" when the memory is full, but then "is" does not come before it.
var forbidden = []string{
	"noperm", "no permissions to run", "can't run this command", "acl failure",
	"unknown command", "unknown redis command", "unknown subcommand", "unsupported command", "is not allowed",
}

// refusalWarnings returns the warnings about refusals, one for each consequence.
func (c *Cache) refusalWarnings(found refusals) (warnings []ctxcache.Warning) {
	if found.keys {
		warnings = append(warnings, ctxcache.Warning{
			Code: "forbidden_keys",
			Text: fmt.Sprintf("the server refuses keys with the prefix %q, so nothing is stored. Allow the user to read and write them",
				c.options.Prefix),
		})
	}
	names := make(map[string][]string) // by consequence
	var order []string
	for _, name := range found.commands {
		then := c.without(name)
		if names[then] == nil {
			order = append(order, then)
		}
		names[then] = append(names[then], name)
	}
	for _, then := range order {
		warnings = append(warnings, ctxcache.Warning{
			Code: "missing_command",
			Text: fmt.Sprintf("the server refuses %s, so %s", strings.Join(names[then], ", "), then),
		})
	}
	return warnings
}

// without returns what follows if the server refuses a command, and what to change.
func (c *Cache) without(name string) string {
	switch {
	case name == tracking, name == clusterNodes:
		return "Watch fails, and a near cache that follows this one is not used. Allow this"
	case name == "GET":
		return "values cannot be read. Allow this"
	case name == "PTTL":
		return "values cannot be read with their TTL. Allow this"
	case name == "SET":
		return "values cannot be stored. Allow this"
	case c.options.Plain: // DEL
		return "values cannot be deleted. Allow this"
	case name == "UNLINK":
		return "values cannot be deleted. Allow this, or set Plain"
	case c.caps.Has(ctxcache.CapLease):
		return "calls for leases and negative entries fail, and loads are not stored. Allow this, or set Plain"
	}
	return "calls for negative entries fail. Allow this, or set Plain"
}
