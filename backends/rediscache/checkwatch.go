package rediscache

import (
	"context"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Most caches are never watched, and their accounts need not be allowed what Watch needs. So Check looks at that only
// after Watch was called.

// tracking is the name of a command that has two words.
const tracking = "CLIENT TRACKING"

// trackingProbe returns a CLIENT TRACKING that a server which knows it refuses as a mistake, so that nothing changes.
func trackingProbe(ctx context.Context) command {
	return buildCommand(ctx, []any{"client", "tracking"}, "check", nil)
}

// commandName returns the name of a command in a warning.
func commandName(cmd command) string {
	name := strings.ToUpper(cmd.Name())
	if name == "CLIENT" {
		return tracking
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
