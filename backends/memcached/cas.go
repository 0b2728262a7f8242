package memcached

import (
	"sync"

	"github.com/bradfitz/gomemcache/memcache"
)

// serverSet is a set of servers, by their names. The zero value is empty.
type serverSet struct{ names sync.Map }

func (s *serverSet) has(server string) bool {
	_, ok := s.names.Load(server)
	return ok
}

// swappable returns an error if item does not have a CAS ID: a cas would then replace any item. The server may be another
// one than before, at the same address.
func (s *store) swappable(item *memcache.Item) error {
	if item.CasID != 0 {
		return nil
	}
	if addr, err := s.servers.PickServer(item.Key); err == nil {
		s.withCAS.names.Delete(serverName(addr))
	}
	return errNoCAS
}

// fence makes sure that the leases which were granted to requests can be filled: the server must send CAS IDs. The answer
// to an add does not say so. Therefore the first markers on a server are read once more. Without this, callers would hold
// leases that nobody can fill, and the cache would never store anything.
func (s *store) fence(server string, requests []*request) {
	var granted []*request
	for _, r := range requests {
		if r.item != nil && r.item.CasID != 0 {
			s.withCAS.names.Store(server, true)
		}
		if r.lease != nil {
			granted = append(granted, r)
		}
	}
	if len(granted) == 0 || s.withCAS.has(server) {
		return
	}
	stored := make([]string, len(granted))
	for i, r := range granted {
		stored[i] = r.stored
	}
	markers, errs := s.getMany(stored)
	for i, r := range granted {
		switch {
		case errs[i] != nil:
			r.lease, r.err, r.unknown = nil, errs[i], true
		case !marks(markers[i], r.token): // somebody has ended the lease meanwhile
		case markers[i].CasID == 0:
			r.lease, r.err = nil, errNoCAS
			if s.delete(r.stored) != nil { // nobody can have a lease there
				r.unknown = true
			}
		default:
			s.withCAS.names.Store(server, true)
		}
	}
}
