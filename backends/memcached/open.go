package memcached

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// Open returns a cache of bytes over servers: "host:port", or "host:port,host:port,...", or the paths of Unix
// sockets. A key lives on the server that CRC-32 picks, so every process has to name the same servers in the
// same order. Open resolves the names of hosts, but does not talk to the servers. An error wraps
// [ctxcache.ErrOptions].
func Open(servers string, options *Options) (*Cache[[]byte], error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	names := strings.Split(servers, ",")
	if slices.Contains(names, "") { // which gomemcache takes for a server
		return nil, fmt.Errorf("%w: a server without a name, want host:port[,host:port]", ctxcache.ErrOptions)
	}
	var list memcache.ServerList
	if err := list.SetServers(names...); err != nil {
		return nil, fmt.Errorf("%w: the servers, want host:port[,host:port]: %w", ctxcache.ErrOptions, err)
	}
	return New(&list, options), nil
}
