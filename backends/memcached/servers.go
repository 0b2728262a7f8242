package memcached

import (
	"context"
	"net"
	"sync"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/internal/calls"
)

// perServer groups the stored keys by server and calls fn for each group, for all groups at once. A group is the
// indexes of its keys. Keys that have an error are left out. A key without a server gets an error.
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
	var all calls.Together
	for _, group := range groups {
		all.Go(func() { fn(group) })
	}
	all.Wait()
}

// getMany returns the items under the stored keys. It makes one round trip per server. The item of a key that is absent
// or fails is nil.
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

// each works on this many keys of a server at a time.
const (
	inTurn = 1
	atOnce = 16
)

// each calls fn with the index of every stored key. It works on width keys of a server at a time, or on fewer if fewer
// connections are kept. If a server does not answer, it is not asked again: its other keys get the same error.
func (s *store) each(ctx context.Context, width int, stored []string, errs []error, fn func(i int) error) {
	s.perServer(stored, errs, func(group []int) {
		var mu sync.Mutex
		var down error
		next := func() (i int, more bool, err error) {
			mu.Lock()
			defer mu.Unlock()
			if len(group) == 0 {
				return 0, false, nil
			}
			if down == nil {
				down = ctx.Err()
			}
			i, group = group[0], group[1:]
			return i, true, down
		}
		work := func() {
			for i, more, err := next(); more; i, more, err = next() {
				if err == nil {
					err = fn(i)
				}
				if errs[i] = err; s.calls.Unanswered(err) {
					mu.Lock()
					down = err
					mu.Unlock()
				}
			}
		}
		var all calls.Together
		defer all.Wait() // even if the selector panics
		for range min(width, s.options.MaxIdleConns, len(group)) - 1 {
			all.Go(work)
		}
		work()
	})
}

// addrs returns the servers, each once. A ServerList may contain a server several times, which gives it more keys.
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

// serverName returns a name that identifies the server.
func serverName(addr net.Addr) string { return addr.Network() + " " + addr.String() }
