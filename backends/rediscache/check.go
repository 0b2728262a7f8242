package rediscache

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// minVersion is the oldest major version of Redis that has all commands.
const minVersion = 5

// clusterNode is the code of the warning about a server that has only a part of the keys.
const clusterNode = "cluster_node"

// Check asks each server what it cannot do, and warns of options that are likely a mistake: see [ctxcache.Check]. It waits
// for Options.WriteTimeout at most. It sends INFO, and tries each command that the cache needs with a key that nobody has,
// so nothing is changed. If the client does not list its servers, it looks at the options only.
//
// If a server refuses INFO, there is a warning with the code unchecked_server, and no error: the account may not need it.
// Whatever becomes of INFO, Check tries the commands.
func (c *Cache) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	warnings, invalid := c.calls.Warnings()
	if invalid || !knowsServers(c.client) {
		return warnings, nil
	}
	asked, err := calls.Call(ctx, c.calls, calls.OpCheck, func(ctx context.Context) ([]ctxcache.Warning, error) {
		servers, err := c.servers(ctx)
		var found []ctxcache.Warning
		for _, server := range servers {
			more, failure := c.checkServer(ctx, server)
			err = both(err, failure)
			for _, w := range more {
				if !slices.Contains(found, w) { // servers that are set up alike have the same warnings
					found = append(found, w)
				}
			}
		}
		return found, err
	})
	return append(warnings, asked...), err
}

// checkServer returns the warnings about one server. Warnings may come with an error.
func (c *Cache) checkServer(ctx context.Context, server redis.Cmdable) ([]ctxcache.Warning, error) {
	warnings, err := c.checkInfo(ctx, server)
	commands, failure := c.checkCommands(ctx, server)
	partial := slices.ContainsFunc(warnings, func(w ctxcache.Warning) bool { return w.Code == clusterNode })
	if err == nil && !partial { // a node of a cluster sends most keys to other nodes, and its warning says so
		err = failure
	}
	return append(warnings, commands...), err
}

// checkInfo returns the warnings about the settings of a server.
func (c *Cache) checkInfo(ctx context.Context, server redis.Cmdable) ([]ctxcache.Warning, error) {
	text, err := server.Info(ctx).Result()
	switch {
	case err == nil:
		_, single := c.client.(singleClient)
		return infoWarnings(parseInfo(text), single), nil
	case refuses(err):
		return []ctxcache.Warning{{
			Code: "unchecked_server",
			Text: "the server refuses INFO, so its version, its eviction policy and its role are not known. Allow it",
		}}, nil
	}
	return nil, err
}

// parseInfo returns the fields in the reply to INFO, which has lines of the form name:value.
func parseInfo(text string) map[string]string {
	info := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// infoWarnings returns the warnings about a server with these fields of INFO. Single is whether the client has only one
// server.
func infoWarnings(info map[string]string, single bool) (warnings []ctxcache.Warning) {
	warn := func(code, format string, args ...any) {
		warnings = append(warnings, ctxcache.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	version := info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err == nil && n < minVersion {
		warn("server_version", "the server is Redis %s. Use Redis %d or later", version, minVersion)
	}
	if limit := info["maxmemory"]; limit != "" && limit != "0" && info["maxmemory_policy"] == "noeviction" {
		warn("eviction_policy", "writes fail when the memory is full. Set maxmemory-policy to another value than noeviction")
	}
	if single && info["cluster_enabled"] == "1" {
		warn(clusterNode, "the server is a node of a cluster, and has only some of the keys. Use redis.NewClusterClient")
	}
	if single && info["role"] == "slave" {
		warn("replica", "the server is a replica, which may have old values, and refuses writes. Use its master")
	}
	return warnings
}
