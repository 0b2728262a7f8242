package memory

// close removes all entries, although the cache refuses all calls, and even if OnEvict panics.
func (s *shard[K, V]) close() {
	dropping := false
	defer func() {
		if !dropping {
			s.close() // OnEvict has panicked for an expired value
		}
	}()
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
	dropping = true
	s.drop()
}

// drop removes all entries, and ends all leases. The caller holds the lock, which drop unlocks. However many entries there
// are, that takes constant time: OnEvict is called afterwards, for entries that nobody else can reach any more.
func (s *shard[K, V]) drop() {
	dropped := s.slots
	s.leases.KillAll()
	s.changed = changes[K]{all: s.cache.watchers.any()}
	s.reset()
	if s.cache.onEvict != nil {
		defer s.cache.reportDropped(&dropped, 1) // even if OnEvict panics for a value that has departed before
	}
	s.unlock()
}

// reportDropped calls OnEvict for the values of a slab, from a slot on, even if one of the calls panics. The panic then goes
// on.
func (c *Cache[K, V]) reportDropped(dropped *slab[K, V], from uint32) {
	i := from
	defer func() {
		if i < dropped.end {
			c.reportDropped(dropped, i+1)
		}
	}()
	for ; i < dropped.end; i++ {
		if sl := dropped.at(i); sl.word != 0 && !sl.absent() {
			c.onEvict(sl.key, sl.value, Cleared)
		}
	}
}
