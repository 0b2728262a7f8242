package rediscache

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
	"github.com/ctxcache/cached/internal/leases"
)

// minVersion is the oldest major version of Redis that has all commands.
const minVersion = 5

// Check asks each server what it cannot do, and warns of options that are likely a mistake: see [ctxcache.Check]. It waits
// for Options.WriteTimeout at most. It sends INFO, and unless the cache is Plain, EVAL, and UNLINK of a key that nobody
// has. If the client does not list its servers, it looks at the options only.
func (c *Cache) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	warnings, invalid := c.calls.Warnings()
	if invalid || !knowsServers(c.client) {
		return warnings, nil
	}
	asked, err := calls.Call(ctx, c.calls, calls.OpCheck, func(ctx context.Context) ([]ctxcache.Warning, error) {
		servers, err := c.servers(ctx)
		if err != nil {
			return nil, err
		}
		var found []ctxcache.Warning
		for _, server := range servers {
			more, err := c.checkServer(ctx, server)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
		if c.options.Plain {
			return found, nil
		}
		cmd := c.remover(ctx, c.stored("check:"+fmt.Sprintf("%x", leases.NewToken())))
		c.send(ctx, cmd)
		more, err := missing("UNLINK", "values cannot be deleted", cmd.Err())
		return append(found, more...), err
	})
	return append(warnings, asked...), err
}

// checkServer returns the warnings about one server.
func (c *Cache) checkServer(ctx context.Context, server redis.Cmdable) ([]ctxcache.Warning, error) {
	text, err := server.Info(ctx).Result()
	if err != nil {
		return nil, err
	}
	_, single := c.client.(singleClient)
	warnings := infoWarnings(parseInfo(text), single)
	if c.options.Plain {
		return warnings, nil
	}
	more, err := missing("EVAL", "there are neither leases nor negative entries", server.Eval(ctx, "return 1", nil).Err())
	return append(warnings, more...), err
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
		warn("cluster_node", "the server is a node of a cluster, and has only some of the keys. Use redis.NewClusterClient")
	}
	if single && info["role"] == "slave" {
		warn("replica", "the server is a replica, which may have old values, and refuses writes. Use its master")
	}
	return warnings
}

// missing returns a warning if err says that the server lacks a command, or that the user may not use it. Then is what
// follows from it. If there was no answer, missing returns err.
func missing(command, then string, err error) ([]ctxcache.Warning, error) {
	switch {
	case err == nil:
		return nil, nil
	case redis.HasErrorPrefix(err, "NOPERM"), redis.HasErrorPrefix(err, "unknown command"):
		return []ctxcache.Warning{{
			Code: "missing_command",
			Text: fmt.Sprintf("the server refuses %s, so %s. Allow it, or set Plain", command, then),
		}}, nil
	case refuses(err): // of this key, or for now
		return nil, nil
	}
	return nil, err
}
