package memcached

import (
	"fmt"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// store is what a cache is over, whatever its values are: items on servers.
type store struct {
	client  *memcache.Client
	servers memcache.ServerSelector
	options Options // defaults filled in
	ops     ctxcache.Op
	invalid error // of the options: every call's error
	calls   *calls.Group
	conns   *conns
}

func newStore(servers memcache.ServerSelector, options *Options) *store {
	s := &store{
		client:  memcache.NewFromSelector(servers),
		servers: servers,
		options: options.withDefaults(),
		invalid: options.Validate(),
		ops:     ctxcache.OpRemove | ctxcache.OpMany | ctxcache.OpStats,
	}
	if !s.options.Plain {
		s.ops |= ctxcache.OpNegative | ctxcache.OpLease | ctxcache.OpLeaseShared
	}
	s.calls = calls.NewGroup(s.options.MaxCalls)
	s.conns = &conns{dial: s.options.DialContext, open: make(map[*conn]bool)}
	s.client.Timeout = s.options.Timeout
	s.client.MaxIdleConns = s.options.MaxIdleConns
	s.client.DialContext = s.conns.Dial
	return s
}

// close ends the calls, and with their connections the goroutines that they left.
func (s *store) close() error {
	var err error
	if first := s.calls.Close(); first {
		err = s.conns.Close()
	}
	s.calls.Wait()
	return err
}

// get returns the item under a stored key, or nil.
func (s *store) get(stored string) (*memcache.Item, error) {
	item, err := s.client.Get(stored)
	switch {
	case err == memcache.ErrCacheMiss:
		return nil, nil
	case err != nil:
		return nil, err
	case item.Key != stored:
		return nil, errReply
	}
	return item, nil
}

// getToSwap is get for an item to be swapped: it fails if the server does not tell its CAS ID.
func (s *store) getToSwap(stored string) (*memcache.Item, error) {
	item, err := s.get(stored)
	if err != nil || item == nil {
		return nil, err
	}
	return item, swappable(item)
}

// swappable returns an error for an item without a CAS ID: any other would be taken for it.
func swappable(item *memcache.Item) error {
	if item.CasID == 0 {
		return errNoCAS
	}
	return nil
}

// swap puts item in place of old, and reports false if old is no longer there.
func (s *store) swap(old, item *memcache.Item) (bool, error) {
	replacement := *item
	replacement.Key, replacement.CasID = old.Key, old.CasID
	switch err := s.client.CompareAndSwap(&replacement); err {
	case nil:
		return true, nil
	case memcache.ErrCASConflict, memcache.ErrCacheMiss, memcache.ErrNotStored:
		return false, nil
	default:
		return false, err
	}
}

// gone is the item that takes the place of one that is to be deleted, and expires at once.
var gone = &memcache.Item{Expiration: past}

// maxAttempts bounds how often a swap is tried again since somebody else was faster. Only a server that talks
// nonsense keeps anyone so long.
const maxAttempts = 1000

// swapLoop reads the item under a stored key and puts what next returns in its place, until nobody interferes, and
// returns the item that it read last. It changes nothing if there is none, or if next returns nil.
func (s *store) swapLoop(stored string, next func(old *memcache.Item) *memcache.Item) (*memcache.Item, error) {
	for range maxAttempts {
		old, err := s.getToSwap(stored)
		if err != nil || old == nil {
			return nil, err
		}
		item := next(old)
		if item == nil {
			return old, nil
		}
		if swapped, err := s.swap(old, item); err != nil || swapped {
			return old, err
		}
	}
	return nil, fmt.Errorf("%w: the item changed %d times", errReply, maxAttempts)
}
