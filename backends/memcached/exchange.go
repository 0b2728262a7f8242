package memcached

import (
	"fmt"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// exchange replaces the item that a lease was granted on with another one, if the lease still stands.
type exchange struct {
	lease *lease         // nil if err is set from the start
	next  *memcache.Item // still without its key; if it is nil, the exchange only checks that the lease stands
	err   error          // why the exchange failed; ErrLeaseLost if the lease does not stand
}

// swapAll makes the exchanges that have no error yet, all of them on one server. It sends one gets, and then a cas for
// each exchange, several at a time. It tries again if a marker was renewed between the two.
func (s *store) swapAll(exchanges ...*exchange) {
	var pending []*exchange
	for _, x := range exchanges {
		if x.err == nil {
			pending = append(pending, x)
		}
	}
	for range maxAttempts {
		if len(pending) == 0 {
			return
		}
		pending = s.tryExchange(pending)
	}
	for _, x := range pending {
		x.err = fmt.Errorf("%w: the marker changed %d times", errReply, maxAttempts)
	}
}

// tryExchange tries exchanges once, and returns those that must be tried again.
func (s *store) tryExchange(exchanges []*exchange) (again []*exchange) {
	stored := make([]string, len(exchanges))
	for i, x := range exchanges {
		stored[i] = x.lease.stored
	}
	items, errs := s.getMany(stored)
	for i, x := range exchanges {
		if errs[i] == nil {
			errs[i] = x.check(items[i])
		}
	}
	s.each(atOnce, errs, goOn, func(i int) error {
		if exchanges[i].next == nil {
			return nil
		}
		return s.swap(items[i], exchanges[i].next)
	})
	for i, x := range exchanges {
		switch {
		case errs[i] != memcache.ErrCASConflict:
			x.err = errs[i]
		case x.lease.fence != nil:
			x.err = ctxcache.ErrLeaseLost
		default:
			again = append(again, x)
		}
	}
	return again
}

// check returns why the exchange cannot be made, or nil. Now is the item that is under the key now.
func (x *exchange) check(now *memcache.Item) error {
	if !x.lease.stands(now) {
		return ctxcache.ErrLeaseLost
	}
	return x.lease.store.swappable(now)
}

// spent returns the error of an exchange that should end its lease. It also records that the lease has ended, if it
// has.
func (x *exchange) spent() error {
	if x.lease != nil && (x.err == nil || x.err == ctxcache.ErrLeaseLost) {
		x.lease.end()
	}
	return x.err
}
