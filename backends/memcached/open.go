package memcached

import "strings"

// Open returns a cache of bytes over servers: a list, separated by commas, of "host:port" or of paths of Unix sockets.
// The CRC-32 of a stored key picks its server, as a ServerList of gomemcache does, so every process must name the same
// servers in the same order.
//
// Open does not talk to the servers, and does not resolve their names. A name is resolved whenever a connection is made.
// So if a server moves to another address, new connections find it there. Every error that Open returns wraps
// [ctxcache.ErrOptions]: the list or the options are wrong.
func Open(servers string, options *Options) (*Cache[[]byte], error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	list, err := newServerList(strings.Split(servers, ","))
	if err != nil {
		return nil, err
	}
	return New(list, options), nil
}
