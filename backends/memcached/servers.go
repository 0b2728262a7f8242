package memcached

import (
	"context"
	"net"
	"sync"

	"github.com/bradfitz/gomemcache/memcache"
)

// perServer calls fn for every server that has some of the stored keys, with their indexes, all servers at once. Keys
// that have an error are left out; one for which there is no server gets one.
func (s *store) perServer(stored []string, errs []error, fn func(group []int)) {
	groups := make(map[string][]int)
	for i, key := range stored {
		if errs[i] != nil {
			continue
		}
		addr, err := s.servers.PickServer(key)
		if err != nil {
			errs[i] = err
			continue
		}
		name := serverName(addr)
		groups[name] = append(groups[name], i)
	}
	if len(groups) == 1 {
		for _, group := range groups {
			fn(group)
		}
		return
	}
	var all sync.WaitGroup
	for _, group := range groups {
		all.Go(func() { fn(group) })
	}
	all.Wait()
}

// getMany returns the items under the stored keys, nil for those that are absent or fail: one round trip per server.
func (s *store) getMany(stored []string, errs []error) []*memcache.Item {
	items := make([]*memcache.Item, len(stored))
	s.perServer(stored, errs, func(group []int) {
		names := make([]string, len(group))
		for n, i := range group {
			names[n] = stored[i]
		}
		found, err := s.client.GetMulti(names)
		for _, i := range group {
			if items[i] = found[stored[i]]; items[i] == nil {
				errs[i] = err
			}
		}
	})
	return items
}

// each calls fn for the index of every stored key, one after the other for each server. Once a server does not
// answer, it is not asked again: its other keys fail for the same reason.
func (s *store) each(ctx context.Context, stored []string, errs []error, fn func(i int) error) {
	s.perServer(stored, errs, func(group []int) {
		var down error
		for _, i := range group {
			if down == nil {
				down = ctx.Err()
			}
			if errs[i] = down; down != nil {
				continue
			}
			if errs[i] = fn(i); unanswered(errs[i]) {
				down = errs[i]
			}
		}
	})
}

// addrs returns the servers, each once, though a ServerList may have one several times to give it more keys.
func (s *store) addrs() ([]net.Addr, error) {
	var addrs []net.Addr
	seen := make(map[string]bool)
	err := s.servers.Each(func(addr net.Addr) error {
		if name := serverName(addr); !seen[name] {
			seen[name] = true
			addrs = append(addrs, addr)
		}
		return nil
	})
	return addrs, err
}

// serverName is the same for the same server.
func serverName(addr net.Addr) string { return addr.Network() + " " + addr.String() }
