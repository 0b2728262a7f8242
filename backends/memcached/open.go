package memcached

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// Open returns a cache of bytes over servers: a list, separated by commas, of "host:port" or of paths of
// Unix sockets. The CRC-32 of a key picks its server, so every process must name the same servers in the same
// order. Open resolves host names, but does not talk to the servers. Every error that it returns wraps
// [ctxcache.ErrOptions].
func Open(servers string, options *Options) (*Cache[[]byte], error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	names := strings.Split(servers, ",")
	if slices.Contains(names, "") { // gomemcache accepts an empty name
		return nil, fmt.Errorf("%w: a server has an empty name, want host:port[,host:port]", ctxcache.ErrOptions)
	}
	var list memcache.ServerList
	if err := list.SetServers(names...); err != nil {
		return nil, fmt.Errorf("%w: cannot use these servers, want host:port[,host:port]: %w", ctxcache.ErrOptions, err)
	}
	return New(&list, options), nil
}
