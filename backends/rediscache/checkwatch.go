package rediscache

import (
	"context"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Most caches are never watched, and their accounts need not be allowed what Watch needs. So Check looks at that only
// after Watch was called.

// These are the names of commands that have two words.
const (
	tracking     = "CLIENT TRACKING"
	clusterNodes = "CLUSTER NODES"
)

// watchProbes returns the commands that Watch needs. They change nothing: a server that knows CLIENT TRACKING refuses
// this one as a mistake.
func (c *Cache) watchProbes(ctx context.Context) []command {
	probes := []command{buildCommand(ctx, []any{"client", "tracking"}, "check", nil)}
	if c.cluster != nil {
		probes = append(probes, buildCommand(ctx, []any{"cluster"}, "nodes", nil)) // it has no key, and no more arguments
	}
	return probes
}

// commandName returns the name of a command in a warning.
func commandName(cmd command) string {
	name := strings.ToUpper(cmd.Name())
	switch name {
	case "CLIENT":
		return tracking
	case "CLUSTER":
		return clusterNodes
	}
	return name
}

// checkWatch warns if the server sets no limit for the changes that wait for a slow Watch.
func (c *Cache) checkWatch() []ctxcache.Warning {
	if !c.unlimited.Load() {
		return nil
	}
	return []ctxcache.Warning{{
		Code: "missing_command",
		Text: "the server refuses SUBSCRIBE, so changes that wait for a slow Watch may fill its memory. Allow this, with " +
			"channels that begin with the prefix of the cache",
	}}
}
