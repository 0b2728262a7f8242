package memory

// close removes all entries, although the cache refuses all calls. If OnEvict panics, it is called again, and goes on.
func (s *shard[K, V]) close() {
	for {
		s.mu.Lock()
		now := s.now()
		removed, done := s.expire(now)
		for done && removed > 0 {
			removed, done = s.expire(now)
		}
		if done {
			break
		}
		s.unlock()
		s.mu.Rest()
	}
	s.drop()
}

// drop removes all entries, and ends all leases. The caller holds the lock, which drop unlocks. However many entries there
// are, that takes constant time: OnEvict is called afterwards, for entries that nobody else can reach any more. It is
// called for each of them, even if it panics for some.
func (s *shard[K, V]) drop() {
	dropped := s.slots
	s.leases.KillAll()
	s.changed = changes[K]{all: s.cache.watchers.any()}
	s.reset()
	departed := s.release()
	if s.cache.onEvict == nil {
		return
	}
	next := uint32(1)
	complete(func() {
		s.cache.callOnEvict(&departed)
		for next < dropped.end {
			sl := dropped.at(next)
			next++
			if sl.word != 0 && !sl.absent() {
				s.cache.onEvict(sl.key, sl.value, Cleared)
			}
		}
	})
}
