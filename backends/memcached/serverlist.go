package memcached

import (
	"fmt"
	"hash/crc32"
	"net"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// serverList picks servers as a ServerList of gomemcache does, so that processes with either of them agree. But it does
// not resolve names: a name is resolved whenever a connection is made. So a server may move to another address, and a
// program starts even if the name service is down.
type serverList []net.Addr

// address is the name of a server.
type address struct{ network, name string }

func (a address) Network() string { return a.network }
func (a address) String() string  { return a.name }

// byName is a selector whose addresses are equal if they name the same server. gomemcache compares addresses to find out
// which keys can share a round trip, and a selector of a user may make an address for each key.
type byName struct{ memcache.ServerSelector }

// PickServer returns the server of a stored key.
func (b byName) PickServer(key string) (net.Addr, error) {
	addr, err := b.ServerSelector.PickServer(key)
	if err != nil {
		return nil, err
	}
	return address{addr.Network(), addr.String()}, nil
}

// newServerList returns the servers with these names, in this order. There is at least one.
func newServerList(names []string) (serverList, error) {
	list := make(serverList, len(names))
	for i, name := range names {
		if strings.Contains(name, "/") {
			list[i] = address{"unix", name}
			continue
		}
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("%w: server %d is not host:port: %w", ctxcache.ErrOptions, i+1, err)
		}
		list[i] = address{"tcp", name}
	}
	return list, nil
}

// checkName returns an error if name cannot be host:port, whatever the name service says.
func checkName(name string) error {
	_, port, err := net.SplitHostPort(name)
	if err != nil {
		return err
	}
	if !legal(name) {
		return &net.AddrError{Err: "white space or a control character in address", Addr: name}
	}
	n, err := net.LookupPort("tcp", port) // a number, or the name of a service, which is in a file of this machine
	if err != nil {
		return err
	}
	if n == 0 {
		return &net.AddrError{Err: "no port in address", Addr: name}
	}
	return nil
}

// PickServer returns the server of a stored key.
func (l serverList) PickServer(key string) (net.Addr, error) {
	if len(l) == 1 {
		return l[0], nil
	}
	return l[crc32.ChecksumIEEE([]byte(key))%uint32(len(l))], nil
}

// Each calls fn for every server, until fn returns an error.
func (l serverList) Each(fn func(net.Addr) error) error {
	for _, addr := range l {
		if err := fn(addr); err != nil {
			return err
		}
	}
	return nil
}
