package memcached

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// store stores items on servers. It is the part of a cache that does not depend on the type of its values.
type store struct {
	client  *memcache.Client
	servers memcache.ServerSelector
	options Options // with the defaults filled in
	caps    ctxcache.Cap
	calls   *calls.Backend
	conns   *conns
	again   again
	withCAS serverSet
}

func newStore(servers memcache.ServerSelector, options *Options) *store {
	s := &store{
		client:  memcache.NewFromSelector(byName{servers}),
		servers: servers,
		options: options.withDefaults(),
		caps:    ctxcache.CapRemove | ctxcache.CapMany | ctxcache.CapStats,
	}
	if !s.options.Plain {
		s.caps |= ctxcache.CapNegative | ctxcache.CapLease | ctxcache.CapLeaseShared
	}
	s.calls = calls.NewBackend(calls.About{
		Layer:      layer,
		MaxCalls:   s.options.MaxCalls,
		Invalid:    options.Validate(),
		Timeouts:   ctxcache.Timeouts{Read: s.options.ReadTimeout, Write: s.options.WriteTimeout},
		Unanswered: unanswered,
		Discreet:   discreet,
	})
	s.again.store = s
	s.conns = newConns(s.options.DialContext)
	s.client.Timeout = s.options.Timeout
	s.client.MaxIdleConns = s.options.MaxIdleConns
	s.client.DialContext = s.conns.Dial
	return s
}

// close ends all calls and closes the connections, which ends the goroutines of calls whose caller has left. It returns
// the panic of such a call.
func (s *store) close() error {
	var err error
	if first := s.calls.Close(); first {
		err = s.conns.Close()
	}
	s.calls.Wait()
	return errors.Join(err, s.calls.Panicked())
}

// get returns the item under a stored key, or nil.
func (s *store) get(stored string) (item *memcache.Item, err error) {
	err = s.twice(func() (err error) {
		item, err = s.client.Get(stored)
		return err
	})
	switch {
	case err == memcache.ErrCacheMiss:
		return nil, nil
	case err != nil:
		return nil, err
	case item.Key != stored:
		return nil, s.outOfStep()
	}
	return item, nil
}

// set stores an item, unless it is unfit.
func (s *store) set(stored string, item *memcache.Item, unfit error) error {
	if unfit != nil {
		return unfit
	}
	item.Key = stored
	return s.client.Set(item)
}

// delete deletes the item under a stored key, if there is one.
func (s *store) delete(stored string) error {
	if err := s.twice(func() error { return s.client.Delete(stored) }); err != memcache.ErrCacheMiss {
		return err
	}
	return nil
}

// swap replaces old with item. It returns [memcache.ErrCASConflict] if old is not there any more.
func (s *store) swap(old, item *memcache.Item) error {
	replacement := *item
	replacement.Key, replacement.CasID = old.Key, old.CasID
	err := s.client.CompareAndSwap(&replacement)
	switch {
	case err == memcache.ErrCacheMiss, err == memcache.ErrNotStored:
		return memcache.ErrCASConflict
	case item == gone && err != nil && strings.Contains(err.Error(), `"SERVER_ERROR out of memory`):
		return s.deleteUnchanged(old, err)
	}
	return err
}

// deleteUnchanged removes old if it is still there, on a server that has no room even for an expired item. Full is the
// error about that. Memcached has the command md since version 1.6. It is not used always, because proxies do not know
// it, and gomemcache neither.
func (s *store) deleteUnchanged(old *memcache.Item, full error) error {
	addr, err := s.servers.PickServer(old.Key)
	if err != nil {
		return err
	}
	answer, err := s.ask(s.conns.life, addr, question{
		command: fmt.Sprintf("md %s C%d", old.Key, old.CasID), last: []string{"HD", "NF", "EX"},
	})
	switch {
	case err != nil:
		return full
	case answer[0] == "HD":
		return nil
	}
	return memcache.ErrCASConflict
}

// gone replaces an item that should be deleted. It expires at once.
var gone = &memcache.Item{Expiration: past}

// maxAttempts is how often a swap is tried again because somebody else was faster. Only a server that gives false
// answers can make a call reach it.
const maxAttempts = 1000

// remove removes the item under a stored key by a swap, and returns it. It returns nil if the key is absent.
func (s *store) remove(stored string) (*memcache.Item, error) {
	for range maxAttempts {
		old, err := s.get(stored)
		if err != nil || old == nil {
			return nil, err
		}
		if err := s.swappable(old); err != nil {
			if s.options.Plain {
				return s.removeByDelete(old)
			}
			return nil, err
		}
		if err := s.swap(old, gone); err != memcache.ErrCASConflict {
			return old, err
		}
	}
	return nil, fmt.Errorf("%w: the item changed %d times", errReply, maxAttempts)
}

// removeByDelete is the rest of remove for a server without CAS IDs. The answer to a delete says whether there was an
// item, so of several calls only one finds it. It does not say whether that was a value: old, which was there a moment
// before, does. In a Plain cache that is good enough, because only other caches store what is not a value.
func (s *store) removeByDelete(old *memcache.Item) (*memcache.Item, error) {
	switch err := s.client.Delete(old.Key); err {
	case nil:
		return old, nil
	case memcache.ErrCacheMiss: // somebody else was faster
		return nil, nil
	default:
		return nil, err
	}
}
