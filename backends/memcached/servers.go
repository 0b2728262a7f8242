package memcached

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/internal/calls"
)

// part is the part of a call for many keys that one server has. Every part is a call of its own, so a server that hangs
// holds up only its own keys.
type part struct {
	server        string
	network, name string // of its address; server is made of them
	at            []int  // the places of its keys in the call
	stored        []string

	sent atomic.Bool // whether anything may have been sent
	left atomic.Bool // nobody waits for this part any more
}

// split groups stored keys by server. It leaves out keys that have an error. A key without a server gets an error.
func (s *store) split(stored []string, errs []error) []*part {
	var parts []*part
	for i, key := range stored {
		if errs[i] != nil {
			continue
		}
		addr, err := s.servers.PickServer(key)
		if err != nil {
			errs[i] = err
			continue
		}
		network, name := addr.Network(), addr.String()
		n := slices.IndexFunc(parts, func(p *part) bool { return p.name == name && p.network == network })
		if n < 0 {
			n, parts = len(parts), append(parts, &part{server: serverName(addr), network: network, name: name})
		}
		parts[n].at, parts[n].stored = append(parts[n].at, i), append(parts[n].stored, key)
	}
	return parts
}

// forEach calls fn for every part, for all parts at once.
func forEach[T any](parts []T, fn func(i int, p T)) {
	if len(parts) == 1 {
		fn(0, parts[0])
		return
	}
	var all calls.Together
	for i, p := range parts {
		all.Go(func() { fn(i, p) })
	}
	all.Wait()
}

// getMany returns the items under the stored keys of one server, in one round trip. The item of a key that is absent or
// fails is nil. An answer with an item that was not asked for says nothing about the keys that it does not name.
func (s *store) getMany(stored []string) ([]*memcache.Item, []error) {
	items, errs := make([]*memcache.Item, len(stored)), make([]error, len(stored))
	var found map[string]*memcache.Item
	err := s.twice(func() (err error) {
		found, err = s.client.GetMulti(stored)
		return err
	})
	named := 0
	for i, key := range stored {
		if items[i] = found[key]; items[i] != nil {
			named++
		}
	}
	if err == nil && named < len(found) {
		err = s.outOfStep()
	}
	for i, item := range items {
		if item == nil {
			errs[i] = err
		}
	}
	return items, errs
}

// each works on this many keys of a server at a time.
const (
	inTurn = 1
	atOnce = 16
)

// each calls fn with the place of every key of one server that does not have an error yet, and keeps the error of fn.
// It works on width keys at a time, or on fewer if fewer connections are kept. If the server does not answer, it is not
// asked again: the keys that are left get the same error. If stop returns an error, they get that one.
func (s *store) each(width int, errs []error, stop func() error, fn func(i int) error) {
	var todo []int
	for i, err := range errs {
		if err == nil {
			todo = append(todo, i)
		}
	}
	var mu sync.Mutex
	var down error
	next := func() (i int, more bool, err error) {
		mu.Lock()
		defer mu.Unlock()
		if len(todo) == 0 {
			return 0, false, nil
		}
		if down == nil {
			down = stop()
		}
		i, todo = todo[0], todo[1:]
		return i, true, down
	}
	workers := min(width, s.options.MaxIdleConns, len(todo))
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
	for range workers - 1 {
		all.Go(work)
	}
	work()
}

// goOn is the stop of commands that are useful even if their caller has left.
func goOn() error { return nil }

// stop stops commands that only their caller needs.
func (p *part) stop() error {
	if p.left.Load() {
		return context.Canceled
	}
	return nil
}

// addrs returns the servers, each once, and at least one. A selector may contain a server several times, which gives it
// more keys.
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
	if err == nil && len(addrs) == 0 {
		err = memcache.ErrNoServers
	}
	return addrs, err
}

// serverName returns a name that identifies the server.
func serverName(addr net.Addr) string { return addr.Network() + " " + addr.String() }
